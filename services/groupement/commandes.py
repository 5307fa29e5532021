"""Commands of groupement alone: accesses of members' own software, histories of members."""

import json
import uuid
from pathlib import Path

import click
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.acces import DEMANDES
from services.groupement.queries.historique import Instance
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces, revoquer_acces
from services.groupement.usecases.reprendre_historique import (
    exporter_historique,
    lire_historique,
    reprendre_historique,
)
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


@click.group()
def historique() -> None:
    """Historique d’un membre : l’emporter, ou reprendre celui d’une autre instance."""


@historique.command("exporter")
@click.argument("siret")
@click.option("--sortie", type=click.Path(dir_okay=False, path_type=Path), help="Fichier à écrire.")
def exporter(siret: str, sortie: Path | None) -> None:
    """Tout ce que l’instance sait du membre, en JSON (essaim.historique/1)."""
    with GROUPEMENT.opened() as context, context.transactions.read() as session:
        reglages = context.settings
        instance = Instance(reglages.instance_siret, reglages.instance_nom)
        document = exporter_historique(session, siret, instance, context.clock)
    texte = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if sortie is None:
        click.echo(texte, nl=False)
        return
    sortie.write_text(texte, encoding="utf-8")
    click.echo(f"Historique de {document['membre']['nom']} écrit : {sortie}")


@historique.command("importer")
@click.argument("fichier", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def importer(fichier: Path) -> None:
    """Reprend en lecture seule l’historique d’un membre ; le même fichier ne compte qu’une fois."""
    document = lire_historique(fichier.read_bytes())
    with GROUPEMENT.opened() as context, context.transactions.begin(acteur=cli.actor()) as uow:
        repris = reprendre_historique(uow, document)
    nom = document["membre"]["nom"]
    if repris is None:
        click.echo(f"Cet historique de {nom} est déjà repris : rien ne change.")
    else:
        achats = len(document["contenu"]["achats"])
        click.echo(
            f"Historique de {nom} repris de {document['instance']['nom']} : {achats} achats."
        )


COMMANDES = [jeton, historique]
