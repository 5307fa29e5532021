import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from shared.contracts import asyncapi
from shared.contracts.catalogue import load
from shared.contracts.documentation import ASYNCAPI, CONTRATS, champs, generer, markdown
from shared.messaging import topology

RACINE = Path(__file__).parents[2]
SCHEMA = Path(__file__).parent / "asyncapi-3.0.0.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi.document(load())


def test_documents_in_the_repository_are_up_to_date():
    assert generer(RACINE, verifier=True) == [], "run `essaim contrats`"


def test_checking_names_what_is_stale_and_writes_nothing(tmp_path):
    assert generer(tmp_path, verifier=True) == [CONTRATS, ASYNCAPI]
    assert not (tmp_path / CONTRATS).exists()
    assert generer(tmp_path) == [CONTRATS, ASYNCAPI]
    assert generer(tmp_path, verifier=True) == []
    (tmp_path / CONTRATS).write_text("modifié à la main", encoding="utf-8")
    assert generer(tmp_path, verifier=True) == [CONTRATS]
    assert generer(tmp_path) == [CONTRATS]


def test_every_event_has_its_section_and_its_fields():
    texte = markdown(load())
    for contrat in load():
        section = texte.split(f"### {contrat.type}\n")[1].split("\n### ")[0]
        assert contrat.resume in section
        assert all(f"`{abonne}`" in section for abonne in contrat.listeners)
        assert all(f"| `{nom}` |" in section for nom, *_ in champs(contrat.schema))
        exemple = re.search(r"```json\n(.*?)```", section, re.DOTALL)
        assert json.loads(exemple[1]) == contrat.sample


def test_nested_fields_are_named_by_their_path():
    lance = load().get("groupement.achat.lance.v1")
    decrits = {nom: (type_, exige) for nom, type_, exige, _ in champs(lance.schema)}
    assert decrits["lots"] == ("liste d’objets", True)
    assert decrits["lots[].lignes[].quantite"] == ("quantité", True)
    assert decrits["coordonnateur.siret"] == ("SIRET", True)
    demande = load().get("membre.achat.demande.v1")
    decrits = {nom: (type_, exige) for nom, type_, exige, _ in champs(demande.schema)}
    assert decrits["montant_estime_ht"] == ("montant ou vide", False)


class TestAsyncApi:
    def test_valid_against_the_official_schema(self, document):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        erreurs = list(jsonschema.Draft7Validator(schema).iter_errors(document))
        assert erreurs == []

    def test_the_official_schema_can_refuse(self, document):
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        casse = {**document, "operations": {"x": {"action": "crier"}}}
        assert list(jsonschema.Draft7Validator(schema).iter_errors(casse))

    def test_every_reference_leads_somewhere(self, document):
        for reference in references(document):
            cible = document
            for pas in reference.removeprefix("#/").split("/"):
                cible = cible[pas]
            assert cible

    def test_requests_are_received_and_answered(self, document):
        operation = document["operations"]["recevoir.membre.besoin.declare.v1"]
        assert operation["action"] == "receive"
        reponses = {r["$ref"].rsplit("/", 1)[1] for r in operation["reply"]["messages"]}
        assert reponses == {"membre.besoin.acceptee.v1", "membre.besoin.refusee.v1"}

    def test_facts_are_sent_on_the_exchange_of_their_service(self, document):
        canal = document["channels"]["paiement.facture.payee.v1"]
        assert canal["bindings"]["amqp"]["exchange"]["name"] == topology.exchange_of("paiement")
        assert document["operations"]["emettre.paiement.facture.payee.v1"]["action"] == "send"

    def test_doors_have_the_names_the_broker_knows(self):
        assert (asyncapi.ENTREE, asyncapi.SORTIE) == (topology.INBOUND, topology.OUTBOUND)

    def test_every_event_is_an_operation(self, document):
        types = {nom.split(".", 1)[1] for nom in document["operations"]}
        assert types == {contrat.type for contrat in load()}


def references(noeud: Any) -> list[str]:
    if isinstance(noeud, list):
        return [r for element in noeud for r in references(element)]
    if not isinstance(noeud, dict):
        return []
    ici = [noeud["$ref"]] if "$ref" in noeud else []
    return ici + [r for valeur in noeud.values() for r in references(valeur)]
