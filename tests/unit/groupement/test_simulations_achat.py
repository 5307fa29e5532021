"""Public simulations of a purchase: consolidation, lots, quotas, insertion hours."""

import json
import random
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.api.simulations_schemas import BESOINS_MAX
from tests.unit.groupement.simulateur import erreurs, obtenir, poster

STORY = [("A", "40"), ("B", "30"), ("C", "20"), ("D", "10"), ("E", "5")]
PAPIER = {
    "code": "PAPIER",
    "cpv": "30197630",
    "unite_base": "feuille",
    "conditionnements": {"boîte": "500", "carton": "2500"},
    "commande_par": "carton",
}
SEL = {
    "code": "SEL",
    "cpv": "34927100-2",
    "unite_base": "kg",
    "conditionnements": {},
    "commande_par": None,
}


def besoin(id_: str, quantite: str, unite: str, **champs: object) -> dict[str, object]:
    return {
        "id": id_,
        "membre": f"membre-{id_}",
        "article": "PAPIER",
        "quantite": quantite,
        "unite": unite,
        "lieu": "Privas",
        "tolerance": "0",
        **champs,
    }


def consolider(*besoins: dict[str, object]) -> dict[str, Any]:
    return obtenir("consolidation", {"articles": [PAPIER, SEL], "besoins": besoins})


def test_D5_boxes_and_sheets_make_one_line_in_the_base_unit() -> None:
    faite = consolider(besoin("1", "12", "boîtes"), besoin("2", "3000", "feuilles"))
    assert set(faite) == {"lignes", "empreinte"}
    assert faite["lignes"] == [
        {
            "article": "PAPIER",
            "lieu": "Privas",
            "unite": "feuille",
            "quantite": "9000",
            "commandee": "10000",
            "composition": [
                {"besoin": "1", "membre": "membre-1", "quantite": "6000", "servie": "6000"},
                {"besoin": "2", "membre": "membre-2", "quantite": "3000", "servie": "3000"},
            ],
        }
    ]


def test_D5_two_places_give_two_lines_and_dimensions_never_mix() -> None:
    faite = consolider(
        besoin("1", "1", "carton"),
        besoin("2", "1", "carton", lieu="Aubenas"),
        besoin("3", "2.5", "t", article="SEL"),
    )
    assert [(x["article"], x["lieu"], x["unite"], x["quantite"]) for x in faite["lignes"]] == [
        ("PAPIER", "Aubenas", "feuille", "2500"),
        ("PAPIER", "Privas", "feuille", "2500"),
        ("SEL", "Privas", "kg", "2500"),
    ]
    assert faite["lignes"][2]["commandee"] == "2500"


def test_cas_foodsoft_tolerance_completes_a_pack_but_never_orders_one() -> None:
    (ligne,) = consolider(besoin("1", "2000", "feuille", tolerance="9000"))["lignes"]
    assert (ligne["commandee"], ligne["composition"][0]["servie"]) == ("2500", "2500")
    (ligne,) = consolider(besoin("1", "2500", "feuille", tolerance="9000"))["lignes"]
    assert (ligne["commandee"], ligne["composition"][0]["servie"]) == ("2500", "2500")
    assert consolider(besoin("1", "0", "feuille", tolerance="9000"))["lignes"] == []


def test_nothing_to_consolidate_gives_no_line() -> None:
    faite = consolider()
    assert faite["lignes"] == []
    assert faite["empreinte"].startswith("sha256:")


@pytest.mark.parametrize(
    ("unite", "article"), [("kg", "PAPIER"), ("litre", "SEL"), ("brouette", "SEL")]
)
def test_a_unit_that_does_not_fit_names_the_need_and_the_unit(unite: str, article: str) -> None:
    fautif = besoin("B-17", "1", unite, article=article)
    reponse = poster(
        "consolidation",
        {"articles": [PAPIER, SEL], "besoins": [besoin("1", "1", "carton"), fautif]},
    )
    refus = erreurs(reponse)
    assert set(refus) == {"besoins.1.unite"}
    assert "B-17" in refus["besoins.1.unite"]
    assert unite in refus["besoins.1.unite"]


