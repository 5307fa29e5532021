"""« Rejoindre cet achat groupé » : in or out, lot by lot."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.usecases.clore_recensement import clore_recensement
from tests.integration.groupement.monde import AUB, DEP, SDIS, Monde, achat
from tests.kit.web import lisible


def test_D3_a_member_joins_the_lots_it_ticks(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    monde.declarer(SDIS, "30")
    page = lisible(aubenas.get(achat(monde, "/adhesion")))
    assert "le silence vaut refus" in page
    assert "1 membre dans ce lot" in page
    assert "Aucune nouvelle délibération nécessaire : celle du 5 janvier 2026" in page
    saisie = {
        "reponse": "PARTICIPE",
        "lots": "1",
        "engagement_min_ht": "1 000",
        "engagement_max_ht": "5 000",
    }
    dit = aubenas.post(achat(monde, "/adhesion"), data=saisie, follow_redirects=True)
    assert "Votre adhésion au lot coché est enregistrée" in lisible(dit)
    with monde.transactions.read() as session:
        lots = dict(
            session.execute(
                sa.select(t.ParticipationLot.lot, t.ParticipationLot.reponse).where(
                    t.ParticipationLot.siret == AUB
                )
            ).all()
        )
        dite = session.get_one(t.Participation, (monde.achat_id, AUB))
    assert lots == {1: "PARTICIPE", 2: "DECLINE"}
    assert (str(dite.engagement_min_ht), str(dite.engagement_max_ht)) == ("1000.00", "5000.00")


def test_D3_a_member_declines_everything_with_the_other_button(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    dit = aubenas.post(
        achat(monde, "/adhesion"), data={"reponse": "DECLINE"}, follow_redirects=True
    )
    assert "ne participe pas à cet achat" in lisible(dit)
    assert "Votre réponse : Ne participe pas" in lisible(aubenas.get(achat(monde, "/besoins")))


def test_taking_part_without_a_lot_is_refused_on_the_lots(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    refus = aubenas.post(achat(monde, "/adhesion"), data={"reponse": "PARTICIPE"})
    assert refus.status_code == 422
    assert "Cochez au moins un lot" in lisible(refus)
    inverse = {
        "reponse": "PARTICIPE",
        "lots": "1",
        "engagement_min_ht": "9",
        "engagement_max_ht": "1",
    }
    refus = aubenas.post(achat(monde, "/adhesion"), data=inverse)
    assert refus.status_code == 422
    assert "dépasse l’engagement maximal" in lisible(refus)
    assert "checked" in refus.text


def test_the_needs_of_a_lot_left_are_shown_set_aside(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", lieu="Aubenas")
    monde.declarer(AUB, "3", "boîte", article="ENV-DL", lieu="Aubenas")
    aubenas.post(achat(monde, "/adhesion"), data={"reponse": "PARTICIPE", "lots": "1"})
    page = lisible(aubenas.get(achat(monde, "/adhesion")))
    assert "Vos besoins : 3 boîtes (Aubenas). Mis de côté" in page
    assert page.count("Mis de côté") == 1
    assert "Lot 2 : vous n’y participez pas" in lisible(aubenas.get(achat(monde, "/besoins")))


def test_the_estimate_alone_and_grouped_tells_its_hypothesis(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", lieu="Aubenas")
    monde.declarer(DEP, "100")
    page = lisible(aubenas.get(achat(monde, "/adhesion")))
    assert "2 472 € HT seul, 2 280 € HT groupé" in page
    sans = lisible(aubenas.get(achat(monde, "/adhesion?effet=0")))
    assert "2 280 € HT seul, 2 280 € HT groupé" in sans
    assert "plus élevé de 2 %" in lisible(aubenas.get(achat(monde, "/adhesion?effet=abc")))


def test_the_estimate_falls_back_on_last_year(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", lieu="Aubenas")
    monde.faire(clore_recensement, monde.achat_id)
    monde.clock.advance(dt.timedelta(days=365))
    monde.achat(objet="Papier et enveloppes 2027")
    monde.ouvrir()
    page = lisible(aubenas.get(achat(monde, "/adhesion")))
    assert "d’après vos besoins de 2026" in page


def test_D3_after_the_deadline_the_page_names_the_rule_and_the_contact(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    monde.declarer(SDIS, "3")
    monde.faire(clore_recensement, monde.achat_id)
    page = aubenas.get(achat(monde, "/adhesion"))
    assert "Réponse et retrait impossibles depuis le 2 mars 2026" in lisible(page)
    assert "Contactez Département de l’Ardèche" in lisible(page)
    assert "Adhérer aux lots cochés" not in page.text
    tard = aubenas.post(achat(monde, "/adhesion"), data={"reponse": "DECLINE"})
    assert tard.status_code == 422
    assert "Rouvrir le recensement" in lisible(tard)
