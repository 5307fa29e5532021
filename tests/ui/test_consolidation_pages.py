"""Screens 10, 11 and 14 and what surrounds them: needs, lots, what if, proof, plans, history."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from services.groupement import tables as t
from shared.ops import demo
from tests.kit.groupe import Groupe
from tests.kit.mains import Clavier, Main

pytestmark = [pytest.mark.browser, pytest.mark.db]
ELECTRICITE, PAPIER, VEHICULES, SUITE = (
    "Électricité des bâtiments",
    "Papier pour les services",
    "Véhicules utilitaires",
    "Suite bureautique",
)


def _achat(groupe: Groupe, objet: str) -> str:
    requete = sa.select(t.Achat.id).where(t.Achat.objet.startswith(objet))
    return f"/achats/{groupe.un(requete)}"


def test_the_pages_around_a_consolidation(groupe: Groupe, ouvrir_page: Callable[..., Page]) -> None:
    page, achat = ouvrir_page(), _achat(groupe, ELECTRICITE)
    groupe.entrer(page, "coordonnatrice")
    ligne = groupe.un(sa.select(t.Ligne.id).where(t.Ligne.article == "ELEC-C4"))
    groupe.examiner(
        page,
        {
            "consolidation": f"{achat}/consolidation",
            "consolidation-ligne": f"{achat}/lignes/{ligne}",
            "consolidation-preuve": f"{achat}/consolidation/preuve",
            "hypotheses": f"{achat}/hypotheses",
            "hypotheses-lieu": f"{achat}/hypotheses?essai=1&par_lieu=oui&membres={demo.SDEA.siret}",
            "relances": _achat(groupe, PAPIER) + "/relances",
        },
    )


def test_the_pages_around_a_need(groupe: Groupe, ouvrir_page: Callable[..., Page]) -> None:
    page, achat = ouvrir_page(), _achat(groupe, VEHICULES)
    groupe.entrer(page, "agent-sdis")
    besoin = groupe.un(sa.select(t.Besoin.id).where(t.Besoin.siret == demo.SDIS.siret))
    en_cours = groupe.un(
        sa.select(t.Besoin.id)
        .join(t.Achat, t.Achat.id == t.Besoin.achat_id)
        .where(t.Besoin.siret == demo.SDIS.siret, t.Achat.objet.startswith(VEHICULES))
    )
    groupe.examiner(
        page,
        {
            "besoin-historique": f"/besoins/{besoin}",
            "besoin-retirer": f"/besoins/{en_cours}/retirer",
            "adhesion-lots": f"{achat}/adhesion",
            "programmation": "/programmation",
            "programmation-nouvelle": "/programmation/nouveau",
            "programmation-import": "/programmation/import",
        },
    )


def test_the_pages_of_opportunities_and_of_history(
    groupe: Groupe, ouvrir_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = ouvrir_page()
    groupe.entrer(page, "coordonnatrice")
    opportunite = groupe.un(sa.select(t.Opportunite.id))
    groupe.examiner(
        page,
        {
            "opportunites": "/opportunites",
            "opportunite-proposer": f"/opportunites/{opportunite}/proposer",
            "opportunite-ecarter": f"/opportunites/{opportunite}/ecarter",
            "mes-donnees": "/mes-donnees",
        },
    )
    expect(page.locator("tbody th", has_text="_")).to_have_count(0)
    with page.expect_download() as attendu:
        page.get_by_role("link", name="Emporter l’historique").click()
    fichier = tmp_path / "historique.json"
    attendu.value.save_as(fichier)
    document = json.loads(fichier.read_text(encoding="utf-8"))
    assert document["membre"]["siret"] == demo.DEPARTEMENT.siret
    assert "SOLDE" in {achat["etat"] for achat in document["contenu"]["achats"]}


def test_D4_last_year_s_quantity_is_proposed_then_sent(groupe: Groupe, main: Main) -> None:
    """« Reprendre mes besoins de 2025 » fills the form; nothing is sent before one says so."""
    page, clavier = main.page, isinstance(main, Clavier)
    quantite, persona = ("18 à 20", "agente-aubenas") if clavier else ("3", "agent-vivarais")
    groupe.entrer(page, persona)
    groupe.aller(page, _achat(groupe, PAPIER) + "/besoins")
    dite = f"{quantite}\u00a0{'cartons' if clavier else 'palettes'}"
    expect(page.locator("main")).to_contain_text(f"2025\u00a0: {dite}")
    main.presser("Reprendre mes besoins de 2025")
    propose = page.locator(f"[name^='quantite-'][value='{quantite}']")
    expect(propose.first).to_be_visible()
    main.presser("Transmettre mes besoins")
    expect(page.locator("[role=status] .bandeau")).to_contain_text("besoin")


def test_D6_what_if_a_member_left_the_purchase(groupe: Groupe, main: Main) -> None:
    page = main.page
    groupe.entrer(page, "coordonnatrice")
    groupe.aller(page, _achat(groupe, ELECTRICITE) + "/hypotheses")
    case = page.locator(f"[name=membres][value='{demo.SDEA.siret}']")
    case.focus()
    case.press("Space")
    expect(case).not_to_be_checked()
    main.presser("Comparer")
    tableau = page.get_by_role("region", name="Coût estimé avant et après")
    expect(tableau.locator("tr", has_text="SDEA")).to_contain_text("110 400")
    expect(page.locator("main")).to_contain_text("138 400,00 €")


def test_D3_a_member_leaves_a_purchase_then_comes_back(groupe: Groupe, main: Main) -> None:
    page, reponse = main.page, "p.bandeau, .bandeau"
    groupe.entrer(page, "coordonnatrice" if isinstance(main, Clavier) else "agent-sdis")
    groupe.aller(page, _achat(groupe, SUITE) + "/adhesion")
    main.presser("Ne pas participer")
    expect(page.locator(reponse).first).to_be_visible()
    case = page.locator("[name=lots]")
    expect(case).not_to_be_checked()
    case.focus()
    case.press("Space")
    main.presser("Adhérer aux lots cochés")
    expect(page.locator(reponse).first).to_be_visible()
    expect(page.locator("[name=lots]")).to_be_checked()
