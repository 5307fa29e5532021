import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from services.groupement import tables as t
from services.groupement.domain.besoins import Canal, Changement
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.consolider import consolider
from services.groupement.usecases.importer_besoins import apercevoir, importer_besoins
from services.groupement.usecases.ouvrir_recensement import ouvrir_recensement
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from services.groupement.usecases.rouvrir_recensement import rouvrir_recensement
from shared.kernel.errors import ConflictError, ForbiddenError, ValidationError
from shared.kernel.montant import Montant
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import (
    AUB,
    DEP,
    PARAMETRES,
    SDEA,
    SDIS,
    SITE,
    VH,
    Monde,
)

Events = Callable[..., list[Event]]
DECLARE = "groupement.besoin.declare.v1"


def test_a_purchase_is_born_under_the_convention(monde: Monde, events: Events) -> None:
    monde.convention()
    achat = monde.achat()
    assert achat.reference == "ACH-2026-0001"
    (cree,) = events("groupement", "groupement.achat.cree.v1")
    assert cree.data["origine"] == "coordonnateur"
    assert cree.data["montant_estime_ht"] == "65880.00"
    assert monde.achat(demandeur=SDIS, objet="Sel").reference == "ACH-2026-0002"
    assert events("groupement", "groupement.achat.cree.v1")[-1].data["origine"] == "membre"


def test_a_purchase_that_makes_no_sense_names_each_field(monde: Monde) -> None:
    monde.convention()
    with pytest.raises(ValidationError) as refus:
        monde.achat(objet=" ", cpv="1", duree_mois=60, lots=())
    assert refus.value.champs.keys() == {"objet", "cpv", "duree_mois", "articles"}


def test_an_organisation_outside_every_convention_creates_nothing(monde: Monde) -> None:
    monde.convention(membres=(DEP, SDIS))
    with pytest.raises(ConflictError) as refus:
        monde.achat(demandeur=AUB)
    assert refus.value.code == "hors_convention"


def test_opening_the_call_tells_every_member(monde: Monde, events: Events) -> None:
    monde.ouvert()
    (ouvert,) = events("groupement", "groupement.recensement.ouvert.v1")
    assert ouvert.data["numero"] == 1
    assert {m["siret"] for m in ouvert.data["membres"]} == {DEP, SDIS, SDEA, VH, AUB}
    assert ouvert.data["url"].endswith(f"/groupement/achats/{monde.achat_id}/besoins")
    assert monde.etat() == "RECENSEMENT_OUVERT"


def test_a_call_needs_an_article_and_a_future_deadline(monde: Monde) -> None:
    monde.convention()
    monde.achat(articles=())
    with pytest.raises(ConflictError, match="article"):
        monde.ouvrir()
    monde.achat()
    with pytest.raises(ValidationError) as refus:
        monde.faire(ouvrir_recensement, monde.achat_id, monde.clock.now(), site=SITE)
    assert "cloture_le" in refus.value.champs


def test_D4_the_last_word_wins_and_its_history_is_kept(monde: Monde, events: Events) -> None:
    monde.ouvert()
    assert monde.declarer(SDIS, "10").changement is Changement.CREATION
    resultat = monde.declarer(SDIS, "12")
    assert resultat.changement is Changement.MODIFICATION
    assert (resultat.besoin.quantite_base, resultat.besoin.version) == (720_000, 2)
    with monde.transactions.read() as session:
        mouvements = session.execute(
            sa.select(t.Increment.increment_base, t.Increment.canal).order_by(t.Increment.version)
        ).all()
    assert mouvements == [(600_000, "formulaire"), (120_000, "formulaire")]
    assert [e.data["version"] for e in events("groupement", DECLARE)] == [1, 2]


def test_the_same_declaration_again_writes_and_tells_nothing(monde: Monde, events: Events) -> None:
    monde.ouvert()
    monde.declarer(SDIS, "720", "carton")
    assert monde.declarer(SDIS, "720.0", "cartons").changement is Changement.IDENTIQUE
    assert len(events("groupement", DECLARE)) == 1


