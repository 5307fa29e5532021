"""M3: groupings are found whatever the order, between different members only, and explained."""

import datetime as dt
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.analyse import (
    Analyse,
    Connaissance,
    Decoupage,
    Firme,
    analyser,
    en_donnees,
    phrases,
)
from services.groupement.domain.opportunites import (
    EtatOpportunite,
    Groupe,
    Plan,
    classe_cpv,
    compatibles,
    departement,
    detecter,
    exiger_ouverte,
    motif_exige,
)
from services.groupement.domain.seuils import Cadre
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres
from shared.ops import demo

DEP, SDIS, SDEA, VH, AUB = (membre.siret for membre in demo.MEMBRES)
NOMS = {membre.siret: membre.nom for membre in demo.MEMBRES}
JOUR = dt.date(2026, 3, 2)
PARAMETRES = Parametres.depuis_yaml()


def plan(
    siret: str,
    debut: int = 0,
    fin: int = 60,
    montant: str | None = "30000",
    *,
    cpv: str = "30197630",
    lieu: str = "07",
    id_: str = "",
) -> Plan:
    return Plan(
        id_ or f"{siret}-{cpv}-{debut}",
        siret,
        NOMS.get(siret, siret),
        "Papier",
        cpv,
        Nature.FOURNITURES,
        lieu,
        JOUR + dt.timedelta(days=debut),
        JOUR + dt.timedelta(days=fin),
        montant and Montant(montant),
    )


PLANS = st.lists(
    st.builds(
        lambda siret, debut, duree, montant, cpv, lieu, rang: plan(
            siret, debut, debut + duree, montant, cpv=cpv, lieu=lieu, id_=f"{rang:04d}"
        ),
        st.sampled_from([DEP, SDIS, SDEA, VH, AUB]),
        st.integers(0, 200),
        st.integers(0, 60),
        st.sampled_from(["1000", "30000", "90000", None]),
        st.sampled_from(["30197630", "30192700", "09310000"]),
        st.sampled_from(["07", "07019", "26"]),
        st.integers(0, 9999),
    ),
    max_size=14,
    unique_by=lambda p: p.id,
)


@given(PLANS, st.integers())
def test_M3_the_order_of_the_plans_changes_nothing(plans: list[Plan], graine: int) -> None:
    melange = random.Random(graine).sample(plans, k=len(plans))
    assert detecter(melange) == detecter(plans)


@given(PLANS)
def test_M3_a_group_is_several_members_who_can_launch_the_same_day(plans: list[Plan]) -> None:
    groupes = detecter(plans)
    for groupe in groupes:
        assert len(groupe.membres) >= 2
        assert groupe.debut <= groupe.fin
        assert len({p.famille for p in groupe.plans}) == 1
        assert groupe.total == Montant.somme(groupe.par_membre.values())
    places = [p.id for groupe in groupes for p in groupe.plans]
    assert len(places) == len(set(places))


@given(PLANS)
def test_M3_no_compatible_pair_is_left_outside_all_groups(plans: list[Plan]) -> None:
    places = {p.id for groupe in detecter(plans) for p in groupe.plans}
    restants = [p for p in plans if p.id not in places]
    assert not any(compatibles(un, autre) for un in restants for autre in restants)


@given(PLANS)
def test_M3_an_unrelated_plan_changes_nothing(plans: list[Plan]) -> None:
    etranger = plan("99999999999999", 0, 400, cpv="45210000", id_="etranger")
    assert detecter([*plans, etranger]) == detecter(plans)


@given(PLANS)
def test_M3_a_member_is_never_grouped_with_itself(plans: list[Plan]) -> None:
    assert not detecter([p for p in plans if p.siret == SDIS])


def test_M3_the_window_is_what_all_share_and_the_late_one_stays_out() -> None:
    tot, milieu, tard = plan(SDIS, 0, 40), plan(SDEA, 30, 90), plan(VH, 80, 120)
    (groupe,) = detecter([tot, milieu, tard])
    assert set(groupe.membres) == {SDIS, SDEA} or set(groupe.membres) == {SDEA, VH}
    assert groupe == detecter([tard, tot, milieu])[0]
    assert (groupe.debut, groupe.fin) == (milieu.debut, tot.fin)


def test_M3_place_and_class_count_not_the_exact_code() -> None:
    assert classe_cpv("30197630") == classe_cpv("30192700") == "3019"
    assert departement("07019") == "07" == departement("07")
    assert departement("97411") == "974"
    assert departement("FRK22") == "FRK22"
    (groupe,) = detecter([plan(SDIS, cpv="30192700", lieu="07019"), plan(SDEA)])
    assert (groupe.cpv, groupe.lieu) == ("30190000", "07")
    assert not detecter([plan(SDIS, lieu="26"), plan(SDEA)])
    assert not detecter([plan(SDIS, 0, 10), plan(SDEA, 11, 20)])


