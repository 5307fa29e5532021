"""Drafts, conflicts, withdrawals, validation and last year's needs, on the pages."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.domain.besoins import Canal
from services.groupement.usecases.clore_recensement import clore_recensement
from services.groupement.usecases.transmettre_besoins import retirer_besoin
from services.groupement.usecases.valider_besoins import valider_besoins
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.messaging.envelope import Event
from tests.integration.groupement.monde import AUB, DEP, SDIS, Monde, achat
from tests.integration.groupement.test_pages_besoins import quantites
from tests.kit.web import lisible

Events = Callable[..., list[Event]]
PAPIER = ("PAPIER-A4-80", "Aubenas")


def rangee(quantite: str = "6", version: int = 1, **plus: str) -> dict[str, str]:
    """One row of the form, as the browser sends it."""
    return {
        "article-0": "PAPIER-A4-80",
        "version-0": str(version),
        "quantite-0": quantite,
        "unite-0": "palette",
        "lieu-0": "Aubenas",
        **{f"{champ}-0": valeur for champ, valeur in plus.items()},
    }


def besoin(monde: Monde) -> t.Besoin:
    with monde.transactions.read() as session:
        return session.scalars(sa.select(t.Besoin).where(t.Besoin.siret == AUB)).one()


def test_a_need_tells_its_wished_period_and_budget_line(
    monde: Monde, aubenas: Any, events: Events
) -> None:
    monde.ouvert()
    saisie = rangee("5 à 7", 0, du="2026-04-01", au="2026-04-30", imputation="6064")
    page = aubenas.post(achat(monde, "/besoins"), data=saisie, follow_redirects=True)
    assert "1 besoin transmis" in lisible(page)
    assert all(f'value="{v}"' in page.text for v in ("2026-04-01", "2026-04-30", "6064"))
    dit = events("groupement", "groupement.besoin.declare.v1")[-1].data
    assert (dit["souhaite_du"], dit["souhaite_au"]) == ("2026-04-01", "2026-04-30")
    assert (dit["imputation"], dit["etat"]) == ("6064", "DECLARE")


def test_a_period_that_ends_before_it_starts_is_refused_on_its_field(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    saisie = rangee("5", 0, du="2026-04-30", au="2026-04-01")
    refus = aubenas.post(achat(monde, "/besoins"), data=saisie)
    assert refus.status_code == 422
    assert 'id="e-du-0"' in refus.text
    assert "précède son début" in lisible(refus)


def test_D4_what_another_channel_does_not_say_stays(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    saisie = rangee("5", 0, imputation="6064")
    aubenas.post(achat(monde, "/besoins"), data=saisie)
    monde.declarer(AUB, "6", lieu="Aubenas", canal=Canal.EVENEMENT)
    assert (besoin(monde).quantite, besoin(monde).imputation) == (6, "6064")


def test_D4_the_second_agent_sees_both_values_and_chooses(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", lieu="Aubenas")
    with monde.transactions.begin(acteur="agente-aubenas") as uow:
        uow.session.add(
            t.Agent(id="agente-aubenas", siret=AUB, fonction="Secrétaire de mairie", roles=[])
        )
    monde.declarer(AUB, "9", lieu="Aubenas")
    conflit = aubenas.post(achat(monde, "/besoins"), data=rangee("6"))
    lu = lisible(conflit)
    assert conflit.status_code == 422
    assert "Modifié par la fonction technique (logiciel du membre) le 2 mars 2026 à 9 h" in lu
    assert "La mienne : 6 palette" in lu
    assert "La leur : 9 palette" in lu
    assert 'name="version-0" value="2"' in conflit.text
    muet = aubenas.post(achat(monde, "/besoins"), data=rangee("6", 2, conflit="oui"))
    assert muet.status_code == 422
    assert "La leur : 9 palette" in lisible(muet)
    assert quantites(monde)[PAPIER] == 9
    choisi = rangee("6", 2, conflit="oui", choix="autre")
    assert aubenas.post(achat(monde, "/besoins"), data=choisi).status_code == 303
    assert quantites(monde)[PAPIER] == 9
    choisi = rangee("6", 2, conflit="oui", choix="mienne")
    assert aubenas.post(achat(monde, "/besoins"), data=choisi).status_code == 303
    assert quantites(monde)[PAPIER] == 6


def test_D4_a_conflict_names_the_function_never_the_person(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    with monde.transactions.begin() as uow:
        uow.session.add(t.Agent(id="test", siret=AUB, fonction="Secrétaire de mairie", roles=[]))
    monde.declarer(AUB, "5", lieu="Aubenas")
    conflit = aubenas.post(achat(monde, "/besoins"), data=rangee("6", 0))
    assert "Modifié par la fonction Secrétaire de mairie" in lisible(conflit)


def test_two_agents_who_type_the_same_are_no_conflict(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", lieu="Aubenas")
    monde.declarer(AUB, "6", lieu="Aubenas")
    assert aubenas.post(achat(monde, "/besoins"), data=rangee("6")).status_code == 303


def test_a_draft_is_kept_as_typed_and_counts_nowhere(
    monde: Monde, aubenas: Any, coordonnatrice: Any, events: Events
) -> None:
    monde.ouvert()
    brouillon = rangee("une dizaine", 0, imputation="6064") | {"action": "brouillon"}
    page = aubenas.post(achat(monde, "/besoins"), data=brouillon, follow_redirects=True)
    assert "il ne compte pas tant qu’il n’est pas transmis" in lisible(page)
    assert 'value="une dizaine"' in page.text
    assert 'value="6064"' in page.text
    assert quantites(monde) == {}
    assert events("groupement", "groupement.besoin.declare.v1") == []
    assert "0 réponse" in lisible(coordonnatrice.get("/groupement/recensement"))
    aubenas.post(achat(monde, "/besoins"), data=rangee("10", 0))
    assert quantites(monde) == {PAPIER: 10}
    assert "Brouillon" not in lisible(aubenas.get(achat(monde, "/besoins")))


def test_a_draft_is_given_up_or_outlived_by_the_closing(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    aubenas.post(achat(monde, "/besoins"), data=rangee("3", 0) | {"action": "brouillon"})
    page = aubenas.post(achat(monde, "/besoins/brouillon/abandonner"), follow_redirects=True)
    assert "Brouillon abandonné" in lisible(page)
    aubenas.post(achat(monde, "/besoins"), data=rangee("3", 0) | {"action": "brouillon"})
    monde.declarer(SDIS, "1")
    monde.faire(clore_recensement, monde.achat_id)
    assert "il n’a pas été compté" in lisible(aubenas.get(achat(monde, "/besoins")))
    tard = aubenas.post(achat(monde, "/besoins"), data=rangee("3", 0) | {"action": "brouillon"})
    assert tard.status_code == 422


def test_cas_foodsoft_154_a_need_is_withdrawn_with_its_reason_and_its_history_stays(
    monde: Monde, aubenas: Any, coordonnatrice: Any
) -> None:
    monde.ouvert()
    besoin_id = monde.declarer(AUB, "5", lieu="Aubenas").besoin.id
    adresse = f"/groupement/besoins/{besoin_id}"
    sans = aubenas.post(f"{adresse}/retirer", data={"motif": " ", "version": "1"})
    assert sans.status_code == 422
    retire = aubenas.post(
        f"{adresse}/retirer",
        data={"motif": "Stock suffisant", "version": "1"},
        follow_redirects=True,
    )
    assert "Retiré Stock suffisant" in lisible(retire)
    assert quantites(monde) == {PAPIER: 0}
    page = lisible(aubenas.get(adresse))
    assert "Retiré : Stock suffisant" in page
    assert "-300 000" in page
    assert "+300 000" in page
    assert "n° 1" in page
    assert "2 mouvements sur 2" in page
    assert coordonnatrice.get(adresse).status_code == 200


def test_the_history_of_a_need_is_for_its_member_and_the_coordinator(
    monde: Monde, aubenas: Any, client: Callable[..., Any]
) -> None:
    monde.ouvert()
    besoin_id = monde.declarer(SDIS, "5").besoin.id
    assert aubenas.get(f"/groupement/besoins/{besoin_id}").status_code == 404
    assert aubenas.get(f"/groupement/besoins/{besoin_id}/retirer").status_code == 404
    with pytest.raises(NotFoundError):
        monde.faire(retirer_besoin, besoin_id, AUB, "x", None)


def test_withdrawing_a_need_that_moved_meanwhile_shows_it_again(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    besoin_id = monde.declarer(AUB, "5", lieu="Aubenas").besoin.id
    monde.declarer(AUB, "9", lieu="Aubenas")
    refus = aubenas.post(
        f"/groupement/besoins/{besoin_id}/retirer", data={"motif": "stock", "version": "1"}
    )
    assert refus.status_code == 422
    assert quantites(monde) == {PAPIER: 9}


def test_a_software_withdraws_with_a_zero_and_the_database_wants_zero_with_a_reason(
    monde: Monde,
) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", lieu="Aubenas")
    with pytest.raises(ValidationError) as refus:
        monde.declarer(AUB, "0", lieu="Aubenas")
    assert refus.value.code == "motif_requis"
    monde.declarer(AUB, "0", lieu="Aubenas", canal=Canal.EVENEMENT)
    assert besoin(monde).motif == "Retiré par le logiciel du membre"
    with pytest.raises(IntegrityError, match="ck_besoin_motif"), monde.transactions.begin() as uow:
        uow.session.execute(sa.update(t.Besoin).values(quantite=1))


def test_regles_2_the_members_validator_confirms_and_a_change_asks_again(
    monde: Monde, client: Callable[..., Any], events: Events
) -> None:
    monde.ouvert()
    monde.declarer(DEP, "5")
    finances = client("groupement", "finances")
    page = finances.get("/groupement/validation")
    assert "Valider ce besoin" in lisible(page)
    valide = finances.post(achat(monde, "/besoins/valider"), follow_redirects=True)
    assert "1 besoin validé." in lisible(valide)
    (dit,) = events("groupement", "groupement.besoin.valide.v1")
    assert [b["version"] for b in dit.data["besoins"]] == [1]
    coordonnatrice = client("groupement", "coordonnatrice")
    assert "Reçu par le coordonnateur" in lisible(coordonnatrice.get(achat(monde, "/besoins")))
    monde.declarer(DEP, "6")
    assert "Transmis" in lisible(coordonnatrice.get(achat(monde, "/besoins")))
    assert "Valider ce besoin" in lisible(finances.get("/groupement/validation"))


def test_regles_2_the_closing_validates_for_those_without_a_validator(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5")
    assert "Transmis" in lisible(aubenas.get(achat(monde, "/besoins")))
    monde.faire(clore_recensement, monde.achat_id)
    assert "Reçu par le coordonnateur" in lisible(aubenas.get(achat(monde, "/besoins")))
    with pytest.raises(ConflictError):
        monde.faire(valider_besoins, monde.achat_id, AUB)


def test_nothing_to_validate_says_so(monde: Monde, client: Callable[..., Any]) -> None:
    monde.ouvert()
    finances = client("groupement", "finances")
    assert "Aucun besoin à valider" in lisible(finances.get("/groupement/validation"))
    refus = finances.post(achat(monde, "/besoins/valider"), follow_redirects=True)
    assert "n’attend votre validation" in lisible(refus)


def test_last_years_needs_are_shown_and_taken_up_with_one_button(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    monde.declarer(AUB, "12", "carton", "2", lieu="Aubenas")
    monde.faire(clore_recensement, monde.achat_id)
    monde.clock.advance(dt.timedelta(days=365))
    monde.achat(objet="Papier et enveloppes 2027")
    monde.ouvrir()
    page = aubenas.get(achat(monde, "/besoins"))
    assert "2026 : 12 à 14 cartons (Aubenas)" in lisible(page)
    assert "Reprendre mes besoins de 2026" in lisible(page)
    assert 'value="12 à 14"' not in page.text
    repris = aubenas.get(achat(monde, "/besoins?reprendre=1"))
    assert 'value="12 à 14"' in repris.text
    with monde.transactions.read() as session:
        compte = sa.select(sa.func.count()).where(t.Besoin.achat_id == monde.achat_id)
        assert session.scalar(compte) == 0
