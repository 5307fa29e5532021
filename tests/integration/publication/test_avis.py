"""Publishing, correcting and cancelling a notice of one buyer alone."""

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from services.publication.domain.avis import COMPLETS
from services.publication.domain.consultation import Preparation
from services.publication.domain.marche import Attributaire
from services.publication.domain.valeurs import Support
from services.publication.tables import Avis, Consultation, Programme, VersionAvis
from services.publication.usecases.annuler_avis import annuler_consultation
from services.publication.usecases.attribuer_lot import Decision, attribuer_lot
from services.publication.usecases.changer_programme import (
    abandonner_programme,
    replanifier_programme,
)
from services.publication.usecases.creer_consultation import creer_consultation
from services.publication.usecases.inscrire_programme import NouveauProgramme, inscrire_programme
from services.publication.usecases.notifier_marche import notifier_marche
from services.publication.usecases.preparer_consultation import preparer_consultation
from services.publication.usecases.publier_avis import publier_avis, publier_avis_direct
from services.publication.usecases.rectifier_avis import rectifier_avis
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError, DomainError, NotFoundError
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from tests.integration.publication.monde import (
    DEPARTEMENT,
    LIMITE,
    PARAMETRES,
    SDIS,
    SIRET,
    URL,
    minimal,
    publier,
)

pytestmark = pytest.mark.db
COMPLET: dict[str, Any] = {
    "description": "Tonte, taille et désherbage.",
    "criteres": "Prix 60 %, environnement 40 %",
    "modalites_remise": "Sur le profil d’acheteur",
    "duree_mois": 24,
    "supports": (Support.BOAMP,),
}


