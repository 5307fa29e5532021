"""Tools of the operator: dead letters, republication, audit chain, HTTP contracts."""

import datetime as dt
import json
import sys
from pathlib import Path

import click

from services.plateforme import SERVICES
from shared.db.audit import verify
from shared.messaging import dead_letters
from shared.messaging.relay import republish
from shared.ops import cli
from shared.ops.service import Service

SERVICE = click.Choice(SERVICES)


@click.group()
def lettres() -> None:
    """Lettres mortes : les événements qu’un service n’a pas pu traiter."""


@lettres.command("list")
@click.argument("service", type=SERVICE)
@click.option("--etat", default=dead_letters.DEAD, show_default=True)
def lettres_list(service: str, etat: str) -> None:
    """Les dernières, avec leur cause."""
    with Service(service).opened() as context, context.transactions.read() as session:
        found, total = dead_letters.find(session, etat=etat)
    for letter in found:
        click.echo(
            f"{letter.id}\t{letter.dead_at:%Y-%m-%d %H:%M}\t{letter.consumer}\t{letter.type}"
        )
        click.echo(f"\t{letter.cause} : {letter.erreur}")
    click.echo(f"{len(found)} sur {total}")


@lettres.command("show")
@click.argument("service", type=SERVICE)
@click.argument("numero", type=int)
def lettres_show(service: str, numero: int) -> None:
    """Une lettre entière, enveloppe comprise."""
    with Service(service).opened() as context, context.transactions.read() as session:
        letter = dead_letters.show(session, numero)
    shown = {name: getattr(letter, name) for name in letter.__slots__}
    click.echo(json.dumps(shown, indent=2, ensure_ascii=False, default=str))


@lettres.command("replay")
@click.argument("service", type=SERVICE)
@click.argument("numero", type=int)
@click.option("--motif", required=True, help="Pourquoi ; gardé dans le journal d’audit.")
def lettres_replay(service: str, numero: int, motif: str) -> None:
    """Redonne ses essais à l’événement, une fois la cause levée."""
    with (
        Service(service).opened() as context,
        context.transactions.begin(acteur=cli.actor()) as uow,
    ):
        dead_letters.replay(uow, numero, motif)
    click.echo(f"Lettre {numero} rejouée.")


@lettres.command("discard")
@click.argument("service", type=SERVICE)
@click.argument("numero", type=int)
@click.option("--motif", required=True, help="Pourquoi ; gardé dans le journal d’audit.")
def lettres_discard(service: str, numero: int, motif: str) -> None:
    """Renonce à l’événement pour de bon."""
    with (
        Service(service).opened() as context,
        context.transactions.begin(acteur=cli.actor()) as uow,
    ):
        dead_letters.discard(uow, numero, motif)
    click.echo(f"Lettre {numero} écartée.")


@click.group()
def relay() -> None:
    """Le transport des événements vers le courtier."""


@relay.command("republish")
@click.argument("services", nargs=-1, type=SERVICE)
@click.option("--since", required=True, type=click.DateTime(["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]))
def relay_republish(services: tuple[str, ...], since: dt.datetime) -> None:
    """Renvoie les événements depuis un instant (UTC) : le remède à un courtier effacé."""
    for name in services or SERVICES:
        with (
            Service(name).opened() as context,
            context.transactions.begin(acteur=cli.actor()) as uow,
        ):
            count = republish(uow, since.replace(tzinfo=dt.UTC))
        click.echo(f"{name} : {count} événements à renvoyer")


@click.group()
def audit() -> None:
    """Le journal d’audit, chaîné par empreintes."""


@audit.command("verify")
def audit_verify() -> None:
    """Recalcule chaque chaîne ; nomme la première ligne altérée."""
    broken = []
    for name in SERVICES:
        with Service(name).opened() as context, context.transactions.read() as session:
            row = verify(session)
        click.echo(f"{name} : {'intact' if row is None else f'rompu à la ligne {row}'}")
        broken += [name] if row is not None else []
    sys.exit(1 if broken else 0)


@click.group()
def openapi() -> None:
    """Les contrats HTTP."""


@openapi.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def openapi_export(folder: Path) -> None:
    """Écrit le document OpenAPI de chaque service dans un dossier."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in SERVICES:
        with Service(name).opened() as context:
            client = Service(name).create_app(context).test_client()
            document = client.get(f"/{name}/api/v1/openapi.json").get_json()
        target = folder / f"{name}.json"
        target.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
        click.echo(str(target))
