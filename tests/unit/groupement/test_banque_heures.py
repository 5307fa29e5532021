"""J1 to J3: hours are pooled, weighed, and never counted twice."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.banque_heures import (
    Affectation,
    EtatHeures,
    Heures,
    Obligation,
    Solde,
    affecter,
    penalite,
    prevoir,
)
from services.groupement.domain.declarations_insertion import (
    ContratTravail,
    Declaration,
    Preuve,
    Public,
    decider,
    ecart,
    verifier,
)
from services.groupement.domain.heures_insertion import heures_dues
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres

JOUR = dt.date(2026, 1, 1)
MARCHES = ("A", "B", "C", "D")
obligations = st.lists(
    st.builds(
        Obligation,
        st.sampled_from(MARCHES),
        st.integers(0, 900),
        st.booleans(),
        st.integers(0, 40).map(lambda n: JOUR + dt.timedelta(days=n)),
    ),
    unique_by=lambda o: o.marche,
    max_size=4,
)
lots_d_heures = st.lists(
    st.builds(
        Heures,
        st.integers(0, 99).map(str),
        st.sampled_from(MARCHES),
        st.decimals("0.01", "400", places=2),
        st.integers(0, 40).map(lambda n: JOUR + dt.timedelta(days=n)),
    ),
    unique_by=lambda h: h.id,
    max_size=12,
)


@pytest.mark.parametrize(
    ("montant", "part", "effort", "cout", "heures"),
    [
        ("1000000", "0.50", "0.05", "30", 833),
        ("1500000", "0.70", "0.10", "30", 3500),
        ("320000", "0.45", "0.08", "27.50", 418),
    ],
)
def test_regles_13_hours_due(montant: str, part: str, effort: str, cout: str, heures: int) -> None:
    assert heures_dues(Montant(montant), Decimal(part), Decimal(effort), Decimal(cout)) == heures


@given(obligations, lots_d_heures)
def test_J1_no_hour_ever_counts_twice(dues: list[Obligation], heures: list[Heures]) -> None:
    servies: dict[str, Decimal] = defaultdict(Decimal)
    recues: dict[str, Decimal] = defaultdict(Decimal)
    for a in affecter(dues, heures):
        assert a.quantite > 0
        servies[a.heures] += a.quantite
        recues[a.marche] += a.quantite
    assert all(servies[h.id] <= h.comptees for h in heures)
    assert all(recues[o.marche] <= o.dues for o in dues)
    assert sum(servies.values()) == sum(recues.values())


@given(obligations, lots_d_heures, st.integers())
def test_J1_the_order_of_entry_changes_nothing(
    dues: list[Obligation], heures: list[Heures], graine: int
) -> None:
    attendu = affecter(dues, heures)
    Random(graine).shuffle(dues)
    Random(graine).shuffle(heures)
    assert affecter(dues, heures) == attendu


@given(obligations, lots_d_heures)
def test_J1_only_clauses_that_allow_it_share_and_nothing_useful_is_left(
    dues: list[Obligation], heures: list[Heures]
) -> None:
    par_marche = {o.marche: o for o in dues}
    par_id = {h.id: h for h in heures}
    reste = {h.id: h.comptees for h in heures}
    du = {o.marche: Decimal(o.dues) for o in dues}
    for a in affecter(dues, heures):
        origine, cible = par_id[a.heures], par_marche[a.marche]
        if origine.marche != a.marche:
            assert par_marche[origine.marche].mutualisable
            assert cible.mutualisable
            assert origine.debut <= cible.fin
        reste[a.heures] -= a.quantite
        du[a.marche] -= a.quantite
    for h in heures:
        for o in dues:
            source = par_marche.get(h.marche)
            commun = source and source.mutualisable and o.mutualisable and h.debut <= o.fin
            if h.marche == o.marche or commun:
                assert not (reste[h.id] and du[o.marche])


def test_J1_surplus_of_one_contract_discharges_another_of_the_same_firm() -> None:
    dues = [Obligation("A", 100, True, JOUR), Obligation("B", 60, True, JOUR)]
    heures = [Heures("1", "A", Decimal(130), JOUR)]
    assert affecter(dues, heures) == [
        Affectation("1", "A", Decimal(100)),
        Affectation("1", "B", Decimal(30)),
    ]
    seule = [Obligation("A", 100, False, JOUR), Obligation("B", 60, True, JOUR)]
    assert affecter(seule, heures) == [Affectation("1", "A", Decimal(100))]


def test_the_forecast_is_linear_on_elapsed_days_and_says_it() -> None:
    debut, fin = dt.date(2026, 1, 1), dt.date(2026, 12, 31)
    mi_annee = debut + (fin - debut) / 2
    prevision = prevoir(Solde(360, Decimal(120)), debut, fin, mi_annee)
    assert prevision is not None
    assert prevision.phrase == "À ce rythme, il manquera 120\u00a0h au 31/12/2026."
    tenue = prevoir(Solde(360, Decimal(200)), debut, fin, mi_annee)
    assert tenue is not None
    assert tenue.phrase == "À ce rythme, l’objectif sera tenu au 31/12/2026."
    finie = prevoir(Solde(360, Decimal("299.5")), debut, fin, fin)
    assert finie is not None
    assert finie.phrase == "Il manque 61\u00a0h au terme du 31/12/2026."
    assert prevoir(Solde(360, Decimal(0)), debut, fin, debut) is None
    assert prevoir(Solde(360, Decimal(360)), debut, fin, mi_annee) is None


def test_the_penalty_is_computed_on_what_is_missing() -> None:
    assert penalite(Decimal("60.5"), Montant("30")) == Montant("1815.00")
    assert penalite(-3, Montant("30")) == Montant.zero()


def declaration(**champs: object) -> Declaration:
    valeurs: dict[str, object] = {
        "personne": "INS-0042",
        "public": Public.JEUNE,
        "contrat_travail": ContratTravail.APPRENTISSAGE,
        "preuve": Preuve.CONTRAT_ALTERNANCE,
        "preuve_reference": "CA-118",
        "debut": dt.date(2026, 3, 2),
        "fin": dt.date(2026, 3, 6),
        "heures": Decimal(35),
    }
    return Declaration(**(valeurs | champs))  # type: ignore[arg-type]


def controler(lue: Declaration) -> None:
    verifier(
        lue,
        du=dt.date(2026, 1, 1),
        au=dt.date(2026, 12, 31),
        aujourd_hui=dt.date(2026, 3, 16),
        par_jour=Decimal(10),
    )


@pytest.mark.parametrize(
    ("champs", "faute"),
    [
        ({"personne": "Camille Martin"}, "personne"),
        ({"personne": "MARTIN"}, "personne"),
        ({"personne": "A1"}, "personne"),
        ({"fin": dt.date(2026, 3, 1)}, "fin"),
        ({"fin": dt.date(2026, 3, 17)}, "fin"),
        ({"debut": dt.date(2025, 12, 31)}, "debut"),
        ({"heures": Decimal("50.01")}, "heures"),
        ({"heures": Decimal(0)}, "heures"),
        ({"heures": Decimal("1.005")}, "heures"),
    ],
)
def test_what_cannot_be_is_refused_on_its_field(champs: dict[str, object], faute: str) -> None:
    with pytest.raises(ValidationError) as refus:
        controler(declaration(**champs))
    assert list(refus.value.champs) == [faute]


def test_a_day_of_ten_hours_is_the_most() -> None:
    controler(declaration(heures=Decimal(50)))


def test_a_decision_is_taken_once() -> None:
    assert decider(EtatHeures.DECLAREE, EtatHeures.VALIDEE) is EtatHeures.VALIDEE
    assert ecart(EtatHeures.DECLAREE) is EtatHeures.REFUSEE
    assert ecart(EtatHeures.VALIDEE) is EtatHeures.ANNULEE
    for fini in (EtatHeures.REFUSEE, EtatHeures.ANNULEE):
        with pytest.raises(ConflictError):
            decider(fini, ecart(fini))


def test_J3_every_kind_of_employment_has_a_dated_coefficient() -> None:
    parametres = Parametres.depuis_yaml()
    assert all(parametres.valeur(c.parametre, JOUR).valeur >= 1 for c in ContratTravail)
    assert [c for c in ContratTravail if c.alternance] == [
        ContratTravail.APPRENTISSAGE,
        ContratTravail.PROFESSIONNALISATION,
    ]
