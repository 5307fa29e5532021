"""Pages of the convention: clauses, text, signature, withdrawal, stops, comparison, API."""

import importlib.util
import io
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader

from services.groupement.usecases.conduire_convention import mettre_en_signature
from services.groupement.usecases.creer_convention import NouvelleConvention, creer_convention
from shared.web import pdf
from tests.integration.groupement.monde import AUB, DEP, SDIS, Monde
from tests.integration.groupement.test_pages import lisible
from tests.integration.groupement.test_vie_convention import MODE, brouillon, retirer

Client = Callable[..., Any]
CLAUSES = {
    "objet": "l’achat de papier",
    "genre": "permanent",
    "mode": "PASSATION_SIGNATURE",
    "remuneration": "FORFAIT_ANNUEL",
    "forfait_annuel": "4 800",
    "cle": "POURCENTAGES",
    f"part-{DEP}": "60",
    f"part-{SDIS}": "30",
    f"part-{AUB}": "10",
    "strategie": "PLANCHER",
    "arrivee": "APPELS_OUVERTS",
    "preavis_mois": "9",
    "charge_retrait": "MEMBRE_SORTANT",
    "cao": "GROUPEMENT",
    "evenements": ["membre.besoin.declare.v1"],
    "delai_reponse_jours": "10",
    "conciliation_jours": "30",
    "tribunal": "tribunal administratif de Lyon",
    "perimetre-0": "35",
    "coordonnateur-0": SDIS,
    "mode-0": "PASSATION",
}
SIGNATURE = {
    "deliberation_le": "2026-02-20",
    "deliberation_numero": "2026-118",
    "effet_le": "2026-03-01",
}


def base(monde: Monde, suite: str = "") -> str:
    return f"/groupement/convention/{monde.convention_id}{suite}"


def test_clauses_typed_are_what_the_page_the_text_and_the_api_say(
    monde: Monde, coordonnatrice: Any
) -> None:
    brouillon(monde)
    page = coordonnatrice.get(base(monde, "/clauses"))
    assert "tribunal administratif territorialement compétent" in page.text
    assert coordonnatrice.post(base(monde, "/clauses"), data=CLAUSES).status_code == 303
    page = lisible(coordonnatrice.get(base(monde)))
    texte = lisible(coordonnatrice.get(base(monde, "/texte")))
    for dit in ("4 800,00 € par an", "SDIS 07 30 %", "tribunal administratif de Lyon"):
        assert dit in page, dit
        assert dit in texte, dit
    assert "Le retrait prend effet 9 mois après" in texte
    assert "Par exception, SDIS 07 coordonne les achats de code CPV 35" in texte
    assert "L1414-3, I du CGCT" in texte
    lue = coordonnatrice.get(f"/groupement/api/v1/conventions/{monde.convention_id}").json
    assert lue["clauses"]["preavis_mois"] == 9
    assert lue["clauses"]["pourcentages"][AUB] == "10"
    assert lue["commission"]["regle"] == "I"
    revu = coordonnatrice.get(base(monde, "/clauses")).text
    assert 'value="4800,00"' in revu


def test_M5_classes_and_floors_typed_are_what_the_convention_says(
    monde: Monde, coordonnatrice: Any
) -> None:
    brouillon(monde)
    planchers = {
        "plancher-article-0": "sel",
        "plancher-quantite-0": "2",
        "plancher-pourcentage-1": "12,5",
        f"classe-{SDIS}": "1",
    }
    assert coordonnatrice.post(base(monde, "/clauses"), data=CLAUSES | planchers).status_code == 303
    texte = lisible(coordonnatrice.get(base(monde, "/texte")))
    assert "2 conditionnements pour l’article SEL ; 12,5 % de ce qu’il attend" in texte
    revu = coordonnatrice.get(base(monde, "/clauses")).text
    assert 'value="12,5"' in revu
    assert 'name="plancher-article-3"' in revu
    classes = CLAUSES | {"strategie": "PRIORITE", f"classe-{SDIS}": "1"}
    sans_raison = coordonnatrice.post(base(monde, "/clauses"), data=classes)
    assert sans_raison.status_code == 422
    assert "Chaque classe donnée à un membre se motive" in lisible(sans_raison)
    motivees = classes | {f"raison-{SDIS}": "secours aux personnes"}
    assert coordonnatrice.post(base(monde, "/clauses"), data=motivees).status_code == 303
    texte = lisible(coordonnatrice.get(base(monde, "/texte")))
    assert "SDIS 07 en classe 1 (secours aux personnes) ; les autres membres ensuite" in texte
    lue = coordonnatrice.get(f"/groupement/api/v1/conventions/{monde.convention_id}").json
    assert lue["clauses"]["priorites"] == [
        {"siret": SDIS, "classe": 1, "motif": "secours aux personnes"}
    ]
    assert lue["clauses"]["planchers"] == []