@pytest.mark.parametrize(
    ("articles", "besoins", "fautifs"),
    [
        ([PAPIER, PAPIER], [], {"articles.1.code"}),
        ([], [], {"articles"}),
        ([{**PAPIER, "cpv": "papier"}], [], {"articles.0.cpv"}),
        ([{**PAPIER, "commande_par": "camion"}], [], {"articles.0.commande_par"}),
        ([{**PAPIER, "conditionnements": ["carton"]}], [], {"articles.0.conditionnements"}),
        ([{**PAPIER, "conditionnements": {"carton": "1", "Cartons": "2"}}], [],
         {"articles.0.conditionnements"}),
        ([{**PAPIER, "conditionnements": {"carton": "0"}}], [],
         {"articles.0.conditionnements.carton.value"}),
        ([{**PAPIER, "conditionnements": {"carton": "9", "feuilles": "2"}}], [],
         {"articles.0.conditionnements.feuilles"}),
        ([PAPIER], [besoin("1", "1", "carton"), besoin("1", "1", "carton")], {"besoins.1.id"}),
        ([PAPIER], [besoin("1", "1", "kg", article="SEL")], {"besoins.0.article"}),
        ([PAPIER], [besoin("1", "0.5", "feuille")], {"besoins.0.quantite"}),
        ([PAPIER], [besoin("1", "1", "feuille", tolerance="0.5")], {"besoins.0.tolerance"}),
        ([PAPIER], [besoin("1", "999999999999", "carton")], {"besoins.0.quantite"}),
        ([SEL], [besoin("1", "0.000001", "g", article="SEL")], {"besoins.0.quantite"}),
        ([SEL], [besoin(str(i), "999999999999", "kg", article="SEL") for i in range(2)],
         {"besoins"}),
    ],
)  # fmt: skip
def test_a_consolidation_that_cannot_be_names_its_field(
    articles: list[object], besoins: list[object], fautifs: set[str]
) -> None:
    reponse = poster("consolidation", {"articles": articles, "besoins": besoins})
    assert set(erreurs(reponse)) == fautifs


def test_a_list_of_needs_without_end_is_refused_with_the_cap() -> None:
    besoins = [{}] * (BESOINS_MAX + 1)
    refus = erreurs(poster("consolidation", {"articles": [PAPIER], "besoins": besoins}))
    assert str(BESOINS_MAX) in refus["besoins"]


BESOINS = st.lists(
    st.fixed_dictionaries(
        {
            "membre": st.sampled_from(["m", "n", "o"]),
            "article": st.just("PAPIER"),
            "quantite": st.integers(0, 90).map(str),
            "unite": st.sampled_from(["feuille", "boîte", "carton"]),
            "lieu": st.sampled_from(["Privas", "Aubenas"]),
            "tolerance": st.integers(0, 9).map(str),
        }
    ),
    max_size=8,
)


@given(BESOINS, st.randoms())
def test_I1_I2_over_http_permuting_the_needs_changes_nothing_and_sums_are_exact(
    besoins: list[dict[str, object]], hasard: random.Random
) -> None:
    numerotes = [{"id": str(i), **b} for i, b in enumerate(besoins)]
    faite = consolider(*numerotes)
    assert consolider(*hasard.sample(numerotes, len(numerotes))) == faite
    for ligne in faite["lignes"]:
        composition = ligne["composition"]
        assert sum(Decimal(p["quantite"]) for p in composition) == Decimal(ligne["quantite"])
        assert all(Decimal(p["servie"]) >= Decimal(p["quantite"]) for p in composition)
        assert sum(Decimal(p["servie"]) for p in composition) <= Decimal(ligne["commandee"])
        assert 0 <= Decimal(ligne["commandee"]) - Decimal(ligne["quantite"]) < 2500


@given(
    st.decimals("0", "999999999999", places=6),
    st.sampled_from(["mg", "g", "kg", "t", "feuille", "boîte", "carton", "douzaine", "sac"]),
    st.sampled_from(["SEL", "PAPIER"]),
)
def test_a_need_is_either_counted_exactly_or_refused_by_its_field(
    quantite: Decimal, unite: str, article: str
) -> None:
    corps = {
        "articles": [PAPIER, SEL],
        "besoins": [besoin("1", f"{quantite:f}", unite, article=article)],
    }
    reponse = poster("consolidation", corps)
    if reponse.status_code == 200:
        lignes = reponse.json["lignes"] if reponse.json else []
        assert [x["article"] for x in lignes] == ([article] if quantite else [])
    else:
        assert set(erreurs(reponse)) <= {"besoins", "besoins.0.quantite", "besoins.0.unite"}


