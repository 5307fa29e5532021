"""The relay of `emetteur`, in a process of its own."""

import signal

from shared.messaging import faults
from shared.messaging.relay import Relay
from shared.ops import logs
from shared.ops.settings import Settings
from tests.reliability.app import EMETTEUR, catalogue


def main() -> None:
    faults.check()
    settings = Settings.from_env(EMETTEUR)
    logs.configure(settings)
    relay = Relay(EMETTEUR, settings.database_url, settings.amqp_url or "", catalogue=catalogue())
    signal.signal(signal.SIGTERM, lambda *_: relay.stop())
    relay.run()


if __name__ == "__main__":
    main()
