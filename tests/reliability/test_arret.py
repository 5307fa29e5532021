"""P12: asked to stop in full flow, every process finishes what it holds and leaves."""

from collections.abc import Callable

import pytest

from tests.kit.processus import wait_for
from tests.reliability.banc import Banc
from tests.reliability.clients import Clients

pytestmark = [pytest.mark.db, pytest.mark.amqp]


def test_P12_sigterm_in_full_flow(banc: Banc, dire: Callable[[str], None]) -> None:
    banc.start("api", "relay", "worker", LENTEUR="0.002")
    clients = Clients(banc.port, target=400, rate=150, seed=12)
    clients.start()
    slowest = {}
    for part, role in enumerate(("worker", "relay", "api"), start=1):
        wait_for(lambda: clients.progress > part / 4)  # noqa: B023 - called at once
        wait_for(lambda: banc.effects("on_suite"))
        end = banc[role].terminate()
        slowest[role] = end.seconds
        assert end.code == 0, banc[role].log[-2000:]
        banc.start(role, LENTEUR="0.002")
    wait_for(lambda: clients.done)
    for verdict in banc.prove(clients):
        dire(f"P12 {verdict}")
    dire("P12 SIGTERM → exit 0 : " + ", ".join(f"{r} {s:.1f} s" for r, s in slowest.items()))
