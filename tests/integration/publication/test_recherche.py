"""The search: what it finds, and that a filter never makes the list longer."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.publication import queries
from services.publication.domain.recherche import Criteres, Etat, Tri
from services.publication.domain.valeurs import Organisation
from services.publication.usecases.annuler_avis import annuler_consultation
from services.publication.usecases.publier_avis import publier_avis_direct
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.messaging.uow import Transactions
from tests.integration.publication.monde import (
    DEPARTEMENT,
    LIMITE,
    PARAMETRES,
    SDIS,
    SIRET,
    URL,
    minimal,
)

pytestmark = pytest.mark.db
SUJETS = [
    ("Rénovation de la toiture du collège", "45261900", "07019", "80000", 10, DEPARTEMENT),
    ("Papier et enveloppes", "30197630", "07", "65880", 21, DEPARTEMENT),
    ("Véhicules d’intervention", "34144210", "07186", "38000", 14, SDIS),
    ("Nettoyage des locaux", "90910000", "07186", "52000.50", 30, DEPARTEMENT),
    ("Denrées alimentaires", "15000000", "26", "89999.99", 18, SDIS),
    ("Impression de documents", "79800000", "07019", "12000", 25, DEPARTEMENT),
]
TOUS = Criteres(etat=Etat.TOUS)


def _seul(tx: Transactions, sujet: tuple[str, str, str, str, int, Organisation]) -> None:
    objet, cpv, lieu, montant, jours, acheteur = sujet
    with tx.begin() as uow:
        publier_avis_direct(
            uow,
            PARAMETRES,
            minimal(
                objet=objet,
                cpv=cpv,
                lieu=lieu,
                montant_estime_ht=Montant(montant),
                date_limite=tx.clock.now() + dt.timedelta(days=jours),
                description=f"Marché de {objet.lower()}.",
            ),
            acheteur,
            public_url=URL,
        )


@pytest.fixture
def avis(tx: Transactions, clock: FrozenClock) -> Iterator[Transactions]:
    """Six notices; ten days on, one is closed and one cancelled."""
    for sujet in SUJETS:
        _seul(tx, sujet)
        clock.advance(dt.timedelta(minutes=1))
    clock.advance(dt.timedelta(days=10))
    with tx.begin() as uow:
        nettoyage = next(queries.toutes(uow.session, replace(TOUS, q="nettoyage"), clock.now()))
        annuler_consultation(uow, nettoyage.consultation_id, SIRET, "Motif")
    return tx


def _objets(tx: Transactions, **criteres: Any) -> list[str]:
    with tx.read() as session:
        demande = Criteres(**{"etat": Etat.TOUS, **criteres})
        return [a.objet for a in queries.toutes(session, demande, tx.clock.now())]


@pytest.mark.parametrize(
    ("q", "attendu"),
    [
        ("toitures", {"Rénovation de la toiture du collège"}),
        ("RENOVATION college", {"Rénovation de la toiture du collège"}),
        ("rénov", {"Rénovation de la toiture du collège"}),
        ("envel", {"Papier et enveloppes"}),
        ("30197630", {"Papier et enveloppes"}),
        ("3019", {"Papier et enveloppes"}),
        ("sdis", {"Véhicules d’intervention", "Denrées alimentaires"}),
        ("aubenas", {"Rénovation de la toiture du collège", "Impression de documents"}),
        ("AVIS-2026-0002", {"Papier et enveloppes"}),
        ("papier toiture", set()),
        ("zzz", set()),
        ("'; drop table avis; --", set()),
        ("& | ! :* <->", {sujet[0] for sujet in SUJETS}),
        ("de la", {sujet[0] for sujet in SUJETS}),
    ],
)
def test_words_are_found_by_stem_by_beginning_and_without_accents(
    avis: Transactions, q: str, attendu: set[str]
) -> None:
    assert set(_objets(avis, q=q)) == attendu


@pytest.mark.parametrize(
    ("criteres", "attendu"),
    [
        ({"cpv": "30"}, 1),
        ({"cpv": "30000000"}, 1),
        ({"cpv": "3019763"}, 1),
        ({"cpv": "99"}, 0),
        ({"lieu": "07"}, 5),
        ({"lieu": "07019"}, 3),
        ({"lieu": "26"}, 1),
        ({"acheteur": SDIS.siret}, 2),
        ({"natures": (Nature.TRAVAUX,)}, 1),
        ({"natures": (Nature.TRAVAUX, Nature.SERVICES)}, 3),
        ({"montant_max": Montant("52000.50")}, 3),
        ({"montant_min": Montant("52000.51")}, 3),
        ({"etat": Etat.OUVERTS}, 4),
        ({"etat": Etat.CLOS}, 2),
        ({"groupes": True}, 0),
        ({"cloture_du": dt.date(2026, 3, 20), "cloture_au": dt.date(2026, 3, 23)}, 2),
    ],
)
def test_each_criterion(avis: Transactions, criteres: dict[str, Any], attendu: int) -> None:
    assert len(_objets(avis, **criteres)) == attendu


def test_the_order_asked(avis: Transactions) -> None:
    assert _objets(avis, etat=Etat.OUVERTS)[0] == "Impression de documents"
    assert _objets(avis, tri=Tri.CLOTURE)[0] == "Véhicules d’intervention"
    assert _objets(avis, tri=Tri.CLOTURE)[-1] == "Rénovation de la toiture du collège"
    assert _objets(avis, tri=Tri.MONTANT)[0] == "Denrées alimentaires"
    assert _objets(avis, tri=Tri.PERTINENCE, q="papier")[0] == "Papier et enveloppes"
    assert len(_objets(avis, tri=Tri.PERTINENCE)) == len(SUJETS)


VALEURS: dict[str, st.SearchStrategy[Any]] = {
    "q": st.sampled_from(["papier", "toit", "de la", "ardèche", "collège rénovation", "&", "07"]),
    "cpv": st.sampled_from(["30", "45", "3019", "90910000", "15"]),
    "lieu": st.sampled_from(["07", "07019", "07186", "26", "2A"]),
    "acheteur": st.sampled_from([SIRET, SDIS.siret]),
    "natures": st.sampled_from([(Nature.TRAVAUX,), (Nature.SERVICES, Nature.FOURNITURES)]),
    "montant_min": st.integers(0, 100_000).map(Montant),
    "montant_max": st.integers(0, 100_000).map(Montant),
    "cloture_du": st.dates(dt.date(2026, 3, 1), dt.date(2026, 4, 15)),
    "cloture_au": st.dates(dt.date(2026, 3, 1), dt.date(2026, 4, 15)),
    "etat": st.sampled_from([Etat.OUVERTS, Etat.CLOS]),
    "groupes": st.just(True),
}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(donnees=st.data())
def test_adding_a_filter_never_makes_the_list_longer(
    avis: Transactions, donnees: st.DataObject
) -> None:
    noms = donnees.draw(st.permutations(list(VALEURS)))
    with avis.read() as session:
        criteres, avant = TOUS, len(SUJETS)
        for nom in noms[: donnees.draw(st.integers(1, len(noms)))]:
            criteres = replace(criteres, **{nom: donnees.draw(VALEURS[nom])})
            lignes = list(queries.toutes(session, criteres, avis.clock.now()))
            page = queries.chercher(session, criteres, avis.clock.now(), 1, 2)
            assert len(lignes) == page.total
            assert len(lignes) <= avant
            avant = len(lignes)


def test_a_page_says_how_many_there_are_in_all(avis: Transactions) -> None:
    with avis.read() as session:
        page = queries.chercher(session, TOUS, avis.clock.now(), 2, 4)
        assert (page.total, page.pages, page.premier, page.dernier) == (6, 2, 5, 6)
        loin = queries.chercher(session, TOUS, avis.clock.now(), 99, 4)
        assert loin.numero == 2


def test_facets_name_what_has_been_published(avis: Transactions) -> None:
    with avis.read() as session:
        assert [nom for _, nom in queries.acheteurs(session)] == [
            "Département de l’Ardèche",
            "SDIS 07",
        ]
        assert queries.lieux(session) == ["07", "07019", "07186", "26"]
        assert queries.derniere_mise_a_jour(session) == avis.clock.now()
    assert avis.clock.now() < LIMITE
