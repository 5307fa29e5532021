"""Disputes and credit notes: the admitted part on time, never below zero, the ledger exact."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.paiement.gateways.efacture.generation import Ligne
from services.paiement.jobs import constater_retards
from services.paiement.queries import comptes, marches
from services.paiement.tables import (
    Avoir,
    Contestation,
    Marche,
    Passage,
)
from services.paiement.usecases.constater_service_fait import constater_service_fait
from services.paiement.usecases.ecarts import admettre, contester
from services.paiement.usecases.mandater import mandater
from services.paiement.usecases.payer import payer
from services.paiement.usecases.saisir_parametre import TAUX_BCE, saisir_parametre
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, DomainError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from tests.kit import factures
from tests.kit.echanges import commander, facturer, mille, ouvertes, recevoir, relire
from tests.kit.paiement import DEPARTEMENT, MARCHE, deposer, le, mener_au_mandat

pytestmark = pytest.mark.db
Emis = Callable[..., list[Any]]
D = dt.date.fromisoformat


@pytest.fixture(autouse=True)
def grand_livre_juste(tx: Transactions) -> Iterator[None]:
    """Whatever a test does, the ledger tells the same amounts as the documents."""
    yield
    with tx.read() as session:
        assert comptes.ecarts(session) == []


def avoir(
    tx: Transactions, montant: str, numero: str = "A-1", cite: str = "F-2026-0042", **champs: Any
) -> Any:
    lignes = (Ligne("Prestation", Decimal(1), Decimal(montant)),)
    termes = {"lignes": lignes, "taux_tva": Decimal(0)} | champs
    return deposer(tx, factures.cii(avoir=True, numero=numero, cite=cite, **termes))


def test_H10_200_contestes_sur_1000_payent_800_a_temps(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Emis
) -> None:
    facture = mille(tx)
    assert facture.montant_ttc == Montant(1000)
    with tx.begin(acteur="finances") as uow:
        contester(
            uow,
            facture.id,
            DEPARTEMENT,
            montant=Montant(200),
            code="QTE_ERR",
            motif="Il en manque.",
        )
    assert relire(tx, facture).echeance_le == D("2026-04-01")  # the original clock
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-03-30")
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    (payee,) = events("paiement", "paiement.facture.payee.v1")
    assert (payee.data["montant_paye"], payee.data["jours_retard"]) == ("800.00", 0)
    (contestee,) = events("paiement", "paiement.facture.contestee.v1")
    assert (contestee.data["montant_conteste"], contestee.data["code"]) == ("200.00", "QTE_ERR")
    with tx.read() as session:
        assert session.scalars(sa.select(Contestation.montant_ttc)).all() == [Montant(200)]
        codes = session.scalars(sa.select(Passage.code).order_by(Passage.rang)).all()
    assert 207 in codes
    assert 206 in codes


def test_H10_la_part_admise_ensuite_porte_interet_depuis_l_echeance(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Emis
) -> None:
    facture = mille(tx)
    with tx.begin() as uow:
        contester(uow, facture.id, DEPARTEMENT, montant=Montant(200), code="AUTRE", motif="Doute.")
    mener_au_mandat(tx, clock, facture)
    le(clock, "2026-03-30")
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    le(clock, "2026-04-21")
    with tx.begin() as uow:
        admettre(uow, facture.id, DEPARTEMENT, motif="Carton retrouvé.")
    (clos,) = events("paiement", "paiement.facture.litige_clos.v1")
    assert clos.data["jours_retard"] == 20
    assert clos.data["interets"] == "1.11"  # 200 × 20/365 × 10.15 %
    assert clos.data["indemnite"] == "40.00"
    solde = relire(tx, facture).solde
    assert (solde.paye, solde.exigible) == (Montant(1000), Montant.zero())
    with pytest.raises(ConflictError, match="Rien n’est contesté"), tx.begin() as uow:
        admettre(uow, facture.id, DEPARTEMENT, motif="Encore.")


def test_H10_un_taux_saisi_plus_tard_liquide_la_part_admise(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    le(clock, "2026-06-05")
    facture = mille(tx, emise_le=D("2026-06-05"), livree_le=None)
    with tx.begin() as uow:
        contester(uow, facture.id, DEPARTEMENT, montant=Montant(200), code="AUTRE", motif="Doute.")
    mener_au_mandat(tx, clock, facture)
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    le(clock, "2026-07-26")
    with tx.begin() as uow:
        admettre(uow, facture.id, DEPARTEMENT, motif="Vérifié.")
        reste = uow.session.scalars(sa.select(Contestation)).one()
        assert (reste.jours_retard, reste.interets) == (20, None)
    with tx.begin() as uow:
        saisir_parametre(
            uow, code=TAUX_BCE, du=D("2026-07-01"), valeur=Decimal("2.15"), reference="BCE"
        )
    with tx.read() as session:
        assert session.scalars(sa.select(Contestation.interets)).one() == Montant("1.11")


def test_H10_admise_avant_le_paiement_la_part_est_payee_avec_le_reste(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Emis
) -> None:
    facture = mille(tx)
    with tx.begin() as uow:
        contester(uow, facture.id, DEPARTEMENT, montant=Montant(200), code="AUTRE", motif="Doute.")
        admettre(uow, facture.id, DEPARTEMENT, motif="Vérifié.")
    mener_au_mandat(tx, clock, facture)
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    assert events("paiement", "paiement.facture.payee.v1")[0].data["montant_paye"] == "1000.00"


@pytest.mark.parametrize("montant", ["1000", "0"])
def test_H10_on_ne_conteste_ni_tout_ni_rien(tx: Transactions, marche: Marche, montant: str) -> None:
    facture = mille(tx)
    with pytest.raises(ValidationError), tx.begin() as uow:
        contester(
            uow, facture.id, DEPARTEMENT, montant=Montant(montant), code="AUTRE", motif="Non."
        )


def test_H11_un_avoir_ramene_la_facture_a_zero_pas_en_dessous(
    tx: Transactions,
    marche: Marche,
    clock: FrozenClock,
    events: Emis,
    contexte: Callable[..., Any],
) -> None:
    facture = mille(tx)
    assert avoir(tx, "400").avoir
    assert relire(tx, facture).solde.exigible == Montant(600)
    with pytest.raises(ConflictError) as refus:
        avoir(tx, "600.01", "A-2")
    assert refus.value.code == "avoir_trop_grand"
    avoir(tx, "600", "A-2")
    lue = relire(tx, facture)
    assert (lue.solde.exigible, lue.echeance_le) == (Montant.zero(), None)
    credites = events("paiement", "paiement.facture.creditee.v1")
    assert [e.data["reste_a_payer"] for e in credites] == ["600.00", "0.00"]
    le(clock, "2026-09-01")
    assert constater_retards(contexte("paiement")) == 0
    with pytest.raises(ConflictError) as rien:
        mener_au_mandat(tx, clock, facture)
    assert rien.value.code == "rien_a_payer"


def test_H11_la_base_refuse_des_avoirs_au_dela_de_la_facture(
    tx: Transactions, marche: Marche
) -> None:
    mille(tx)
    avoir(tx, "400")
    with pytest.raises(IntegrityError, match="avoirs au-dela"), tx.begin() as uow:
        uow.session.execute(sa.update(Avoir).values(montant_ttc=Montant("1000.01")))


def test_H11_le_meme_avoir_ne_compte_qu_une_fois(tx: Transactions, marche: Marche) -> None:
    facture = mille(tx)
    assert avoir(tx, "400").nouvelle
    assert not avoir(tx, "400").nouvelle
    with pytest.raises(ConflictError, match="déjà déposé un avoir"):
        avoir(tx, "100")
    assert relire(tx, facture).credite == Montant(400)


def test_H11_un_avoir_regle_la_part_contestee(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Emis
) -> None:
    facture = mille(tx)
    with tx.begin() as uow:
        contester(uow, facture.id, DEPARTEMENT, montant=Montant(200), code="AUTRE", motif="Doute.")
    mener_au_mandat(tx, clock, facture)
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    avoir(tx, "200")
    solde = relire(tx, facture).solde
    assert (solde.exigible, solde.conteste, solde.trop_verse) == (Montant.zero(),) * 3
    (clos,) = events("paiement", "paiement.facture.litige_clos.v1")
    assert (clos.data["issue"], clos.data["montant"]) == ("AVOIR", "200.00")


def test_H11_un_avoir_apres_paiement_est_un_trop_verse(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    facture = mille(tx)
    mener_au_mandat(tx, clock, facture)
    with tx.begin() as uow:
        payer(uow, facture.id, DEPARTEMENT)
    avoir(tx, "300")
    assert relire(tx, facture).solde.trop_verse == Montant(300)


def test_H11_la_consommation_du_marche_recule_de_la_meme_quantite(
    tx: Transactions, marche: Marche
) -> None:
    commander(tx, "60")
    recevoir(tx, "60")
    facturer(tx)
    with tx.read() as session:
        avant = marches.compte(session, MARCHE, DEPARTEMENT).facture_ttc
    lignes = (Ligne("Papier A4 80 g, palette", Decimal(10), Decimal(456)),)
    avoir(tx, "0", lignes=lignes, taux_tva=Decimal(20))
    with tx.read() as session:
        apres = marches.compte(session, MARCHE, DEPARTEMENT).facture_ttc
    assert avant - apres == Montant("5472.00")
    facturer(tx, "10", numero="F-2")  # the ten pallets given back may be billed again
    assert ouvertes(tx) == []
    facturer(tx, "1", numero="F-3")
    assert ouvertes(tx) == [Montant(456)]


@pytest.mark.parametrize(
    ("champs", "code"),
    [({"cite": "INCONNUE"}, "avoir_sans_facture"), ({"cite": None}, "avoir_sans_facture")],
)
def test_H11_un_avoir_cite_une_facture_connue(
    tx: Transactions, marche: Marche, champs: dict[str, Any], code: str
) -> None:
    mille(tx)
    with pytest.raises(DomainError) as refus:
        avoir(tx, "100", **champs)
    assert refus.value.code == code


def test_un_service_fait_conteste_reste_payable(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    facture = mille(tx)
    with tx.begin() as uow:
        constater_service_fait(uow, facture.id, DEPARTEMENT)
        contester(uow, facture.id, DEPARTEMENT, montant=Montant(1), code="AUTRE", motif="Un euro.")
        mandater(uow, facture.id, DEPARTEMENT)
    with pytest.raises(ConflictError, match="avant son mandat"), tx.begin() as uow:
        contester(uow, facture.id, DEPARTEMENT, montant=Montant(1), code="AUTRE", motif="Tard.")
