"""Advances in use: conditions, guarantee, tranches and orders, recovery to the last cent."""

import datetime as dt
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.paiement.domain.avance import EtatAvance, Forme, Garantie
from services.paiement.gateways.efacture.generation import Ligne
from services.paiement.queries.comptes import ecarts
from services.paiement.tables import Acheteur, Avance, Facture, Marche, Recuperation
from services.paiement.usecases.avances import (
    Conditions,
    accepter_avance,
    fixer_conditions,
    refuser_avance,
    verser_avance,
)
from services.paiement.usecases.constater_service_fait import constater_service_fait
from services.paiement.usecases.ecarts import contester
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from services.paiement.usecases.mandater import mandater
from services.paiement.usecases.payer import payer
from services.paiement.usecases.proposer_avance import Demande, proposer_avance
from services.paiement.usecases.recuperer_avance import Piece, recuperer_avance
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from tests.kit import factures
from tests.kit.paiement import DEPARTEMENT, MARCHE, deposer, le, notifie
from tests.kit.web import ClientWeb, lisible

pytestmark = pytest.mark.db
Emis = Callable[..., list[Any]]
D = dt.date.fromisoformat
ZERO = Montant.zero()


@pytest.fixture
def versee(tx: Transactions, clock: FrozenClock) -> Marche:
    """A contract of 60 000 HT whose advance of 5 % (3 600) is paid; the law of 2022 applies."""
    with tx.begin() as uow:
        marche = enregistrer_marche(
            uow, notifie(montant_ht=Montant("60000"), date_lancement=D("2022-02-02"))
        )
        accepter_avance(uow, MARCHE, DEPARTEMENT)
        verser_avance(uow, MARCHE, DEPARTEMENT, D("2026-03-02"))
    return marche


def facturer(tx: Transactions, numero: str, palettes: str, *, solde: bool = False) -> Facture:
    """An invoice of so many pallets at 456 HT, certified and ordered to be paid."""
    lignes = [Ligne("Papier A4 80 g, palette", Decimal(palettes), Decimal("456.00"))]
    octets = factures.cii(numero=numero, lignes=lignes)
    facture = deposer(tx, octets).facture
    with tx.begin(acteur="finances") as uow:
        constater_service_fait(uow, facture.id, DEPARTEMENT, execute_le=facture.emise_le)
        return mandater(uow, facture.id, DEPARTEMENT, solde=solde)


def piece(nom: int, execute: str, dues: str, **champs: Any) -> Piece:
    return Piece(
        id=uuid.uuid5(MARCHE, str(nom)),
        numero=f"C-{nom}",
        marche_id=MARCHE,
        sommes_dues=Montant(dues),
        execute=lambda _cible: Montant(execute),
        **champs,
    )


def test_H7_la_recuperation_suit_les_seuils_et_s_arrete_a_l_avance(
    tx: Transactions, versee: Marche, events: Emis
) -> None:
    recuperes = []
    for nom, execute in enumerate(("36000", "50400", "54000", "57600", "72000"), 1):
        with tx.begin() as uow:
            recuperes.append(recuperer_avance(uow, piece(nom, execute, "10000")))
    assert recuperes == [ZERO, Montant("1200"), Montant("1200"), Montant("1200"), ZERO]
    dits = events("paiement", "paiement.avance.recuperee.v1")
    assert [e.data["reste"] for e in dits] == ["2400.00", "1200.00", "0.00"]


def test_H7_une_piece_ne_retient_qu_une_fois(tx: Transactions, versee: Marche) -> None:
    for _ in range(2):
        with tx.begin() as uow:
            assert recuperer_avance(uow, piece(1, "57600", "2000")) == Montant("2000")
    with tx.begin() as uow:
        assert recuperer_avance(uow, piece(2, "57600", "9000")) == Montant("1600")


def test_H7_le_solde_apure_l_avance(tx: Transactions, versee: Marche) -> None:
    with tx.begin() as uow:
        assert recuperer_avance(uow, piece(1, "20000", "9000", solde=True)) == Montant("3600")


