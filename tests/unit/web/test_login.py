"""Personas only where they belong; claims of a provider reduced to what a session may hold."""

from typing import Any

import pytest

from shared.ops.demo import PERSONAS
from shared.web.login import adresse_sure, droits_declares, identite_de
from shared.web.oidc import ConnexionRefusee
from tests.kit.vitrine import application, contexte
from tests.kit.web import ClientWeb
from tests.unit.web.conftest import client_de

PRODUCTION = {
    "ENV": "production", "SECRET_KEY": "x" * 40, "INSTANCE_SIRET": "90070001400013",
    "INSTANCE_NOM": "Département", "PUBLIC_URL": "https://achats.exemple",
    "SMTP_URL": "smtp://courriel.exemple", "CONTACT": "achats@exemple.fr",
}  # fmt: skip


def test_the_demonstration_offers_its_personas(client: ClientWeb) -> None:
    page = client.get("/connexion").text
    for persona in PERSONAS.values():
        assert f'value="{persona.id}"' in page


def test_somebody_enters_and_leaves(client: ClientWeb) -> None:
    entree = client.post("/connexion", data={"persona": "finances"})
    assert (entree.status_code, entree.location) == (303, "/paiement/factures")
    with client.session_transaction() as session:
        assert session.keys() - {"_permanent", "csrf"} == {
            "id", "nom", "siret", "organisation", "roles",
        }  # fmt: skip
    assert "Se déconnecter" in client.get("/").text
    sortie = client.post("/deconnexion")
    assert (sortie.status_code, sortie.location) == (303, "/")
    page = client.get("/").text
    assert "Vous êtes déconnecté." in page
    assert "Se connecter" in page


def test_entering_drops_the_session_of_before(client: ClientWeb) -> None:
    ancien = client.jeton()
    client.post("/connexion", data={"_csrf": ancien, "persona": "finances"})
    refus = client.post("/deconnexion", data={"_csrf": ancien})
    assert refus.status_code == 403


def test_one_goes_back_where_one_was_going(client: ClientWeb) -> None:
    entree = client.post("/connexion", data={"persona": "finances", "suite": "/avis?q=a"})
    assert entree.location == "/avis?q=a"


@pytest.mark.parametrize(
    "suite",
    ["https://ailleurs.exemple", "//ailleurs.exemple", "/\\ailleurs.exemple", "javascript:x", "a",
     "", "\\\\ailleurs", "http:ailleurs"],
)  # fmt: skip
def test_nobody_is_sent_elsewhere(suite: str) -> None:
    assert adresse_sure(suite) == ""


def test_an_unknown_persona_is_not_found(client: ClientWeb) -> None:
    assert client.post("/connexion", data={"persona": "prefet"}).status_code == 404


@pytest.mark.parametrize(
    "environ", [PRODUCTION, {"OIDC_ISSUER": "https://id.exemple", "OIDC_CLIENT_ID": "essaim"}]
)
def test_personas_vanish_in_production_and_beside_a_provider(environ: dict[str, str]) -> None:
    client = client_de(application(**environ))
    base = {"base_url": environ.get("PUBLIC_URL", "http://localhost")}
    page = client.get("/connexion", **base).text
    assert "persona" not in page
    assert ("n’est pas encore configurée" in page) == ("OIDC_ISSUER" not in environ)
    donnees = {"persona": "coordonnatrice", "_csrf": _jeton(page)} if "_csrf" in page else {}
    refus = client.post("/connexion", data=donnees, **base)
    assert refus.status_code in (403, 404)


def _jeton(page: str) -> str:
    return page.partition('name="_csrf" value="')[2].partition('"')[0]


def test_starting_oidc_without_a_provider_is_not_found(client: ClientWeb) -> None:
    assert client.get("/connexion/oidc").status_code == 404
    assert client.get("/connexion/retour?code=x&state=y").status_code == 403


def identite(**revendications: Any) -> dict[str, Any]:
    reglages = contexte().settings
    droits = droits_declares(reglages.instance_siret)
    return identite_de({"sub": "abc", **revendications}, reglages, droits)


def test_claims_become_an_identity_without_name_or_mail() -> None:
    lue = identite(
        siret="900 700 022 00016", given_name="Camille", usual_name="Exemple",
        email="camille@exemple.fr", roles=["agent", "porteur", "api", "inconnu"],
    )  # fmt: skip
    assert lue["siret"] == "90070002200016"
    assert set(lue["roles"]) == {"agent", "porteur"}
    assert "Camille" not in str(lue)
    assert "exemple.fr" not in str(lue)


def test_without_stated_roles_one_gets_the_least() -> None:
    assert identite(siret="90070001400013")["roles"] == {"agent"}
    assert identite(siret="91070001200016")["roles"] == {"entreprise"}
    assert identite(siret="91070001200016", roles="coordonnateur")["roles"] == {"entreprise"}


@pytest.mark.parametrize("siret", [None, "", "90070001400014", "123"])
def test_without_a_valid_siret_nobody_enters(siret: str | None) -> None:
    with pytest.raises(ConnexionRefusee, match="SIRET"):
        identite(siret=siret)
