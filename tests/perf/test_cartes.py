"""Authorisations by card with fifty holders at once, beside the bare SQL that takes the same locks.

Both run in the same minutes on the same server; the ratio of their p99 is what is kept.
"""

import datetime as dt
import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement.gateways.releves.formats import CANONIQUE, formats
from services.paiement.gateways.releves.lecture import empreinte_de, lire
from services.paiement.tables import Carte
from services.paiement.usecases.acheteurs import connaitre_acheteur
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.cartes import activer_carte, creer_carte, referencer_fournisseur
from services.paiement.usecases.importer_releve import Envoi, importer_releve
from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import releves as kit
from tests.kit.cartes import CHEF, FINANCES, nouvelle, programme
from tests.kit.paiement import DEPARTEMENT
from tests.perf.atelier import await_calm, quantile

pytestmark = [pytest.mark.db, pytest.mark.perf]
PORTEURS, CARTES, OPERATIONS = 50, 200, 3_000
PLAFOND_RATIO = 8
LARGE = Montant(100_000_000)
VERROU = sa.text("SELECT id FROM carte WHERE id = :carte FOR UPDATE")
SOMMES = sa.text(
    """SELECT sum(montant_ttc) FILTER (WHERE jour >= :mois),
         sum(montant_ttc) FILTER (WHERE jour >= :mois AND accepteur_siret = :siret),
         sum(montant_ttc)
       FROM operation_carte
       WHERE carte_id = :carte AND jour >= :annee AND autorisee AND annulee_le IS NULL"""
)
ECRIRE = sa.text(
    """INSERT INTO operation_carte (id, carte_id, code, le, jour, accepteur_siret, accepteur_nom,
         montant_ttc, motif_travaux, autorisee, explication, controles, reste_periode, acteur)
       VALUES (:id, :carte, :code, now(), :jour, :siret, 'Bureau', 1, '', true, '', '[]', 0, 'x')"""
)


@pytest.fixture
def transactions_vraies(database: Callable[[str], Database]) -> Transactions:
    """Real time, and as many connections as holders."""
    base = Database(database("paiement").url, application_name="perf", pool_size=PORTEURS)
    return Transactions(base, service="paiement", siret=DEPARTEMENT, clock=SystemClock())


def _cartes(tx: Transactions, nombre: int) -> list[Carte]:
    with tx.begin() as uow:
        connaitre_acheteur(uow, DEPARTEMENT, demo.DEPARTEMENT.nom)
        referencer_fournisseur(uow, DEPARTEMENT, demo.BUREAU.siret, demo.BUREAU.nom)
        ouvert = programme(uow)
        modele = nouvelle(expire_le=dt.date(2099, 1, 1))
        modele = replace(modele, plafond_periode=LARGE, plafond_fournisseur=LARGE)
        cartes = []
        for _ in range(nombre):
            creee = creer_carte(uow, ouvert.id, DEPARTEMENT, modele, FINANCES)
            cartes.append(activer_carte(uow, creee.id, DEPARTEMENT, FINANCES))
        return cartes


def _durees(faire: Callable[[int], Any], nombre: int) -> list[float]:
    def une(n: int) -> float:
        debut = time.perf_counter()
        faire(n)
        return (time.perf_counter() - debut) * 1_000

    with ThreadPoolExecutor(PORTEURS) as fils:
        return list(fils.map(une, range(nombre)))


def test_M12_autoriser_a_cinquante(transactions_vraies: Transactions) -> None:
    tx = transactions_vraies
    cartes = _cartes(tx, CARTES)
    demande = Demande(demo.BUREAU.siret, demo.BUREAU.nom, Montant(1))
    aujourdhui = tx.clock.today()
    dates = {"mois": aujourdhui.replace(day=1), "annee": aujourdhui.replace(month=1, day=1)}

    def autoriser(n: int) -> None:
        with tx.begin() as uow:
            assert autoriser_operation(uow, cartes[n % CARTES].id, DEPARTEMENT, demande).autorisee

    def nu(n: int) -> None:
        cle = {"carte": cartes[n % CARTES].id, "siret": demo.BUREAU.siret}
        with tx.database.engine.begin() as connection:
            connection.execute(VERROU, cle)
            connection.execute(SOMMES, cle | dates).one()
            ecrite = {"id": uuid.uuid4(), "code": uuid.uuid4().hex, "jour": aujourdhui}
            connection.execute(ECRIRE, cle | ecrite)

    await_calm(15)
    _durees(autoriser, 200)
    mesures = {"Essaim": _durees(autoriser, OPERATIONS), "SQL nu": _durees(nu, OPERATIONS)}
    for nom, durees in mesures.items():
        print(
            f"{nom} : p50 {statistics.median(durees):.1f} ms, p99 {quantile(durees, 0.99):.1f} ms,"
            f" {OPERATIONS} opérations, {PORTEURS} à la fois"
        )
    p99 = {nom: quantile(durees, 0.99) for nom, durees in mesures.items()}
    ratio = p99["Essaim"] / p99["SQL nu"]
    print(f"rapport des p99 : {ratio:.1f}")
    assert ratio <= PLAFOND_RATIO
    tx.database.dispose()


@pytest.mark.parametrize("lignes", [10_000, 100_000])
def test_I3_importer_un_grand_releve(transactions_vraies: Transactions, lignes: int) -> None:
    """Time of reading, matching and writing; what it costs grows with the lines."""
    tx = transactions_vraies
    carte = _cartes(tx, 1)[0]
    jour = tx.clock.today().isoformat()
    octets = kit.releve(
        [kit.operation(f"{1 + n % 500}.00", date=jour) for n in range(lignes)], du=jour, au=jour
    )
    debut = time.perf_counter()
    lu = lire(octets, formats()[CANONIQUE])
    lecture = time.perf_counter() - debut
    with tx.begin() as uow:
        envoi = Envoi("grand.csv", empreinte_de(octets), lu, tx.clock.today())
        importation = importer_releve(uow, carte.programme_id, DEPARTEMENT, envoi, CHEF)
    total = time.perf_counter() - debut
    assert importation.releve.nombre == lignes
    print(
        f"{lignes} lignes ({len(octets) / 1e6:.1f} Mo) : lecture {lecture:.1f} s, "
        f"tout {total:.1f} s, {lignes / total:.0f} lignes/s"
    )
    tx.database.dispose()
