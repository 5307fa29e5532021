"""Contracts heard of, their advance, orders and receipts."""

import datetime as dt
import json
import uuid
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from services.paiement.domain.avance import EtatAvance
from services.paiement.schemas.evenements import (
    CommandeAnnuleeLu,
    CommandePasseeLu,
    MarcheNotifieLu,
    ReceptionEnregistreeLu,
)
from services.paiement.tables import Acheteur, Avance, Commande, Facture, Marche, Rapprochement
from services.paiement.usecases.acheteurs import classer_acheteur
from services.paiement.usecases.avances import accepter_avance, refuser_avance, verser_avance
from services.paiement.usecases.engagements import (
    annuler_engagement,
    enregistrer_engagement,
    enregistrer_reception,
)
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from shared.contracts import catalogue
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import (
    ConflictError,
    ContractError,
    NotFoundError,
    TemporaryError,
    ValidationError,
)
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur
from shared.messaging.uow import Transactions
from tests.kit import factures
from tests.kit.factures import Identite
from tests.kit.paiement import DEPARTEMENT, MARCHE, deposer, le, notifie

pytestmark = pytest.mark.db
Emis = Callable[..., list]


def exemple(type_: str, **champs: object) -> dict:
    return json.loads(json.dumps(catalogue.load().get(type_).sample)) | champs


def test_un_marche_notifie_ouvre_un_compte_et_propose_l_avance_H7(
    tx: Transactions, events: Emis
) -> None:
    lu = MarcheNotifieLu.lire(exemple("publication.marche.notifie.v1"))
    with tx.begin() as uow:
        enregistrer_marche(uow, lu)
    (propose,) = events("paiement")
    assert propose.type == "paiement.avance.proposee.v1"
    assert propose.subject == str(MARCHE)
    assert propose.data["montant"] == "2872.80"
    assert propose.data["base_ttc"] == "57456.00"
    assert propose.data["obligatoire"] is False
    assert propose.data["garantie"] is False
    assert "Le marché accorde 5\u00a0%." in propose.data["regle"]
    with tx.read() as session:
        marche = session.get_one(Marche, MARCHE)
        avance = session.scalars(sa.select(Avance)).one()
    assert marche.numero_engagement == "ENG-2026-07-0001-L1"
    assert avance.payable_avant_le == dt.date(2026, 3, 30)  # 29 March 2026 is a Sunday


def test_un_marche_entendu_deux_fois_n_a_qu_un_compte(tx: Transactions, events: Emis) -> None:
    for _ in range(2):
        with tx.begin() as uow:
            enregistrer_marche(uow, notifie())
    assert len(events("paiement")) == 1


def test_un_marche_sans_avance_n_en_propose_pas(tx: Transactions, events: Emis) -> None:
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie(avance_taux=Decimal(0)))
    assert events("paiement") == []


def test_le_taux_suit_la_classe_et_la_taille_de_l_acheteur_4_4_2(
    tx: Transactions, events: Emis, acheteurs: None
) -> None:
    with tx.begin() as uow:
        classer_acheteur(uow, DEPARTEMENT, ClasseAcheteur.COLLECTIVITE, Montant("450000000"))
    with tx.begin() as uow:
        enregistrer_marche(
            uow, notifie(montant_ht=Montant("100000"), duree_mois=6, avance_taux=Decimal(0))
        )
    (propose,) = events("paiement")
    assert (propose.data["taux"], propose.data["montant"]) == ("0.10", "12000.00")
    assert propose.data["obligatoire"] is True


def test_l_avance_s_accepte_puis_se_verse(
    tx: Transactions, marche: Marche, clock: FrozenClock, events: Emis
) -> None:
    with tx.begin() as uow:
        accepter_avance(uow, MARCHE, DEPARTEMENT)
    le(clock, "2026-03-10")
    with tx.begin() as uow:
        verser_avance(uow, MARCHE, DEPARTEMENT, dt.date(2026, 3, 10))
    (versee,) = events("paiement", "paiement.avance.versee.v1")
    assert versee.data["montant"] == "2872.80"
    assert versee.data["versee_le"] == "2026-03-10"
    with pytest.raises(ConflictError), tx.begin() as uow:
        verser_avance(uow, MARCHE, DEPARTEMENT, dt.date(2026, 3, 10))


def test_une_avance_proposee_peut_etre_refusee(tx: Transactions, marche: Marche) -> None:
    with tx.begin() as uow:
        assert refuser_avance(uow, MARCHE, DEPARTEMENT).etat == EtatAvance.REFUSEE


