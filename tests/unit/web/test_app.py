"""What every answer carries, whatever the service."""

import gzip
import hashlib
import logging
import re
import tomllib
from typing import Any

import pytest
from flask import Flask

from shared.kernel.errors import ValidationError
from shared.web import navigation
from shared.web.access import ANONYME
from shared.web.composite import Composite
from shared.web.pagination import decouper
from shared.web.statique import DOSSIER
from shared.web.trace import traceparent_suivant
from tests.kit.vitrine import application
from tests.kit.web import ClientWeb
from tests.unit.web.conftest import client_de


def test_security_headers_are_on_every_answer(client: ClientWeb) -> None:
    for chemin in ("/", "/nulle-part", "/static/kit/app.css", "/livez", "/panne/bogue"):
        entetes = client.get(chemin).headers
        csp = entetes["Content-Security-Policy"]
        assert csp.startswith("default-src 'self'")
        assert "unsafe" not in csp
        assert "frame-ancestors 'none'" in csp
        assert entetes["X-Content-Type-Options"] == "nosniff"
        assert entetes["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in entetes


def test_over_https_the_cookie_is_secure_and_the_browser_is_told() -> None:
    client = client_de(application(PUBLIC_URL="https://achats.exemple"))
    reponse = client.get("/connexion")
    assert reponse.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Secure; HttpOnly" in reponse.headers["Set-Cookie"]
    assert "SameSite=Lax" in reponse.headers["Set-Cookie"]


def test_a_session_page_is_never_kept(client: ClientWeb) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-cache, private"
    assert client.entrer("finances").get("/").headers["Cache-Control"] == "no-store"


def test_an_anonymous_page_sets_no_cookie(client: ClientWeb) -> None:
    assert "Set-Cookie" not in client.get("/").headers


def test_pages_are_compressed(client: ClientWeb) -> None:
    reponse = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert reponse.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in reponse.headers["Vary"]
    assert gzip.decompress(reponse.data).decode() == client.get("/").text
    assert len(reponse.data) < 6_000


def test_static_files_are_named_by_content_and_kept_a_year(client: ClientWeb) -> None:
    adresses = re.findall(r'"(/static/kit/[^"]+)"', client.get("/").text)
    assert len(adresses) == 7
    for adresse in adresses:
        reponse = client.get(adresse)
        assert reponse.status_code == 200, adresse
        assert reponse.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        etag = {"If-None-Match": reponse.headers["ETag"]}
        assert client.get(adresse, headers=etag).status_code == 304
        compresse = client.get(adresse, headers={"Accept-Encoding": "gzip"})
        assert gzip.decompress(compresse.data) == reponse.data
    ancienne = client.get("/static/kit/app.css?v=ancienne")
    assert ancienne.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("nom", ["absent.css", "../app.py", "manifest.toml", "%2e%2e/app.py"])
def test_nothing_else_is_served(client: ClientWeb, nom: str) -> None:
    assert client.get(f"/static/kit/{nom}").status_code == 404


def test_vendored_files_are_those_of_the_manifest() -> None:
    manifeste = tomllib.loads((DOSSIER / "manifest.toml").read_text(encoding="utf-8"))
    vendus = {f.name for f in DOSSIER.iterdir() if f.name.startswith("htmx")}
    assert vendus == manifeste.keys()
    for nom, fiche in manifeste.items():
        empreinte = hashlib.sha256((DOSSIER / nom).read_bytes()).hexdigest()
        assert empreinte == fiche["sha256"]
        assert {"source", "version", "licence"} <= fiche.keys()


def test_the_page_weighs_less_than_budgeted(client: ClientWeb) -> None:
    entetes = {"Accept-Encoding": "gzip"}
    page = client.get("/", headers=entetes)
    adresses = re.findall(r'"(/static/kit/[^"]+)"', client.get("/").text)
    poids = len(page.data) + sum(len(client.get(a, headers=entetes).data) for a in adresses)
    assert poids < 30_000
    assert len(adresses) + 1 <= 8


def test_the_accent_of_the_instance_reaches_its_sheet() -> None:
    client = client_de(application(ACCENT="#7A1F5C"))
    assert "--accent:#7a1f5c;" in client.get("/static/kit/theme.css").text


def test_an_unreadable_accent_stops_the_start() -> None:
    with pytest.raises(ValidationError, match=r"ACCENT = #ffcc00 : contraste de \d\.\d\d"):
        application(ACCENT="#ffcc00")


def test_the_request_id_is_kept_or_made(client: ClientWeb) -> None:
    assert client.get("/", headers={"X-Request-Id": "abcd-1234"}).headers["X-Request-Id"] == (
        "abcd-1234"
    )
    fait = client.get("/", headers={"X-Request-Id": "<script>"}).headers["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f-]{36}", fait)


def test_the_trace_goes_on_with_a_span_of_ours() -> None:
    recu = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    suivant = traceparent_suivant(recu)
    assert suivant.split("-")[1] == recu.split("-")[1]
    assert suivant.split("-")[2] != recu.split("-")[2]
    assert suivant.endswith("-00")
    for faux in (None, "", "00-0-0-0", f"00-{'0' * 32}-00f067aa0ba902b7-01", f"{recu}-x"):
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", traceparent_suivant(faux))


def test_the_access_line_names_the_route_never_the_address(
    client: ClientWeb, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "essaim.acces"):
        client.get("/panne/absent?courriel=secret@exemple.fr")
        client.get("/static/kit/app.css")
    (ligne,) = caplog.records
    assert ligne.getMessage() == "GET /panne/<genre> 404"
    champs: dict[str, Any] = vars(ligne)
    assert champs["status"] == 404
    assert champs["duration_ms"] >= 0
    assert "secret" not in str(champs)


def test_requests_are_counted_by_route(client: ClientWeb) -> None:
    ligne = 'http_requests_total{code="404",method="GET",route="/panne/<genre>",service="vitrine"}'

    def compte() -> float:
        texte = client.get("/metrics").text
        return float((re.search(re.escape(ligne) + r" (\S+)", texte) or ["", "0"])[1])

    avant = compte()
    client.get("/panne/absent")
    assert compte() == avant + 1


def test_probes_need_no_session(client: ClientWeb) -> None:
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 503  # this database does not exist


def test_the_menu_shows_what_the_role_may_open(client: ClientWeb) -> None:
    assert ">Journal<" not in client.get("/").text
    assert ">Factures<" in client.entrer("finances").get("/").text
    assert ">Journal<" in client.entrer("exploitation").get("/").text
    publiques = navigation.entrees_visibles(ANONYME)
    assert [entree.url for entree in publiques] == ["/avis", "/programmation", "/alertes/"]


def test_the_current_entry_is_the_deepest() -> None:
    for chemin, url in (
        ("/avis", "/avis"), ("/avis/12", "/avis"), ("/groupement/achats/1", "/groupement/"),
        ("/paiement/avances/3", "/paiement/avances"),
    ):  # fmt: skip
        entree = navigation.entree_courante(chemin)
        assert entree is not None
        assert entree.url == url
    assert navigation.entree_courante("/avisage") is None
    assert navigation.entree_courante("/") is None


def wsgi(nom: str) -> Any:
    app = Flask(nom)
    app.add_url_rule("/<path:chemin>", "tout", lambda chemin: f"{nom}:/{chemin}")
    return app


def test_composite_chooses_by_whole_segments_and_leaves_paths_alone() -> None:
    composite = Composite(
        wsgi("pub"),
        {"/groupement": wsgi("grp"), "/groupement/api": wsgi("api"), "/alertes": wsgi("notif")},
    )
    from werkzeug.test import Client

    client = Client(composite)
    for chemin, attendu in (
        ("/avis", "pub"), ("/groupement", "grp"), ("/groupement/achats", "grp"),
        ("/groupements", "pub"), ("/groupement/api/v1", "api"), ("/alertes/", "notif"),
    ):  # fmt: skip
        assert client.get(chemin).text == f"{attendu}:{chemin}"


@pytest.mark.parametrize(
    ("total", "page", "premier", "dernier", "numeros"),
    [
        (0, 1, 0, 0, [1]), (5, 9, 1, 5, [1]), (45, 2, 21, 40, [1, 2, 3]),
        (200, 5, 81, 100, [1, None, 4, 5, 6, None, 10]), (200, -3, 1, 20, [1, 2, None, 10]),
    ],
)  # fmt: skip
def test_pages_say_which_of_how_many(
    total: int, page: int, premier: int, dernier: int, numeros: list[int | None]
) -> None:
    decoupe = decouper(range(total), page)
    assert (decoupe.premier, decoupe.dernier, decoupe.total) == (premier, dernier, total)
    assert decoupe.numeros() == numeros


def test_page_links_keep_the_filters(client: ClientWeb) -> None:
    texte = client.get("/avis?q=a%26b&nature=Travaux&nature=Services&page=2").text
    assert "5 à 8 sur 120" in texte
    assert 'href="/avis?q=a%26b&amp;nature=Travaux&amp;nature=Services&amp;page=3"' in texte
    assert 'href="/avis?nature=Travaux&amp;nature=Services"' in texte  # the criterion taken off
    assert "Aucun avis ne correspond" in client.get("/avis?q=rien").text


def test_a_fragment_is_the_part_of_the_page(client: ClientWeb) -> None:
    fragment = client.get("/avis", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert fragment.strip() in client.get("/avis").text
    assert "HX-Request" in client.get("/avis").headers["Vary"]