def test_H7_la_base_refuse_de_recuperer_plus_que_l_avance(tx: Transactions, versee: Marche) -> None:
    with tx.begin() as uow:
        recuperer_avance(uow, piece(1, "57600", "9000"))
    with pytest.raises(IntegrityError), tx.begin() as uow:
        modele = uow.session.scalars(sa.select(Recuperation)).one()
        copie = {c.name: getattr(modele, c.name) for c in Recuperation.__table__.columns}
        copie |= {"id": uow.new_id(), "piece_id": uow.new_id(), "montant": Montant("0.01")}
        uow.session.execute(sa.insert(Recuperation).values(**copie))
    with pytest.raises(IntegrityError), tx.begin() as uow:
        uow.session.execute(sa.update(Recuperation).values(montant=Montant("1")))


def test_H7_la_facture_paie_le_net_et_les_interets_se_comptent_sur_lui(
    tx: Transactions, versee: Marche, clock: FrozenClock
) -> None:
    premiere = facturer(tx, "F-1", "80")  # 43 776 of 72 000: below 65 %
    seconde = facturer(tx, "F-2", "20")  # 54 720: 76 %
    with tx.read() as session:
        assert ecarts(session) == []
    assert (premiere.avance_recuperee, seconde.avance_recuperee) == (ZERO, Montant("2640.00"))
    assert seconde.net_a_payer == Montant("8304.00")
    le(clock, "2026-04-21")
    with tx.begin() as uow:
        payee = payer(uow, seconde.id, DEPARTEMENT)
    assert payee.interets == Montant("46.18")  # 8 304 × 20/365 × 10.15 %
    with tx.read() as session:
        assert ecarts(session) == []


def test_la_facture_du_solde_apure_l_avance(tx: Transactions, versee: Marche) -> None:
    assert facturer(tx, "F-1", "10", solde=True).avance_recuperee == Montant("3600.00")


def test_H10_l_avance_ne_prend_pas_plus_que_la_part_admise(
    tx: Transactions, versee: Marche
) -> None:
    lignes = [Ligne("Papier A4 80 g, palette", Decimal(10), Decimal("456.00"))]
    facture = deposer(tx, factures.cii(numero="F-1", lignes=lignes)).facture
    with tx.begin(acteur="finances") as uow:
        constater_service_fait(uow, facture.id, DEPARTEMENT, execute_le=facture.emise_le)
        part = {"montant": Montant("5000"), "code": "QTE_ERR", "motif": "Neuf palettes manquent."}
        contester(uow, facture.id, DEPARTEMENT, **part)
    with tx.begin(acteur="finances") as uow:
        mandatee = mandater(uow, facture.id, DEPARTEMENT, solde=True)
    assert mandatee.avance_recuperee == Montant("472.00")  # 5 472 less 5 000, of 3 600 due
    assert mandatee.net_a_payer == ZERO


def test_l_avance_d_un_bon_se_rembourse_sur_les_factures_qui_le_citent(
    tx: Transactions, clock: FrozenClock
) -> None:
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(avance_taux=Decimal(0)))
        bon = Demande(Forme.BON_DE_COMMANDE, "BC-7", Montant("55000"), 3, ZERO, Decimal("0.05"))
        proposee = proposer_avance(uow, MARCHE, DEPARTEMENT, bon)
        assert proposee.montant == Montant("3300.00")  # rules §4.4, example 8
        accepter_avance(uow, MARCHE, DEPARTEMENT, "BC-7")
        verser_avance(uow, MARCHE, DEPARTEMENT, D("2026-03-02"), "BC-7")
    with tx.begin() as uow:
        assert recuperer_avance(uow, piece(1, "66000", "9000")) == ZERO
        assert recuperer_avance(uow, piece(2, "66000", "9000", cibles=("BC-7",))) == Montant("3300")


@pytest.mark.parametrize(
    ("demande", "erreur"),
    [
        (Demande(Forme.TRANCHE, " ", Montant("60000"), 6, ZERO, Decimal()), ValidationError),
        (
            Demande(Forme.TRANCHE, "T1", Montant("60000"), 6, Montant("70000"), Decimal()),
            ValidationError,
        ),
        (Demande(Forme.TRANCHE, "T1", Montant("60000"), 6, ZERO, Decimal()), ConflictError),
    ],
)
def test_une_avance_mal_demandee_est_refusee(
    tx: Transactions, marche: Marche, demande: Demande, erreur: type[Exception]
) -> None:
    with pytest.raises(erreur), tx.begin() as uow:
        proposer_avance(uow, MARCHE, DEPARTEMENT, demande)