def lots(*montants: str, **champs: object) -> dict[str, object]:
    familles = ["30197630", "79800000", "90900000", "50000000"]
    return {
        "date_lancement": "2026-05-02",
        "nature": "SERVICES",
        "decoupage": "famille",
        "lignes": [
            {"cle": f"L{i}", "cpv": familles[i], "lieu": "Privas", "montant_ht": montant}
            for i, montant in enumerate(montants)
        ],
        **champs,
    }


def test_regles_3_the_small_lots_of_a_formal_purchase() -> None:
    faite = obtenir("lots", lots("180000", "60000", "20000"))
    petits = faite["petits_lots"]
    assert [(x["numero"], x["montant_ht"]) for x in faite["lots"]] == [
        ("1", "180000.00"), ("2", "60000.00"), ("3", "20000.00"),
    ]  # fmt: skip
    assert (petits["eligibles"], petits["cumul_max_ht"]) == (["2", "3"], "52000.00")
    assert (faite["procedure"], faite["total_ht"]) == ("FORMALISEE", "260000.00")
    assert "Envisagez un découpage" in faite["lots"][0]["conseil"]
    assert faite["lots"][1]["conseil"] is None


def test_regles_3_a_choice_of_small_lots_is_checked() -> None:
    corps = lots("180000", "60000", "20000")
    choix = obtenir("lots", {**corps, "petits_lots": ["3"]})["petits_lots"]
    assert (choix["choisis"], choix["cumul_choisi_ht"]) == (["3"], "20000.00")
    refus = erreurs(poster("lots", {**corps, "petits_lots": ["2"]}))
    assert "52\u202f000,00" in refus["petits_lots"]


@pytest.mark.parametrize(
    ("champs", "fautifs"),
    [
        ({"date_lancement": "hier"}, {"date_lancement"}),
        ({"date_lancement": "1926-05-02"}, {"date_lancement"}),
        ({"nature": "AUTRE"}, {"nature"}),
        ({"decoupage": "couleur"}, {"decoupage"}),
        ({"decoupage": "montant"}, {"plafond"}),
        ({"decoupage": "montant", "plafond": "0"}, {"plafond"}),
        ({"decoupage": "unique"}, {"motif"}),
        ({"decoupage": "unique", "motif": "PILOTAGE"}, {"precision"}),
        ({"petits_lots": ["9"]}, {"petits_lots"}),
        ({"petits_lots": ["-1"]}, {"petits_lots.0"}),
        ({"lignes": []}, {"lignes"}),
        ({"lignes": lots("1")["lignes"] + lots("2")["lignes"]}, {"lignes.1.cle"}),  # type: ignore[operator]
    ],
)
def test_lots_that_cannot_be_name_their_field(champs: dict[str, object], fautifs: set[str]) -> None:
    assert set(erreurs(poster("lots", {**lots("180000", "60000"), **champs}))) == fautifs


def test_one_lot_only_with_its_reason() -> None:
    motive = {"decoupage": "unique", "motif": "PILOTAGE", "precision": "Un seul agent suit."}
    (seul,) = obtenir("lots", lots("10", "20", **motive))["lots"]
    assert seul["lignes"] == ["L0", "L1"]


QUOTAS = {
    "montant_ht": "47880.00",
    "lignes": [
        {
            "cle": "papier",
            "quantite": "105",
            "prix_unitaire_ht": "456",
            "besoins": [{"membre": cle, "quantite": poids} for cle, poids in STORY],
        }
    ],
}


def test_D7_quotas_sum_to_the_award_in_packs_and_in_euros() -> None:
    faite = obtenir("quotas", QUOTAS)
    assert [quota["quantite"] for quota in faite["quotas"]] == ["40", "30", "20", "10", "5"]
    assert faite["quotas"][0]["montant_max_ht"] == "18240.00"
    assert faite["quotas"][0]["motif"].startswith("40 sur 105")
    assert faite["total_ht"] == "47880.00"


