from dataclasses import replace
from decimal import Decimal

import pytest

from services.groupement.domain.acces import DEMANDES
from services.groupement.domain.clauses import (
    INTITULES_DEMANDES,
    ChoixCao,
    Clauses,
    Coordination,
    Remuneration,
    Signataires,
    exiger_delai_de_reponse,
    exiger_evenement_prevu,
    exiger_ponctualite,
    verifier,
)
from services.groupement.domain.cles import Cle
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.domain.formes import FormeJuridique
from services.groupement.domain.partage_prevu import Plancher, Priorite
from services.groupement.tables.clauses import ClausesSchema
from shared.kernel.errors import ConflictError, ForbiddenError, ValidationError
from shared.kernel.montant import Montant

GROUPE = Signataires(
    "dep",
    {
        "dep": FormeJuridique.DEPARTEMENT,
        "sdis": FormeJuridique.SDIS,
        "cc": FormeJuridique.EPCI,
    },
    frozenset({"dep", "sdis"}),
)
USUELLES = Clauses(ModeCoordination.PASSATION_SIGNATURE)
SECOURS = Coordination("sdis", ModeCoordination.PASSATION, cpv="35000000")
CHALEUR = Coordination("cc", ModeCoordination.INTEGREE, famille="Chauffage")


def test_usual_clauses_hold_together() -> None:
    assert verifier(USUELLES, GROUPE) == USUELLES


@pytest.mark.parametrize(
    ("champ", "fautive"),
    [
        ("objet", {"objet": "  "}),
        ("duree_mois", {"duree_mois": 0}),
        ("duree_mois", {"permanente": False}),
        ("preavis_mois", {"preavis_mois": 37}),
        ("delai_reponse_jours", {"delai_reponse_jours": -1}),
        ("forfait_annuel", {"remuneration": Remuneration.FORFAIT_ANNUEL}),
        ("pourcentages", {"cle": Cle.POURCENTAGES, "pourcentages": {"dep": Decimal(99)}}),
        ("pourcentages", {"cle": Cle.POURCENTAGES, "pourcentages": {"autre": Decimal(100)}}),
        ("coordinations", {"coordinations": (Coordination("autre", SECOURS.mode, cpv="35"),)}),
        ("coordinations", {"coordinations": (Coordination("dep", SECOURS.mode),)}),
        ("coordinations", {"coordinations": (SECOURS, SECOURS)}),
        ("evenements", {"evenements": ("membre.inconnu.v1",)}),
        ("mandat_epci", {"mandat_epci": True}),
        ("tribunal", {"tribunal": ""}),
    ],
)
def test_a_faulty_clause_is_named(champ: str, fautive: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refus:
        verifier(replace(USUELLES, **fautive), GROUPE)
    assert set(refus.value.champs) == {champ}


def test_regles_2_G2_coordinator_and_mode_are_chosen_per_scope() -> None:
    clauses = replace(USUELLES, coordinations=(SECOURS, CHALEUR))
    assert clauses.coordination("Tenues", "35811100", "dep") == SECOURS
    assert clauses.coordination("chauffage", "35811100", "dep") == CHALEUR
    papier = clauses.coordination("Papier", "30197630", "dep")
    assert (papier.coordonnateur, papier.mode) == ("dep", ModeCoordination.PASSATION_SIGNATURE)


def test_regles_2_G9_only_an_epci_receives_the_free_mandate_of_its_communes() -> None:
    communaute = replace(GROUPE, coordonnateur="cc", avec_cao=frozenset({"cc"}))
    assert verifier(replace(USUELLES, mandat_epci=True), communaute).mandat_epci
    paye = replace(
        USUELLES,
        mandat_epci=True,
        remuneration=Remuneration.FORFAIT_ANNUEL,
        forfait_annuel=Montant("1200"),
    )
    with pytest.raises(ValidationError, match="gratuit"):
        verifier(paye, communaute)


def test_the_coordinator_s_board_is_not_chosen_when_it_has_none() -> None:
    sans = replace(GROUPE, avec_cao=frozenset({"sdis"}))
    with pytest.raises(ValidationError, match="commission"):
        verifier(USUELLES, sans)
    assert verifier(replace(USUELLES, cao=ChoixCao.GROUPEMENT), sans)


def test_only_events_of_the_convention_pass_the_door() -> None:
    clauses = replace(USUELLES, evenements=("membre.besoin.declare.v1",))
    exiger_evenement_prevu(clauses, "membre.besoin.declare.v1")
    with pytest.raises(ForbiddenError, match="passer une commande") as refus:
        exiger_evenement_prevu(clauses, "membre.commande.demande.v1")
    assert refus.value.code == "evenement_hors_convention"


def test_every_request_of_the_door_has_its_words() -> None:
    assert set(INTITULES_DEMANDES) == set(DEMANDES)


def test_D3_members_have_the_time_they_agreed_on_to_answer() -> None:
    clauses = replace(USUELLES, delai_reponse_jours=10)
    exiger_delai_de_reponse(clauses, 10)
    with pytest.raises(ValidationError) as refus:
        exiger_delai_de_reponse(clauses, 9)
    assert set(refus.value.champs) == {"cloture_le"}


def test_regles_2_G7_a_one_off_group_buys_once() -> None:
    ponctuel = replace(USUELLES, permanente=False, duree_mois=12)
    exiger_ponctualite(ponctuel, 0)
    exiger_ponctualite(USUELLES, 12)
    with pytest.raises(ConflictError) as refus:
        exiger_ponctualite(ponctuel, 1)
    assert refus.value.code == "groupement_ponctuel"


def test_clauses_come_back_from_their_json_as_they_were() -> None:
    clauses = replace(
        USUELLES,
        coordinations=(SECOURS, CHALEUR),
        remuneration=Remuneration.FORFAIT_ANNUEL,
        forfait_annuel=Montant("4800.50"),
        cle=Cle.POURCENTAGES,
        pourcentages={"dep": Decimal("62.5"), "sdis": Decimal("37.5")},
        priorites=(Priorite("sdis", 1, "secours"),),
        planchers=(Plancher("SEL", pourcentage=Decimal("12.5")), Plancher(quantite=Decimal(2))),
    )
    ecrites = ClausesSchema().dump(clauses)
    assert ecrites["forfait_annuel"] == "4800.50"
    assert ecrites["pourcentages"] == {"dep": "62.5", "sdis": "37.5"}
    assert ClausesSchema().load(ecrites) == clauses
