"""The convention of the group: its clauses, its text, its versions, its members' stays."""

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from services.groupement import tables as t
from services.groupement.demo import NOM
from services.groupement.demo_convention import CCAS
from services.groupement.demo_passe import NOM as ANCIENNE
from shared.ops import demo
from tests.kit.groupe import Groupe
from tests.kit.mains import Clavier, Main

pytestmark = [pytest.mark.browser, pytest.mark.db]


def _convention(groupe: Groupe, nom: str, version: int) -> str:
    requete = sa.select(t.Convention.id).where(
        t.Convention.nom == nom, t.Convention.version == version
    )
    return f"/convention/{groupe.un(requete)}"


def _partant(groupe: Groupe) -> uuid.UUID:
    requete = sa.select(t.Adhesion.id).where(t.Adhesion.siret == CCAS)
    return uuid.UUID(str(groupe.un(requete.order_by(t.Adhesion.effet_le))))


def test_the_coordinator_s_pages_of_the_convention(
    groupe: Groupe, ouvrir_page: Callable[..., Page]
) -> None:
    page = ouvrir_page()
    groupe.entrer(page, "coordonnatrice")
    premiere, avenant = _convention(groupe, NOM, 1), _convention(groupe, NOM, 2)
    groupe.examiner(
        page,
        {
            "conventions": "/convention",
            "convention-en-vigueur": premiere,
            "convention-en-signature": avenant,
            "convention-expiree": _convention(groupe, ANCIENNE, 1),
            "convention-texte": f"{premiere}/texte",
            "convention-comparer": f"{avenant}/comparer",
            "convention-vigueur": f"{avenant}/vigueur",
            "convention-inviter": f"{premiere}/inviter",
            "convention-deliberation": f"{avenant}/adhesion?membre={demo.AUBENAS.siret}",
            "convention-repartage": f"{premiere}/repartage/{_partant(groupe)}",
            "convention-suspendre": f"{premiere}/suspendre",
            "convention-resilier": f"{premiere}/resilier",
            "organisations": "/organisations",
            "organisation-nouvelle": "/organisations/nouvelle",
        },
    )


def test_the_member_s_pages_of_the_convention(
    groupe: Groupe, ouvrir_page: Callable[..., Page]
) -> None:
    page = ouvrir_page()
    groupe.entrer(page, "agent-vivarais")
    premiere, avenant = _convention(groupe, NOM, 1), _convention(groupe, NOM, 2)
    groupe.examiner(
        page,
        {
            "convention-membre": avenant,
            "convention-signer": f"{avenant}/signer",
            "convention-retrait": f"{premiere}/retrait",
        },
    )
    groupe.aller(page, "/convention")
    titres = page.locator("li.carte h2, li.carte h3").all_inner_texts()
    assert ANCIENNE in titres[-1], "celles qui sont terminées viennent après les autres"


def test_D1_a_member_signs_by_its_own_deliberation(groupe: Groupe, main: Main) -> None:
    """From « À faire »: read, refuse a vote without its date, sign, then find one's vote."""
    page = main.page
    groupe.entrer(page, "agent-sdea" if isinstance(main, Clavier) else "agente-aubenas")
    groupe.aller(page, "/")
    main.presser("permanent d’achats de l’Ardèche, version 2")
    main.presser("Signer la convention")
    main.saisir("deliberation_numero", "2026-17")
    main.presser("Signer la convention")
    expect(page.locator(".resume-err")).to_be_visible()
    expect(page.locator("[name=deliberation_numero]")).to_have_value("2026-17")
    main.dater("deliberation_le", "2026-02-02")
    main.dater("effet_le", "2026-04-04")
    main.presser("Signer la convention")
    expect(page.locator("[role=status] .bandeau")).to_be_visible()
    expect(page.locator("main")).to_contain_text("n° 2026-17 du 2 février 2026")


def test_D2_the_coordinator_drafts_then_submits_a_version(groupe: Groupe, main: Main) -> None:
    """A new group: the clauses are written as data, the text follows, then they stay fixed."""
    page, nom = main.page, f"Achats de santé, {type(main).__name__}"
    groupe.entrer(page, "coordonnatrice")
    groupe.aller(page, "/convention/nouvelle")
    main.saisir("nom", nom)
    main.choisir("membres", CCAS, 0)
    main.presser("Créer le projet")
    expect(page.get_by_role("heading", level=1)).to_have_text(nom)
    main.presser("Modifier les clauses")
    page.locator("[name=preavis_mois]").fill("3")
    page.locator("[name=preavis_mois]").press("Enter")
    expect(page.locator("dl.fiche").first).to_contain_text("3 mois")
    main.presser("Soumettre à signature")
    expect(page.locator("p.meta").first).to_contain_text("En signature")
    expect(page.get_by_role("link", name="Modifier les clauses")).to_have_count(0)
