"""The open data record: complete or asked for, checked beyond the official schema."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain.decp import (
    Acte,
    Contrat,
    Modification,
    a_publier_avant,
    completer,
    duree_arrondie,
    fiche,
    jour,
    manques,
    mois_entiers,
    verifier,
)
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.montant import Montant
from shared.ops import demo
from tests.kit.decp import CHAMPS

D = dt.date.fromisoformat
CONTRAT = Contrat(
    reference="2026-07-0001-L1",
    acheteur_siret=demo.DEPARTEMENT.siret,
    objet="Papier A4 80 g",
    cpv="30197630",
    montant_ht=Montant("47880.00"),
    duree_mois=12,
    notifie_le=D("2026-02-27"),
    titulaire_siret=demo.PAPETERIE.siret,
    taux_avance=Decimal("0.05"),
)
PUBLIEE = fiche(CONTRAT, CHAMPS, D("2026-03-10"))


def test_regles_12_la_fiche_est_complete_et_sans_faute() -> None:
    assert manques(CONTRAT, CHAMPS) == []
    assert verifier(PUBLIEE) == []
    assert (PUBLIEE["montant"], PUBLIEE["tauxAvance"]) == (Decimal("47880.00"), Decimal("0.05"))
    assert "idAccordCadre" not in PUBLIEE


def test_regles_12_ce_qui_manque_est_nomme_jamais_invente() -> None:
    dits = manques(CONTRAT, {})
    assert len(dits) == 15
    assert "le nombre d’offres reçues" in dits
    longue = Contrat(
        **{c: getattr(CONTRAT, c) for c in CONTRAT.__slots__} | {"reference": "X" * 17}
    )
    assert "16 caractères" in manques(longue, CHAMPS)[0]
    assert manques(longue, {**CHAMPS, "identifiant": "2026-1"}) == []


@pytest.mark.parametrize(
    ("notifie", "avant"), [("2026-01-15", "2026-03-15"), ("2025-12-31", "2026-02-28")]
)
def test_regles_12_deux_mois_pour_publier(notifie: str, avant: str) -> None:
    assert a_publier_avant(D(notifie), 2) == D(avant)


@pytest.mark.parametrize(("mois", "entiers"), [("12", 12), ("12.5", 13), ("0.2", 1)])
def test_regles_12_la_duree_s_arrondit_au_mois_superieur(mois: str, entiers: int) -> None:
    assert duree_arrondie(Decimal(mois)) == entiers


@given(st.dates(D("2024-01-01"), D("2040-12-31")), st.integers(1, 1500))
def test_regles_12_les_mois_entiers_couvrent_la_duree_et_pas_plus(
    debut: dt.date, jours: int
) -> None:
    fin = debut + dt.timedelta(days=jours)
    mois = mois_entiers(debut, fin)
    assert ajouter_mois(debut, mois) >= fin
    assert mois == 1 or ajouter_mois(debut, mois - 1) < fin


@pytest.mark.parametrize("texte", ["2024-13-45", "2024-02-30", "20240101", "2024-1-1", "demain"])
def test_regles_12_une_date_impossible_est_vue(texte: str) -> None:
    assert jour(texte) is None
    assert "Une date n’existe pas dans le calendrier." in verifier(
        {**PUBLIEE, "dateNotification": texte}
    )


def _avec(chemin: str, valeur: Any) -> dict[str, Any]:
    return {**PUBLIEE, chemin: valeur}


@pytest.mark.parametrize(
    ("lue", "dit"),
    [
        (_avec("acheteur", {"id": "90070001400014"}), "SIRET de l’acheteur"),
        (
            _avec("titulaires", [{"titulaire": {"id": "1" * 14, "typeIdentifiant": "SIRET"}}]),
            "SIRET du titulaire",
        ),
        (_avec("datePublicationDonnees", "2026-02-26"), "avant la notification"),
        (_avec("montant", Decimal("0.5")), "inférieur à 1"),
        (_avec("origineFrance", Decimal("0.3")), "Union européenne"),
        (
            _avec("techniques", {"technique": ["Concours", "Sans objet"]}),
            "ne se combine pas",
        ),
        (_avec("lieuExecution", {"code": "7", "typeCode": "Code département"}), "n’est pas un"),
    ],
)
def test_L1_ce_que_le_schema_laisse_passer_est_refuse(lue: dict[str, Any], dit: str) -> None:
    assert any(dit in phrase for phrase in verifier(lue)), verifier(lue)


def test_L1_une_modification_s_ajoute_et_garde_sa_date_de_publication() -> None:
    un = Modification(D("2026-05-04"), Montant(50_000), D("2027-02-27"))
    deux = Modification(D("2026-09-01"), Montant(51_000), D("2027-03-01"))
    premiere = completer(PUBLIEE, [un], [], D("2026-05-10"))
    seconde = completer(premiere, [un, deux], [], D("2026-09-02"))
    lues = [m["modification"] for m in seconde["modifications"]]
    assert [m["id"] for m in lues] == [1, 2]
    assert [m["datePublicationDonneesModification"] for m in lues] == ["2026-05-10", "2026-09-02"]
    assert [m["dureeMois"] for m in lues] == [12, 13]
    assert {c: seconde[c] for c in PUBLIEE} == PUBLIEE
    assert verifier(seconde) == []
    desordre = {**seconde, "modifications": list(reversed(seconde["modifications"]))}
    assert any("ordre" in phrase for phrase in verifier(desordre))


def test_L1_un_acte_de_sous_traitance_a_son_rang() -> None:
    acte = Acte(demo.BUREAU.siret, 6, D("2026-04-01"), Montant(5_000), "Ferme")
    lue = completer(PUBLIEE, [], [acte], D("2026-04-02"))
    (ecrit,) = lue["actesSousTraitance"]
    assert ecrit["acteSousTraitance"]["id"] == 1
    assert verifier(lue) == []
    faux = Acte("1" * 14, 6, D("2026-04-01"), Montant(5_000), "Ferme")
    assert "sous-traitant" in verifier(completer(PUBLIEE, [], [faux], D("2026-04-02")))[0]
