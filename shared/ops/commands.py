"""Commands on one service: the same for `python -m services.<name>` and for `essaim`."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping

import click
from sqlalchemy.exc import OperationalError

from shared.contracts import catalogue
from shared.db import migrate
from shared.messaging import broker
from shared.messaging.relay import Relay
from shared.ops import logs, probe_server, web_server
from shared.ops.context import ServiceContext
from shared.ops.health import Probes, database_checks
from shared.ops.jobs import JobLoop
from shared.ops.service import Service

_log = logging.getLogger("essaim.commandes")


def api(service: Service) -> None:
    """Serve the pages and the API until SIGTERM.

    In production the measures are on `METRICS_PORT`: what faces the public does not show them.
    """
    settings = service.settings()
    logs.configure(settings)

    def application() -> web_server.Wsgi:
        context = service.context("api")
        if settings.production:
            probes = Probes(service.name, ready=database_checks([context]))
            probe_server.start(probes, settings.host, settings.metrics_port)
        return service.create_app(context)

    web_server.serve(application, settings)


def worker(names: list[str]) -> None:
    """Become the worker process: nameko must be loaded before anything else."""
    os.execv(sys.executable, [sys.executable, "-m", "shared.ops.worker", *names])  # noqa: S606


def relay(service: Service) -> None:
    """Carry events to the broker until SIGTERM; one relay per service works, others wait."""
    settings = service.settings()
    logs.configure(settings)
    if settings.amqp_url is None:
        raise click.ClickException("Sans AMQP_URL il n’y a rien à relayer.")
    carrier = Relay(
        settings.service,
        settings.database_url,
        settings.amqp_url,
        listen=settings.listen_notify,
    )
    _on_stop(carrier.stop)
    carrier.run()


def jobs(service: Service) -> None:
    """Run the due dates until SIGTERM; one process per service works, others wait."""
    context = service.context("jobs")
    logs.configure(context.settings)
    stopping = threading.Event()
    _on_stop(stopping.set)
    JobLoop(context, service.jobs).run(stopping)
    context.close()


def _on_stop(stop: Callable[[], None]) -> None:
    for sig in (signal.SIGTERM, signal.SIGINT):
        # In a thread: `Event.set` inside a handler may wait for a lock that this very thread holds.
        signal.signal(sig, lambda *_: threading.Thread(target=stop).start())


def migrate_service(service: Service, environ: Mapping[str, str] | None = None) -> None:
    """Bring the database to this code's version, then declare queues on the broker, if any."""
    settings = service.settings(environ)
    migrate.upgrade(settings.database_url, service.name)
    if settings.amqp_url:
        broker.declare(settings.amqp_url, service.name, catalogue.load())


def wait(service: Service, seconds: float) -> None:
    """Wait until another process has migrated the database."""
    with service.opened() as context:
        migrate.wait(context.database.engine, service.name, timeout=seconds)


def problems(context: ServiceContext) -> list[str]:
    """What would keep this service from working: settings, database, schema, broker."""
    found = []
    try:
        migrate.check(context.database.engine, context.settings.service)
    except migrate.SchemaOutOfDate as error:
        found.append(str(error))
    except OperationalError as error:
        found.append(f"{context.settings.service} : base de données absente ({error.orig})".strip())
    amqp_url = context.settings.amqp_url
    if amqp_url:
        try:
            broker.connect(amqp_url).release()
        except broker.ERRORS as error:
            found.append(f"{context.settings.service} : RabbitMQ absent ({error})")
    return found