def test_M5_a_changed_clause_changes_the_text(monde: Monde, coordonnatrice: Any) -> None:
    brouillon(monde)
    avant = lisible(coordonnatrice.get(base(monde, "/texte")))
    coordonnatrice.post(base(monde, "/clauses"), data=CLAUSES | {"preavis_mois": "12"})
    apres = lisible(coordonnatrice.get(base(monde, "/texte")))
    assert "6 mois après sa notification" in avant
    assert "12 mois après sa notification" in apres


def test_faulty_clauses_come_back_with_what_was_typed(monde: Monde, coordonnatrice: Any) -> None:
    brouillon(monde)
    refus = coordonnatrice.post(
        base(monde, "/clauses"), data=CLAUSES | {f"part-{AUB}": "5", "preavis_mois": "99"}
    )
    assert refus.status_code == 422
    assert "font 100 au total" in lisible(refus)
    assert "Le préavis va de 0 à 36 mois" in lisible(refus)
    assert 'value="99"' in refus.text
    illisible = coordonnatrice.post(base(monde, "/clauses"), data=CLAUSES | {"mode": "AUTRE"})
    assert illisible.status_code == 422


def test_a_member_signs_from_its_own_page(
    monde: Monde, coordonnatrice: Any, aubenas: Any, client: Client
) -> None:
    brouillon(monde)
    assert aubenas.get(base(monde, "/signer")).status_code == 409
    coordonnatrice.post(base(monde, "/signature"))
    assert "Votre signature est attendue" in lisible(aubenas.get(base(monde)))
    refus = aubenas.post(base(monde, "/signer"), data=SIGNATURE | {"effet_le": "2026-02-01"})
    assert refus.status_code == 422
    page = aubenas.post(base(monde, "/signer"), data=SIGNATURE, follow_redirects=True)
    assert "n° 2026-118 du" in lisible(page)
    assert "Commune d’Aubenas signe, effet le 01/03/2026" in lisible(page)
    assert aubenas.get(base(monde, "/signer")).status_code == 409
    etranger = client("groupement", "agent-vivarais")
    for suite in ("", "/texte", "/texte.pdf", "/signer", "/comparer", "/retrait"):
        assert etranger.get(base(monde, suite)).status_code == 404, suite


def test_only_the_coordinator_conducts_the_convention(
    monde: Monde, aubenas: Any, client: Client
) -> None:
    brouillon(monde)
    for suite in ("/signature", "/retablir", "/amender"):
        assert aubenas.post(base(monde, suite)).status_code == 403, suite
    autre = client("groupement", "coordonnatrice")
    with autre.session_transaction() as session:
        session["siret"] = SDIS
    for suite in ("/clauses", "/suspendre", "/resilier", "/inviter"):
        assert aubenas.get(base(monde, suite)).status_code == 403, suite
        assert autre.get(base(monde, suite)).status_code == 403, suite


def test_D2b_a_withdrawal_shows_its_consequences_then_the_shares_left(
    monde: Monde, client: Client, coordonnatrice: Any
) -> None:
    monde.notifie()
    sdis = client("groupement", "agent-sdis")
    page = lisible(sdis.get(base(monde, "/retrait")))
    assert "il prend effet le" in page
    assert "30 palettes" in page
    assert sdis.post(base(monde, "/retrait"), data={}).status_code == 422
    page = sdis.post(
        base(monde, "/retrait"),
        data={"notifie_le": "2026-03-02", "motif": "Autre centrale"},
        follow_redirects=True,
    )
    assert "effet le 02/09/2026" in lisible(page)
    assert "Votre retrait est notifié" in lisible(page)
    assert sdis.get(base(monde, "/retrait")).status_code == 409
    detail = coordonnatrice.get(base(monde))
    lien = detail.text.split("/repartage/")[1].split('"')[0]
    partage = lisible(coordonnatrice.get(base(monde, f"/repartage/{lien}")))
    assert "Reste : 30 palettes sur 30 palettes" in partage
    assert "16 palettes" in partage
    assert "la part exacte de 30 palettes" in partage
    ligne = monde.ligne_de_marche()
    proposer = base(monde, f"/repartage/{lien}/{ligne}")
    assert sdis.post(proposer).status_code == 403
    page = lisible(coordonnatrice.post(proposer, follow_redirects=True))
    assert "Transferts proposés : 4" in page
    assert "ils attendent la réponse des membres" in page
    page = lisible(coordonnatrice.post(proposer, follow_redirects=True))
    assert "n’est plus à proposer" in page


def test_suspend_lift_terminate_by_the_pages(monde: Monde, coordonnatrice: Any) -> None:
    monde.convention(membres=(DEP, SDIS))
    assert coordonnatrice.post(base(monde, "/suspendre"), data={}).status_code == 422
    page = coordonnatrice.post(
        base(monde, "/suspendre"), data={"motif": "Recours"}, follow_redirects=True
    )
    assert "Motif : Recours" in lisible(page)
    page = coordonnatrice.post(base(monde, "/retablir"), follow_redirects=True)
    assert "La suspension est levée" in lisible(page)
    page = coordonnatrice.post(base(monde, "/retablir"), follow_redirects=True)
    assert "n’est pas suspendue" in lisible(page)
    page = coordonnatrice.post(
        base(monde, "/resilier"), data={"motif": "Centrale"}, follow_redirects=True
    )
    assert "Convention résiliée depuis le" in lisible(page)
    assert coordonnatrice.post(base(monde, "/inviter"), data={"siret": AUB}).status_code == 422


