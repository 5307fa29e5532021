"""A JSON body is read strictly: each abuse has its own refusal, in problem+json."""

import json
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask, request
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import UnprocessableEntity

from shared.web.stricte import CORPS_MAX, AnalyseurStrict
from tests.kit.web import ClientWeb
from tests.unit.web.test_problems import API, JETON

JSON = "application/json"
BON = {"montant": "12.50", "quantite": "3", "siret": "73282932000074"}


def envoyer(client: ClientWeb, corps: bytes | str, type_: str = JSON, **options: Any) -> Any:
    reponse = client.post(
        f"{API}/commandes", data=corps, content_type=type_, headers=JETON, **options
    )
    assert reponse.mimetype == "application/problem+json"
    return reponse


@pytest.mark.parametrize(
    ("corps", "champ", "dit"),
    [
        ('{"montant": "1.00", "montant": "9.00"}', "montant", "figure deux fois"),
        ('{"quantite": NaN}', "quantite", "nombre fini"),
        ('{"quantite": -Infinity}', "quantite", "nombre fini"),
        ('{"quantite": 1e999}', "quantite", "nombre fini"),
        ('{"lignes": [[1, [NaN]]]}', "lignes", "nombre fini"),
        ('{"quantite": ' + "9" * 5000 + "}", "quantite", "plus de 30 chiffres"),
        ('{"siret": "\\u0000"}', "siret", "ne peut pas s’écrire"),
        ('{"siret": "\\ud800"}', "siret", "ne peut pas s’écrire"),
        ('{"\\ud800": "1"}', "corps", "ne peut pas s’écrire"),
        ("[NaN]", "corps", "nombre fini"),
    ],
)
def test_ce_qui_est_ambigu_ou_illisible_est_refuse_par_son_nom(
    client: ClientWeb, corps: str, champ: str, dit: str
) -> None:
    reponse = envoyer(client, corps)
    assert reponse.status_code == 422
    assert dit in reponse.json["erreurs"][champ]


@pytest.mark.parametrize("corps", ["{", "[" * 100_000, b"\xff\xfe{", "NaN}"])
def test_ce_qui_n_est_pas_du_json_est_dit(client: ClientWeb, corps: bytes | str) -> None:
    assert envoyer(client, corps).status_code == 400


@pytest.mark.parametrize("type_", ["text/plain", "application/x-www-form-urlencoded", "text/xml"])
def test_un_autre_type_de_contenu_est_refuse(client: ClientWeb, type_: str) -> None:
    reponse = envoyer(client, json.dumps(BON), type_)
    assert reponse.status_code == 415
    assert reponse.json["type"] == "urn:essaim:probleme:type_non_accepte"


def test_sans_corps_ni_type_les_champs_manquent(client: ClientWeb) -> None:
    reponse = client.post(f"{API}/commandes", headers=JETON)
    assert reponse.status_code == 422
    assert reponse.json is not None
    assert reponse.json["erreurs"]["montant"] == "Ce champ est obligatoire."


def test_un_corps_trop_gros_est_refuse_sans_etre_lu(client: ClientWeb) -> None:
    reponse = envoyer(client, b" " * (CORPS_MAX + 1))
    assert reponse.status_code == 413
    assert reponse.json["detail"] == "L’envoi dépasse la taille permise."


def test_une_question_que_la_base_ne_peut_pas_lire_est_refusee(app: Flask) -> None:
    champs = {"q": ma.fields.String()}
    with app.test_request_context("/?q=papier"):
        assert AnalyseurStrict().parse(champs, request, location="query") == {"q": "papier"}
    with app.test_request_context("/?q=a%00b"), pytest.raises(UnprocessableEntity) as refus:
        AnalyseurStrict().parse(champs, request, location="query")
    (messages,) = refus.value.data["messages"].values()
    assert "ne peut pas s’écrire" in messages["q"][0]


SAINS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda sous: (
        st.lists(sous)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), sous
        )
    ),
    max_leaves=20,
)


@given(SAINS)
def test_un_corps_sain_se_lit_comme_partout(corps: Any) -> None:
    assert AnalyseurStrict().charger(json.dumps(corps).encode()) == corps