def test_M3_the_fingerprint_moves_with_any_input() -> None:
    groupe = Groupe((plan(SDIS), plan(SDEA)))
    assert groupe.empreinte == Groupe((plan(SDIS), plan(SDEA))).empreinte
    for autre in (plan(SDEA, montant="30001"), plan(SDEA, fin=61), plan(SDEA, lieu="07019")):
        assert Groupe((plan(SDIS), autre)).empreinte != groupe.empreinte


def analyse(*plans: Plan, pme: tuple[str, ...] = (), marches: int = 6) -> Analyse:
    cadre = Cadre(PARAMETRES, JOUR, ClasseAcheteur.COLLECTIVITE, Nature.FOURNITURES)
    firmes = tuple(Firme(f"9{rang}", f"Firme {rang}", Montant(m)) for rang, m in enumerate(pme))
    connu = Connaissance(firmes, marches, len(firmes) + 1, dt.date(2023, 3, 2))
    groupe = Groupe(plans)
    return analyser(groupe, cadre, dict.fromkeys(groupe.membres, cadre), connu)


def dites(faite: Analyse) -> str:
    return " ".join(phrases(faite, lieu="Ardèche (07)", nom_lot={"30197630": "papier"}))


def test_M3_crossing_a_threshold_is_told_with_what_alone_would_need() -> None:
    faite = analyse(plan(SDIS, montant="35000"), plan(SDEA, montant="38000"))
    assert faite.seuil_franchi
    assert faite.ensemble.procedure == "MAPA"
    assert "franchit un seuil qu’aucun membre n’atteint seul" in dites(faite)
    deja = analyse(plan(SDIS, montant="80000"), plan(SDEA, montant="15000"))
    assert not deja.seuil_franchi
    assert deja.publicite_renforcee
    assert "publicité devient plus large" in dites(deja)
    ni_lun = analyse(plan(SDIS, montant="1000"), plan(SDEA, montant="1000"))
    assert "aucun seuil nouveau" in dites(ni_lun)


def test_M3_lots_keep_the_small_firms_that_one_lot_shuts_out() -> None:
    faite = analyse(
        plan(SDIS, montant="40000", lieu="07019"),
        plan(SDEA, montant="60000", lieu="07186"),
        pme=("25000", "20000", "5000", "200000"),
    )
    assert faite.decoupage is Decoupage.LIEU
    assert [lot.cle for lot in faite.lots] == ["07019", "07186"]
    assert (faite.garde.avant, faite.garde.en_un_lot, faite.garde.apres) == (3, 1, 3)
    texte = dites(faite)
    assert "sur 4 PME connues" in texte
    assert "3 si chacun achète seul, 1 en un seul lot, 3 comme proposé" in texte
    assert "5 titulaires connus, dont 4 PME, d’après 6 marchés de la classe" in texte


def test_M3_distinct_families_are_distinct_lots_and_one_family_is_one() -> None:
    familles = analyse(plan(SDIS, cpv="30197630"), plan(SDEA, cpv="30192700"))
    assert familles.decoupage is Decoupage.FAMILLE
    assert "papier (30" in dites(familles)
    assert analyse(plan(SDIS), plan(SDEA)).decoupage is Decoupage.UNIQUE


def test_M3_the_small_firms_that_grouping_shuts_out_are_counted() -> None:
    faite = analyse(plan(SDIS, montant="40000"), plan(SDEA, montant="60000"), pme=("20000",))
    assert (faite.garde.avant, faite.garde.apres, faite.garde.perdues) == (1, 0, 1)
    assert "sur 1 PME connue" in dites(faite)
    assert "Grouper coûte donc 1 PME écartée" in dites(faite)


def test_M3_without_data_the_guard_says_so_instead_of_guessing() -> None:
    assert "impossible à chiffrer" in dites(analyse(plan(SDIS), plan(SDEA), marches=0))
    muets = analyse(plan(SDIS, montant=None), plan(SDEA, montant=None), pme=("1",))
    assert "aucun montant n’est communiqué" in dites(muets)
    assert "le total est un minimum" in dites(muets)
    assert en_donnees(muets, [])["garde_pme"]["avant"] == 0


def test_M3_a_decision_is_taken_once_and_dismissing_needs_a_reason() -> None:
    exiger_ouverte(EtatOpportunite.OUVERTE)
    with pytest.raises(ConflictError):
        exiger_ouverte(EtatOpportunite.ECARTEE)
    assert motif_exige(" trop tôt ") == "trop tôt"
    with pytest.raises(ValidationError):
        motif_exige(" ")
