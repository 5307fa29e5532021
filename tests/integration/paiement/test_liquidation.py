"""Batches of real invoices: one batch each, the same bytes for ever."""

import io
import json
import threading
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.paiement.tables import Facture, LigneLiquidation, LotLiquidation
from services.paiement.usecases.avances import accepter_avance
from services.paiement.usecases.exporter_liquidation import exporter_liquidation
from services.paiement.usecases.payer import payer
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import factures
from tests.kit.paiement import DEPARTEMENT, MARCHE, deposer, le, mener_au_mandat
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
Clients = Callable[..., ClientWeb]
LOTS = "/paiement/liquidations"


@pytest.fixture
def mandatee(tx: Transactions, clock: FrozenClock, facture: Facture) -> Facture:
    mener_au_mandat(tx, clock, facture)
    return facture


def exporter(tx: Transactions) -> LotLiquidation:
    with tx.begin(acteur="finances") as uow:
        return exporter_liquidation(uow, DEPARTEMENT)


def lire(octets: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(octets)) as archive:
        return json.loads(archive.read("liquidation.json"))


def test_7_un_lot_porte_la_facture_son_fichier_et_se_telecharge_a_l_identique(
    mandatee: Facture, client: Clients, clock: FrozenClock, events: Callable[..., list[Any]]
) -> None:
    finances = client("paiement", "finances")
    assert "1 pièce en attente" in lisible(finances.get(LOTS))
    adresse = finances.post(LOTS).headers["Location"]
    premier = finances.get(f"{adresse}.zip")
    assert premier.headers["Content-Disposition"].endswith("LIQ-2026-0001.zip")
    le(clock, "2026-04-21")
    assert finances.get(f"{adresse}.zip").data == premier.data
    (article,) = lire(premier.data)["articles"]
    assert (article["numero"], article["a_payer"]) == (mandatee.numero, "32832.00")
    with zipfile.ZipFile(io.BytesIO(premier.data)) as archive:
        assert archive.read(article["fichier"]) == factures.cii()
    (dit,) = events("paiement", "paiement.liquidation.exportee.v1")
    assert (dit.data["numero"], dit.data["total"]) == ("LIQ-2026-0001", "32832.00")
    page = lisible(finances.get(adresse))
    assert "ni un flux PES, ni un ordre de virement" in page
    assert "Rien n’attend" in lisible(finances.get(LOTS))


def test_7_une_piece_n_est_que_dans_un_lot(
    tx: Transactions, mandatee: Facture, clock: FrozenClock
) -> None:
    exporter(tx)
    with pytest.raises(ConflictError, match="Rien n’attend"):
        exporter(tx)
    autre = deposer(tx, factures.cii(numero="F-2", livree_le=None)).facture
    mener_au_mandat(tx, clock, autre)
    lot = exporter(tx)
    assert lot.numero == "LIQ-2026-0002"
    with tx.read() as session:
        pieces = session.scalars(sa.select(LigneLiquidation.piece)).all()
    assert sorted(pieces) == sorted([f"facture:{mandatee.id}", f"facture:{autre.id}"])


def test_7_deux_exports_en_meme_temps_font_un_seul_lot(tx: Transactions, mandatee: Facture) -> None:
    issues: list[str] = []

    def essayer() -> None:
        try:
            issues.append(exporter(tx).numero)
        except ConflictError as refus:
            issues.append(refus.code)

    fils = [threading.Thread(target=essayer) for _ in range(4)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(issues) == ["LIQ-2026-0001", "lot_vide", "lot_vide", "lot_vide"]


def test_7_les_interets_et_l_avance_ont_leur_ligne(
    tx: Transactions, mandatee: Facture, clock: FrozenClock, client: Clients
) -> None:
    exporter(tx)
    with tx.begin() as uow:
        accepter_avance(uow, MARCHE, DEPARTEMENT)
    le(clock, "2026-04-21")
    with tx.begin() as uow:
        payer(uow, mandatee.id, DEPARTEMENT)
    lot = exporter(tx)
    assert lot.total == Montant("222.60") + Montant("2872.80")
    archive = client("paiement", "finances").get(f"{LOTS}/{lot.id}.zip").data
    natures = {a["nature"]: a["a_payer"] for a in lire(archive)["articles"]}
    assert natures == {"AVANCE": "2872.80", "INTERETS": "222.60"}


def test_7_un_lot_altere_est_refuse_plutot_que_rendu(
    tx: Transactions, mandatee: Facture, client: Clients
) -> None:
    lot = exporter(tx)
    with tx.begin() as uow:
        uow.session.execute(sa.text("SET LOCAL session_replication_role = replica"))
        uow.session.execute(
            sa.text('UPDATE ligne_liquidation SET donnees = donnees || \'{"a_payer": "1.00"}\'')
        )
    reponse = client("paiement", "finances").get(f"{LOTS}/{lot.id}.zip")
    assert reponse.status_code == 409


@pytest.mark.parametrize("table", ["lot_liquidation", "ligne_liquidation"])
def test_7_un_lot_ne_se_modifie_pas(tx: Transactions, mandatee: Facture, table: str) -> None:
    exporter(tx)
    with pytest.raises(IntegrityError, match="ne se modifie pas"), tx.begin() as uow:
        uow.session.execute(sa.text(f"UPDATE {table} SET rang = rang + 1"))


def test_7_les_lots_d_un_autre_acheteur_n_existent_pas(
    tx: Transactions, mandatee: Facture, client: Clients
) -> None:
    lot = exporter(tx)
    finances = client("paiement", "finances")
    with finances.session_transaction() as session:
        session["siret"] = demo.SDIS.siret
    assert finances.get(f"{LOTS}/{lot.id}").status_code == 404
    assert finances.get(f"{LOTS}/{lot.id}.zip").status_code == 404
    assert lot.numero not in finances.get(LOTS).text
    assert client("paiement", "entreprise").get(LOTS).status_code == 403
    assert client("paiement").post(LOTS).status_code == 401
