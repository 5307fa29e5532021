"""Command lines: the one of each service, and how errors are told to a person."""

import getpass
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from shared.db.migrate import SchemaOutOfDate
from shared.kernel.errors import DomainError
from shared.messaging.broker import TopologyMismatch
from shared.ops import commands
from shared.ops.programs import EmbeddedError
from shared.ops.service import Service
from shared.ops.settings import ConfigurationError

EXPECTED = (
    ConfigurationError, DomainError, EmbeddedError, SchemaOutOfDate, TopologyMismatch,
)  # fmt: skip


def run(command: click.Command, arguments: Sequence[str] | None = None) -> None:
    """Run a command line; an expected failure is one sentence and exit code 1, never a stack."""
    try:
        command.main(args=arguments, prog_name="essaim", standalone_mode=True)
    except EXPECTED as error:
        fail(str(error))
    except OperationalError as error:
        fail(f"La base de données ne répond pas : {error.orig}")


def fail(message: str) -> None:
    """Say why on standard error and leave with code 1."""
    click.echo(message.strip(), err=True)
    sys.exit(1)


def service_main(name: str) -> None:
    """Entry of `python -m services.<name>`."""
    run(service_group(Service(name)))


def service_group(service: Service) -> click.Group:
    """The commands that one service runs in production."""
    group = click.Group(service.name, help=f"Service {service.name} d’Essaim.")

    def add(name: str, run_it: Callable[..., Any], about: str, *options: click.Parameter) -> None:
        group.add_command(click.Command(name, callback=run_it, help=about, params=list(options)))

    add("api", lambda: commands.api(service), "Pages et API, jusqu’à SIGTERM.")
    add(
        "worker",
        lambda: commands.worker([service.name]),
        "Événements reçus, relais et échéances, jusqu’à SIGTERM.",
    )
    add("relay", lambda: commands.relay(service), "Le relais seul.")
    add("jobs", lambda: commands.jobs(service), "Les échéances seules.")
    add("migrate", lambda: commands.migrate_service(service), "Met la base à jour et sort.")
    add("check", lambda: check(service), "Vérifie la configuration, la base et le courtier.")
    add("seed", lambda: seed(service), "Remplit la démonstration ; sans effet la seconde fois.")
    add(
        "wait",
        lambda secondes: commands.wait(service, secondes),
        "Attend que la base soit à jour.",
        click.Option(["--secondes"], type=float, default=120.0, show_default=True),
    )
    for own in service.commandes:
        group.add_command(own)
    return group


def actor() -> str:
    """Who acts from the command line, for the audit: the account of the machine."""
    return f"cli:{getpass.getuser()}"


def check(*services: Service) -> None:
    """Print what is wrong, or that all is well; exit 1 if something is."""
    found: list[str] = []
    for service in services:
        with service.opened() as context:
            found += commands.problems(context)
    if found:
        fail("\n".join(found))
    click.echo("Tout est en ordre.")


def seed(*services: Service, quiet: bool = False) -> None:
    """Fill each service's demonstration; refuse in production."""
    for service in services:
        with service.opened() as context:
            if context.settings.production:
                raise click.ClickException("La démonstration ne se sème pas avec ENV=production.")
            added = service.semer(context)
            if not quiet:
                click.echo(f"{service.name} : {added} ajouts")