def test_une_avance_non_due_dit_pourquoi(tx: Transactions) -> None:
    petite = Demande(Forme.TRANCHE, "T1", Montant("30000"), 6, ZERO, Decimal())
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(avance_taux=Decimal(0)))
    with pytest.raises(ConflictError, match="n’est pas obligatoire"), tx.begin() as uow:
        proposer_avance(uow, MARCHE, DEPARTEMENT, petite)
    with pytest.raises(NotFoundError), tx.begin() as uow:
        proposer_avance(uow, MARCHE, "90070002200016", petite)


def test_regles_4_1_A13_jamais_avant_la_garantie(
    tx: Transactions, clock: FrozenClock, events: Emis
) -> None:
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(avance_garantie=True))
        accepter_avance(uow, MARCHE, DEPARTEMENT)
    with pytest.raises(ConflictError, match="garantie n’est pas reçue"), tx.begin() as uow:
        verser_avance(uow, MARCHE, DEPARTEMENT, D("2026-03-02"))
    le(clock, "2026-03-10")
    conditions = Conditions(D("2026-02-27"), Garantie.PREMIERE_DEMANDE, D("2026-03-10"))
    with tx.begin() as uow:
        fixee = fixer_conditions(uow, MARCHE, DEPARTEMENT, conditions)
        assert fixee.payable_avant_le == D("2026-04-09")  # 30 days from the guarantee
    with pytest.raises(ValidationError), tx.begin() as uow:
        verser_avance(uow, MARCHE, DEPARTEMENT, D("2026-03-09"))
    with tx.begin() as uow:
        verser_avance(uow, MARCHE, DEPARTEMENT, D("2026-03-10"))
    with pytest.raises(ConflictError, match="ne changent plus"), tx.begin() as uow:
        fixer_conditions(uow, MARCHE, DEPARTEMENT, conditions)
    assert [e.type.split(".")[2] for e in events("paiement")] == [
        "proposee",
        "acceptee",
        "conditions_fixees",
        "versee",
    ]


def test_regles_4_1_A13_cinquante_jours_a_l_hopital(tx: Transactions, marche: Marche) -> None:
    with tx.begin() as uow:
        uow.session.get_one(Acheteur, DEPARTEMENT).classe = "EPS"
    with tx.begin() as uow:
        fixee = fixer_conditions(uow, MARCHE, DEPARTEMENT, Conditions(D("2026-03-02")))
    assert fixee.payable_avant_le == D("2026-04-21")


@pytest.mark.parametrize(
    ("conditions", "champ"),
    [
        (Conditions(D("2026-02-26")), "commencement_le"),
        (Conditions(D("2026-02-27"), Garantie.CAUTION), "garantie_recue_le"),
        (Conditions(D("2026-02-27"), None, D("2026-03-01")), "garantie_recue_le"),
        (Conditions(D("2026-02-27"), Garantie.CAUTION, D("2026-03-03")), "garantie_recue_le"),
        (Conditions(D("2026-02-27"), fin=Decimal("0.65")), "fin"),
    ],
)
def test_des_conditions_impossibles_nomment_leur_champ(
    tx: Transactions, marche: Marche, conditions: Conditions, champ: str
) -> None:
    with pytest.raises(ValidationError) as refus, tx.begin() as uow:
        fixer_conditions(uow, MARCHE, DEPARTEMENT, conditions)
    assert set(refus.value.champs) == {champ}


def test_une_avance_ecartee_laisse_la_place_a_celle_d_une_tranche(
    tx: Transactions, marche: Marche, events: Emis
) -> None:
    tranche = Demande(Forme.TRANCHE, "Tranche 1", Montant("60000"), 6, ZERO, Decimal())
    with tx.begin() as uow:
        refuser_avance(uow, MARCHE, DEPARTEMENT, motif="Décidée par tranche.")
        proposer_avance(uow, MARCHE, DEPARTEMENT, tranche)
    (refusee,) = events("paiement", "paiement.avance.refusee.v1")
    assert refusee.data["motif"] == "Décidée par tranche."
    with pytest.raises(ConflictError, match="déjà décidée"), tx.begin() as uow:
        proposer_avance(uow, MARCHE, DEPARTEMENT, tranche)
    with tx.read() as session:
        etats = dict(session.execute(sa.select(Avance.cible, Avance.etat)).all())
    assert etats == {"": EtatAvance.REFUSEE, "Tranche 1": EtatAvance.PROPOSEE}