@pytest.mark.parametrize("jour", ["2026-02-26", "2026-03-03"])
def test_une_avance_ne_se_verse_ni_avant_la_notification_ni_demain(
    tx: Transactions, marche: Marche, jour: str
) -> None:
    with tx.begin() as uow:
        accepter_avance(uow, MARCHE, DEPARTEMENT)
    with pytest.raises(ValidationError) as refus, tx.begin() as uow:
        verser_avance(uow, MARCHE, DEPARTEMENT, dt.date.fromisoformat(jour))
    assert set(refus.value.champs) == {"versee_le"}


def test_l_avance_d_un_autre_acheteur_n_existe_pas(tx: Transactions, marche: Marche) -> None:
    with pytest.raises(NotFoundError), tx.begin() as uow:
        accepter_avance(uow, MARCHE, "90070002200016")


def test_une_commande_peut_preceder_son_marche(tx: Transactions) -> None:
    passee = CommandePasseeLu.lire(exemple("groupement.commande.passee.v1"))
    for _ in range(2):
        with tx.begin() as uow:
            enregistrer_engagement(uow, passee)
    with tx.begin() as uow:
        enregistrer_marche(uow, notifie())
    with tx.read() as session:
        commande = session.scalars(sa.select(Commande)).one()
        assert commande.montant_ht == Montant("18240.00")
        assert session.get_one(Acheteur, DEPARTEMENT).nom == "Département de l’Ardèche"


def test_une_annulation_attend_sa_commande(tx: Transactions) -> None:
    annulee = CommandeAnnuleeLu.lire(exemple("groupement.commande.annulee.v1"))
    with pytest.raises(TemporaryError), tx.begin() as uow:
        annuler_engagement(uow, annulee)
    with tx.begin() as uow:
        enregistrer_engagement(uow, CommandePasseeLu.lire(exemple("groupement.commande.passee.v1")))
    for _ in range(2):
        with tx.begin() as uow:
            annuler_engagement(uow, annulee)
    with tx.read() as session:
        assert session.scalars(sa.select(Commande.motif_annulation)).one() == "Erreur de saisie"


def test_un_evenement_illisible_nomme_son_champ() -> None:
    with pytest.raises(ContractError) as refus:
        MarcheNotifieLu.lire(exemple("publication.marche.notifie.v1", duree_mois="douze"))
    assert "duree_mois" in refus.value.champs


def reception(**champs: object):
    return ReceptionEnregistreeLu.lire(exemple("groupement.reception.enregistree.v1", **champs))


def test_H6_la_reception_qui_suit_la_facture_deplace_le_depart(
    tx: Transactions, marche: Marche, clock: FrozenClock
) -> None:
    facture = deposer(tx).facture
    assert facture.depart_le == dt.date(2026, 3, 2)
    le(clock, "2026-03-10")
    with tx.begin() as uow:
        enregistrer_reception(uow, reception(recue_le="2026-03-10"))
    with tx.read() as session:
        lue = session.get_one(Facture, facture.id)
    assert lue.executee_le == lue.depart_le == dt.date(2026, 3, 10)
    assert lue.echeance_le == dt.date(2026, 4, 9)


def test_H6_la_reception_qui_precede_la_facture_ne_change_rien(
    tx: Transactions, marche: Marche
) -> None:
    with tx.begin() as uow:
        enregistrer_reception(uow, reception(recue_le="2026-02-27"))
        enregistrer_reception(uow, reception(recue_le="2026-02-27"))
    facture = deposer(tx).facture
    assert (facture.executee_le, facture.depart_le) == (
        dt.date(2026, 2, 27),
        dt.date(2026, 3, 2),
    )


def test_une_reception_n_est_facturee_qu_une_fois_par_acheteur(
    tx: Transactions, marche: Marche
) -> None:
    with tx.begin() as uow:
        enregistrer_reception(uow, reception(recue_le="2026-02-27"))
    premiere = deposer(tx).facture
    seconde = deposer(tx, factures.cii(numero="F-2026-0043")).facture
    with tx.begin() as uow:
        enregistrer_reception(uow, reception(reception_id=str(uuid.uuid4())))
    with tx.read() as session:
        lies = session.scalars(
            sa.select(Rapprochement.facture_id).order_by(Rapprochement.reception_id)
        ).all()
    assert sorted(lies) == sorted([premiere.id, seconde.id])


def test_une_reception_sans_part_ne_concerne_pas_un_autre_acheteur(
    tx: Transactions, marche: Marche, acheteurs: None
) -> None:
    sdis = Identite("90070002200016", "SDIS 07")
    facture = deposer(tx, factures.cii(acheteur=sdis)).facture
    assert facture.marche_id == MARCHE
    with tx.begin() as uow:
        enregistrer_reception(uow, reception())
    with tx.read() as session:
        assert session.get_one(Facture, facture.id).executee_le is None
