"""The public simulations over HTTP: shapes, refusals that name the field, invariants I1, I2, I5."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.api.simulations_schemas import PARTS_MAX
from tests.unit.groupement.simulateur import ADRESSE, CLIENT, erreurs, obtenir, poster

STORY = [("A", "40"), ("B", "30"), ("C", "20"), ("D", "10"), ("E", "5")]


def repartition(parts: list[tuple[str, str]], **champs: object) -> dict[str, object]:
    return {
        "total": "60",
        "quantum": "1",
        "methode": "prorata",
        "parts": [{"cle": cle, "poids": poids} for cle, poids in parts],
        **champs,
    }


def test_D8_a_short_delivery_is_shared_with_its_reasons() -> None:
    faite = obtenir("repartition", repartition(STORY))
    assert set(faite) == {"parts", "total", "empreinte"}
    assert [part["quantite"] for part in faite["parts"]] == ["23", "17", "11", "6", "3"]
    assert set(faite["parts"][0]) == {"cle", "quantite", "exact", "motif"}
    assert faite["parts"][0]["motif"].startswith("40 sur 105")
    assert abs(Fraction(faite["parts"][0]["exact"]) - Fraction(2400, 105)) < Fraction(1, 10**20)
    assert faite["total"] == "60"


def test_a_weight_of_zero_is_allowed_and_gets_zero() -> None:
    faite = obtenir("repartition", repartition([("A", "0"), ("B", "1")]))
    assert [part["quantite"] for part in faite["parts"]] == ["0", "60"]


def test_a_quantum_with_decimals() -> None:
    faite = obtenir("repartition", repartition(STORY, total="10.00", quantum="0.01"))
    assert sum(Decimal(part["quantite"]) for part in faite["parts"]) == 10


def test_the_other_strategies_read_their_own_fields() -> None:
    parts = [
        {"cle": "A", "poids": "40", "classe": "2", "plancher": "1", "quantite": "20"},
        {"cle": "B", "poids": "30", "classe": "1", "plancher": "30", "quantite": "30"},
    ]
    corps = {"total": "50", "quantum": "1", "parts": parts}
    attendues = {"prorata": ["29", "21"], "priorite": ["20", "30"], "plancher": ["20", "30"]}
    for methode, quantites in attendues.items():
        faite = obtenir("repartition", {**corps, "methode": methode})
        assert [part["quantite"] for part in faite["parts"]] == quantites
    manuelle = {**corps, "methode": "manuelle"}
    assert set(erreurs(poster("repartition", manuelle))) == {"motif"}
    faite = obtenir("repartition", {**manuelle, "motif": "Stock du SDIS"})
    assert [part["quantite"] for part in faite["parts"]] == ["20", "30"]


NOMBRES_REFUSES = [
    "", " ", "abc", "NaN", "nan", "Infinity", "-Infinity", "1e3", "1e400000", "0x10", "1_000",
    "1 000", "1,5", ".5", "5.", "+5", "-1", "-0", "0.1234567", "1" * 13, "٣", "1\n", None, True, 5,
    5.0, [], {},
]  # fmt: skip


@pytest.mark.parametrize("valeur", NOMBRES_REFUSES)
def test_what_is_not_a_plain_number_is_refused_by_its_field(valeur: object) -> None:
    parts = [{"cle": "A", "poids": "1"}, {"cle": "B", "poids": valeur}]
    assert set(erreurs(poster("repartition", {**repartition(STORY), "parts": parts}))) == {
        "parts.1.poids"
    }
    for champ in ("total", "quantum"):
        assert set(erreurs(poster("repartition", repartition(STORY, **{champ: valeur})))) == {champ}


@pytest.mark.parametrize(
    ("champs", "fautifs"),
    [
        ({"quantum": "0"}, {"quantum"}),
        ({"quantum": "0.000"}, {"quantum"}),
        ({"total": "7", "quantum": "2"}, {"total"}),
        ({"parts": []}, {"parts"}),
        ({"parts": {}}, {"parts"}),
        ({"parts": None}, {"parts"}),
        ({"parts": ["A"]}, {"parts.0"}),
        ({"parts": [{"cle": "A", "poids": "0"}, {"cle": "B", "poids": "0"}]}, {"parts"}),
        ({"parts": [{"cle": "A", "poids": "1"}, {"cle": "A", "poids": "2"}]}, {"parts.1.cle"}),
        ({"parts": [{"cle": "A"}]}, {"parts.0.poids"}),
        ({"parts": [{"poids": "1"}]}, {"parts.0.cle"}),
        ({"parts": [{"cle": "", "poids": "1"}]}, {"parts.0.cle"}),
        ({"parts": [{"cle": "a\u0000", "poids": "1"}]}, {"parts.0.cle"}),
        ({"parts": [{"cle": 1, "poids": "1"}]}, {"parts.0.cle"}),
        ({"parts": [{"cle": "A", "poids": "1", "taille": "2"}]}, {"parts.0.taille"}),
        ({"methode": "hasard"}, {"methode"}),
        ({"methode": None}, {"methode"}),
        ({"inconnu": "1"}, {"inconnu"}),
        ({"methode": "priorite", "total": "106"}, {"total"}),
    ],
)
def test_a_sharing_that_cannot_be_names_its_field(
    champs: dict[str, object], fautifs: set[str]
) -> None:
    assert set(erreurs(poster("repartition", {**repartition(STORY), **champs}))) == fautifs


@pytest.mark.parametrize(
    ("brut", "fautifs"),
    [
        (b"[]", {"corps"}),
        (b"null", {"corps"}),
        (b"12", {"corps"}),
        (b'"total"', {"corps"}),
        (b"", {"total", "quantum", "parts"}),
        (b'{"total": "1", "total": "2", "quantum": "1", "parts": []}', {"total"}),
        (b'{"total": NaN, "quantum": Infinity, "parts": []}', {"total", "quantum", "parts"}),
        (b'{"total": ' + b"9" * 100_000 + b', "quantum": "1"}', {"total", "parts"}),
        (b'{"total": "1", "quantum": "1", "parts": [{"cle": "\\ud800", "poids": "1"}]}',
         {"parts.0.cle"}),
    ],
)  # fmt: skip
def test_a_body_of_another_shape_is_refused_by_name(brut: bytes, fautifs: set[str]) -> None:
    reponse = CLIENT.post(
        f"{ADRESSE}/repartition", data=brut, headers={"Content-Type": "application/json"}
    )
    assert set(erreurs(reponse)) == fautifs


@pytest.mark.parametrize("brut", [b"{", b"[" * 500_000, b"\xff", b"{'total': 1}"])
def test_a_body_that_is_not_json_is_a_bad_request(brut: bytes) -> None:
    reponse = CLIENT.post(
        f"{ADRESSE}/repartition", data=brut, headers={"Content-Type": "application/json"}
    )
    assert (reponse.status_code, reponse.mimetype) == (400, "application/problem+json")


def test_a_list_without_end_is_refused_with_the_cap() -> None:
    parts = [(str(i), "1") for i in range(PARTS_MAX + 1)]
    assert str(PARTS_MAX) in erreurs(poster("repartition", repartition(parts)))["parts"]


POIDS = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=5),
    st.decimals("0", "99999", places=3).map(str),
    min_size=1,
    max_size=8,
).filter(lambda poids: any(Decimal(p) for p in poids.values()))


@given(POIDS, st.sampled_from(["1", "0.5", "0.01", "12"]), st.integers(0, 10**6), st.randoms())
def test_I5_every_sharing_over_http_is_exact_and_ignores_the_order(
    poids: dict[str, str], quantum: str, pas: int, hasard: random.Random
) -> None:
    parts = list(poids.items())
    corps = repartition(parts, total=f"{Decimal(quantum) * pas:f}", quantum=quantum)
    faite = obtenir("repartition", corps)
    quantites = {part["cle"]: Decimal(part["quantite"]) for part in faite["parts"]}
    assert sum(quantites.values()) == Decimal(quantum) * pas
    assert all(q % Decimal(quantum) == 0 for q in quantites.values())
    assert [part["cle"] for part in faite["parts"]] == list(poids)
    hasard.shuffle(corps["parts"])  # type: ignore[arg-type]
    autre = obtenir("repartition", corps)
    assert {part["cle"]: Decimal(part["quantite"]) for part in autre["parts"]} == quantites
    assert autre["empreinte"] == faite["empreinte"]
