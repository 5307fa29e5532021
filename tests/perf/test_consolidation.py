"""Consolidating many needs from the database, beside the bare SQL that only sums them.

Time and memory at 10 000, 100 000 and 1 000 000 needs; then a what-if on 25 000 of them.
"""

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import pytest
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.comparaison import dresser
from services.groupement.domain.hypotheses import (
    ChangerConditionnement,
    Hypothese,
    RetirerMembre,
    SeparerParLieu,
)
from services.groupement.queries.hypotheses import entrees, supposer
from services.groupement.usecases.consolider import Vu, apercevoir, cadre, consolider
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from shared.kernel import collector
from shared.kernel.parametres import Parametres
from shared.messaging.uow import Transactions
from tests.kit import postgres
from tests.perf.besoins import ACHAT, remplir

pytestmark = [pytest.mark.db, pytest.mark.perf, pytest.mark.timeout(900)]
PARAMETRES = Parametres.depuis_yaml()
TOURS = 3
RAPPORT_MAX = 8
MEMOIRE_MAX = 120
HYPOTHESE_MS = 300
SOMMES = """
    SELECT article, lieu, sum(quantite_base), sum(tolerance_base), count(*)
    FROM besoin WHERE achat_id = %s GROUP BY article, lieu
"""


@dataclass
class Mesure:
    """Seconds and megabytes of one size."""

    besoins: int
    sql: float
    calcul: float
    ecriture: float
    memoire: float
    lignes: int

    @property
    def rapport(self) -> float:
        return self.calcul / self.sql


@contextmanager
def chrono(durees: list[float]) -> Iterator[None]:
    debut = time.perf_counter()
    yield
    durees.append(time.perf_counter() - debut)


def memoire() -> float:
    """The most that this process has held so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _preparer(transactions: Transactions, membres: int, articles: int) -> None:
    collector.spare()  # as every process does once started
    moteur = transactions.database.engine
    postgres.truncate(moteur)
    with moteur.begin() as connection:
        remplir(connection, membres, articles)
    with moteur.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        connection.exec_driver_sql("VACUUM ANALYZE")


def _mesurer(transactions: Transactions, membres: int, articles: int) -> Mesure:
    """Rounds alternate SQL and consolidation, so that a busy machine hurts both alike."""
    _preparer(transactions, membres, articles)
    sql: list[float] = []
    calcul: list[float] = []
    with transactions.read() as session:
        achat = session.get_one(t.Achat, ACHAT)
        depart = psutil.Process().memory_info().rss / 2**20
        for _ in range(TOURS):
            with chrono(sql):
                session.connection().exec_driver_sql(SOMMES, (str(ACHAT),)).all()
            with chrono(calcul):
                apercu = apercevoir(session, achat, PARAMETRES, transactions.clock.today())
    vu = Vu(apercu.resultat.empreinte)
    ecriture: list[float] = []
    with chrono(ecriture), transactions.begin() as uow:
        consolider(uow, ACHAT, PARAMETRES, vu=vu)
    pris = max(0.0, memoire() - depart)
    _verifier(transactions, membres * articles)
    return Mesure(
        membres * articles,
        statistics.median(sql),
        statistics.median(calcul),
        ecriture[0] - statistics.median(calcul),
        pris,
        len(apercu.resultat.lignes),
    )


def _verifier(transactions: Transactions, attendus: int) -> None:
    """I1: every need is in one line, and the lines hold all that was asked."""
    with transactions.read() as session:
        composes = session.execute(
            sa.select(sa.func.count(), sa.func.sum(t.Composition.quantite_base))
        ).one()
        demandes = session.scalar(sa.select(sa.func.sum(t.Besoin.quantite_base)))
    assert tuple(composes) == (attendus, demandes)


def test_growth_from_ten_thousand_to_a_million_needs(
    transactions: Callable[[str], Transactions],
) -> None:
    ici = transactions("groupement")
    mesures = [_mesurer(ici, m, a) for m, a in ((100, 100), (100, 1000), (1000, 1000))]
    print("\n| besoins | lignes | SQL GROUP BY | consolidation | rapport | écriture | mémoire |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for m in mesures:
        print(
            f"| {m.besoins} | {m.lignes} | {m.sql:.3f} s | {m.calcul:.3f} s | {m.rapport:.1f} × "
            f"| {m.ecriture:.1f} s | + {m.memoire:.0f} Mo |"
        )
    assert mesures[-1].rapport <= RAPPORT_MAX
    assert mesures[-1].memoire <= MEMOIRE_MAX


CAS: list[tuple[str, list[Hypothese]]] = [
    ("un membre en moins", [RetirerMembre("7".rjust(14, "0"))]),
    ("un lot par lieu", [SeparerParLieu()]),
    ("un autre conditionnement", [ChangerConditionnement("ART-0007", "unité")]),
]


def test_M1_a_what_if_on_50_members_and_500_articles(
    transactions: Callable[[str], Transactions],
    contexte: Callable[..., Any],
    client: Callable[..., Any],
) -> None:
    ici = transactions("groupement")
    _preparer(ici, 50, 500)
    plein: list[float] = []
    with ici.read() as session:
        achat = session.get_one(t.Achat, ACHAT)
        seuils = cadre(session, achat, PARAMETRES, ici.clock.today())
        depart = entrees(session, achat)
        for _ in range(TOURS):
            with chrono(plein):
                dresser(seuils, depart)
        print(f"\n  consolider ces 25 000 besoins : {statistics.median(plein) * 1000:.0f} ms")
        for nom, hypotheses in CAS:
            durees: list[float] = []
            for _ in range(TOURS):
                with chrono(durees):
                    simulation = supposer(seuils, entrees(session, achat), hypotheses)
            mediane = statistics.median(durees) * 1000
            changees = len(simulation.lignes)
            print(f"  {nom} : {mediane:.0f} ms, lecture comprise ({changees} lignes changent)")
            assert mediane <= HYPOTHESE_MS
    _par_http(ici, client)


def _par_http(transactions: Transactions, client: Callable[..., Any]) -> None:
    """The whole call, as software makes it."""
    siret = "1".rjust(14, "0")
    with transactions.begin() as uow:
        jeton = creer_acces(uow, NouvelAcces(siret, "Mesure")).jeton
    corps = {"hypotheses": [{"type": "retirer_membre", "siret": "7".rjust(14, "0")}]}
    web, durees = client("groupement"), []
    for _ in range(TOURS + 2):
        with chrono(durees):
            recu = web.post(
                f"/groupement/api/v1/achats/{ACHAT}/hypotheses",
                json=corps,
                headers={"Authorization": f"Bearer {jeton}"},
            )
        assert recu.status_code == 200, recu.json
    print(f"  l’appel HTTP entier : {statistics.median(durees) * 1000:.0f} ms")
