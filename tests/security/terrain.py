"""A group with rows of every kind, and one browser per identity, on a database of its own."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.app import create_app
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from services.groupement.usecases.inscrire_organisation import (
    NouvelleOrganisation,
    inscrire_organisation,
)
from shared.contracts import catalogue
from shared.db.database import Database
from shared.kernel.clock import FrozenClock
from shared.kernel.parametres import ClasseAcheteur, Parametres
from shared.messaging import door, wire
from shared.messaging.envelope import Event
from shared.messaging.uow import Transactions, UnitOfWork
from shared.ops import demo
from shared.ops.context import ServiceContext
from tests.integration.groupement.monde import Monde
from tests.kit.contexte import settings_for
from tests.kit.web import ClientWeb
from tests.security.identites import DEHORS, IDENTITES, Identite
from tests.security.lignes import lignes_en_profondeur

PIECES = {
    "extension": "ods",
    "arret": "suspendre",
    "annee": 2026,
    "titulaire": demo.PAPETERIE.siret,
}
"""Parts of addresses that name no row."""


@dataclass
class Terrain:
    """The group of the demonstration in execution, and what each address may name in it."""

    monde: Monde
    app: Any
    pieces: Mapping[str, Any]

    def client(self, identite: Identite) -> ClientWeb:
        client: ClientWeb = self.app.test_client()
        with client.session_transaction() as session:
            session.update(identite.session())
        return client

    def adresse(self, chemin: str, **autres: Any) -> str:
        """A real address for a rule such as `/groupement/achats/<uuid:achat_id>`."""
        pieces = {**self.pieces, **autres}
        if chemin.endswith("/retrait"):
            pieces["transfert_id"] = pieces["transfert_donne_id"]
        if "/achats/" in chemin:
            pieces["ligne_id"] = pieces.get("ligne_consolidee_id")
        for nom, valeur in pieces.items():
            for genre in ("uuid:", "int:", "any(suspendre, resilier):", ""):
                chemin = chemin.replace(f"<{genre}{nom}>", str(valeur))
        assert "<" not in chemin, f"{chemin} : dites dans terrain.py ce que nomme cette adresse"
        return chemin


def preparer(database: Database, clock: FrozenClock, *, lignes: bool = True) -> Terrain:
    """The group on that database; without `lignes`, only what every purchase needs."""
    transactions = Transactions(
        database, service="groupement", siret=demo.DEPARTEMENT.siret, clock=clock
    )
    monde = Monde(transactions, clock)
    monde.notifie()
    for siret in (demo.DEPARTEMENT.siret, demo.SDIS.siret, demo.SDEA.siret):
        monde.commander(siret, 5)
    dehors = NouvelleOrganisation(
        DEHORS.siret, DEHORS.nom, ClasseAcheteur.COLLECTIVITE, DEHORS.courriel, "Valence"
    )
    monde.faire(inscrire_organisation, dehors)
    for identite in IDENTITES:
        if identite.jeton and identite.roles:
            acces = NouvelAcces(identite.siret, identite.nom, jeton=identite.jeton)
            monde.faire(creer_acces, acces)
    context = ServiceContext(
        settings=settings_for("groupement", database.url),
        database=database,
        transactions=transactions,
        clock=clock,
        parametres=Parametres.depuis_yaml(),
    )
    app = create_app(context)
    app.test_client_class = ClientWeb
    pieces = {**_lignes(monde), **lignes_en_profondeur(context, monde)} if lignes else {}
    return Terrain(monde, app, {**PIECES, **pieces})


def _lignes(monde: Monde) -> dict[str, uuid.UUID]:
    """Rows that belong to the SDIS, on the purchase that the département coordinates."""
    sien = demo.SDIS.siret
    with monde.transactions.read() as session:

        def un(requete: sa.Select[tuple[uuid.UUID]]) -> uuid.UUID:
            return session.scalars(requete.limit(1)).one()

        quota = sa.select(t.Quota.id).where(t.Quota.siret == sien)
        return {
            "achat_id": monde.achat_id,
            "ligne_id": monde.ligne_de_marche(),
            "ligne_consolidee_id": un(sa.select(t.Ligne.id)),
            "convention_id": monde.convention_id,
            "adhesion_id": un(
                sa.select(t.Adhesion.id).where(t.Adhesion.siret == demo.VIVARAIS_HABITAT.siret)
            ),
            "besoin_id": un(sa.select(t.Besoin.id).where(t.Besoin.siret == sien)),
            "quota_id": un(quota),
            "commande_id": monde.commander(sien, 1).id,
            "demande_id": monde.faire(_demander).id,
        }


def _demander(uow: UnitOfWork) -> Event:
    """A request that the member's software left at the door."""
    demande = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": f"urn:siret:{demo.SDIS.siret}:finances",
        "type": "membre.besoin.declare.v1",
        "time": uow.clock.now().isoformat(),
        "data": catalogue.load().get("membre.besoin.declare.v1").sample,
    }
    corps = json.dumps(demande).encode()
    return door.receive(uow, corps, content_type=wire.STRUCTURED, headers={}, siret=demo.SDIS.siret)
