"""M5, M6: the sealed document of a history, its merge, and requests read from a member."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.historique import (
    LISTES,
    empreinte,
    exiger_intact,
    feuilles,
    fusionner,
    sans_autrui,
)
from services.groupement.domain.suivi import Reponse
from services.groupement.schemas import participation_demande
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

SIRET = "90070002200016"
VIDE: dict[str, Any] = {
    "organisation": {"siret": SIRET, "nom": "SDIS 07"},
    **{nom: [] for nom in LISTES},
    "complements": {},
}
ELEMENTS = st.dictionaries(st.text("abc", min_size=1, max_size=2), st.integers(0, 9), max_size=6)


def contenu(previsions: dict[str, int]) -> dict[str, Any]:
    siennes = [{"id": cle, "valeur": valeur} for cle, valeur in previsions.items()]
    return {**VIDE, "previsions": siennes, "complements": {"relance": siennes}}


@given(ELEMENTS, ELEMENTS)
def test_M5_merging_loses_nothing_doubles_nothing_and_the_first_wins(
    un: dict[str, int], autre: dict[str, int]
) -> None:
    fusion = fusionner([contenu(un), contenu(autre)])
    assert {p["id"]: p["valeur"] for p in fusion["previsions"]} == {**autre, **un}
    assert fusionner([fusion, contenu(un), fusion]) == fusion


@given(ELEMENTS)
def test_M5_a_merged_history_merges_into_itself_with_the_same_seal(un: dict[str, int]) -> None:
    une_fois = fusionner([contenu(un)])
    assert empreinte(fusionner([une_fois])) == empreinte(une_fois)


def test_M5_the_seal_ignores_the_order_of_keys_and_sees_any_value() -> None:
    assert empreinte({"a": 1, "b": "é"}) == empreinte({"b": "é", "a": 1})
    assert empreinte({"a": 1}) != empreinte({"a": 2})
    document = {"contenu": VIDE, "empreinte": empreinte(VIDE), "membre": {"siret": SIRET}}
    exiger_intact(document)
    touche = copy.deepcopy(document)
    touche["contenu"]["organisation"]["nom"] = "autre"
    with pytest.raises(ValidationError):
        exiger_intact(touche)
    with pytest.raises(ConflictError):
        exiger_intact({**document, "membre": {"siret": "90070003000019"}})


def test_M6_what_names_another_member_is_left_out() -> None:
    lignes = [{"id": "1", "de": "111"}, {"id": "2", "vers": ["222"]}]
    assert sans_autrui(lignes, ["222"]) == lignes[:1]


def test_M6_sheets_keep_every_row_with_what_it_belongs_to() -> None:
    besoin = {"article": "A4", "quantite": "5", "increments": [{"version": 1}, {"version": 2}]}
    commande = {"reference": "CMD-1", "receptions": [{"part": "2", "reference": "x"}]}
    achat = {
        "reference": "ACH-1", "besoins": [besoin], "participations": [], "compositions": [],
        "paiements": [], "quotas": [{"reference": "M-1", "commandes": [commande]}],
    }  # fmt: skip
    lues = {nom: (colonnes, lignes) for nom, colonnes, lignes in feuilles(
        {**VIDE, "achats": [achat], "complements": {"relance": [{"n": 1, "rien": None}]}}
    )}  # fmt: skip
    assert lues["Mouvements"] == (["article (origine)", "version"], [["A4", "1"], ["A4", "2"]])
    assert lues["Commandes"][1] == [["M-1", "CMD-1"]]
    assert lues["Réceptions"][1][0][0] == "CMD-1"
    assert lues["Relances reçues"] == (["n", "rien"], [["1", ""]])


def test_D10_a_participation_is_read_leniently_and_refused_by_name() -> None:
    base = {"achat_reference": "ACH-2026-0001", "reponse": "PARTICIPE", "autre": 1}
    lue = participation_demande({**base, "engagement_max_ht": "5000.00"})
    assert (lue.reponse, lue.engagement_max_ht) == (Reponse.PARTICIPE, Montant(5000))
    for fausse in ("SILENCE", "PEUT-ETRE"):
        with pytest.raises(ValidationError) as refus:
            participation_demande({**base, "reponse": fausse})
        assert list(refus.value.champs) == ["reponse"]
