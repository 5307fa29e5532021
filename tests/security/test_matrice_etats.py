"""A step on a purchase succeeds in the states that the matrix names; elsewhere nothing changes."""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.usecases.consolider import apercevoir
from shared.db.database import Database
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import DomainError
from shared.messaging.tables import outbox
from tests.integration.groupement.monde import PARAMETRES
from tests.kit.postgres import Postgres
from tests.security.identites import IDENTITES
from tests.security.matrice import Route, lire
from tests.security.preparation import Preparation
from tests.security.terrain import Terrain, preparer

pytestmark = pytest.mark.db
PAS = tuple(route for route in lire("groupement") if route.etats is not None)
COORDONNATRICE = next(i for i in IDENTITES if i.nom == "coordonnateur")
INSTANT = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
MOTIF = {"motif": "Les besoins ont changé."}


@pytest.fixture(scope="module")
def terrain(pg: Postgres) -> Iterator[Terrain]:
    database = Database(pg.create("matrice_etats", "groupement"))
    yield preparer(database, FrozenClock(INSTANT), lignes=False)
    database.dispose()


@pytest.fixture(scope="module")
def preparation(terrain: Terrain) -> Preparation:
    return Preparation(terrain.monde)


def _empreinte(terrain: Terrain, achat_id: uuid.UUID) -> dict[str, str]:
    """Consolidating sends back the fingerprint that was shown."""
    with terrain.monde.transactions.read() as session:
        achat = session.get_one(t.Achat, achat_id)
        try:
            apercu = apercevoir(session, achat, PARAMETRES, INSTANT.date())
        except DomainError:
            return {}
    return {"empreinte": apercu.resultat.empreinte}


ARTICLE = {
    "lot": "2", "lot_objet": "Enveloppes", "lot_cpv": "30199230", "code": "ENV-DL",
    "designation": "Enveloppes DL", "unite_base": "enveloppe", "prix_estime_ht": "0,03",
    "conditionnements": "boîte = 500", "conditionnement_achat": "boîte",
}  # fmt: skip
BESOIN = {
    "article-1": "PAPIER-A4-80", "quantite-1": "12", "unite-1": "palette", "lieu-1": "Privas",
}  # fmt: skip
UN_LOT = {"decoupage": "UNIQUE", "motif_unique": "PILOTAGE", **MOTIF}
Corps = Callable[[Terrain, uuid.UUID], Mapping[str, str]]
CORPS: dict[str, Corps] = {
    "abandonner": lambda *_: MOTIF,
    "articles": lambda *_: ARTICLE,
    "besoins": lambda *_: BESOIN,
    "clore": lambda *_: {},
    "consolider": _empreinte,
    "decoupage": lambda *lieu: {**_empreinte(*lieu), **UN_LOT},
    "lancer": lambda *_: {},
    "recensement": lambda *_: {"cloture_jour": "2026-03-20", "cloture_heure": "17:00", **MOTIF},
    "reponse": lambda *_: {"reponse": "PARTICIPE"},
}
"""What a person would send, by the last word of the address."""


def _situation(terrain: Terrain, achat_id: uuid.UUID) -> tuple[str, int, int]:
    """State of the purchase, number of its articles and of the events told about it."""
    with terrain.monde.transactions.read() as session:
        etat = session.get_one(t.Achat, achat_id).etat
        articles = sa.select(sa.func.count()).where(t.Article.achat_id == achat_id)
        dits = sa.select(sa.func.count()).where(outbox.c.subject == str(achat_id))
        return etat, session.scalars(articles).one(), session.scalars(dits).one()


@pytest.mark.parametrize("etat", EtatAchat, ids=str)
@pytest.mark.parametrize("route", PAS, ids=str)
def test_a_step_succeeds_only_in_its_states(
    terrain: Terrain, preparation: Preparation, route: Route, etat: EtatAchat
) -> None:
    permis = etat in (route.etats or ())
    achat_id = preparation.achat(etat, neuf=permis)
    avant = _situation(terrain, achat_id)
    corps: Any = CORPS[route.chemin.rsplit("/", 1)[-1]](terrain, achat_id)
    adresse = terrain.adresse(route.chemin, achat_id=achat_id)
    reponse = terrain.client(COORDONNATRICE).post(adresse, data=corps)
    if permis:
        assert reponse.status_code in {200, 303}, reponse.text
        assert _situation(terrain, achat_id) != avant
    else:
        assert _situation(terrain, achat_id) == avant
