"""The public simulations over HTTP: shapes, worked examples of the rules, refusals by field."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from services.paiement.usecases.saisir_parametre import TAUX_BCE, saisir_parametre
from shared.messaging.uow import Transactions
from tests.kit.web import ClientWeb

pytestmark = pytest.mark.db
ADRESSE = "/paiement/api/v1/simulations"
Poster = Callable[[str, object], Any]


@pytest.fixture
def poster(client: Callable[..., ClientWeb]) -> Poster:
    anonyme = client("paiement")
    return lambda nom, corps: anonyme.post(f"{ADRESSE}/{nom}", json=corps)


def delai(recue: str, paye: str, ttc: str = "12000.00", **champs: object) -> dict[str, object]:
    return {
        "acheteur": "COLLECTIVITE",
        "facture_recue": recue,
        "service_fait": None,
        "paye_le": paye,
        "montant_ttc": ttc,
        "interruption": None,
        **champs,
    }


@pytest.mark.parametrize(
    ("recue", "ttc", "paye", "echeance", "retard", "taux", "interets", "indemnite"),
    [
        ("2026-03-02", "12000.00", "2026-04-21", "2026-04-01", 20, "10.15", "66.74", "40.00"),
        ("2024-05-29", "50000.00", "2024-07-15", "2024-06-28", 17, "12.50", "291.10", "40.00"),
        ("2024-05-31", "50000.00", "2024-07-15", "2024-07-01", 14, "12.25", "234.93", "40.00"),
        ("2025-12-01", "8400.50", "2026-01-15", "2025-12-31", 15, "10.15", "35.04", "40.00"),
        ("2023-05-30", "100000.00", "2023-12-29", "2023-06-29", 183, "10.50", "5264.38", "40.00"),
        ("2026-04-01", "1000.00", "2026-05-04", "2026-05-04", 0, None, "0.00", "0.00"),
    ],
)
def test_regles_6_4_par_l_api(
    poster: Poster,
    *,
    recue: str,
    ttc: str,
    paye: str,
    echeance: str,
    retard: int,
    taux: str | None,
    interets: str,
    indemnite: str,
) -> None:
    reponse = poster("delai", delai(recue, paye, ttc))
    assert reponse.status_code == 200, reponse.text
    corps = reponse.json
    etapes = corps.pop("etapes")
    assert corps == {
        "depart": recue,
        "echeance": echeance,
        "jours_retard": retard,
        "taux": taux,
        "interets": interets,
        "indemnite": indemnite,
    }
    assert all(set(etape) == {"libelle", "date", "reference"} for etape in etapes)


@pytest.mark.parametrize(("acheteur", "echeance"), [("OPH", "2026-04-20"), ("EPS", "2026-04-29")])
def test_regles_6_4_interruption_par_l_api(poster: Poster, acheteur: str, echeance: str) -> None:
    interruption = {"notifiee_le": "2026-03-12", "completee_le": "2026-03-20"}
    corps = delai("2026-03-02", "2026-04-02", acheteur=acheteur, interruption=interruption)
    assert poster("delai", corps).json["echeance"] == echeance
    corps["interruption"] = {"notifiee_le": "2026-03-12", "completee_le": None}
    arretee = poster("delai", corps | {"paye_le": "2026-12-01"}).json
    assert (arretee["echeance"], arretee["jours_retard"]) == (None, 0)
    assert (arretee["taux"], arretee["interets"]) == (None, "0.00")


def test_regles_6_4_service_fait_apres_la_reception_H6(poster: Poster) -> None:
    corps = delai("2026-03-02", "2026-04-02", service_fait="2026-03-10")
    assert poster("delai", corps).json["depart"] == "2026-03-10"


def test_un_semestre_sans_taux_est_refuse_puis_calcule_une_fois_saisi(
    poster: Poster, tx: Transactions
) -> None:
    corps = delai("2026-07-01", "2026-09-01")
    refus = poster("delai", corps)
    assert refus.status_code == 422
    assert refus.json["type"].endswith("parametre-manquant")
    assert refus.json["details"]["parametre"] == "taux_bce"
    with tx.begin() as uow:
        saisir_parametre(
            uow,
            code=TAUX_BCE,
            du=dt.date(2026, 7, 1),
            valeur=Decimal("2.00"),
            reference="Banque de France",
        )
    assert poster("delai", corps).json["taux"] == "10.00"


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"acheteur": "MAIRIE"}, "acheteur"),
        ({"paye_le": "21/04/2026"}, "paye_le"),
        ({"paye_le": None}, "paye_le"),
        ({"facture_recue": "9999-12-31"}, "facture_recue"),
        ({"montant_ttc": 12000.0}, "montant_ttc"),
        ({"montant_ttc": "-1"}, "montant_ttc"),
        ({"montant_ttc": "1.001"}, "montant_ttc"),
        ({"inconnu": "1"}, "inconnu"),
        ({"interruption": {"completee_le": None}}, "interruption.notifiee_le"),
        (
            {"interruption": {"notifiee_le": "2026-03-12", "completee_le": "2026-03-11"}},
            "interruption.completee_le",
        ),
        (
            {"interruption": {"notifiee_le": "2026-03-01", "completee_le": None}},
            "interruption.notifiee_le",
        ),
        (
            {"interruption": {"notifiee_le": "2026-04-02", "completee_le": None}},
            "interruption.notifiee_le",
        ),
    ],
)
def test_un_delai_mal_decrit_nomme_son_champ(
    poster: Poster, champs: dict[str, object], champ: str
) -> None:
    refus = poster("delai", delai("2026-03-02", "2026-04-21") | champs)
    assert (refus.status_code, refus.mimetype) == (422, "application/problem+json")
    assert champ in refus.json["erreurs"]


def avance(ht: str, mois: object, **champs: object) -> dict[str, object]:
    return {
        "date_lancement": "2026-02-02",
        "acheteur": "COLLECTIVITE",
        "depenses_reelles_eur": None,
        "titulaire_pme": False,
        "montant_ht": ht,
        "taux_tva": "0.20",
        "duree_mois": mois,
        "nature": "MARCHE",
        "sous_traite_ht": "0",
        "politique": None,
        **champs,
    }


CINQ = {"taux": "0.05"}


@pytest.mark.parametrize(
    ("corps", "obligatoire", "assiette", "montant"),
    [
        pytest.param(avance("100000", 6), True, "120000.00", "6000.00", id="ex_01"),
        pytest.param(
            avance("100000", 6, titulaire_pme=True, depenses_reelles_eur="60000000.01"),
            True,
            "120000.00",
            "12000.00",
            id="ex_02",
        ),
        pytest.param(
            avance("1000000", 48, politique=CINQ), True, "300000.00", "15000.00", id="ex_03"
        ),
        pytest.param(
            avance("49999", "6", politique=CINQ), False, "59998.80", "2999.94", id="ex_04"
        ),
        pytest.param(avance("60000", 2), False, "0.00", "0.00", id="ex_05"),
        pytest.param(avance("50000.00", 3), False, "0.00", "0.00", id="ex_06"),
        pytest.param(
            avance("80000", 24, nature="ACCORD_CADRE_AVEC_MINIMUM"),
            True,
            "48000.00",
            "2400.00",
            id="ex_07",
        ),
        pytest.param(
            avance("55000", 3, nature="BON_DE_COMMANDE"), True, "66000.00", "3300.00", id="ex_08"
        ),
        pytest.param(
            avance("30000", 3, nature="BON_DE_COMMANDE"), False, "0.00", "0.00", id="ex_08_petite"
        ),
        pytest.param(
            avance("100000", 6, sous_traite_ht="30000"), True, "84000.00", "4200.00", id="ex_09"
        ),
    ],
)
def test_regles_4_4_par_l_api(
    poster: Poster, *, corps: dict[str, object], obligatoire: bool, assiette: str, montant: str
) -> None:
    reponse = poster("avance", corps)
    assert reponse.status_code == 200, reponse.text
    assert set(reponse.json) == {
        "obligatoire",
        "taux",
        "assiette_ttc",
        "montant",
        "garantie",
        "motifs",
    }
    obtenus = (reponse.json["assiette_ttc"], reponse.json["montant"])
    assert (reponse.json["obligatoire"], *obtenus) == (obligatoire, assiette, montant)
    assert reponse.json["garantie"] is False
    assert reponse.json["motifs"]


def test_les_taux_s_ecrivent_en_part_de_un(poster: Poster) -> None:
    etat = avance("100000", 6, acheteur="ETAT", titulaire_pme=True)
    assert poster("avance", etat).json["taux"] == "0.30"
    ancien = poster("avance", etat | {"date_lancement": "2005-01-01"})
    assert (ancien.status_code, ancien.json["type"][-18:]) == (422, "parametre-manquant")


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"duree_mois": 0}, "duree_mois"),
        ({"duree_mois": 2.5}, "duree_mois"),
        ({"duree_mois": True}, "duree_mois"),
        ({"taux_tva": "20"}, "taux_tva"),
        ({"nature": "LOT"}, "nature"),
        ({"sous_traite_ht": "100000.01"}, "sous_traite_ht"),
        ({"politique": {"taux": "5"}}, "politique.taux"),
        ({"politique": {}}, "politique.taux"),
        ({"date_lancement": None}, "date_lancement"),
    ],
)
def test_une_avance_mal_decrite_nomme_son_champ(
    poster: Poster, champs: dict[str, object], champ: str
) -> None:
    refus = poster("avance", avance("100000", 6) | champs)
    assert refus.status_code == 422
    assert champ in refus.json["erreurs"]


@pytest.mark.parametrize(
    ("date", "avance_versee", "taux", "fin", "executions", "cumuls"),
    [
        (
            "2022-03-01",
            "6000",
            "0.05",
            None,
            ["60000", "84000", "90000", "96000"],
            ["0.00", "2000.00", "4000.00", "6000.00"],
        ),
        (
            "2026-03-01",
            "6000",
            "0.05",
            None,
            ["84000", "90000", "96000", "108000", "120000"],
            ["857.14", "1714.29", "2571.43", "4285.71", "6000.00"],
        ),
        (
            "2026-03-01",
            "48000",
            "0.40",
            "0.80",
            ["24000", "60000", "96000"],
            ["12000.00", "30000.00", "48000.00"],
        ),
    ],
    ids=["ex_10", "ex_11", "ex_12"],
)
def test_regles_4_4_resorption_par_l_api(
    poster: Poster,
    *,
    date: str,
    avance_versee: str,
    taux: str,
    fin: str | None,
    executions: list[str],
    cumuls: list[str],
) -> None:
    corps = {
        "date_lancement": date,
        "montant_ttc": "120000.00",
        "avance": avance_versee,
        "taux_avance": taux,
        "fin": fin,
        "executions_ttc_cumulees": executions,
    }
    reponse = poster("resorption", corps)
    assert reponse.status_code == 200, reponse.text
    lignes = reponse.json["recuperations"]
    assert [ligne["cumul"] for ligne in lignes] == cumuls
    assert [ligne["execute_ttc"] for ligne in lignes] == [f"{e}.00" for e in executions]


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"executions_ttc_cumulees": ["2", "1"]}, "executions_ttc_cumulees.1"),
        ({"avance": "120000.01"}, "avance"),
        ({"montant_ttc": "0"}, "montant_ttc"),
        ({"fin": "0.65"}, "fin"),
        ({"fin": "80"}, "fin"),
    ],
)
def test_une_resorption_impossible_nomme_son_champ(
    poster: Poster, champs: dict[str, object], champ: str
) -> None:
    corps: dict[str, object] = {
        "date_lancement": "2026-03-01",
        "montant_ttc": "120000",
        "avance": "6000",
        "taux_avance": "0.05",
        "executions_ttc_cumulees": [],
    }
    refus = poster("resorption", corps | champs)
    assert refus.status_code == 422
    assert champ in refus.json["erreurs"]


def test_les_simulations_n_ecrivent_rien(
    poster: Poster, tx: Transactions, events: Callable[..., list[object]]
) -> None:
    poster("delai", delai("2026-03-02", "2026-04-21"))
    poster("avance", avance("100000", 6))
    assert events("paiement") == []


SAUF = [positive_data_acceptance]
"""Some cases are of the right shape but impossible: dates out of order, a part above its whole."""
REGLAGES = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_les_simulations_tiennent_leur_document(client: Callable[..., ClientWeb]) -> None:
    app = client("paiement").application
    schema = schemathesis.openapi.from_wsgi("/paiement/api/v1/openapi.json", app=app)
    retenues = [
        operation
        for operation in (resultat.ok() for resultat in schema.get_all_operations())
        if operation.path.startswith(ADRESSE)
    ]
    assert len(retenues) >= 3

    def essayer(operation: Any) -> None:
        @REGLAGES
        @given(case=operation.as_strategy())
        def essai(case: Any) -> None:
            case.call_and_validate(headers={"Accept-Encoding": "identity"}, excluded_checks=SAUF)

        essai()

    for operation in retenues:
        essayer(operation)