def test_A2_the_five_pieces_are_enough_at_89_999_99(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    publier(tx, minimal(montant_estime_ht=Montant("89999.99")))
    (publie,) = events("publication", "publication.avis.publie.v1")
    assert publie.data["nature"] == "SERVICES", "la nature suit la division du CPV"
    assert publie.data["procedure"] == "MAPA"
    assert publie.data["lots"][0]["montant_estime_ht"] == "89999.99"


def test_A2_at_90_000_the_same_call_is_refused_and_leaves_nothing(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    with pytest.raises(DomainError) as refus:
        publier(tx, minimal(montant_estime_ht=Montant("90000")))
    assert tuple(refus.value.champs) == COMPLETS
    assert events("publication") == []
    with tx.read() as session:
        assert session.scalar(select(func.count()).select_from(Consultation)) == 0


def test_A2_completed_it_is_published_at_90_000(tx: Transactions) -> None:
    avis = publier(tx, minimal(montant_estime_ht=Montant("90000"), **COMPLET))
    assert avis.publicite == "BOAMP_OU_JAL"
    assert avis.supports == ["BOAMP"]


def test_a_formal_procedure_goes_to_europe_with_its_thirty_days(tx: Transactions) -> None:
    formel = minimal(montant_estime_ht=Montant("216000"), **COMPLET)
    with pytest.raises(DomainError) as refus:
        publier(tx, formel)
    assert set(refus.value.champs) == {"supports", "date_limite"}


def test_references_have_no_gap_and_no_twin_whatever_runs_at_the_same_time(
    tx: Transactions,
) -> None:
    def ecrire(rang: int) -> None:
        for n in range(4):
            try:
                publier(tx, minimal(objet=f"Avis {rang}-{n}"))
                publier(tx, minimal(montant_estime_ht=Montant("95000")))
            except DomainError:
                continue

    fils = [threading.Thread(target=ecrire, args=(rang,)) for rang in range(6)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    with tx.read() as session:
        references = sorted(session.scalars(select(Avis.reference)))
        consultations = sorted(session.scalars(select(Consultation.reference)))
    assert references == [f"AVIS-2026-{n:04d}" for n in range(1, 25)]
    assert consultations == [f"CONS-2026-{n:04d}" for n in range(1, 25)]


def test_a_short_deadline_is_published_with_a_warning(tx: Transactions) -> None:
    with tx.begin() as uow:
        parution = publier_avis_direct(
            uow,
            PARAMETRES,
            minimal(date_limite=tx.clock.now() + dt.timedelta(days=10)),
            DEPARTEMENT,
            public_url=URL,
        )
    assert "Délai court" in parution.avertissements[0]


def test_a_correction_is_a_new_version_with_its_differences(
    tx: Transactions, clock: FrozenClock, events: Callable[..., Any]
) -> None:
    avis = publier(tx)
    clock.advance(dt.timedelta(days=2))
    report = LIMITE + dt.timedelta(days=7)
    with tx.begin(acteur="coordonnatrice") as uow:
        rectifie = rectifier_avis(
            uow,
            avis.consultation_id,
            SIRET,
            {"date_limite": report, "description": "Avec élagage."},
            "Périmètre précisé",
        )
    assert (rectifie.version, rectifie.date_limite, rectifie.maj_le) == (2, report, clock.now())
    (fait,) = events("publication", "publication.avis.rectifie.v1")
    assert fait.data["motif"] == "Périmètre précisé"
    assert fait.data["changements"] == [
        {"champ": "description", "avant": "–", "apres": "Avec élagage."},
        {
            "champ": "date_limite",
            "avant": "2026-03-23T11:00:00Z",
            "apres": "2026-03-30T11:00:00Z",
        },
    ]
    assert (fait.subject, fait.sequence) == (str(avis.id), 2)
    with tx.read() as session:
        versions = session.scalars(select(VersionAvis).order_by(VersionAvis.numero)).all()
        assert [(v.numero, v.motif, len(v.changements)) for v in versions] == [
            (1, None, 0),
            (2, "Périmètre précisé", 2),
        ]
        assert versions[0].contenu["date_limite"] != versions[1].contenu["date_limite"]


def test_a_correction_never_empties_what_is_mandatory(tx: Transactions) -> None:
    avis = publier(tx, minimal(montant_estime_ht=Montant("90000"), **COMPLET))
    with pytest.raises(DomainError) as refus, tx.begin() as uow:
        rectifier_avis(uow, avis.consultation_id, SIRET, {"criteres": ""}, "Allègement")
    assert set(refus.value.champs) == {"criteres"}


def test_a_closed_notice_is_no_longer_corrected(tx: Transactions, clock: FrozenClock) -> None:
    avis = publier(tx)
    clock.set(LIMITE)
    with pytest.raises(ConflictError, match="close"), tx.begin() as uow:
        rectifier_avis(uow, avis.consultation_id, SIRET, {"objet": "Autre"}, "Trop tard")


def test_cancelling_says_why_once_and_for_all(tx: Transactions, events: Callable[..., Any]) -> None:
    avis = publier(tx)
    with pytest.raises(DomainError) as refus, tx.begin() as uow:
        annuler_consultation(uow, avis.consultation_id, SIRET, " ")
    assert "motif" in refus.value.champs
    with tx.begin() as uow:
        annuler_consultation(uow, avis.consultation_id, SIRET, "Crédits supprimés")
    (fait,) = events("publication", "publication.avis.annule.v1")
    assert (fait.data["motif"], fait.data["version"]) == ("Crédits supprimés", 2)
    with pytest.raises(ConflictError), tx.begin() as uow:
        annuler_consultation(uow, avis.consultation_id, SIRET, "Encore")


def test_cancelling_a_preparation_announces_nothing(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    with tx.begin() as uow:
        consultation = creer_consultation(
            uow, PARAMETRES, Preparation(objet="Brouillon"), DEPARTEMENT
        )
    with tx.begin() as uow:
        annuler_consultation(uow, consultation.id, SIRET, "Doublon")
    assert events("publication") == []


def test_a_buyer_prepares_then_publishes_its_own(tx: Transactions) -> None:
    with tx.begin() as uow:
        consultation = creer_consultation(
            uow, PARAMETRES, Preparation(objet="Brouillon"), DEPARTEMENT
        )
    assert str(consultation.avance_taux) == "0.05"
    with tx.begin() as uow:
        preparer_consultation(uow, consultation.id, SIRET, minimal())
    with tx.begin() as uow:
        avis = publier_avis(uow, PARAMETRES, consultation.id, SIRET, URL).avis
    assert avis.objet == "Entretien des espaces verts"
    with pytest.raises(ConflictError, match="déjà publiée"), tx.begin() as uow:
        publier_avis(uow, PARAMETRES, consultation.id, SIRET, URL)
    with pytest.raises(ConflictError), tx.begin() as uow:
        preparer_consultation(uow, consultation.id, SIRET, minimal(objet="Autre"))


def test_award_without_lines_takes_one_amount_and_notifies(
    tx: Transactions, clock: FrozenClock, events: Callable[..., Any]
) -> None:
    avis = publier(tx)
    clock.set(LIMITE + dt.timedelta(days=2))
    decision = Decision(
        lot=1,
        attributaire=Attributaire(siret="91070001200016", nom="Papeterie", pme=True),
        attribue_le=clock.today(),
        offres_recues=2,
        taux_tva=PARAMETRES.valeur("avance_taux_min", clock.today()).valeur * 4,
        montant_ht=Montant("43210.50"),
    )
    with tx.begin() as uow:
        marche = attribuer_lot(uow, avis.consultation_id, SIRET, decision)
    with pytest.raises(NotFoundError), tx.begin() as uow:
        notifier_marche(uow, PARAMETRES, marche.id, SDIS.siret, clock.today())
    with tx.begin() as uow:
        notifier_marche(uow, PARAMETRES, marche.id, SIRET, clock.today())
    (notifie,) = events("publication", "publication.marche.notifie.v1")
    assert notifie.data["montant_ht"] == "43210.50"
    assert notifie.data["lignes"] == []
    assert notifie.data["achat_id"] is None
    with pytest.raises(ConflictError, match="déjà notifié"), tx.begin() as uow:
        notifier_marche(uow, PARAMETRES, marche.id, SIRET, clock.today())
    with pytest.raises(ConflictError, match="ne s’annule plus"), tx.begin() as uow:
        annuler_consultation(uow, avis.consultation_id, SIRET, "Trop tard")


def _programme(tx: Transactions) -> Programme:
    with tx.begin() as uow:
        return inscrire_programme(
            uow,
            NouveauProgramme(
                objet="Mobilier scolaire",
                cpv="39160000",
                lieu="Privas",
                acheteur=DEPARTEMENT,
                publication_prevue_le=dt.date(2026, 6, 1),
            ),
        )


def test_C1_an_own_purchase_becomes_lancee_with_its_notice(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    programme = _programme(tx)
    with tx.begin() as uow:
        publier_avis_direct(
            uow, PARAMETRES, minimal(), DEPARTEMENT, public_url=URL, programme_id=programme.id
        )
    mis_a_jour = events("publication", "publication.programme.mis_a_jour.v1")
    assert [event.data["etat"] for event in mis_a_jour] == ["LANCEE"]


def test_C1_an_own_purchase_is_rescheduled_then_given_up(
    tx: Transactions, events: Callable[..., Any]
) -> None:
    programme = _programme(tx)
    with tx.begin() as uow:
        replanifier_programme(uow, programme.id, SIRET, dt.date(2026, 9, 1))
    with pytest.raises(DomainError, match="passée"), tx.begin() as uow:
        replanifier_programme(uow, programme.id, SIRET, dt.date(2026, 3, 1))
    with pytest.raises(DomainError, match="motif"), tx.begin() as uow:
        abandonner_programme(uow, programme.id, SIRET, "")
    with tx.begin() as uow:
        abandonner_programme(uow, programme.id, SIRET, "Besoin disparu")
    derniers = events("publication", "publication.programme.mis_a_jour.v1")
    assert [(e.data["etat"], e.data["publication_prevue_le"]) for e in derniers] == [
        ("ENVISAGEE", "2026-09-01"),
        ("ABANDONNEE", "2026-09-01"),
    ]
    with pytest.raises(NotFoundError), tx.begin() as uow:
        replanifier_programme(uow, uuid.uuid4(), SIRET, dt.date(2026, 9, 1))
