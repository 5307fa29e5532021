"""`python -m services.groupement api|worker|relay|jobs|migrate|check|seed|wait|acces|revoquer`."""

import uuid

import click

from services.groupement.domain.acces import DEMANDES
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces, revoquer_acces
from shared.ops.cli import run, service_group
from shared.ops.service import Service

SERVICE = Service("groupement")


@click.command("acces", help="Donne un accès au logiciel d’un membre et imprime son jeton.")
@click.argument("siret")
@click.argument("libelle")
@click.option("--amqp", "utilisateur_amqp", help="Son utilisateur RabbitMQ, s’il en a un.")
@click.option("--evenement", "evenements", multiple=True, default=DEMANDES, show_default=True)
def acces(
    siret: str, libelle: str, utilisateur_amqp: str | None, evenements: tuple[str, ...]
) -> None:
    """Print the token once: only its hash is kept."""
    context = SERVICE.context("acces")
    nouvel = NouvelAcces(siret, libelle, evenements, utilisateur_amqp)
    with context.transactions.begin(acteur="exploitation") as uow:
        cree = creer_acces(uow, nouvel)
    context.close()
    click.echo(f"Accès {cree.id} créé ; son jeton ne sera plus jamais affiché :", err=True)
    click.echo(cree.jeton)


@click.command("revoquer", help="Ferme un accès : son jeton et son utilisateur RabbitMQ.")
@click.argument("acces_id", type=click.UUID)
def revoquer(acces_id: uuid.UUID) -> None:
    context = SERVICE.context("acces")
    with context.transactions.begin(acteur="exploitation") as uow:
        revoquer_acces(uow, acces_id)
    context.close()
    click.echo(f"Accès {acces_id} révoqué.")


if __name__ == "__main__":
    group = service_group(SERVICE)
    group.add_command(acces)
    group.add_command(revoquer)
    run(group)
