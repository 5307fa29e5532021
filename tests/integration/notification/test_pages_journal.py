"""The ops team's pages, and who may open them."""

import datetime as dt
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.notification.usecases.journaliser import journaliser
from shared.contracts import catalogue
from shared.ops import courriels
from tests.integration.notification.monde import Monde
from tests.kit.contexte import client_for

PAGES = ["/journal", "/journal/registre", "/journal/lettres"]


@pytest.fixture
def exploitant(client: Callable[..., Any], monde: Monde) -> Any:
    return client("notification", "exploitation")


def remplir(monde: Monde) -> list[str]:
    """One event of every type that the journal hears; return their ids."""
    types = catalogue.load().subscriptions("notification.on_journal")
    evenements = [monde.evenement(type_) for type_ in types]
    for _ in range(2):
        with monde.transactions.begin() as uow:
            journaliser(uow, evenements)
    return [str(e.id) for e in evenements]


@pytest.mark.parametrize("page", PAGES)
def test_only_ops_may_read_the_journal(client: Callable[..., Any], page: str) -> None:
    assert client("notification").get(page).status_code == 302
    for persona in ("entreprise", "coordonnatrice", "finances", "agent-sdis"):
        assert client("notification", persona).get(page).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_empty_pages_say_why(exploitant: Any, page: str) -> None:
    reponse = exploitant.get(page)
    assert reponse.status_code == 200
    assert 'class="vide"' in reponse.text


def test_every_event_is_kept_once_and_its_addresses_masked(exploitant: Any, monde: Monde) -> None:
    ids = remplir(monde)
    page = exploitant.get("/journal")
    assert f"sur {len(ids)}" in page.text
    for id_ in ids:
        detail = exploitant.get(f"/journal/evenements/{id_}")
        assert detail.status_code == 200
        assert "contact@papeterie.exemple" not in detail.text
        for champ in re.findall(r"courriel\w*&#34;: &#34;([^&]*)", detail.text):
            assert champ == "•••"


def test_filters_and_flow(exploitant: Any, monde: Monde) -> None:
    remplir(monde)
    page = exploitant.get("/journal?type=paiement.facture.payee.v1")
    assert "1 sur 1" in page.text.replace("\n", " ") or ">1 sur 1<" in page.text
    fil = exploitant.get("/journal/fil/flux-de-test")
    assert "4</b>services" in fil.text
    assert exploitant.get("/journal/fil/inconnu").status_code == 404
    assert "Aucun événement" in exploitant.get("/journal?sujet=inconnu").text


def test_delays_are_shown_per_service(exploitant: Any, monde: Monde) -> None:
    remplir(monde)
    page = exploitant.get("/journal").text
    for service in ("groupement", "publication", "paiement", "notification"):
        assert f'<th scope="row">{service}</th>' in page
    assert "2\u00a0s" in page


def test_the_api_reads_the_journal_for_ops_only(
    exploitant: Any, monde: Monde, client: Callable[..., Any]
) -> None:
    remplir(monde)
    adresse = "/notification/api/v1/journal"
    assert client("notification").get(adresse).status_code == 401
    types = catalogue.load().subscriptions("notification.on_journal")
    attendus = sum(type_.startswith("paiement.facture") for type_ in types)
    reponse = exploitant.get(f"{adresse}?type=paiement.facture&par=3").json
    assert (reponse["total"], len(reponse["evenements"])) == (attendus, 3)
    assert reponse["pages"] == math.ceil(attendus / 3)
    payee = exploitant.get(f"{adresse}?type=paiement.facture.payee").json["evenements"][0]
    assert payee["data"]["courriel_fournisseur"] == "•••"


def test_the_ledger_proves_equal_treatment(exploitant: Any, monde: Monde) -> None:
    for numero in range(7):
        monde.abonner(f"{numero}@x.exemple", mots=["papier"])
    monde.annoncer()
    page = exploitant.get("/journal/registre").text
    assert "Nouvel avis" in page
    assert '<td class="num" data-l="En attente">7</td>' in page
    assert "@x.exemple" not in page