def test_versions_are_compared_in_words(monde: Monde, coordonnatrice: Any) -> None:
    monde.convention(membres=(DEP, SDIS))
    premiere = monde.convention_id
    assert "Une seule version" in lisible(coordonnatrice.get(base(monde, "/comparer")))
    cree = coordonnatrice.post(base(monde, "/amender"), follow_redirects=True)
    monde.convention_id = cree.request.path.rsplit("/", 1)[1]
    assert "Les clauses sont les mêmes" in lisible(coordonnatrice.get(base(monde, "/comparer")))
    sans_aubenas = {cle: v for cle, v in CLAUSES.items() if cle != f"part-{AUB}"}
    coordonnatrice.post(base(monde, "/clauses"), data=sans_aubenas | {f"part-{SDIS}": "40"})
    page = lisible(coordonnatrice.get(base(monde, "/comparer")))
    assert "De la version 1 à la version 2" in page
    assert "Préavis de retrait6 mois9 mois" in page
    page = coordonnatrice.post(f"/groupement/convention/{premiere}/amender", follow_redirects=True)
    assert "La version 2 existe déjà" in lisible(page)


def test_inviting_one_more_member(monde: Monde, coordonnatrice: Any, aubenas: Any) -> None:
    monde.convention(membres=(DEP, SDIS))
    assert aubenas.get(base(monde)).status_code == 404
    assert coordonnatrice.post(base(monde, "/inviter"), data={"siret": SDIS}).status_code == 422
    page = coordonnatrice.post(base(monde, "/inviter"), data={"siret": AUB}, follow_redirects=True)
    assert "Commune d’Aubenas est invité" in lisible(page)
    assert "Signer la convention" in lisible(aubenas.get(base(monde)))


def test_the_list_says_where_each_version_stands(monde: Monde, aubenas: Any) -> None:
    monde.convention(membres=(DEP, SDIS, AUB))
    page = lisible(aubenas.get("/groupement/convention"))
    assert "3 adhérents sur 3" in page
    assert "Votre organisation : adhérent" in page


def test_the_api_shows_a_member_its_own_conventions_only(
    monde: Monde, aubenas: Any, client: Client
) -> None:
    monde.convention(membres=(DEP, AUB))
    liste = aubenas.get("/groupement/api/v1/conventions").json["conventions"]
    assert [c["nom"] for c in liste] == ["Groupement permanent"]
    assert {m["etat"] for m in liste[0]["membres"]} == {"ADHERENT"}
    etranger = client("groupement", "agent-vivarais")
    assert etranger.get("/groupement/api/v1/conventions").json == {"conventions": []}
    assert etranger.get(f"/groupement/api/v1/conventions/{monde.convention_id}").status_code == 404


def test_without_the_extra_the_page_says_how_to_print(
    monde: Monde, coordonnatrice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_atelier", lambda: None)
    brouillon(monde)
    assert "Enregistrer au format PDF" in lisible(coordonnatrice.get(base(monde, "/texte")))
    refus = coordonnatrice.get(base(monde, "/texte.pdf"))
    assert refus.status_code == 404
    assert "imprimez la page" in lisible(refus)


@pytest.mark.skipif(
    importlib.util.find_spec("weasyprint") is None, reason="the extra pdf is not installed"
)
def test_M5_the_pdf_is_tagged_titled_and_in_french(monde: Monde, coordonnatrice: Any) -> None:
    monde.organisations()
    monde.convention_id = monde.faire(
        creer_convention, NouvelleConvention("Essai", DEP, MODE, (SDIS, AUB))
    )
    monde.faire(mettre_en_signature, monde.convention_id)
    reponse = coordonnatrice.get(base(monde, "/texte.pdf"))
    assert reponse.mimetype == "application/pdf"
    lu = PdfReader(io.BytesIO(reponse.data))
    racine = lu.trailer["/Root"]
    assert racine["/Lang"] == "fr"
    assert racine["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in racine
    assert "convention constitutive, version 1" in lu.metadata.title
    assert b"pdfuaid" in racine["/Metadata"].get_data()
    texte = " ".join(page.extract_text() for page in lu.pages)
    assert "L2113-6" in texte
    assert "Annexe 4" in texte


def test_a_member_gone_sees_what_it_signed(monde: Monde, client: Client) -> None:
    monde.convention(membres=(DEP, SDIS, AUB))
    retirer(monde)
    page = lisible(client("groupement", "agent-sdis").get(base(monde)))
    assert "Votre organisation : retrait notifié" in page
