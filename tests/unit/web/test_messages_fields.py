"""Every message of the validation library is in French; fields are lenient in, exact out."""

import datetime as dt
import inspect
from decimal import Decimal
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields, validate

from shared.kernel.montant import Montant
from shared.web.fields import CpvField, JourField, MontantField, QuantiteField, SiretField
from shared.web.messages import aplatir, en_dictionnaire, traduire


def messages_des_champs() -> list[str]:
    classes = [
        objet
        for _, objet in inspect.getmembers(fields, inspect.isclass)
        if issubclass(objet, fields.Field)
    ]
    bruts = {texte for classe in classes for texte in classe.default_error_messages.values()}
    bruts |= set(ma.Schema._default_error_messages.values())
    remplacements = {"{input}": "abc", "{obj_type}": "date", "{choices}": "a, b", "{type}": "x"}
    remplacements["{awareness}"] = "aware"
    resultat = []
    for brut in bruts:
        texte = brut
        for motif, valeur in remplacements.items():
            texte = texte.replace(motif, valeur)
        resultat.append(texte)
    return sorted(resultat)


@pytest.mark.parametrize("message", messages_des_champs())
def test_every_built_in_message_of_fields_is_translated(message: str) -> None:
    assert traduire(message) != message, message


VALIDATEURS: list[tuple[Any, Any]] = [
    (validate.Length(min=3), "a"),
    (validate.Length(max=1), "abc"),
    (validate.Length(min=2, max=3), "abcde"),
    (validate.Length(equal=2), "abc"),
    (validate.Range(min=1), 0),
    (validate.Range(max=1), 2),
    (validate.Range(min=1, max=2), 3),
    (validate.Range(min=1, min_inclusive=False), 1),
    (validate.Range(max=1, max_inclusive=False), 1),
    (validate.Equal(2), 3),
    (validate.OneOf(["a", "b"]), "c"),
    (validate.NoneOf(["a"]), "a"),
    (validate.ContainsOnly(["a"]), ["b"]),
    (validate.ContainsNoneOf(["a"]), ["a"]),
    (validate.Regexp("^a$"), "b"),
    (validate.Email(), "b"),
    (validate.URL(), "b"),
    (validate.Predicate("isdigit"), "b"),
]


def test_the_list_of_validators_is_complete() -> None:
    connus = {
        nom
        for nom, objet in inspect.getmembers(validate, inspect.isclass)
        if issubclass(objet, validate.Validator) and objet is not validate.Validator
    }
    assert connus - {"And"} == {type(validateur).__name__ for validateur, _ in VALIDATEURS}


@pytest.mark.parametrize(("validateur", "valeur"), VALIDATEURS)
def test_every_validator_message_is_translated(validateur: Any, valeur: Any) -> None:
    with pytest.raises(ma.ValidationError) as refus:
        validateur(valeur)
    message = str(refus.value.messages[0])
    assert traduire(message) != message
    assert traduire(message).endswith(".")


def test_our_own_sentences_pass_unchanged() -> None:
    assert traduire("La clé de ce SIRET est fausse.") == "La clé de ce SIRET est fausse."


def test_nested_messages_are_flattened_one_sentence_per_field() -> None:
    messages = {"lots": {0: {"cpv": ["A", "B"]}}, "_schema": ["C"], "objet": ["D"]}
    assert dict(aplatir(messages)) == {"lots.0.cpv": "A", "": "C", "objet": "D"}
    assert en_dictionnaire([]) == {}


@pytest.mark.parametrize(
    ("texte", "lu"),
    [("90 000,50 €", "90000.50"), ("12.50", "12.50"), (12, "12.00"), ("90\u202f000", "90000.00")],
)
def test_amounts_are_read_leniently(texte: Any, lu: str) -> None:
    assert MontantField().deserialize(texte) == Montant(lu)


@pytest.mark.parametrize("texte", [12.5, True, "douze", "NaN", "Infinity", "-1", None, [], "1e9"])
def test_amounts_that_are_not(texte: Any) -> None:
    with pytest.raises(ma.ValidationError):
        MontantField(required=True).deserialize(texte)


def test_negative_amounts_only_where_asked() -> None:
    assert MontantField(positif=False).deserialize("-12,50") == Montant("-12.50")


@given(st.decimals(min_value=Decimal("0.000001"), max_value=Decimal(10**11), places=6))
def test_quantities_travel_as_exact_texts(quantite: Decimal) -> None:
    champ = QuantiteField()
    ecrit = champ._serialize(quantite)
    assert ecrit is not None
    assert "E" not in ecrit
    assert champ.deserialize(ecrit) == quantite


def test_quantities() -> None:
    champ = QuantiteField()
    assert champ.deserialize("2 400,5") == Decimal("2400.5")
    assert champ._serialize(Decimal("600000.000000")) == "600000"
    assert champ._serialize(Decimal("6E+5")) == "600000"
    assert QuantiteField(zero=True).deserialize("0") == 0
    for refuse in ("0", "-3", "12.1234567", 0.5, "beaucoup", True, "1e3"):
        with pytest.raises(ma.ValidationError):
            champ.deserialize(refuse)


def test_amounts_are_written_as_texts_with_cents() -> None:
    assert MontantField()._serialize(Montant("12.5")) == "12.50"


def test_identifiers_and_days() -> None:
    assert SiretField().deserialize("900 700 014 00013") == "90070001400013"
    assert CpvField().deserialize("30197630-1") == "30197630"
    assert JourField().deserialize("11/12/2026") == dt.date(2026, 12, 11)
    assert JourField().deserialize("2026-12-11") == dt.date(2026, 12, 11)
    cas: list[tuple[fields.Field[Any], Any]] = [
        (SiretField(), "90070001400014"), (SiretField(), 5), (CpvField(), "3019"),
        (JourField(), "31/02/2026"), (JourField(), "2026-13-01"), (JourField(), 20261211),
        (JourField(), "20261211"),
    ]  # fmt: skip
    for champ, faux in cas:
        with pytest.raises(ma.ValidationError):
            champ.deserialize(faux)
