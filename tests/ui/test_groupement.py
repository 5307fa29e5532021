"""Pages of groupement in a real browser: axe, three widths, no sideways scroll, clean console."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from services.groupement.demo import semer
from services.groupement.usecases.enregistrer_reception import (
    NouvelleReception,
    enregistrer_reception,
)
from services.groupement.usecases.noter_paiement import noter_paiement
from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.integration.groupement.monde import MARCHE, Monde
from tests.integration.groupement.test_execution import payee
from tests.kit.browser import controler, servir
from tests.kit.contexte import client_for

pytestmark = [pytest.mark.db, pytest.mark.browser]


@pytest.fixture
def monde(transactions: Callable[[str], Transactions], clock: FrozenClock) -> Monde:
    """The paper of the story delivered in part and paid."""
    monde = Monde(transactions("groupement"), clock)
    monde.commande()
    nouvelle = NouvelleReception(
        monde.ligne_de_marche(), "BL-2026-118", Decimal(60), dt.date(2026, 3, 2)
    )
    monde.faire(enregistrer_reception, nouvelle)
    monde.faire(noter_paiement, payee(MARCHE))
    return monde


@pytest.fixture
def site(monde: Monde, contexte: Callable[..., Any]) -> Iterator[Callable[[str], Any]]:
    """`site("agente-aubenas")`: the address of the group, with that persona's cookie."""
    context = contexte("groupement")
    semer(context)
    application = client_for(context, None).application
    with servir(application) as adresse:

        def en_tant_que(persona: str) -> tuple[str, list[dict[str, str]]]:
            session = application.session_interface.get_signing_serializer(application)
            valeur = session.dumps(demo.PERSONAS[persona].en_session())
            return adresse, [{"name": "essaim_session", "value": valeur, "url": adresse}]

        yield en_tant_que


def adresses(monde: Monde) -> dict[str, str]:
    """Every page of the coordinator, by name, each in the state that shows the most."""
    par_objet = {}
    with monde.transactions.read() as session:
        for id_, objet in session.connection().exec_driver_sql("SELECT id, objet FROM achat"):
            par_objet[objet.rsplit(" ", 1)[0]] = f"/groupement/achats/{id_}"
        quota = session.connection().exec_driver_sql("SELECT id FROM quota LIMIT 1").scalar()
    papier, ouvert = f"/groupement/achats/{monde.achat_id}", par_objet["Suite bureautique"]
    assert quota
    return {
        "a_faire": "/groupement/",
        "achats": "/groupement/achats",
        "achats_vide": "/groupement/achats?etat=SOLDE",
        "nouveau": "/groupement/achats/nouveau",
        "recensement": "/groupement/recensement",
        "convention": "/groupement/convention",
        "convention_nouvelle": "/groupement/convention/nouvelle",
        "adhesion": f"/groupement/convention/{monde.convention_id}/adhesion",
        "achat_en_execution": papier,
        "parts": f"{papier}/parts",
        "reception": f"{papier}/reception",
        "execution": f"{papier}/execution",
        "achat_consolide": par_objet["Électricité des bâtiments"],
        "lancer": par_objet["Électricité des bâtiments"] + "/lancer",
        "rouvrir": par_objet["Électricité des bâtiments"] + "/recensement",
        "consolider": par_objet["Produits d’entretien"] + "/consolider",
        "besoins": f"{ouvert}/besoins",
        "import": f"{ouvert}/besoins/import",
        "clore": f"{ouvert}/clore",
        "abandonner": f"{ouvert}/abandonner",
        "articles": par_objet["Sel de déneigement"] + "/articles?code=SEL",
    }


def test_every_page_is_clean_at_every_width(
    monde: Monde, site: Any, ouvrir_page: Callable[..., Any]
) -> None:
    adresse, cookies = site("coordonnatrice")
    page = ouvrir_page()
    page.context.add_cookies(cookies)
    for nom, chemin in adresses(monde).items():
        reponse = page.goto(adresse + chemin)
        assert reponse.status == 200, chemin
        controler(page, f"groupement-{nom}")


def test_a_refused_form_is_clean_and_its_summary_takes_the_focus(
    monde: Monde, site: Any, ouvrir_page: Callable[..., Any]
) -> None:
    adresse, cookies = site("coordonnatrice")
    page = ouvrir_page()
    page.context.add_cookies(cookies)
    for nom in ("nouveau", "besoins", "reception", "articles"):
        page.goto(adresse + adresses(monde)[nom])
        for champ in page.locator("main input[type=text]:visible").all():
            champ.fill("?")
        page.locator("main form .btn").first.click()
        assert page.title().startswith("Erreur"), nom
        assert page.locator(".resume-err").first.evaluate("e => e === document.activeElement")
        controler(page, f"groupement-{nom}-erreur", sauf="422")


def test_an_agent_declares_then_imports_without_javascript(
    site: Any, ouvrir_page: Callable[..., Any]
) -> None:
    adresse, cookies = site("agente-aubenas")
    page = ouvrir_page(javascript=False)
    page.context.add_cookies(cookies)
    page.goto(f"{adresse}/groupement/")
    page.get_by_role("link", name="Équipements de protection individuelle").click()
    page.get_by_label("Quantité").fill("5 à 7")
    page.get_by_role("button", name="Transmettre mes besoins").click()
    assert page.get_by_text("1 besoin transmis").is_visible()
    assert page.get_by_label("Quantité").input_value() == "5 à 7"
    page.get_by_role("link", name="Importer un fichier").click()
    fichier = {
        "name": "besoins.csv",
        "mimeType": "text/csv",
        "buffer": "Article;Quantité\nGANTS;8\n".encode("latin-1"),
    }
    page.get_by_label("Fichier de besoins").set_input_files(fichier)
    page.get_by_role("button", name="Voir l’aperçu").click()
    page.get_by_role("button", name="Importer 1 ligne").click()
    assert page.get_by_text("1 besoin importé").is_visible()


def test_the_menu_is_reached_by_the_keyboard_alone(
    site: Any, ouvrir_page: Callable[..., Any]
) -> None:
    adresse, cookies = site("agente-aubenas")
    page = ouvrir_page()
    page.context.add_cookies(cookies)
    page.goto(f"{adresse}/groupement/")
    for _ in range(30):
        page.keyboard.press("Tab")
        actif = page.evaluate("document.activeElement.textContent")
        if "Équipements de protection" in actif:
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/besoins")
    assert page.get_by_role("heading", name="Déclarer mes besoins").is_visible()