def test_two_places_are_two_needs(monde: Monde) -> None:
    monde.ouvert()
    monde.declarer(SDIS, "3", lieu="Privas")
    monde.declarer(SDIS, "4", lieu="Tournon")
    with monde.transactions.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(t.Besoin)) == 2


def test_declaring_is_taking_part(monde: Monde, events: Events) -> None:
    monde.ouvert()
    monde.declarer(SDIS, "3")
    monde.declarer(SDIS, "4")
    (repondu,) = events("groupement", "groupement.recensement.repondu.v1")
    assert repondu.data["reponse"] == "PARTICIPE"


def test_D4_a_need_after_the_closing_is_refused_naming_the_reopening(monde: Monde) -> None:
    monde.clos()
    with pytest.raises(ConflictError, match="Rouvrir le recensement"):
        monde.declarer(SDIS, "1")


def test_D4_the_database_refuses_it_too(monde: Monde) -> None:
    monde.clos()
    with pytest.raises(DBAPIError, match="recensement"), monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Besoin).values(quantite=1))
    with pytest.raises(DBAPIError, match="historique"), monde.transactions.begin() as uow:
        uow.session.execute(sa.delete(t.Besoin))


def test_a_deadline_that_has_passed_closes_the_door_before_the_job_does(monde: Monde) -> None:
    monde.ouvert()
    monde.clock.advance(dt.timedelta(days=7))
    assert monde.etat() == "RECENSEMENT_OUVERT"
    with pytest.raises(ConflictError) as refus:
        monde.declarer(SDIS, "1")
    assert refus.value.code == "recensement_clos"


def test_an_organisation_outside_the_convention_declares_nothing(monde: Monde) -> None:
    monde.convention(membres=(DEP, SDIS))
    monde.achat()
    monde.ouvrir()
    with pytest.raises(ForbiddenError):
        monde.declarer(AUB, "1")


def test_D3_silence_at_the_deadline_means_out_with_the_legal_time(
    monde: Monde, events: Events
) -> None:
    monde.ouvert()
    echeance = monde.clock.now() + dt.timedelta(days=7)
    monde.declarer(SDIS, "3")
    monde.faire(repondre, NouvelleReponse(monde.achat_id, VH, Reponse.DECLINE, Montant("1000.00")))
    monde.clock.advance(dt.timedelta(days=9))
    monde.faire(clore_recensement, monde.achat_id)
    (clos,) = events("groupement", "groupement.recensement.clos.v1")
    assert clos.data["silencieux"] == sorted([DEP, SDEA, AUB])
    assert clos.data["repondants"] == sorted([SDIS, VH])
    assert clos.data["clos_le"] == echeance.isoformat().replace("+00:00", "Z")
    with monde.transactions.read() as session:
        reponses = dict(
            session.execute(sa.select(t.Participation.siret, t.Participation.reponse)).all()
        )
    assert reponses == {
        SDIS: "PARTICIPE",
        VH: "DECLINE",
        DEP: "SILENCE",
        SDEA: "SILENCE",
        AUB: "SILENCE",
    }


def test_D3_the_answer_tells_actor_date_and_largest_commitment(
    monde: Monde, events: Events
) -> None:
    monde.ouvert()
    reponse = NouvelleReponse(monde.achat_id, VH, Reponse.PARTICIPE, Montant("20000.00"))
    monde.faire(repondre, reponse)
    (repondu,) = events("groupement", "groupement.recensement.repondu.v1")
    assert repondu.data["acteur"] == "test"
    assert repondu.data["engagement_max_ht"] == "20000.00"
    assert repondu.data["repondu_le"] == "2026-03-02T08:00:00Z"


