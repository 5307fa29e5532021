"""A contract in execution: Ma part, orders, deliveries, transfers, substitutions, amendments."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from services.groupement import tables as t
from services.groupement.demo_execution import CLASSEUR, FOURNITURES, STYLO
from services.groupement.demo_passe import PAPIER
from shared.ops import demo
from tests.kit.groupe import Groupe
from tests.kit.mains import Clavier, Main

pytestmark = [pytest.mark.browser, pytest.mark.db]
STATUT = "[role=status] .bandeau"


def _achat(groupe: Groupe, marche_id: uuid.UUID) -> str:
    requete = sa.select(t.Contrat.achat_id).where(t.Contrat.marche_id == marche_id)
    return f"/achats/{groupe.un(requete)}"


def _ligne(groupe: Groupe, article: str) -> uuid.UUID:
    requete = sa.select(t.ContratLigne.id).where(
        t.ContratLigne.marche_id == FOURNITURES.marche_id, t.ContratLigne.article == article
    )
    return uuid.UUID(str(groupe.un(requete)))


def _quota(groupe: Groupe, article: str, siret: str) -> uuid.UUID:
    requete = sa.select(t.Quota.id).where(
        t.Quota.contrat_ligne_id == _ligne(groupe, article), t.Quota.siret == siret
    )
    return uuid.UUID(str(groupe.un(requete)))


def _reception(groupe: Groupe, bon: str) -> uuid.UUID:
    return uuid.UUID(
        str(groupe.un(sa.select(t.Reception.id).where(t.Reception.bon_livraison == bon)))
    )


def test_the_coordinator_s_pages_of_a_contract_that_lives(
    groupe: Groupe, ouvrir_page: Callable[..., Page]
) -> None:
    page, achat, marche = (
        ouvrir_page(),
        _achat(groupe, FOURNITURES.marche_id),
        FOURNITURES.marche_id,
    )
    groupe.entrer(page, "coordonnatrice")
    ligne, rendu = _ligne(groupe, CLASSEUR), _reception(groupe, "BL-502")
    groupe.examiner(
        page,
        {
            "vie-execution": f"{achat}/execution",
            "vie-livraisons": f"{achat}/reception",
            "vie-avenant": f"/marches/{marche}/avenant",
            "vie-frais": f"/marches/{marche}/frais",
            "vie-tolerance": f"/marches/{marche}/tolerance",
            "vie-livraison": f"/lignes/{ligne}/livraison",
            "vie-remplacer": f"/lignes/{_ligne(groupe, STYLO)}/substitution",
            "vie-avoir": f"/receptions/{rendu}/avoir",
            "vie-contrepasser": f"/receptions/{rendu}/contrepasser",
            "vie-surplus": f"/receptions/{_reception(groupe, 'BL-433')}/surplus",
            "vie-solder": f"{achat}/solder",
            "vie-soldee": _achat(groupe, PAPIER.marche_id),
            "vie-soldee-execution": _achat(groupe, PAPIER.marche_id) + "/execution",
        },
    )


def test_the_member_s_pages_of_its_share(groupe: Groupe, ouvrir_page: Callable[..., Page]) -> None:
    page, sdis = ouvrir_page(), demo.SDIS.siret
    groupe.entrer(page, "agent-sdis")
    quota = _quota(groupe, CLASSEUR, sdis)
    passees = sa.select(t.Commande.id).where(t.Commande.quota_id == quota)
    entamee, neuve = (
        groupe.un(passees.order_by(ordre))
        for ordre in (t.Commande.passee_le, t.Commande.passee_le.desc())
    )
    groupe.examiner(
        page,
        {
            "part": _achat(groupe, FOURNITURES.marche_id) + "/parts",
            "part-commander": f"/parts/{quota}/commander",
            "part-ceder": f"/parts/{quota}/ceder",
            "part-clore": f"/commandes/{entamee}/clore",
            "part-annuler": f"/commandes/{neuve}/annuler",
            "part-soldee": _achat(groupe, PAPIER.marche_id) + "/parts",
        },
    )
    accepte = groupe.un(sa.select(t.TransfertQuota.id).where(t.TransfertQuota.vers_siret == sdis))
    groupe.examiner(page, {"part-transfert-fait": f"/transferts/{accepte}"})
    expect(page.locator("main form")).to_have_count(0)


def test_D11_a_member_orders_at_the_price_of_today(groupe: Groupe, main: Main) -> None:
    """The amendment's price is the one told, and the ceiling is said before the refusal."""
    page = main.page
    groupe.entrer(page, "coordonnatrice" if isinstance(main, Clavier) else "agent-vivarais")
    groupe.aller(page, _achat(groupe, FOURNITURES.marche_id) + "/parts")
    main.presser("Commander Classeurs")
    expect(page.locator("dl.fiche")).to_contain_text("39,14 € par carton")
    main.saisir("quantite", "900")
    main.presser("Passer la commande")
    expect(page.locator(".resume-err")).to_be_visible()
    expect(page.locator("[name=quantite]")).to_have_value("900")
    page.locator("[name=quantite]").fill("2")
    page.locator("[name=quantite]").focus()
    main.presser("Passer la commande")
    expect(page.locator(STATUT)).to_contain_text("est passée")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ma part")


def test_a_member_answers_from_what_it_has_to_do(groupe: Groupe, main: Main) -> None:
    """A substitution for one, a quota offered for the other: « À faire » leads to both."""
    page, au_clavier = main.page, isinstance(main, Clavier)
    groupe.entrer(page, "coordonnatrice" if au_clavier else "agente-aubenas")
    groupe.aller(page, "/")
    tache = page.locator(
        "li.carte", has_text="Article de remplacement" if au_clavier else "vous cède"
    )
    expect(tache).to_have_count(1)
    main.presser(tache.get_by_role("link").inner_text())
    expect(page.locator("dl.fiche")).to_contain_text(
        "Vivarais Habitat" if not au_clavier else "11,20 €"
    )
    main.choisir("reponse", "oui", 0)
    main.presser("Envoyer ma réponse")
    expect(page.locator(STATUT)).to_contain_text("Votre réponse est enregistrée")


def test_H2_the_coordinator_records_a_short_delivery(groupe: Groupe, main: Main) -> None:
    page, bon = main.page, f"BL-{type(main).__name__}"
    groupe.entrer(page, "coordonnatrice")
    groupe.aller(page, _achat(groupe, FOURNITURES.marche_id) + "/reception")
    main.choisir("ligne", str(_ligne(groupe, CLASSEUR)), 0)
    main.saisir("bon_livraison", bon)
    main.saisir("quantite", "7")
    main.dater("recue_le", "2026-02-02")
    main.presser("Enregistrer et répartir")
    expect(page.locator("h3", has_text=bon)).to_contain_text("7 cartons le 2 février 2026")
    parts: Any = page.locator(f"[aria-label='Parts de la livraison {bon}']")
    expect(parts).to_contain_text("la part exacte de 7 cartons")
