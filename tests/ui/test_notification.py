"""Pages of notification in a real browser: axe, 320 px, keyboardless console, no JavaScript."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.notification.jobs import expedition
from services.notification.tables import Abonnement, Destinataire
from services.notification.usecases.journaliser import journaliser
from shared.contracts import catalogue
from shared.ops import courriels
from tests.integration.notification.monde import AVIS, Monde
from tests.integration.notification.poste import port_libre
from tests.kit.browser import capturer, controler, sans_defilement_horizontal, servir
from tests.kit.contexte import client_for


@pytest.fixture
def monde(transactions: Callable[..., Any]) -> Monde:
    """Alerts, notices told and rectified, a journal of every type, a dead letter."""
    m = Monde(transactions("notification"))
    m.abonner("contact@papeterie-coiron.exemple", cpv=["3019"], lieux=["07"])
    m.abonner("contact@papeterie-coiron.exemple", mots=["papier", "enveloppe"])
    m.abonner("contact@papeterie-coiron.exemple", confirmer=False, mots=["encre"])
    return m


@pytest.fixture
def site(monde: Monde, contexte: Callable[..., Any], tmp_path: Path) -> Iterator[Any]:
    port = port_libre()
    context = contexte("notification", DATA_DIR=str(tmp_path), SMTP_URL=f"smtp://127.0.0.1:{port}")
    with courriels.sink(tmp_path, port):
        monde.annoncer()
        expedition(context).remettre()
        monde.annoncer("rectifie", version=2)
        expedition(context).remettre()
    _journal(monde)
    application = client_for(context, None).application
    with servir(application) as adresse:
        yield context, application, adresse


def _journal(monde: Monde) -> None:
    types = catalogue.load().subscriptions("notification.on_journal")
    with monde.transactions.begin() as uow:
        journaliser(uow, [monde.evenement(type_) for type_ in types])
        uow.session.connection().exec_driver_sql(
            "INSERT INTO lettre_morte (consumer, type, corps, cause, erreur, attempts,"
            " first_seen_at) VALUES ('notification.on_avis', 'publication.avis.publie.v1', 'x',"
            " 'contrat_non_respecte', 'Contenu illisible : objet', 1, now())"
        )


def _jeton(monde: Monde, colonne: Any, etat: str = "ACTIF") -> str:
    with monde.transactions.read() as session:
        requete = select(colonne).select_from(Abonnement).join(Destinataire)
        return str(session.scalars(requete.where(Abonnement.etat == etat)).first())


def _publiques(monde: Monde, dossier: Path) -> dict[str, str]:
    dernier = courriels.liste(dossier)[0].nom
    attente = _jeton(monde, Abonnement.jeton_confirmation, "EN_ATTENTE")
    return {
        "accueil": "/alertes/",
        "nouvelle": "/alertes/nouvelle?mots=papier&cpv=30&lieux=07&montant_max=90000",
        "demandee": "/alertes/confirmation",
        "confirmer": f"/alertes/confirmer/{attente}",
        "gerer": f"/alertes/gerer/{_jeton(monde, Destinataire.jeton)}",
        "stop": f"/alertes/stop/{_jeton(monde, Abonnement.jeton_arret)}",
        "messages": "/messages",
        "message": f"/messages/{dernier}",
    }


JOURNAL = {
    "journal": "/journal",
    "fil": "/journal/fil/flux-de-test",
    "registre": "/journal/registre",
    "lettres": "/journal/lettres",
}


@pytest.mark.browser
def test_public_pages_are_accessible(site: Any, monde: Monde, ouvrir_page: Any) -> None:
    context, _, adresse = site
    page = ouvrir_page()
    for nom, chemin in _publiques(monde, context.settings.data_dir).items():
        page.goto(adresse + chemin)
        controler(page, f"notification-{nom}")


@pytest.mark.browser
def test_ops_pages_are_accessible(site: Any, ouvrir_page: Any) -> None:
    _, application, adresse = site
    client = application.test_client().entrer("exploitation")
    cookie = client.get_cookie("essaim_session")
    page = ouvrir_page()
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": adresse}])
    for nom, chemin in JOURNAL.items():
        page.goto(adresse + chemin)
        controler(page, f"notification-{nom}")
    page.goto(f"{adresse}/journal?type=publication.avis.publie.v1")
    with page.expect_navigation():
        page.locator("tbody th a").last.click()
    controler(page, "notification-evenement")


@pytest.mark.browser
@pytest.mark.parametrize("javascript", [True, False])
def test_a_supplier_asks_for_an_alert_with_the_keyboard_or_without_script(
    site: Any, ouvrir_page: Any, javascript: bool
) -> None:
    _, _, adresse = site
    page = ouvrir_page(largeur=390, javascript=javascript)
    page.goto(f"{adresse}/alertes/nouvelle")
    page.get_by_role("button", name="Créer l’alerte").press("Enter")
    assert page.title().startswith("Erreur")
    if javascript:
        assert page.evaluate("document.activeElement.className") == "resume-err"
        controler(page, "notification-nouvelle-erreur", sauf="422")
    page.get_by_label("Mots-clés").fill("espaces verts")
    page.get_by_label("Votre adresse électronique").fill("jardin@x.exemple")
    page.get_by_role("button", name="Voir combien d’avis").press("Enter")
    assert "0 avis sur 1" in page.locator(".bandeau").inner_text()
    assert page.get_by_label("Votre adresse électronique").input_value() == "jardin@x.exemple"
    page.get_by_role("button", name="Créer l’alerte").press("Enter")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Plus qu’un geste")


@pytest.mark.browser
@pytest.mark.parametrize("largeur", [1280, 390])
def test_a_mail_is_readable(site: Any, ouvrir_page: Any, largeur: int) -> None:
    context, _, adresse = site
    page = ouvrir_page(largeur=largeur)
    for recu in courriels.liste(context.settings.data_dir):
        page.goto(f"{adresse}/messages/{recu.nom}/html")
        sans_defilement_horizontal(page)
        assert page.locator("h1").count() == 1
        capturer(page, f"notification-courriel-{recu.nom[-8:-4]}-{largeur}")
    assert AVIS in page.content() or page.locator("a").count()