def test_reopening_numbers_the_call_says_why_and_keeps_the_old_consolidation(
    monde: Monde, events: Events
) -> None:
    monde.consolide()
    cloture = monde.clock.now() + dt.timedelta(days=3)
    monde.faire(
        rouvrir_recensement, monde.achat_id, cloture, motif="Un collège a été oublié", site=SITE
    )
    ouvert = events("groupement", "groupement.recensement.ouvert.v1")[-1]
    assert (ouvert.data["numero"], ouvert.data["motif"]) == (2, "Un collège a été oublié")
    monde.declarer(AUB, "6")
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(consolider, monde.achat_id, PARAMETRES)
    with monde.transactions.read() as session:
        lues = session.execute(
            sa.select(t.Consolidation.numero, t.Consolidation.recensement).order_by(
                t.Consolidation.numero
            )
        ).all()
    assert lues == [(1, 1), (2, 2)]


def test_reopening_needs_a_reason_and_a_consolidated_purchase(monde: Monde) -> None:
    monde.clos()
    cloture = monde.clock.now() + dt.timedelta(days=3)
    with pytest.raises(ValidationError):
        monde.faire(rouvrir_recensement, monde.achat_id, cloture, motif=" ", site=SITE)
    with pytest.raises(ConflictError, match="Recensement clos"):
        monde.faire(rouvrir_recensement, monde.achat_id, cloture, motif="oubli", site=SITE)


def test_abandoning_says_why_and_is_final(monde: Monde, events: Events) -> None:
    monde.ouvert()
    with pytest.raises(ValidationError):
        monde.faire(abandonner, monde.achat_id, "")
    monde.faire(abandonner, monde.achat_id, "Besoin couvert ailleurs")
    (abandonne,) = events("groupement", "groupement.achat.abandonne.v1")
    assert abandonne.data["motif"] == "Besoin couvert ailleurs"
    with pytest.raises(ConflictError):
        monde.faire(abandonner, monde.achat_id, "encore")


FICHIER: list[tuple[int, dict[str, str]]] = [
    (2, {"article": "PAPIER-A4-80", "quantite": "720", "unite": "carton", "lieu": "Privas"}),
    (3, {"article": "ENV-DL", "quantite": "5 à 7", "unite": "boîte", "lieu": "Privas"}),
    (4, {"article": "INCONNU", "quantite": "3"}),
]


def importer(monde: Monde) -> dict[Changement, int]:
    with monde.transactions.read() as session:
        vu = apercevoir(session, monde.achat_id, SDIS, FICHIER).empreinte
    apercu = monde.faire(importer_besoins, monde.achat_id, SDIS, FICHIER, vu=vu)
    return {c: n for c in Changement if (n := apercu.compte(c))}


def test_a_spreadsheet_is_imported_and_the_same_again_changes_nothing(
    monde: Monde, events: Events
) -> None:
    monde.ouvert()
    assert importer(monde) == {Changement.CREATION: 2, Changement.ERREUR: 1}
    declares = events("groupement", DECLARE)
    assert [(e.data["canal"], e.data["quantite_base"]) for e in declares] == [
        ("tableur", "1800000"),
        ("tableur", "2500"),
    ]
    assert importer(monde) == {Changement.IDENTIQUE: 2, Changement.ERREUR: 1}
    assert len(events("groupement", DECLARE)) == 2


def test_an_import_is_refused_when_needs_changed_since_the_preview(monde: Monde) -> None:
    monde.ouvert()
    with monde.transactions.read() as session:
        vu = apercevoir(session, monde.achat_id, SDIS, FICHIER).empreinte
    monde.declarer(SDIS, "1", "carton")
    with pytest.raises(ConflictError) as refus:
        monde.faire(importer_besoins, monde.achat_id, SDIS, FICHIER, vu=vu)
    assert refus.value.code == "apercu_perime"


def test_the_way_a_need_came_is_kept(monde: Monde) -> None:
    monde.ouvert()
    besoin = monde.declarer(VH, "600000", "feuille", canal=Canal.EVENEMENT).besoin
    assert (besoin.canal, besoin.quantite_base) == ("evenement", Decimal(600_000))