def test_la_page_montre_l_echeancier_d_avance(
    tx: Transactions, marche: Marche, client: Callable[..., ClientWeb]
) -> None:
    finances = client("paiement", "finances")
    with tx.read() as session:
        avance_id = session.scalars(sa.select(Avance.id)).one()
    page = finances.get(f"/paiement/avances/{avance_id}")
    texte = lisible(page)
    assert "65 %" in texte
    assert "57 456,00 €" in texte  # the last line: all is executed, all came back
    contrat = lisible(finances.get(f"/paiement/marches/{MARCHE}"))
    assert "reste 2 872,80 €" in contrat
    assert finances.get("/paiement/avances").status_code == 200
    assert client("paiement", "entreprise").get(f"/paiement/avances/{avance_id}").status_code == 200
    agent = client("paiement", "agent-sdis")
    assert agent.get(f"/paiement/avances/{avance_id}").status_code == 403


def test_les_formulaires_de_l_avance(
    tx: Transactions, marche: Marche, client: Callable[..., ClientWeb]
) -> None:
    finances = client("paiement", "finances")
    with tx.read() as session:
        avance_id = session.scalars(sa.select(Avance.id)).one()
    base = f"/paiement/avances/{avance_id}"
    refus = finances.post(f"{base}/conditions", data={"commencement_le": "2026-01-01"})
    assert refus.status_code == 422
    assert "Choisissez une date à partir du" in lisible(refus)
    fixees = {"commencement_le": "2026-03-01", "fin": "80"}
    assert finances.post(f"{base}/conditions", data=fixees).status_code == 303
    assert "termine à 80 %" in lisible(finances.get(base))
    assert finances.post(f"{base}/accepter").status_code == 303
    assert finances.post(f"{base}/versement", data={"versee_le": "2026-03-02"}).status_code == 303
    assert finances.post(f"{base}/inconnu").status_code == 404
    nouvelle = f"/paiement/marches/{MARCHE}/avances/nouvelle"
    assert finances.get(nouvelle).status_code == 200
    tranche = {"forme": "TRANCHE", "cible": "T1", "montant_ht": "60000", "duree_mois": "6"}
    doublon = finances.post(nouvelle, data=tranche)
    assert doublon.status_code == 422
    assert "Le marché entier a déjà une avance" in lisible(doublon)


def test_une_tranche_se_propose_par_la_page(
    tx: Transactions, client: Callable[..., ClientWeb]
) -> None:
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(avance_taux=Decimal(0)))
    tranche = {"forme": "TRANCHE", "cible": "T1", "montant_ht": "60000", "duree_mois": "6"}
    nouvelle = f"/paiement/marches/{MARCHE}/avances/nouvelle"
    proposee = client("paiement", "finances").post(nouvelle, data=tranche, follow_redirects=True)
    assert "Tranche affermie" in lisible(proposee)
    assert "3 600,00 €" in lisible(proposee)


def test_l_api_donne_les_avances_et_leur_echeancier(
    tx: Transactions, versee: Marche, client: Callable[..., ClientWeb]
) -> None:
    with tx.begin() as uow:
        recuperer_avance(uow, piece(1, "50400", "9000"))
    adresse = f"/paiement/api/v1/marches/{MARCHE}/avances"
    (avance,) = client("paiement", "finances").get(adresse).json["avances"]
    assert (avance["rendu"], avance["reste"]) == ("1200.00", "2400.00")
    assert avance["echeancier"][0] == {"part": "0.65", "execute_ttc": "46800.00", "cumul": "0.00"}
    assert avance["recuperations"][0]["montant"] == "1200.00"
    assert client("paiement", "agent-sdea").get(adresse).status_code == 404
