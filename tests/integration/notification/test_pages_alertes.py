"""Pages of the alerts: asked, confirmed by a button, managed, stopped; no account anywhere."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from services.notification.tables import Abonnement, Destinataire, Message, Remise
from tests.integration.notification.monde import Monde

CHAMPS = {"courriel": "p@x.exemple", "cpv": "3019", "mots": "papier", "lieux": "Ardèche"}


@pytest.fixture
def visiteur(client: Callable[..., Any], monde: Monde) -> Any:
    return client("notification")


def jeton(monde: Monde, colonne: Any) -> str:
    with monde.transactions.read() as session:
        return str(session.scalars(select(colonne)).one())


def titre(reponse: Any) -> str:
    trouve = re.search(r"<h1>(.*?)</h1>", reponse.text, re.DOTALL)
    return trouve[1] if trouve else ""


def test_ask_confirm_manage_stop(visiteur: Any, monde: Monde) -> None:
    envoi = visiteur.post("/alertes/nouvelle", data=CHAMPS)
    assert (envoi.status_code, envoi.location) == (303, "/alertes/confirmation")
    assert "Messages" in visiteur.get("/alertes/confirmation").text
    lien = f"/alertes/confirmer/{jeton(monde, Abonnement.jeton_confirmation)}"

    page = visiteur.get(lien)
    assert "3019" in page.text
    assert "Ardèche" in page.text
    assert jeton(monde, Abonnement.etat) == "EN_ATTENTE", "reading the link confirms nothing"

    confirme = visiteur.post(lien)
    assert confirme.location == f"/alertes/gerer/{jeton(monde, Destinataire.jeton)}"
    assert jeton(monde, Abonnement.etat) == "ACTIF"
    assert "p@x.exemple" in visiteur.get(confirme.location).text
    assert "déjà active" in visiteur.get(lien).text

    arret = f"/alertes/stop/{jeton(monde, Abonnement.jeton_arret)}"
    assert titre(visiteur.get(arret)) == "Arrêter cette alerte"
    assert jeton(monde, Abonnement.etat) == "ACTIF"
    assert titre(visiteur.post(arret)) == "Cette alerte est arrêtée"
    assert jeton(monde, Abonnement.etat) == "ARRETE"
    assert "Reprendre" in visiteur.get(confirme.location).text


def test_one_click_needs_no_token_no_cookie_and_is_idempotent(visiteur: Any, monde: Monde) -> None:
    """RFC 8058: the mailbox posts `List-Unsubscribe=One-Click`, alone."""
    id_ = monde.abonner("p@x.exemple", mots=["papier"])
    monde.annoncer()
    with monde.transactions.read() as session:
        requete = select(Remise.jeton_arret).join(Message).where(Message.modele == "avis_publie")
        adresse = f"/alertes/stop/{session.scalars(requete).one()}"
    for _ in range(2):
        reponse = visiteur.post(adresse, data={"List-Unsubscribe": "One-Click"}, sans_jeton=True)
        assert reponse.status_code == 200
        assert monde.alerte(id_).etat == "ARRETE"


def test_confirming_needs_our_own_form(visiteur: Any, monde: Monde) -> None:
    visiteur.post("/alertes/nouvelle", data=CHAMPS)
    lien = f"/alertes/confirmer/{jeton(monde, Abonnement.jeton_confirmation)}"
    assert visiteur.post(lien, sans_jeton=True).status_code == 403
    assert jeton(monde, Abonnement.etat) == "EN_ATTENTE"


def test_faults_are_all_named_and_values_kept(visiteur: Any) -> None:
    faux = {**CHAMPS, "courriel": "pas une adresse", "montant_min": "2 000"}
    page = visiteur.post("/alertes/nouvelle", data=faux)
    assert page.status_code == 422
    assert "<title>Erreur" in page.text
    assert 'value="pas une adresse"' in page.text
    encore = {**CHAMPS, "cpv": "xx", "lieux": "Mordor", "montant_max": "1", "montant_min": "2"}
    page = visiteur.post("/alertes/nouvelle", data=encore)
    for champ in ("cpv", "lieux", "montant_max"):
        assert f'id="e-{champ}"' in page.text
    rien = visiteur.post("/alertes/nouvelle", data={})
    assert "Le formulaire contient 2 erreurs" in rien.text
    assert "Indiquez au moins un code CPV ou un mot-clé." in rien.text
    assert "Indiquez votre adresse électronique." in rien.text


def test_the_answer_is_the_same_for_a_known_address(visiteur: Any, monde: Monde) -> None:
    neuf = visiteur.post("/alertes/nouvelle", data=CHAMPS)
    with monde.transactions.begin() as uow:
        uow.session.execute(
            Abonnement.__table__.update().values(etat="ACTIF", confirme_le=monde.clock.now())
        )
    connu = visiteur.post("/alertes/nouvelle", data=CHAMPS)
    assert (neuf.status_code, neuf.location) == (connu.status_code, connu.location)
    for courriel in ("p@x.exemple", "inconnu@x.exemple"):
        page = visiteur.post("/alertes/retrouver", data={"courriel": courriel})
        assert (page.status_code, page.location) == (303, "/alertes/")


def test_the_quota_is_said_beside_the_address(visiteur: Any) -> None:
    for numero in range(5):
        visiteur.post("/alertes/nouvelle", data={**CHAMPS, "mots": f"mot{numero}"})
    page = visiteur.post("/alertes/nouvelle", data={**CHAMPS, "mots": "encore"})
    assert page.status_code == 422
    assert 'id="e-courriel"' in page.text


def test_a_search_fills_the_form_and_says_how_far_it_reaches(visiteur: Any, monde: Monde) -> None:
    monde.annoncer()
    monde.annoncer(avis_id="0198a3c0-0000-7000-8000-0000000000bb", lieu="26")
    page = visiteur.get("/alertes/nouvelle?q=papier&cpv=30&lieu=07&min=1000&max=90000")
    assert 'value="papier"' in page.text
    assert "1\u00a0avis sur 2" in page.text or "1 avis sur 2" in page.text
    page = visiteur.post("/alertes/nouvelle", data={"mots": "papier", "action": "apercu"})
    assert page.status_code == 200
    assert "2 avis sur 2" in page.text
    assert not visiteur.get("/alertes/nouvelle?cpv=zz").text.count("avis sur")


def test_an_over_broad_alert_is_warned_about(visiteur: Any, monde: Monde) -> None:
    for numero in range(12):
        monde.annoncer(avis_id=f"0198a3c0-0000-7000-8000-0000000001{numero:02d}")
    page = visiteur.post("/alertes/nouvelle", data={"cpv": "30", "action": "apercu"})
    assert "C’est beaucoup" in page.text


def test_stop_all(visiteur: Any, monde: Monde) -> None:
    ids = [monde.abonner("p@x.exemple", mots=[mot]) for mot in ("papier", "encre", "colle")]
    adresse = f"/alertes/gerer/{jeton(monde, Destinataire.jeton)}"
    assert "Arrêter mes 3 alertes" in visiteur.get(adresse).text
    assert visiteur.post(adresse).status_code == 303
    assert {monde.alerte(id_).etat for id_ in ids} == {"ARRETE"}


@pytest.mark.parametrize("page", ["confirmer", "gerer", "stop"])
def test_unknown_links_are_not_found(visiteur: Any, page: str) -> None:
    assert visiteur.get(f"/alertes/{page}/inconnu").status_code == 404
    assert visiteur.post(f"/alertes/{page}/inconnu").status_code == 404


def test_a_late_link_offers_to_ask_again(visiteur: Any, monde: Monde) -> None:
    import datetime as dt

    visiteur.post("/alertes/nouvelle", data=CHAMPS)
    monde.clock.advance(dt.timedelta(hours=48))
    page = visiteur.get(f"/alertes/confirmer/{jeton(monde, Abonnement.jeton_confirmation)}")
    assert page.status_code == 409
    assert "/alertes/nouvelle?cpv=3019" in page.text


def test_the_api_asks_for_an_alert_once_per_key(visiteur: Any, monde: Monde) -> None:
    corps = {"courriel": "p@x.exemple", "cpv": ["3019"], "lieux": ["07"], "montant_max": "90000.00"}
    entetes = {"Idempotency-Key": "une-seule-fois"}
    for _ in range(3):
        reponse = visiteur.post("/notification/api/v1/abonnements", json=corps, headers=entetes)
        assert reponse.status_code == 202
        assert reponse.json["etat"] == "en_attente_de_confirmation"
    assert jeton(monde, Abonnement.etat) == "EN_ATTENTE"


def test_the_api_names_every_fault(visiteur: Any) -> None:
    corps = {"courriel": "non", "inconnu": 1}
    reponse = visiteur.post("/notification/api/v1/abonnements", json=corps)
    assert reponse.status_code == 422
    assert set(reponse.json["erreurs"]) == {"courriel", "inconnu"}
    reponse = visiteur.post(
        "/notification/api/v1/abonnements", json={"courriel": "p@x.fr", "cpv": ["1"]}
    )
    assert reponse.json["type"] == "urn:essaim:probleme:criteres_invalides"
    assert "cpv" in reponse.json["erreurs"]


def test_openapi_is_served(visiteur: Any) -> None:
    document = visiteur.get("/notification/api/v1/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {
        "/notification/api/v1/abonnements",
        "/notification/api/v1/journal",
    }
