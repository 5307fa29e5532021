"""Commands of groupement alone: the accesses of members' own software."""

import uuid

import click
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.acces import DEMANDES
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces, revoquer_acces
from shared.ops import cli
from shared.ops.service import Service

GROUPEMENT = Service("groupement")


@click.group()
def jeton() -> None:
    """Accès techniques des logiciels des membres : créer, lister, révoquer."""


@jeton.command("creer")
@click.argument("siret")
@click.argument("libelle")
@click.option("--evenement", "evenements", multiple=True, type=click.Choice(DEMANDES))
@click.option("--utilisateur-amqp", help="Utilisateur du courtier qui parle pour ce membre.")
def creer(
    siret: str, libelle: str, evenements: tuple[str, ...], utilisateur_amqp: str | None
) -> None:
    """Affiche une seule fois le jeton d’un membre ; par défaut, tous les événements."""
    nouvel = NouvelAcces(siret, libelle, evenements or DEMANDES, utilisateur_amqp)
    with GROUPEMENT.opened() as context, context.transactions.begin(acteur=cli.actor()) as uow:
        cree = creer_acces(uow, nouvel)
    click.echo(f"Accès {cree.id} créé ; son jeton ne sera plus jamais affiché :", err=True)
    click.echo(cree.jeton)


@jeton.command("liste")
def liste() -> None:
    """Les accès, sans leur secret, que personne ne peut relire."""
    query = sa.select(t.AccesMembre).order_by(t.AccesMembre.cree_le)
    with GROUPEMENT.opened() as context, context.transactions.read() as session:
        for acces in session.scalars(query):
            etat = "révoqué" if acces.revoque_le else "actif"
            click.echo(f"{acces.id}  {acces.siret}  {etat:<8} {acces.libelle}")


@jeton.command("revoquer")
@click.argument("acces", type=click.UUID)
def revoquer(acces: uuid.UUID) -> None:
    """L’accès cesse aussitôt de valoir ; sa trace reste."""
    with GROUPEMENT.opened() as context, context.transactions.begin(acteur=cli.actor()) as uow:
        revoquer_acces(uow, acces)
    click.echo("Accès révoqué.")


COMMANDES = [jeton]
