"""Invoices matched with orders and receipts, and the differences decided."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement.domain.facture import Etat
from services.paiement.domain.rapprochement import Issue
from services.paiement.queries import comptes
from services.paiement.tables import (
    ExceptionFacture,
    Facture,
    LigneFacture,
    Marche,
    Passage,
)
from services.paiement.usecases.completer import completer
from services.paiement.usecases.ecarts import accepter_ecart
from services.paiement.usecases.regler_reception import regler_tolerances
from services.paiement.usecases.rejeter import rejeter
from services.paiement.usecases.suspendre import suspendre
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from tests.kit.echanges import PAPIER, commander, facturer, ouvertes, recevoir, relire
from tests.kit.paiement import DEPARTEMENT, mener_au_mandat
from tests.kit.web import ClientWeb

pytestmark = pytest.mark.db
Emis = Callable[..., list[Any]]
D = dt.date.fromisoformat


@pytest.fixture(autouse=True)
def grand_livre_juste(tx: Transactions) -> Iterator[None]:
    """Whatever a test does, the ledger tells the same amounts as the documents."""
    yield
    with tx.read() as session:
        assert comptes.ecarts(session) == []


def test_une_facture_conforme_a_la_commande_et_a_la_reception(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    commander(tx)
    recevoir(tx, "60")
    facture = facturer(tx)
    with tx.read() as session:
        ligne = session.scalars(sa.select(LigneFacture)).one()
        assert (ligne.issue, ligne.article) == (Issue.CONFORME, PAPIER)
        assert (ligne.commandee, ligne.recue, ligne.prix_commande) == (105, 60, 456)
    assert ouvertes(tx) == []
    mener_au_mandat(tx, clock, facture)
    assert relire(tx, facture).etat == Etat.MANDATEE


def test_un_ecart_de_prix_bloque_le_mandat_jusqu_a_la_decision(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Emis
) -> None:
    commander(tx)
    recevoir(tx, "60")
    facture = facturer(tx, prix="460")
    assert ouvertes(tx) == [Montant(240)]
    (constate,) = events("paiement", "paiement.facture.ecart_constate.v1")
    assert constate.data["ecart_ht"] == "240.00"
    with pytest.raises(ConflictError) as refus:
        mener_au_mandat(tx, clock, facture)
    assert refus.value.code == "ecart_a_trancher"
    with tx.begin(acteur="finances") as uow:
        accepter_ecart(uow, facture.id, DEPARTEMENT, motif="Clause de révision.")
    mener_au_mandat(tx, clock, facture)
    (accepte,) = events("paiement", "paiement.facture.ecart_accepte.v1")
    assert accepte.data["motif"] == "Clause de révision."
    with pytest.raises(ConflictError, match="pas d’écart"), tx.begin() as uow:
        accepter_ecart(uow, facture.id, DEPARTEMENT, motif="Encore.")


def test_un_ecart_accepte_ne_se_redemande_pas_a_la_reception_suivante(
    tx: Transactions, marche: Marche
) -> None:
    commander(tx)
    recevoir(tx, "60")
    facture = facturer(tx, prix="460")
    with tx.begin() as uow:
        accepter_ecart(uow, facture.id, DEPARTEMENT, motif="Clause de révision.")
    recevoir(tx, "10")
    assert ouvertes(tx) == []


def test_une_reception_tardive_leve_l_ecart(tx: Transactions, marche: Marche, events: Emis) -> None:
    commander(tx)
    recevoir(tx, "50")
    facturer(tx)
    assert ouvertes(tx) == [Montant(10 * 456)]
    recevoir(tx, "10", "2026-03-01")
    assert ouvertes(tx) == []
    with tx.read() as session:
        assert session.scalars(sa.select(ExceptionFacture.decision)).all() == ["LEVEE"]


def test_une_facture_avant_la_livraison_attend(tx: Transactions, marche: Marche) -> None:
    commander(tx)
    facturer(tx)
    with tx.read() as session:
        assert session.scalars(sa.select(LigneFacture.issue)).all() == ["ATTENTE"]
    assert ouvertes(tx) == []


def test_une_commande_connue_apres_la_facture_la_fait_comparer(
    tx: Transactions, marche: Marche
) -> None:
    facturer(tx, prix="500")
    assert ouvertes(tx) == []
    commander(tx)
    assert ouvertes(tx) == [Montant(60 * 44)]


def test_deux_factures_ne_facturent_pas_deux_fois_la_meme_livraison(
    tx: Transactions, marche: Marche
) -> None:
    commander(tx, "60")
    recevoir(tx, "60")
    premiere = facturer(tx)
    facturer(tx, numero="F-2")
    assert ouvertes(tx) == [Montant(27360)]
    with tx.begin() as uow:
        rejeter(uow, premiere.id, DEPARTEMENT, "Erreur.")
    recevoir(tx, "1")
    assert ouvertes(tx) == []


def test_les_tolerances_sont_celles_de_l_organisation(tx: Transactions, marche: Marche) -> None:
    commander(tx)
    recevoir(tx, "60")
    with tx.begin(acteur="finances") as uow:
        regler_tolerances(
            uow, DEPARTEMENT, prix=Decimal(1), quantite=Decimal(0), montant=Montant.zero()
        )
    facturer(tx, prix="460")
    assert ouvertes(tx) == []
    with pytest.raises(ValidationError) as refus, tx.begin() as uow:
        regler_tolerances(
            uow, DEPARTEMENT, prix=Decimal(101), quantite=Decimal(0), montant=Montant.zero()
        )
    assert set(refus.value.champs) == {"prix"}


def test_rejeter_ferme_l_ecart_suspendre_le_laisse_ouvert(tx: Transactions, marche: Marche) -> None:
    commander(tx)
    recevoir(tx, "60")
    facture = facturer(tx, prix="460")
    with tx.begin() as uow:
        suspendre(uow, facture.id, DEPARTEMENT, motif="Prix ?", pieces="Avenant", code="REF_ERR")
    assert ouvertes(tx) == [Montant(240)]
    with tx.begin() as uow:
        completer(uow, facture.id, DEPARTEMENT)
        rejeter(uow, facture.id, DEPARTEMENT, "Prix faux.", "CALCUL_ERR")
    assert ouvertes(tx) == []
    with tx.read() as session:
        codes = session.execute(sa.select(Passage.code, Passage.motif).order_by(Passage.rang)).all()
    assert (208, "REF_ERR") in codes
    assert (210, "CALCUL_ERR") in codes


def test_un_motif_hors_de_la_liste_est_refuse(tx: Transactions, facture: Facture) -> None:
    with pytest.raises(ValidationError) as refus, tx.begin() as uow:
        rejeter(uow, facture.id, DEPARTEMENT, "Non.", "JUSTIF_ABS")
    assert set(refus.value.champs) == {"code"}


def test_la_file_montre_la_difference_et_les_decisions(
    tx: Transactions, marche: Marche, client: Callable[..., ClientWeb]
) -> None:
    commander(tx)
    recevoir(tx, "60")
    facture = facturer(tx, prix="460")
    finances = client("paiement", "finances")
    page = finances.get("/paiement/ecarts").text
    assert "240,00" in page
    for geste in ("accepter-ecart", "contester", "suspendre", "rejeter"):
        assert f"/paiement/factures/{facture.id}/{geste}" in page
    assert "Écart à trancher" in finances.get(f"/paiement/factures/{facture.id}").text
    base = f"/paiement/factures/{facture.id}"
    assert 'value="288.00"' in finances.get(f"{base}/contester").text
    trop = finances.post(
        f"{base}/contester", data={"montant": "99999", "code": "PU_ERR", "motif": "Prix."}
    )
    assert trop.status_code == 422
    assert 'value="99999"' in trop.text
    bon = finances.post(
        f"{base}/contester", data={"montant": "288", "code": "PU_ERR", "motif": "Prix."}
    )
    assert bon.status_code == 303
    assert "288,00" in finances.get(base).text
    assert "Aucun écart" in finances.get("/paiement/ecarts").text


def test_les_tolerances_se_reglent_par_la_page(
    tx: Transactions, marche: Marche, client: Callable[..., ClientWeb]
) -> None:
    finances = client("paiement", "finances")
    refus = finances.post("/paiement/ecarts", data={"prix": "200", "quantite": "0", "montant": "5"})
    assert refus.status_code == 422
    assert (
        finances.post(
            "/paiement/ecarts", data={"prix": "2", "quantite": "1,5", "montant": "5"}
        ).status_code
        == 303
    )
    page = finances.get("/paiement/ecarts").text
    assert 'value="1,50"' in page
