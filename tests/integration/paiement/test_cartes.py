"""Purchasing cards: every operation checked, kept, told; limits hold under concurrency."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from services.paiement.tables import Carte, Marche
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.avances import refuser_avance
from services.paiement.usecases.cartes import referencer_fournisseur, suspendre_carte
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit.cartes import FINANCES, carte_active
from tests.kit.paiement import DEPARTEMENT, MARCHE, PAPETERIE, deposer, le, notifie

pytestmark = pytest.mark.db
Emis = Callable[..., list[Any]]
S1 = demo.BUREAU.siret


@pytest.fixture
def carte(tx: Transactions, acheteurs: None) -> Carte:
    return carte_active(tx)


def payer_par(tx: Transactions, carte: Carte, montant: str, siret: str = S1, **faits: Any) -> Any:
    demande = Demande(siret, "Fournisseur", Montant(montant), **faits)
    with tx.begin(acteur="porteur") as uow:
        return autoriser_operation(uow, carte.id, DEPARTEMENT, demande)


def test_8_la_carte_d_exemple_en_vrai(tx: Transactions, carte: Carte, events: Emis) -> None:
    with tx.begin() as uow:
        referencer_fournisseur(uow, DEPARTEMENT, demo.CEVENNES.siret, demo.CEVENNES.nom)
    for montant, siret in (
        ("450", S1),
        ("450", S1),
        ("400", demo.CEVENNES.siret),
        ("400", demo.CEVENNES.siret),
    ):
        assert payer_par(tx, carte, montant, siret).autorisee
    assert payer_par(tx, carte, "301").motif == "PLAFOND_PERIODE"
    assert payer_par(tx, carte, "501").motif == "PLAFOND_TRANSACTION"
    derniere = payer_par(tx, carte, "300")
    assert (derniere.autorisee, derniere.reste_periode) == (True, Montant.zero())
    assert len(events("paiement", "paiement.carte.operation_acceptee.v1")) == 5
    refus = events("paiement", "paiement.carte.operation_refusee.v1")
    assert [e.data["motif"] for e in refus] == ["PLAFOND_PERIODE", "PLAFOND_TRANSACTION"]
    assert refus[1].data["explication"] == (
        "501,00\u00a0€ dépasse le plafond de 500,00\u00a0€ par opération."
    )


def test_I1_un_marche_avec_avance_ne_s_execute_pas_par_carte(
    tx: Transactions, carte: Carte, marche: Marche
) -> None:
    refusee = payer_par(tx, carte, "100", PAPETERIE, marche="2026-07-0001-L1")
    assert refusee.motif == "MARCHE_EXCLU_AVANCE"
    assert refusee.marche_id == MARCHE
    with tx.begin() as uow:
        refuser_avance(uow, MARCHE, DEPARTEMENT)
    assert payer_par(tx, carte, "100", PAPETERIE, marche="2026-07-0001-L1").autorisee


def test_I1_un_marche_de_travaux_demande_un_motif(tx: Transactions, carte: Carte) -> None:
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(travaux=True, avance_taux=Decimal(0)))
    travaux = {"siret": PAPETERIE, "marche": "2026-07-0001-L1"}
    assert payer_par(tx, carte, "250", **travaux).motif == "MARCHE_EXCLU_TRAVAUX"
    assert payer_par(tx, carte, "250", **travaux, motif_travaux="Serrure à réparer").autorisee


def test_C9_le_titulaire_d_un_marche_est_reference_de_droit(tx: Transactions, carte: Carte) -> None:
    assert payer_par(tx, carte, "10", PAPETERIE).motif == "FOURNISSEUR_NON_REFERENCE"
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie())
    assert payer_par(tx, carte, "10", PAPETERIE).autorisee


def test_un_marche_deja_facture_n_a_plus_de_reste(tx: Transactions, carte: Carte) -> None:
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(montant_ht=Montant("27500"), avance_taux=Decimal(0)))
    deposer(tx)  # 32 832.00 TTC of the 33 000.00 of the contract
    sur_marche = {"siret": PAPETERIE, "marche": "2026-07-0001-L1"}
    assert payer_par(tx, carte, "168.01", **sur_marche).motif == "MARCHE_EPUISE"
    assert payer_par(tx, carte, "168.00", **sur_marche).autorisee
    assert payer_par(tx, carte, "0.01", **sur_marche).motif == "MARCHE_EPUISE"


def test_le_mois_suivant_rend_le_plafond(
    tx: Transactions, carte: Carte, clock: FrozenClock
) -> None:
    le(clock, "2026-03-31")
    for _ in range(2):
        assert payer_par(tx, carte, "500").autorisee
    assert payer_par(tx, carte, "500").motif == "PLAFOND_FOURNISSEUR"
    le(clock, "2026-04-01")
    assert payer_par(tx, carte, "500").reste_periode == Montant(1500)


def test_I2_une_carte_desactivee_refuse_tout_avec_ses_controles(
    tx: Transactions, carte: Carte
) -> None:
    with tx.begin() as uow:
        suspendre_carte(uow, carte.id, DEPARTEMENT, "Absence du porteur", FINANCES)
    refusee = payer_par(tx, carte, "1")
    assert refusee.motif == "CARTE_SUSPENDUE"
    assert [c["passe"] for c in refusee.controles] == [False] + [None] * 10


def test_I1_50_operations_simultanees_ne_depassent_jamais_le_plafond(
    tx: Transactions, carte: Carte
) -> None:
    with ThreadPoolExecutor(50) as fils:
        operations = list(fils.map(lambda _: payer_par(tx, carte, "100"), range(50)))
    assert sum(o.autorisee for o in operations) == 12
    assert {o.motif for o in operations if not o.autorisee} == {"PLAFOND_FOURNISSEUR"}


def test_la_carte_d_une_autre_organisation_n_existe_pas(tx: Transactions, carte: Carte) -> None:
    with pytest.raises(NotFoundError), tx.begin() as uow:
        autoriser_operation(uow, carte.id, demo.SDIS.siret, Demande(S1, "X", Montant(1)))


def test_un_marche_inconnu_se_dit_au_champ(tx: Transactions, carte: Carte) -> None:
    with pytest.raises(ValidationError) as refus:
        payer_par(tx, carte, "1", marche="ABSENT")
    assert set(refus.value.champs) == {"marche"}
