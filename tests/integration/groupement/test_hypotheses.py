"""« Et si… » by the API and by the page."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from services.groupement.usecases.repondre import NouvelleReponse, repondre
from tests.integration.groupement.monde import AUB, DEP, SDIS, Monde, achat
from tests.kit.web import lisible

Client = Callable[..., Any]


@pytest.fixture
def supposer(monde: Monde, client: Client) -> Callable[..., Any]:
    def appeler(siret: str, *hypotheses: dict[str, Any], detail: int = 20) -> Any:
        jeton = monde.faire(creer_acces, NouvelAcces(siret, f"Essai {uuid.uuid4()}")).jeton
        return client("groupement").post(
            f"/groupement/api/v1/achats/{monde.achat_id}/hypotheses?detail={detail}",
            json={"hypotheses": list(hypotheses)},
            headers={"Authorization": f"Bearer {jeton}"},
        )

    return appeler


def test_M1_one_call_gives_lots_procedure_and_each_member_before_and_after(
    monde: Monde, supposer: Callable[..., Any]
) -> None:
    monde.consolide()
    recu = supposer(DEP, {"type": "retirer_membre", "siret": SDIS}).json
    assert (recu["avant"]["procedure"], recu["apres"]["procedure"]) == ("MAPA", "SANS_PUBLICITE")
    assert (recu["ecart_ht"], recu["besoins_changes"]) == ("-13680.00", 5)
    (sdis,) = [m for m in recu["membres"] if m["siret"] == SDIS]
    assert (sdis["avant_ht"], sdis["apres_ht"]) == ("13680.00", "0.00")
    (part,) = sdis["parts"]
    assert (part["avant"], part["apres"], part["ecart"]) == ("1800000", "0", "-1800000")
    (ligne,) = recu["lignes"]
    assert (ligne["avant"]["quantite"], ligne["apres"]["quantite"]) == ("105", "75")
    assert "La procédure change" in recu["phrase"]


def test_M1_the_fingerprint_of_today_is_the_one_that_was_kept(
    monde: Monde, supposer: Callable[..., Any], client: Client
) -> None:
    monde.consolide()
    recu = supposer(DEP, {"type": "separer_par_lieu"}).json
    jeton = monde.faire(creer_acces, NouvelAcces(DEP, "Lecture")).jeton
    faite = client("groupement").get(
        f"/groupement/api/v1/achats/{monde.achat_id}/consolidation",
        headers={"Authorization": f"Bearer {jeton}"},
    )
    assert recu["avant"]["empreinte"] == faite.json["empreinte"]


def test_a_member_supposes_of_itself_and_sees_its_own_share(
    monde: Monde, supposer: Callable[..., Any]
) -> None:
    monde.consolide()
    refus = supposer(AUB, {"type": "retirer_membre", "siret": SDIS})
    assert (refus.status_code, refus.json["type"]) == (
        403,
        "urn:essaim:probleme:hypothese_sur_autrui",
    )
    besoin = {"article": "PAPIER-A4-80", "lieu": "Privas", "quantite": "7", "unite": "palette"}
    recu = supposer(AUB, {"type": "changer_quantite", "siret": AUB, "besoin": besoin}).json
    assert [m["siret"] for m in recu["membres"]] == [AUB]
    assert (recu["besoins_changes"], recu["apres"]["montant_estime_ht"]) == (1, "48792.00")


@pytest.mark.parametrize(
    ("hypothese", "champ"),
    [
        ({"type": "autre"}, "hypotheses.0.type"),
        ({"type": "retirer_membre"}, "hypotheses.0.siret"),
        ({"type": "separer_par_lieu", "siret": SDIS}, "hypotheses.0.siret"),
        ({"type": "regrouper_lots", "lots": [1]}, "hypotheses.0.lots"),
        ({"type": "retirer_membre", "siret": "9" * 14}, "hypotheses"),
    ],
)
def test_what_cannot_be_supposed_names_its_field(
    monde: Monde, supposer: Callable[..., Any], hypothese: dict[str, Any], champ: str
) -> None:
    monde.consolide()
    refus = supposer(DEP, hypothese)
    assert refus.status_code == 422
    assert champ in refus.json["erreurs"]


def test_M1_the_coordinator_unticks_a_member_and_reads_both_sides(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.consolide()
    page = coordonnatrice.get(achat(monde, "/hypotheses"))
    assert page.text.count(" checked") == 5
    assert "Aucune ligne ne change" in lisible(page)
    gardes = [DEP, AUB]
    texte = lisible(
        coordonnatrice.get(
            achat(monde, "/hypotheses"),
            query_string={"essai": "1", "membres": gardes, "par_lieu": "oui"},
        )
    )
    for morceau in (
        "descend de 47 880,00 € à 20 520,00 € HT",
        "La procédure change",
        "Papier A4 80 g – Privas",
        "− 13 680,00 €",
        "1 sur 1 ligne qui change",
    ):
        assert morceau in texte, morceau


def test_a_member_that_declined_may_be_ticked_again_with_its_needs(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.ouvert()
    monde.declarer(DEP, "40")
    monde.declarer(SDIS, "30")
    monde.faire(repondre, NouvelleReponse(monde.achat_id, SDIS, Reponse.DECLINE))
    page = coordonnatrice.get(achat(monde, "/hypotheses"))
    assert "(a des besoins mis de côté)" in lisible(page)
    texte = lisible(
        coordonnatrice.get(
            achat(monde, "/hypotheses"), query_string={"essai": "1", "membres": [DEP, SDIS]}
        )
    )
    assert "monte de 18 240,00 € à 31 920,00 € HT" in texte


def test_a_quantity_or_a_pack_typed_wrong_comes_back_with_its_message(
    monde: Monde, coordonnatrice: Any
) -> None:
    monde.consolide()
    saisie = {
        "essai": "1",
        "membres": [DEP, SDIS],
        "membre": SDIS,
        "ligne": "PAPIER-A4-80@Privas",
        "quantite": "beaucoup",
    }
    refus = coordonnatrice.get(achat(monde, "/hypotheses"), query_string=saisie)
    assert refus.status_code == 422
    assert "n’est pas une quantité" in lisible(refus)
    assert 'value="beaucoup"' in refus.text


def test_a_member_sees_its_own_line_of_the_what_if_page(monde: Monde, aubenas: Any) -> None:
    monde.consolide()
    texte = lisible(aubenas.get(achat(monde, "/hypotheses")))
    assert "Votre participation" in texte
    assert "Ce que paierait votre organisation" in texte
    assert "SDIS" not in texte.split("Votre participation")[1]


def test_without_needs_the_page_says_why(monde: Monde, coordonnatrice: Any) -> None:
    monde.ouvert()
    assert "Aucun besoin à comparer" in lisible(coordonnatrice.get(achat(monde, "/hypotheses")))