def morte(monde: Monde) -> int:
    with monde.transactions.begin() as uow:
        return int(
            uow.session.connection()
            .exec_driver_sql(
                "INSERT INTO lettre_morte (consumer, type, corps, cause, erreur, attempts,"
                " first_seen_at) VALUES ('notification.on_avis', 'x', 'illisible',"
                " 'contrat_non_respecte', 'Contenu illisible', 1, now()) RETURNING id"
            )
            .scalar_one()
        )


def test_a_dead_letter_is_settled_with_a_reason(exploitant: Any, monde: Monde) -> None:
    lettre = morte(monde)
    assert "1</b> lettre morte" in exploitant.get("/journal").text
    sans_motif = exploitant.post(f"/journal/lettres/{lettre}", data={"action": "ecarter"})
    assert sans_motif.status_code == 422
    assert 'id="motif"' in sans_motif.text
    impossible = exploitant.post(
        f"/journal/lettres/{lettre}", data={"action": "rejouer", "motif": "corrigé"}
    )
    assert impossible.status_code == 422
    fait = exploitant.post(
        f"/journal/lettres/{lettre}", data={"action": "ecarter", "motif": "essai raté"}
    )
    assert fait.status_code == 303
    assert "Aucune lettre morte" in exploitant.get("/journal/lettres").text


def test_what_waits_is_shown(exploitant: Any, monde: Monde) -> None:
    with monde.transactions.begin() as uow:
        uow.session.connection().exec_driver_sql(
            "INSERT INTO message_en_attente (consumer, event_id, type, enveloppe, attempts, due_at,"
            " cause, erreur) VALUES ('notification.on_avis', gen_random_uuid(),"
            " 'publication.avis.publie.v1', '{}', 2, now(), 'OperationalError', 'délai dépassé')"
        )
    assert "délai dépassé" in exploitant.get("/journal/lettres").text
    assert "1</b> en attente" in exploitant.get("/journal").text


@pytest.fixture
def boite(client: Callable[..., Any], monde: Monde, tmp_path: Path) -> Any:
    courriels.keep(
        tmp_path,
        b"From: a@x.exemple\r\nTo: b@x.exemple\r\nSubject: Bonjour\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nVoir http://localhost/alertes/gerer/x\r\n"
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        b"<p>Voir</p><script>alert(1)</script>\r\n--b--\r\n",
    )
    return client("notification", DATA_DIR=str(tmp_path))


def test_the_demo_mailbox_shows_what_was_sent(boite: Any) -> None:
    liste = boite.get("/messages")
    assert "Bonjour" in liste.text
    adresse = liste.text.split('href="/messages/')[1].split('"')[0]
    page = boite.get(f"/messages/{adresse}")
    assert '<a href="http://localhost/alertes/gerer/x"' in page.text
    assert "alert(1)" not in page.text
    html = boite.get(f"/messages/{adresse}/html")
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert "script-src" not in html.headers["Content-Security-Policy"]
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert boite.get("/messages/../../etc/passwd").status_code == 404
    assert boite.get("/messages/inconnu").status_code == 404


def test_there_is_no_mailbox_in_production(contexte: Callable[..., Any]) -> None:
    context = contexte("notification")
    reglages = replace(context.settings, env="production")
    production = client_for(replace(context, settings=reglages), None)
    for chemin in ("/messages", "/messages/x", "/messages/x/html"):
        assert production.get(chemin).status_code == 404


def test_old_events_leave_the_recent_window(exploitant: Any, monde: Monde) -> None:
    remplir(monde)
    monde.clock.advance(dt.timedelta(hours=25))
    assert 'data-l="Depuis 24 h">0<' in exploitant.get("/journal").text
