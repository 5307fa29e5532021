"""« À faire » by due date; opening, reopening and closing a call from the pages."""

import datetime as dt
from typing import Any

from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.consolider import consolider
from tests.integration.groupement.monde import AUB, DEP, PARAMETRES, SDIS, Monde, achat
from tests.kit.web import lisible

OUVERTURE = {"cloture_jour": "2026-03-20", "cloture_heure": "17:00"}


def test_the_most_urgent_task_comes_first_and_a_draft_is_one(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    ancien = monde.achat_id
    monde.achat(objet="Sel de déneigement")
    monde.clock.advance(dt.timedelta(hours=1))
    monde.ouvrir()
    page = lisible(aubenas.get("/groupement/"))
    assert "2 choses à faire" in page
    assert page.index("Papier et enveloppes 2026") < page.index("Sel de déneigement")
    assert "Sans réponse de votre part à la clôture" in page
    assert "À jour le 2 mars 2026 à 10 h" in page
    aubenas.post(
        f"/groupement/achats/{ancien}/besoins",
        data={"article-0": "ENV-DL", "quantite-0": "3", "lieu-0": "Privas", "action": "brouillon"},
    )
    assert "Brouillon à transmettre" in lisible(aubenas.get("/groupement/"))
    monde.achat_id = ancien
    monde.declarer(AUB, "5")
    aubenas.post(achat(monde, "/besoins/brouillon/abandonner"))
    page = lisible(aubenas.get("/groupement/"))
    assert "1 chose à faire" in page
    assert "Réponses transmises" in page
    assert "1 besoin transmis" in page


def test_nothing_to_do_tells_the_next_purchase(monde: Monde, aubenas: Any) -> None:
    monde.convention()
    monde.achat(publication_prevue_le=dt.date(2026, 6, 1))
    assert "publication le 1 juin 2026" in lisible(aubenas.get("/groupement/")).replace("1er", "1")


def test_the_coordinator_reads_what_it_has_to_take_further(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.clos()
    assert "Consolider les besoins" in lisible(coordonnatrice.get("/groupement/"))
    assert "Consolider les besoins" not in lisible(aubenas.get("/groupement/"))


def test_cas_foodsoft_858_the_policy_is_announced_at_the_opening_and_shown_before_closing(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.convention()
    monde.achat()
    sans = coordonnatrice.post(
        achat(monde, "/recensement"), data=OUVERTURE | {"minimum_ht": "30 000"}
    )
    assert sans.status_code == 422
    assert "ce qu’on fait en dessous" in lisible(sans)
    sans = coordonnatrice.post(
        achat(monde, "/recensement"),
        data=OUVERTURE | {"minimum_ht": "30 000", "politique": "PROLONGER"},
    )
    assert "de combien de jours" in lisible(sans)
    coordonnatrice.post(
        achat(monde, "/recensement"),
        data=OUVERTURE | {"minimum_ht": "30 000", "politique": "ANNULER"},
    )
    monde.declarer(SDIS, "3")
    page = coordonnatrice.get(achat(monde, "/clore"))
    assert "Clore et abandonner l’achat" in lisible(page)
    monde.declarer(DEP, "80")
    perime = coordonnatrice.post(achat(monde, "/clore"), data={"issue": "ANNULER"})
    assert perime.status_code == 422
    assert monde.etat() == "RECENSEMENT_OUVERT"
    assert coordonnatrice.post(achat(monde, "/clore"), data={"issue": "CLORE"}).status_code == 303
    assert monde.etat() == "RECENSEMENT_CLOS"


def test_reopening_shows_every_call_with_its_reason(monde: Monde, coordonnatrice: Any) -> None:
    monde.consolide()
    page = lisible(coordonnatrice.get(achat(monde, "/recensement")))
    assert "numéro 2, s’ouvrira pour tous les membres" in page
    coordonnatrice.post(
        achat(monde, "/recensement"), data=OUVERTURE | {"motif": "Un collège a été oublié"}
    )
    assert "5 réponses sur 5" in lisible(coordonnatrice.get("/groupement/recensement"))
    page = lisible(coordonnatrice.get(achat(monde)))
    assert "Un collège a été oublié" in page
    assert "2 recensements sur 2" in page
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(consolider, monde.achat_id, PARAMETRES)
    assert monde.etat() == "CONSOLIDE"


def test_who_kept_silent_is_awaited_again_once_the_call_is_reopened(
    monde: Monde, coordonnatrice: Any, aubenas: Any
) -> None:
    monde.ouvert()
    monde.declarer(SDIS, "30")
    monde.faire(clore_recensement, monde.achat_id)
    monde.faire(consolider, monde.achat_id, PARAMETRES)
    coordonnatrice.post(achat(monde, "/recensement"), data=OUVERTURE | {"motif": "Un oubli"})
    suivi = coordonnatrice.get("/groupement/recensement")
    assert suivi.text.count('class="absent"') == 4
    assert "Relancer les 4 membres en attente" in lisible(suivi)
    page = lisible(aubenas.get("/groupement/"))
    assert "À répondre" in page
    assert "ne participera pas à cet achat" in page
