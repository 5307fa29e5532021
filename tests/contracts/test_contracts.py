"""P8: every event has a schema, a sample and consumers; unknown fields are ignored."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from shared.contracts.catalogue import Contract, load
from shared.kernel.errors import ContractError
from shared.kernel.identifiants import cpv_valide, siret_valide
from tests.contracts.compatibilite import ruptures

CATALOGUE = load()
CONTRATS = sorted(CATALOGUE, key=lambda c: c.type)
SERVICES = {"publication", "groupement", "paiement", "notification"}
TOUS = pytest.mark.parametrize("contrat", CONTRATS, ids=lambda c: c.type)


def objets(schema: dict[str, Any], valeur: Any, chemin: tuple = ()) -> Iterator[tuple]:
    """Every object of a sample with its schema and its path."""
    if isinstance(valeur, dict):
        yield chemin, schema
        for nom, sous in valeur.items():
            yield from objets(schema["properties"].get(nom, {}), sous, (*chemin, nom))
    elif isinstance(valeur, list):
        for rang, element in enumerate(valeur):
            yield from objets(schema["items"], element, (*chemin, rang))


def en(donnees: Any, chemin: tuple) -> Any:
    for pas in chemin:
        donnees = donnees[pas]
    return donnees


def copie(contrat: Contract) -> dict[str, Any]:
    return copy.deepcopy(dict(contrat.sample))


@TOUS
def test_P8_sample_respects_its_schema(contrat):
    CATALOGUE.validate(contrat.type, contrat.sample)
    jsonschema.Draft202012Validator.check_schema(contrat.schema)
    jsonschema.validate(
        contrat.sample,
        contrat.schema,
        cls=jsonschema.Draft202012Validator,
        format_checker=jsonschema.FormatChecker(),
    )


@TOUS
def test_P8_unknown_fields_are_accepted_everywhere(contrat):
    donnees = copie(contrat)
    for chemin, _ in list(objets(contrat.schema, contrat.sample)):
        en(donnees, chemin)["champ_de_demain"] = {"quelconque": [1, None]}
    CATALOGUE.validate(contrat.type, donnees)


@TOUS
def test_P8_each_required_field_is_required(contrat):
    for chemin, schema in objets(contrat.schema, contrat.sample):
        for champ in schema["required"]:
            donnees = copie(contrat)
            del en(donnees, chemin)[champ]
            with pytest.raises(ContractError, match=re.escape(contrat.type)):
                CATALOGUE.validate(contrat.type, donnees)


@TOUS
def test_P8_no_number_with_a_point_ever_travels(contrat):
    for chemin, schema in objets(contrat.schema, contrat.sample):
        for champ, attendu in schema["properties"].items():
            assert "number" not in attendu.get("type", ())
            assert not isinstance(en(contrat.sample, chemin).get(champ), float)


@TOUS
def test_P8_wrong_types_are_refused(contrat):
    for chemin, schema in objets(contrat.schema, contrat.sample):
        for champ in schema["required"]:
            donnees = copie(contrat)
            en(donnees, chemin)[champ] = 1.5
            with pytest.raises(ContractError) as refus:
                CATALOGUE.validate(contrat.type, donnees)
            assert refus.value.code == "contrat_non_respecte"
            assert any(nom.endswith(champ) for nom in refus.value.champs)


@TOUS
def test_P8_contract_is_named_and_wired(contrat):
    assert re.fullmatch(r"[a-z]+(\.[a-z_]+){2}\.v[1-9][0-9]*", contrat.type)
    assert contrat.resume.endswith(".")
    assert contrat.subject in contrat.schema["required"]
    attendu = {"fait": contrat.type.split(".")[0], "demande": "membre", "reponse": contrat.emitter}
    assert contrat.emitter == attendu[contrat.sens]
    assert bool(contrat.listeners) is (contrat.sens != "reponse")
    assert len(set(contrat.listeners)) == len(contrat.listeners)
    assert {a.split(".")[0] for a in contrat.listeners} <= SERVICES
    assert all(re.fullmatch(r"[a-z]+\.on_[a-z_]+", a) for a in contrat.listeners)
    if contrat.sens == "fait":
        assert contrat.emitter in SERVICES
        assert "notification.on_journal" in contrat.listeners


@TOUS
def test_P8_sample_holds_valid_identifiers(contrat):
    for chemin, _ in objets(contrat.schema, contrat.sample):
        objet = en(contrat.sample, chemin)
        assert siret_valide(objet.get("siret", "90070001400013"))
        assert cpv_valide(objet.get("cpv", "30197630"))


def test_P8_unknown_type_is_an_error():
    with pytest.raises(ContractError, match="inconnu") as refus:
        CATALOGUE.validate("groupement.rien.du_tout.v1", {})
    assert refus.value.code == "type_inconnu"


def test_every_request_has_its_two_answers():
    demandes = {c.type.split(".")[1] for c in CONTRATS if c.sens == "demande"}
    reponses = {tuple(c.type.split(".")[1:3]) for c in CONTRATS if c.sens == "reponse"}
    assert reponses == {(d, fin) for d in demandes for fin in ("acceptee", "refusee")}


@TOUS
def test_growing_is_compatible(contrat):
    apres = copy.deepcopy(dict(contrat.schema))
    apres["properties"]["champ_de_demain"] = {"type": "string"}
    assert ruptures(contrat.sens, contrat.schema, apres) == []
    assert ruptures(contrat.sens, contrat.schema, contrat.schema) == []


@TOUS
def test_losing_or_changing_any_field_is_a_break(contrat):
    for chemin, schema in objets(contrat.schema, contrat.sample):
        for champ in schema["properties"]:
            sans, autre = (copy.deepcopy(dict(contrat.schema)) for _ in range(2))
            del sous_schema(sans, chemin)["properties"][champ]
            sous_schema(autre, chemin)["properties"][champ]["type"] = "boolean?"
            assert ruptures(contrat.sens, contrat.schema, sans)
            assert ruptures(contrat.sens, contrat.schema, autre)


def sous_schema(schema: dict[str, Any], chemin: tuple) -> dict[str, Any]:
    for pas in chemin:
        schema = schema["items"] if isinstance(pas, int) else schema["properties"][pas]
    return schema


@TOUS
def test_what_is_required_may_loosen_for_writers_and_tighten_for_readers(contrat):
    champ = contrat.schema["required"][0]
    libre = copy.deepcopy(dict(contrat.schema))
    libre["required"].remove(champ)
    relache = ruptures(contrat.sens, contrat.schema, libre)
    resserre = ruptures(contrat.sens, libre, contrat.schema)
    assert (bool(relache), bool(resserre)) == (
        (contrat.sens != "demande"),
        (contrat.sens == "demande"),
    )
