"""Pages of publication in a real browser: axe, 320 px, console, live filters, no JavaScript."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from services.publication import demo
from services.publication.tables import Avis, Consultation, Marche, Programme
from shared.kernel.clock import FrozenClock
from shared.ops.context import ServiceContext
from tests.integration.publication.monde import DEPARTEMENT
from tests.kit.browser import console_propre, controler, servir
from tests.kit.contexte import client_for

pytestmark = [pytest.mark.db, pytest.mark.browser]
REFUS = "the server responded with a status of 422"


@pytest.fixture
def context(contexte: Callable[..., Any]) -> ServiceContext:
    ici: ServiceContext = contexte("publication")
    return ici


@pytest.fixture
def site(context: ServiceContext) -> Iterator[str]:
    with servir(client_for(context, None).application) as adresse:
        yield adresse


def _publiques(context: ServiceContext) -> dict[str, str]:
    with context.transactions.read() as session:
        vivant = Avis.annule_le.is_(None)
        choisis = {
            "rectifie": select(Avis.id).where(Avis.version > 1, vivant),
            "annule": select(Avis.id).where(Avis.annule_le.is_not(None)),
            "groupe": select(Avis.id).where(Avis.groupe),
            "resultat": select(Avis.id).join(
                Marche, Marche.consultation_id == Avis.consultation_id
            ),
        }
        avis = {nom: f"/avis/{session.scalars(r).first()}" for nom, r in choisis.items()}
    return {
        "accueil": "/",
        "avis": "/avis",
        "avis-filtres": "/avis?q=coll%C3%A8ge&nature=TRAVAUX&lieu=07",
        "avis-vide": "/avis?q=zzz",
        "programmation": "/programmation",
        **avis,
    }


def _acheteur(context: ServiceContext) -> dict[str, str]:
    with context.transactions.read() as session:
        siennes = session.scalars(
            select(Consultation).where(Consultation.acheteur_siret == DEPARTEMENT.siret)
        ).all()
        maintenant = context.clock.now()
        ouverte = next(c.id for c in siennes if c.avis and c.avis.date_limite > maintenant)
        attribuee = next(c.id for c in siennes if c.marches and not c.marches[0].notifie_le)
        close = next(
            c.id
            for c in siennes
            if c.avis and c.avis.date_limite <= maintenant and not c.marches and not c.annule_le
        )
        programme = session.scalars(
            select(Programme.id).where(
                Programme.acheteur_siret == DEPARTEMENT.siret, Programme.etat == "ENVISAGEE"
            )
        ).first()
    return {
        "consultations": "/consultations",
        "nouvelle": "/consultations/nouvelle",
        "consultation": f"/consultations/{attribuee}",
        "rectifier": f"/consultations/{ouverte}/rectifier",
        "annuler": f"/consultations/{ouverte}/annuler",
        "attribuer": f"/consultations/{close}/lots/1/attribuer",
        "notifier": f"/consultations/{attribuee}/lots/1/notifier",
        "inscrire": "/programmation/nouvelle",
        "programme": f"/programmation/{programme}",
    }


def test_public_pages_are_accessible(
    context: ServiceContext, site: str, ouvrir_page: Callable[..., Any]
) -> None:
    page = ouvrir_page()
    for chemin in ("/", "/avis", "/programmation"):
        page.goto(site + chemin)
        controler(page, f"publication-vide{chemin.replace('/', '-')}")
    demo.semer(context)
    titres = set()
    for nom, chemin in _publiques(context).items():
        page.goto(site + chemin)
        controler(page, f"publication-{nom}")
        assert page.locator("h1").count() == 1
        titres.add(page.title())
    assert len(titres) >= 7


def test_buyers_pages_are_accessible(
    context: ServiceContext, site: str, ouvrir_page: Callable[..., Any]
) -> None:
    demo.semer(context)
    page = ouvrir_page()
    page.goto(f"{site}/connexion")
    page.click("button[value=coordonnatrice]")
    console_propre(page, sauf="404")
    for nom, chemin in _acheteur(context).items():
        page.goto(site + chemin)
        controler(page, f"publication-{nom}", sauf="404")


def test_a_wrong_filter_is_said_and_takes_the_focus(
    site: str, ouvrir_page: Callable[..., Any]
) -> None:
    page = ouvrir_page(largeur=390)
    page.goto(f"{site}/avis?montant_max=beaucoup")
    assert page.title().startswith("Erreur")
    expect(page.locator(".resume-err")).to_be_focused()
    controler(page, "publication-avis-erreur", sauf=REFUS)


def test_live_filters_keep_the_focus_push_the_address_and_announce_the_count(
    context: ServiceContext, site: str, ouvrir_page: Callable[..., Any]
) -> None:
    demo.semer(context)
    page = ouvrir_page()
    page.goto(f"{site}/avis")
    page.locator("#q").press_sequentially("toiture", delay=20)
    expect(page.locator("#resultats h2")).to_have_text("1 avis trouvé")
    expect(page.locator("#annonce")).to_have_text("1 avis trouvé")
    expect(page.locator("#q")).to_be_focused()
    assert "q=toiture" in page.url
    page.get_by_label("Travaux").check()
    expect(page.locator(".puces a").first).to_contain_text("toiture")
    page.reload()
    expect(page.locator("#resultats h2")).to_have_text("1 avis trouvé")
    page.locator(".puces a", has_text="toiture").click()
    expect(page.locator("#resultats h2")).not_to_have_text("1 avis trouvé")
    console_propre(page)


def test_search_and_publish_without_javascript(
    context: ServiceContext, clock: FrozenClock, site: str, ouvrir_page: Callable[..., Any]
) -> None:
    demo.semer(context)
    page = ouvrir_page(javascript=False)
    page.goto(site)
    page.fill("#q", "papier")
    page.get_by_role("button", name="Rechercher").click()
    expect(page.locator("#resultats h2")).to_contain_text("avis trouvé")
    page.goto(f"{site}/connexion")
    page.click("button[value=coordonnatrice]")
    page.goto(f"{site}/consultations/nouvelle")
    for champ, valeur in {
        "objet": "Audit énergétique des collèges",
        "cpv": "71314300",
        "montant_estime_ht": "45 000",
        "lieu": "Privas",
        "contact": "achats@departement07.exemple",
        "date_limite": "2026-03-30T12:00",
    }.items():
        page.fill(f"#{champ}", valeur)
    page.click("text=Enregistrer")
    page.click("text=Vérifier et publier")
    page.click("text=Publier l’avis maintenant")
    expect(page.locator("[role=status] .bandeau")).to_contain_text("est publié")
    assert clock.today().isoformat() == "2026-03-02"
