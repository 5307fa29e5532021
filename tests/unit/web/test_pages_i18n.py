"""Pages that the law asks for; French everywhere, English only where it is whole."""

import itertools
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Blueprint, render_template_string

from shared.kernel.errors import ValidationError
from shared.web import i18n
from shared.web.access import public
from shared.web.app import create_app
from tests.kit.vitrine import application, contexte
from tests.kit.web import ClientWeb
from tests.unit.web.conftest import client_de

KIT = Path(i18n.__file__).parent
PAGES = (
    "/",
    "/avis",
    "/connexion",
    "/accessibilite",
    "/mentions",
    "/donnees-personnelles",
    "/plan",
)


def test_the_accessibility_statement_claims_nothing_without_an_audit(client: ClientWeb) -> None:
    page = client.get("/accessibilite").text
    assert "<strong>non conforme</strong>" in page
    assert "Défenseur des droits" in page
    assert "achats@departement07.exemple" in page
    assert "Accessibilité\u00a0: non conforme" in client.get("/").text


def test_an_audited_instance_says_so() -> None:
    client = client_de(
        application(ACCESSIBILITE="partiellement conforme", ACCESSIBILITE_AUDIT="2026-01-15")
    )
    page = client.get("/accessibilite").text
    assert "<strong>partiellement conforme</strong>" in page
    assert "15 janvier 2026" in page


def test_a_claim_without_its_audit_stops_the_start() -> None:
    with pytest.raises(ValidationError, match="ACCESSIBILITE_AUDIT"):
        application(ACCESSIBILITE="totalement conforme")


def test_the_site_map_names_every_entry(client: ClientWeb) -> None:
    page = client.get("/plan").text
    for adresse in ("/avis", "/programmation", "/groupement/", "/journal", "/mentions"):
        assert f'href="{adresse}"' in page


@pytest.mark.parametrize("chemin", PAGES)
def test_french_typography(client: ClientWeb, chemin: str) -> None:
    texte = re.sub(r"<(script|style|code)\b.*?</\1>", "", client.get(chemin).text, flags=re.DOTALL)
    visible = re.sub(r"<[^>]+>", "\n", texte.partition("<body>")[2])
    fautes = re.findall(r".{0,20}(?: [;:!?»]|« |[a-zé][;!?»]).{0,20}", visible)
    assert not fautes


@pytest.mark.parametrize("chemin", PAGES)
def test_headings_do_not_skip_a_level(client: ClientWeb, chemin: str) -> None:
    niveaux = [int(n) for n in re.findall(r"<h([1-6])", client.get(chemin).text)]
    assert niveaux[0] == 1
    assert niveaux.count(1) == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(niveaux))


def test_a_service_without_catalogue_stays_in_french(client: ClientWeb) -> None:
    page = client.get("/?langue=en")
    assert '<html lang="fr">' in page.text
    assert "Set-Cookie" not in page.headers
    assert "English" not in page.text


def anglais(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClientWeb:
    dossier = tmp_path / "service_anglais" / "locale" / "en" / "LC_MESSAGES"
    dossier.mkdir(parents=True)
    (tmp_path / "service_anglais" / "__init__.py").touch()
    po = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
    (dossier / "messages.po").write_text(po + 'msgid "Bonjour"\nmsgstr "Hello"\n')
    monkeypatch.syspath_prepend(tmp_path)
    pages = Blueprint("essai", __name__)

    @pages.get("/")
    @public
    def accueil() -> str:
        gabarit = (
            '{% extends "kit/base.html" %}{% block titre %}{{ _("Bonjour") }}{% endblock %}'
            "{% block c %}<h1>{{ _('Bonjour') }}</h1>{{ 1234.5|string|eur }}{% endblock %}"
        )
        return render_template_string(gabarit)

    return client_de(create_app(contexte(), pages=[pages], api=[], package="service_anglais"))


def test_a_service_with_its_catalogue_speaks_english_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = anglais(tmp_path, monkeypatch)
    page = client.get("/?langue=en").text
    assert '<html lang="en">' in page
    assert "<h1>Hello</h1>€1,234.50" in page
    assert "Skip to content" in page
    assert "Aller au contenu" not in page
    assert '<html lang="en">' in client.get("/").text  # remembered
    assert '<html lang="fr">' in client.get("/?langue=fr").text
    assert '<html lang="fr">' in client.get("/?langue=xx").text


def test_every_sentence_of_the_kit_is_in_the_english_catalogue() -> None:
    """Layout and macros: what every page of a translated service shows."""
    extraits = extract_from_dir(
        KIT / "templates" / "kit",
        method_map=[("**.html", "jinja2")],
        options_map={"**.html": {"newstyle_gettext": "true"}},
    )
    attendus: set[str] = set()
    for _, _, message, _, _ in extraits:
        attendus.update([message] if isinstance(message, str) else message)
    with (KIT / "locale" / "en" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        catalogue = read_po(source, locale="en")
    traduits: set[str] = set()
    for message in catalogue:
        if message.id and message.string and not message.fuzzy:
            traduits.update([message.id] if isinstance(message.id, str) else message.id)
    assert len(attendus) > 20
    assert attendus <= traduits, attendus - traduits
