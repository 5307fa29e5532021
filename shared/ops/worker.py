"""The worker process: `python -m shared.ops.worker <service>…`.

Handlers of events, new attempts, the relay when there is a broker, and due dates, of one service or
of several; probes and metrics on `METRICS_PORT`.
"""

from shared.messaging import worker as hosting  # isort: skip - first: it makes sockets cooperative

import sys
from collections.abc import Mapping, Sequence

from shared.contracts import catalogue
from shared.messaging.worker import Worker, WorkerSpec
from shared.ops import health, logs, probe_server
from shared.ops.context import ServiceContext
from shared.ops.health import OK, Check, Probes
from shared.ops.jobs import JobLoop
from shared.ops.service import Service
from shared.ops.settings import Settings


def build(services: Sequence[Service], contexts: Sequence[ServiceContext]) -> Worker:
    """Put the services in one worker; without `AMQP_URL` they follow one another's journals."""
    specs = [
        WorkerSpec(service.events, context, [JobLoop(context, service.jobs).run])
        for service, context in zip(services, contexts, strict=True)
    ]
    settings = contexts[0].settings
    return hosting.Worker(
        specs,
        amqp_url=settings.amqp_url,
        sources=None if settings.amqp_url else sources(),
        listen=settings.listen_notify,
    )


def sources(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where each service keeps its journal of events, for those that follow it without a broker."""
    emitters = {contract.emitter for contract in catalogue.load() if contract.sens != "demande"}
    return {name: Settings.from_env(name, environ).database_url for name in sorted(emitters)}


def probes(worker: Worker, contexts: Sequence[ServiceContext]) -> Probes:
    """Alive while every loop turns; ready once connected, with the expected tables."""

    def turning() -> str:
        stuck = [
            n for n, loop in worker.state().loops.items() if loop["age"] > hosting.STALE_SECONDS
        ]
        return f"sans signe de vie : {', '.join(stuck)}" if stuck else OK

    def connected() -> str:
        state = worker.state()
        return OK if state.ready and state.loops else "connexion en cours"

    name = "+".join(context.settings.service for context in contexts)
    return Probes(
        name,
        live=[Check("boucles", turning)],
        ready=[Check("connexions", connected), *health.database_checks(contexts)],
    )


def main(names: Sequence[str]) -> int:
    """Run until SIGTERM; return the exit code."""
    services = [Service(name) for name in names]
    contexts = [service.context("worker") for service in services]
    settings = contexts[0].settings
    logs.configure(settings)
    worker = build(services, contexts)
    server = probe_server.start(probes(worker, contexts), settings.host, settings.metrics_port)
    try:
        return worker.run()
    finally:
        server.shutdown()
        for context in contexts:
            context.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
