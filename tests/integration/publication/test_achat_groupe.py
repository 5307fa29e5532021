"""A grouped purchase: programme, consultation, notice, award, notification."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from services.publication.domain.achats import AchatAbandonne
from services.publication.domain.consultation import Preparation, Statut
from services.publication.domain.marche import Attributaire
from services.publication.tables import Avis, Consultation, Programme
from services.publication.usecases.abandonner_achat import abandonner_achat
from services.publication.usecases.attribuer_lot import Decision, attribuer_lot
from services.publication.usecases.changer_programme import (
    abandonner_programme,
    confirmer_programme,
)
from services.publication.usecases.chargement import faits
from services.publication.usecases.inscrire_achat_envisage import inscrire_achat_envisage
from services.publication.usecases.notifier_marche import notifier_marche
from services.publication.usecases.ouvrir_consultation import ouvrir_consultation
from services.publication.usecases.preparer_consultation import preparer_consultation
from services.publication.usecases.publier_avis import publier_avis
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, DomainError, NotFoundError, TemporaryError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from tests.integration.publication.monde import (
    ACHAT,
    LIGNE_ENVELOPPES,
    LIGNE_PAPIER,
    LIMITE,
    PARAMETRES,
    SDIS,
    SIRET,
    URL,
    envisage,
    lance,
)

pytestmark = pytest.mark.db
PAPETERIE = Attributaire(
    siret="91070001200016", nom="Papeterie du Coiron", pme=True, courriel="contact@p.exemple"
)


def _lancer(tx: Transactions) -> Consultation:
    with tx.begin() as uow:
        inscrire_achat_envisage(uow, envisage(), 1)
    with tx.begin() as uow:
        consultation = ouvrir_consultation(uow, lance(), 6)
        assert consultation is not None
        return consultation


def _publier(tx: Transactions, consultation: Consultation) -> Avis:
    with tx.begin() as uow:
        preparer_consultation(
            uow,
            consultation.id,
            SIRET,
            Preparation(
                objet="Papier et enveloppes 2026",
                lieu="Ardèche",
                contact="achats@departement07.exemple",
                date_limite=LIMITE,
                description="Papier et enveloppes pour cinq acheteurs.",
                duree_mois=12,
            ),
        )
    with tx.begin() as uow:
        return publier_avis(uow, PARAMETRES, consultation.id, SIRET, URL).avis


def _decision(lot: int, **changements: Any) -> Decision:
    prix = {1: {LIGNE_PAPIER: Decimal(456)}, 2: {LIGNE_ENVELOPPES: Decimal(1500)}}
    valeurs: dict[str, Any] = {
        "lot": lot,
        "attributaire": PAPETERIE,
        "attribue_le": dt.date(2026, 3, 25),
        "offres_recues": 3,
        "taux_tva": Decimal("0.20"),
        "prix": prix[lot],
    }
    return Decision(**{**valeurs, **changements})


def test_C1_a_considered_purchase_enters_the_programme(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    with tx.begin() as uow:
        inscrire_achat_envisage(uow, envisage(), 1)
    (inscrit,) = events("publication")
    assert inscrit.type == "publication.programme.inscrit.v1"
    assert inscrit.data["etat"] == "ENVISAGEE"
    assert inscrit.data["publication_prevue_le"] == "2026-03-16"


def test_C1_launch_makes_it_lancee_and_opens_a_consultation_with_lots_and_lines(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    _lancer(tx)
    types = [event.type for event in events("publication")]
    assert types == [
        "publication.programme.inscrit.v1",
        "publication.programme.mis_a_jour.v1",
        "publication.consultation.creee.v1",
    ]
    creee = events("publication", types[-1])[0].data
    assert creee["reference"] == "CONS-2026-0001"
    assert [lot["montant_estime_ht"] for lot in creee["lots"]] == ["47880.00", "18000.00"]
    with tx.read() as session:
        programme = session.scalars(select(Programme)).one()
        assert programme.etat == "LANCEE"
        consultation = session.scalars(select(Consultation)).one()
        assert consultation.lots[0].lignes[0].quantite == 105
        assert consultation.programme_id == programme.id
        assert faits(consultation).statut(tx.clock.now()) is Statut.PREPARATION


def test_the_same_fact_twice_and_older_ones_change_nothing(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    _lancer(tx)
    avant = len(events("publication"))
    with tx.begin() as uow:
        assert ouvrir_consultation(uow, lance(), 6) is None
        inscrire_achat_envisage(uow, envisage(objet="Ancien objet"), 1)
        abandonner_achat(uow, AchatAbandonne(achat_id=ACHAT, motif="Ancien"), 5)
    assert len(events("publication")) == avant
    with tx.read() as session:
        assert session.scalar(select(func.count()).select_from(Consultation)) == 1
        assert session.scalars(select(Programme.etat)).one() == "LANCEE"


def test_a_launch_heard_before_the_announcement_makes_both(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    with tx.begin() as uow:
        ouvrir_consultation(uow, lance(), 6)
        inscrire_achat_envisage(uow, envisage(), 1)
    assert [event.type.split(".", 1)[1] for event in events("publication")] == [
        "programme.inscrit.v1",
        "programme.mis_a_jour.v1",
        "consultation.creee.v1",
    ]


def test_publishing_announces_the_whole_group_and_links_the_programme(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    avis = _publier(tx, _lancer(tx))
    (publie,) = events("publication", "publication.avis.publie.v1")
    data = publie.data
    assert data["reference"] == "AVIS-2026-0001"
    assert (data["groupe"], data["version"], data["lieu"]) == (True, 1, "07")
    assert data["cpv_lots"] == ["30197630", "30199230"]
    assert data["date_limite"] == "2026-03-23T11:00:00Z"
    assert data["url"] == f"{URL}/avis/{avis.id}"
    assert data["montant_estime_ht"] == "65880.00"
    with tx.read() as session:
        consultation = session.scalars(select(Consultation)).one()
        assert consultation.avis is not None
        assert consultation.avis.groupe
        assert faits(consultation).statut(tx.clock.now()) is Statut.PUBLIEE


def test_the_story_award_and_notification(
    tx: Transactions, clock: FrozenClock, events: Callable[..., Any]
) -> None:
    consultation = _lancer(tx)
    _publier(tx, consultation)
    clock.set(dt.datetime(2026, 3, 25, 9, tzinfo=dt.UTC))
    with tx.begin() as uow:
        marche = attribuer_lot(uow, consultation.id, SIRET, _decision(1))
        assert marche.montant_ht == Montant("47880.00")
    with tx.begin() as uow:
        notifier_marche(uow, PARAMETRES, marche.id, SIRET, dt.date(2026, 3, 25))
    (attribue,) = events("publication", "publication.marche.attribue.v1")
    assert attribue.data["reference"] == "MAR-2026-0001-L1"
    (notifie,) = events("publication", "publication.marche.notifie.v1")
    data = notifie.data
    assert (data["montant_ht"], data["taux_tva"], data["avance_taux"]) == (
        "47880.00",
        "0.2",
        "0.05",
    )
    assert data["achat_id"] == str(ACHAT)
    assert data["duree_mois"] == 12
    assert data["titulaire"] == {
        "siret": "91070001200016",
        "nom": "Papeterie du Coiron",
        "pme": True,
        "courriel": "contact@p.exemple",
    }
    assert data["lignes"] == [
        {
            "ligne_id": str(LIGNE_PAPIER),
            "article": "PAPIER-A4-80",
            "designation": "Papier A4 80 g",
            "conditionnement": "palette",
            "quantite": "105",
            "prix_unitaire_ht": "456",
        }
    ]
    with tx.read() as session:
        relue = session.scalars(select(Consultation)).one()
        assert faits(relue).statut(clock.now()) is Statut.CLOSE, "le lot 2 reste à attribuer"


def test_awarding_asks_for_a_closed_consultation_every_price_and_a_free_lot(
    tx: Transactions, clock: FrozenClock
) -> None:
    consultation = _lancer(tx)
    _publier(tx, consultation)
    with pytest.raises(ConflictError, match="reçoit encore"), tx.begin() as uow:
        attribuer_lot(uow, consultation.id, SIRET, _decision(1))
    clock.set(dt.datetime(2026, 3, 25, 9, tzinfo=dt.UTC))
    with pytest.raises(DomainError) as sans_prix, tx.begin() as uow:
        attribuer_lot(uow, consultation.id, SIRET, _decision(1, prix={}))
    assert set(sans_prix.value.champs) == {f"prix_{LIGNE_PAPIER}"}
    with tx.begin() as uow:
        attribuer_lot(uow, consultation.id, SIRET, _decision(1))
    with pytest.raises(ConflictError, match="déjà attribué"), tx.begin() as uow:
        attribuer_lot(uow, consultation.id, SIRET, _decision(1))
    with tx.begin() as uow:
        attribuer_lot(uow, consultation.id, SIRET, _decision(2))
    with tx.read() as session:
        relue = session.scalars(select(Consultation)).one()
        assert faits(relue).statut(clock.now()) is Statut.ATTRIBUEE


def test_another_buyer_sees_nothing_of_it(tx: Transactions) -> None:
    consultation = _lancer(tx)
    with pytest.raises(NotFoundError), tx.begin() as uow:
        publier_avis(uow, PARAMETRES, consultation.id, SDIS.siret, URL)


def test_what_launch_froze_stays_whatever_the_form_sends(tx: Transactions) -> None:
    consultation = _lancer(tx)
    with tx.begin() as uow:
        relue = preparer_consultation(
            uow,
            consultation.id,
            SIRET,
            Preparation(objet="Papier", cpv="45000000", montant_estime_ht=Montant("1")),
        )
        assert (relue.cpv, relue.montant_estime_ht) == ("30197630", Montant("65880.00"))
        assert [lot.cpv for lot in relue.lots] == ["30197630", "30199230"]


def test_giving_up_cancels_what_was_published(tx: Transactions, events: Callable[..., Any]) -> None:
    _publier(tx, _lancer(tx))
    with tx.begin() as uow:
        abandonner_achat(uow, AchatAbandonne(achat_id=ACHAT, motif="Besoin couvert"), 7)
    (annule,) = events("publication", "publication.avis.annule.v1")
    assert annule.data["motif"] == "Besoin couvert"
    assert annule.data["version"] == 2
    assert events("publication", "publication.programme.mis_a_jour.v1")[-1].data["etat"] == (
        "ABANDONNEE"
    )


def test_giving_up_an_unknown_purchase_waits_for_it(tx: Transactions) -> None:
    with pytest.raises(TemporaryError), tx.begin() as uow:
        abandonner_achat(uow, AchatAbandonne(achat_id=ACHAT, motif="Trop tôt"), 2)


def test_a_grouped_purchase_is_confirmed_here_but_given_up_in_the_group(tx: Transactions) -> None:
    with tx.begin() as uow:
        inscrire_achat_envisage(uow, envisage(), 1)
    with tx.read() as session:
        programme = session.scalars(select(Programme)).one()
    with tx.begin() as uow:
        assert confirmer_programme(uow, programme.id, SIRET).etat == "CONFIRMEE"
    with pytest.raises(ConflictError, match="groupement"), tx.begin() as uow:
        abandonner_programme(uow, programme.id, SIRET, "Non")
