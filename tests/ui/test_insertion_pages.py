"""Insertion hours, evaluations and the share of innovation, as each side sees them."""

import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from services.groupement import tables as t
from services.groupement.demo_insertion import COPIEURS, RECYCLAGE, REEMPLOI
from services.groupement.demo_passe import NOM, PAPIER
from services.groupement.domain.declarations_insertion import ContratTravail, Preuve, Public
from services.groupement.domain.evaluations import CRITERES
from shared.ops import demo
from tests.kit.groupe import Groupe
from tests.kit.mains import Clavier, Main

pytestmark = [pytest.mark.browser, pytest.mark.db]
STATUT = "[role=status] .bandeau"
BANQUE = f"/insertion/{demo.PAPETERIE.siret}"


def _a_valider(groupe: Groupe) -> uuid.UUID:
    requete = sa.select(t.HeuresInsertion.id).where(t.HeuresInsertion.etat == "DECLAREE")
    return uuid.UUID(str(groupe.un(requete)))


def test_the_coordinator_s_pages_of_insertion_and_innovation(
    groupe: Groupe, ouvrir_page: Callable[..., Page]
) -> None:
    page = ouvrir_page()
    groupe.entrer(page, "coordonnatrice")
    groupe.examiner(
        page,
        {
            "insertion": "/insertion",
            "insertion-banque": BANQUE,
            "insertion-declarer": f"{BANQUE}/declarer",
            "insertion-ecarter": f"/insertion/heures/{_a_valider(groupe)}/ecarter",
            "insertion-clause": f"/marches/{COPIEURS.marche_id}/clause-insertion",
            "innovation": "/innovation",
            "innovation-qualifier": f"/marches/{RECYCLAGE.marche_id}/innovation",
            "besoins-annuels": "/besoins-annuels/2026",
            "besoins-annuels-suivants": "/besoins-annuels/2027",
        },
    )


def test_J1_values_that_no_text_fixes_are_said_to_be_so(
    groupe: Groupe, ouvrir_page: Callable[..., Page]
) -> None:
    page = ouvrir_page()
    groupe.entrer(page, "coordonnatrice")
    groupe.aller(page, f"/marches/{COPIEURS.marche_id}/clause-insertion")
    lignes = page.get_by_role("region", name="Valeurs proposées").locator("tbody tr")
    expect(lignes).to_have_count(3)
    for ligne in lignes.all():
        expect(ligne).to_contain_text("À vérifier")


def test_the_pages_of_evaluations(groupe: Groupe, ouvrir_page: Callable[..., Page]) -> None:
    page = ouvrir_page()
    groupe.entrer(page, "coordonnatrice")
    convention = groupe.un(sa.select(t.Convention.id).where(t.Convention.nom != NOM))
    groupe.examiner(
        page,
        {
            "evaluations": "/evaluations",
            "evaluation-ouverte": f"/evaluations/{REEMPLOI.marche_id}",
            "evaluation-fermee": f"/evaluations/{RECYCLAGE.marche_id}",
            "evaluation-repondue": f"/evaluations/{PAPIER.marche_id}",
            "evaluation-dispenser": f"/evaluations/{RECYCLAGE.marche_id}/dispenser",
            "evaluation-criteres": f"/evaluations/criteres/{convention}",
        },
    )


def test_the_firm_sees_its_own_bank(groupe: Groupe, ouvrir_page: Callable[..., Page]) -> None:
    page = ouvrir_page()
    groupe.entrer(page, "entreprise")
    groupe.examiner(page, {"insertion-entreprise": "/insertion", "insertion-sa-banque": BANQUE})
    ailleurs = page.goto(f"{groupe.adresse}/groupement/insertion/{demo.CEVENNES.siret}")
    assert ailleurs is not None
    assert ailleurs.status == 404


def test_J1_the_firm_declares_hours_and_the_coordinator_validates(
    groupe: Groupe, main: Main
) -> None:
    page, personne = main.page, f"INS-{'7001' if isinstance(main, Clavier) else '7002'}"
    groupe.entrer(page, "entreprise")
    groupe.aller(page, BANQUE)
    main.presser("Déclarer des heures")
    main.choisir("marche_id", str(RECYCLAGE.marche_id), 0)
    main.saisir("personne", personne)
    for champ, genre in (("public", Public), ("contrat_travail", ContratTravail)):
        main.choisir(champ, next(iter(genre)).value, 1)
    main.choisir("preuve", next(iter(Preuve)).value, 1)
    main.saisir("preuve_reference", "attestation 2026-118")
    main.dater("debut", "2026-02-02")
    page.locator("[name=fin]").fill("2026-02-13")
    page.locator("[name=fin]").focus()
    main.saisir("heures", "28")
    main.presser("Déclarer ces heures")
    expect(page.locator(STATUT)).to_contain_text("à valider")
    groupe.entrer(page, "coordonnatrice")
    groupe.aller(page, BANQUE)
    ligne = page.locator("tbody tr", has_text=personne)
    expect(ligne).to_contain_text("28 h")
    ligne.get_by_role("button", name="Valider").press("Enter")
    expect(page.locator(STATUT)).to_contain_text("valid")
    expect(ligne.get_by_role("button", name="Valider")).to_have_count(0)


def test_K1_a_member_marks_the_contract_that_it_used(groupe: Groupe, main: Main) -> None:
    page = main.page
    groupe.entrer(page, "agent-vivarais" if isinstance(main, Clavier) else "agente-aubenas")
    groupe.aller(page, "/")
    main.presser(REEMPLOI.objet)
    for rang in range(len(CRITERES)):
        main.choisir(f"note_{rang}", "4", 4)
    main.saisir("commentaire", "Pose propre et rapide.")
    main.presser("Enregistrer nos notes")
    expect(page.locator(STATUT)).to_contain_text("Vos notes sont enregistrées")
    groupe.aller(page, "/")
    expect(page.locator("main")).not_to_contain_text(REEMPLOI.objet)