LIGNE = QUOTAS["lignes"][0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("lignes", "fautifs"),
    [
        ([LIGNE, LIGNE], {"lignes.1.cle"}),
        ([{**LIGNE, "besoins": []}], {"lignes.0.besoins"}),
        ([{**LIGNE, "besoins": [{"membre": "A", "quantite": "0"}]}], {"lignes.0.besoins"}),
        ([{**LIGNE, "besoins": [{"membre": "A", "quantite": "1"}] * 2}],
         {"lignes.0.besoins.1.membre"}),
        ([{**LIGNE, "prix_unitaire_ht": "-1"}], {"lignes.0.prix_unitaire_ht"}),
    ],
)  # fmt: skip
def test_quotas_that_cannot_be_name_their_field(lignes: list[object], fautifs: set[str]) -> None:
    assert set(erreurs(poster("quotas", {"montant_ht": "10", "lignes": lignes}))) == fautifs


NOMS = st.sampled_from(["a", "b", "a b", "b c", "c", "a b c"])


@given(
    st.lists(
        st.tuples(
            NOMS,
            st.integers(0, 999),
            st.integers(0, 99),
            st.dictionaries(NOMS, st.integers(1, 99), min_size=1, max_size=4),
        ),
        min_size=1,
        max_size=3,
        unique_by=lambda ligne: ligne[0],
    ),
    st.integers(0, 10**8),
)
def test_I3_quotas_are_exact_whatever_the_names(
    lignes: list[tuple[str, int, int, dict[str, int]]], centimes: int
) -> None:
    montant = f"{Decimal(centimes).scaleb(-2):f}"
    corps = {
        "montant_ht": montant,
        "lignes": [
            {
                "cle": cle,
                "quantite": str(quantite),
                "prix_unitaire_ht": str(prix),
                "besoins": [{"membre": m, "quantite": str(q)} for m, q in besoins.items()],
            }
            for cle, quantite, prix, besoins in lignes
        ],
    }
    quotas = obtenir("quotas", corps)["quotas"]
    assert sum(Decimal(q["montant_max_ht"]) for q in quotas) == Decimal(montant)
    for cle, quantite, _, besoins in lignes:
        siens = [q for q in quotas if q["ligne"] == cle]
        assert {q["membre"] for q in siens} == set(besoins)
        assert sum(Decimal(q["quantite"]) for q in siens) == quantite
        assert all(q["motif"].endswith(f"{q['quantite']}.") for q in siens)


HEURES = {
    "montant_ht": "320000",
    "part_main_oeuvre": "0.45",
    "effort": "0.08",
    "cout_horaire": "27.50",
}


def test_regles_13_hours_due() -> None:
    faite = obtenir("heures-insertion", HEURES)
    assert (faite["heures"], faite["exact"][:8]) == ("418", "418.9090")
    assert "418" in faite["motif"]


@pytest.mark.parametrize("champ", sorted(HEURES))
def test_hours_that_cannot_be_name_their_field(champ: str) -> None:
    assert set(erreurs(poster("heures-insertion", {**HEURES, champ: "-1"}))) == {champ}
    sans = {nom: valeur for nom, valeur in HEURES.items() if nom != champ}
    assert set(erreurs(poster("heures-insertion", sans))) == {champ}


def test_a_share_of_labour_is_a_part_of_one() -> None:
    corps = {**HEURES, "part_main_oeuvre": "45", "effort": "8"}
    assert set(erreurs(poster("heures-insertion", corps))) == {"part_main_oeuvre", "effort"}


REPARTITION = {"total": "60", "quantum": "1", "parts": [{"cle": "A", "poids": "1"}]}


@pytest.mark.parametrize(
    ("simulation", "corps"),
    [
        ("repartition", REPARTITION),
        ("consolidation", {"articles": [PAPIER], "besoins": [besoin("1", "1", "carton")]}),
        ("lots", lots("180000", "60000")),
        ("quotas", QUOTAS),
        ("heures-insertion", HEURES),
    ],
)
def test_I2_the_same_inputs_have_the_same_fingerprint_and_others_do_not(
    simulation: str, corps: dict[str, Any]
) -> None:
    reference = obtenir(simulation, corps)["empreinte"]
    assert obtenir(simulation, json.loads(json.dumps(corps)))["empreinte"] == reference
    autres = {
        "total": "61",
        "montant_ht": "100.00",
        "date_lancement": "2026-05-03",
        "besoins": [besoin("2", "1", "carton")],
    }
    champ = next(nom for nom in autres if nom in corps)
    assert obtenir(simulation, {**corps, champ: autres[champ]})["empreinte"] != reference
