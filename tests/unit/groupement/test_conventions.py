import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.groupement.domain.conventions import (
    Adhesion,
    Convention,
    EtatAdhesion,
    EtatConvention,
    en_vigueur,
    exiger_dans_le_perimetre,
    exiger_executoire,
    exiger_signatures,
    franchir,
)
from shared.kernel.errors import ConflictError, ValidationError

JOUR = dt.date(2026, 2, 2)
DEBUT = dt.date(2026, 1, 5)


def adhesion(siret: str, effet: dt.date | None = DEBUT, fin: dt.date | None = None) -> Adhesion:
    return Adhesion(siret, siret.upper(), effet, effet, fin)


def convention(
    *adhesions: Adhesion, etat: EtatConvention = EtatConvention.EN_VIGUEUR
) -> Convention:
    return Convention("Groupement", 1, etat, "dep", DEBUT, None, adhesions)


def test_D1_no_launch_before_the_convention_is_in_force() -> None:
    brouillon = convention(adhesion("dep"), adhesion("sdis"), etat=EtatConvention.EN_SIGNATURE)
    with pytest.raises(ConflictError) as refus:
        exiger_executoire(brouillon, {"sdis"}, JOUR)
    assert refus.value.code == "convention_non_executoire"


def test_D1_every_participant_has_voted_on_the_day_of_the_launch_at_the_latest() -> None:
    groupe = convention(adhesion("dep"), adhesion("sdis", JOUR), adhesion("sdea", None))
    exiger_executoire(groupe, {"sdis"}, JOUR)
    with pytest.raises(ConflictError) as refus:
        exiger_executoire(groupe, {"sdis", "sdea"}, JOUR)
    assert refus.value.details["membres"] == ["sdea"]
    assert "SDEA" in refus.value.message
    with pytest.raises(ConflictError):
        exiger_executoire(groupe, {"sdis"}, JOUR - dt.timedelta(days=1))


def test_D1_the_coordinator_counts_even_without_a_need() -> None:
    with pytest.raises(ConflictError) as refus:
        exiger_executoire(convention(adhesion("sdis")), {"sdis"}, JOUR)
    assert refus.value.details["membres"] == ["dep"]


def test_D2a_a_late_joiner_is_told_of_the_next_purchase() -> None:
    exiger_dans_le_perimetre("sdis", ["dep", "sdis"])
    with pytest.raises(ConflictError, match="prochain achat") as refus:
        exiger_dans_le_perimetre("tard", ["dep", "sdis"])
    assert (refus.value.status, refus.value.code) == (409, "perimetre_fige")


def test_a_membership_is_an_interval_read_at_a_date() -> None:
    sejour = Adhesion("a", "A", dt.date(2026, 1, 1), dt.date(2026, 1, 10), dt.date(2026, 6, 1))
    lu = {
        jour: sejour.etat(dt.date.fromisoformat(jour))
        for jour in ("2026-01-05", "2026-01-10", "2026-05-31", "2026-06-01")
    }
    assert list(lu.values()) == [
        EtatAdhesion.DELIBERATION_PRISE,
        EtatAdhesion.RETRAIT_NOTIFIE,
        EtatAdhesion.RETRAIT_NOTIFIE,
        EtatAdhesion.RETIRE,
    ]
    assert adhesion("a", None).etat(JOUR) is EtatAdhesion.INVITE
    assert adhesion("a").etat(JOUR) is EtatAdhesion.ADHERENT


def test_a_membership_never_precedes_its_vote() -> None:
    with pytest.raises(ValidationError) as refus:
        Adhesion("a", "A", dt.date(2026, 2, 1), dt.date(2026, 1, 1))
    assert "effet_le" in refus.value.champs
    with pytest.raises(ValidationError):
        Adhesion("a", "A", None, dt.date(2026, 1, 1))


def test_those_who_have_not_voted_yet_are_asked_for_their_needs_too() -> None:
    groupe = convention(
        adhesion("dep"), adhesion("tard", None), adhesion("parti", DEBUT, dt.date(2026, 1, 20))
    )
    assert [a.siret for a in groupe.consultes(JOUR)] == ["dep", "tard"]
    assert [a.siret for a in groupe.adherents(JOUR)] == ["dep"]


def test_the_newest_version_in_force_applies() -> None:
    ancienne = convention(adhesion("dep"))
    nouvelle = Convention(
        "Groupement", 2, EtatConvention.EN_VIGUEUR, "dep", JOUR, dt.date(2027, 1, 1), ()
    )
    assert en_vigueur([nouvelle, ancienne], DEBUT) is ancienne
    assert en_vigueur([ancienne, nouvelle], JOUR) is nouvelle
    assert en_vigueur([nouvelle], dt.date(2027, 1, 1)) is None
    assert nouvelle.etat_au(dt.date(2027, 1, 1)) is EtatConvention.EXPIREE


def test_a_convention_enters_into_force_with_the_votes_of_its_coordinator_and_another() -> None:
    exiger_signatures(convention(adhesion("dep"), adhesion("sdis")), DEBUT)
    with pytest.raises(ConflictError, match="au moins deux membres"):
        exiger_signatures(convention(adhesion("dep"), adhesion("sdis", JOUR)), DEBUT)
    with pytest.raises(ConflictError, match="coordonnateur"):
        exiger_signatures(convention(adhesion("sdis"), adhesion("sdea")), DEBUT)


@given(st.sampled_from(EtatConvention), st.sampled_from(EtatConvention))
def test_a_terminated_convention_never_comes_back(
    depuis: EtatConvention, vers: EtatConvention
) -> None:
    finie = depuis in {EtatConvention.RESILIEE, EtatConvention.EXPIREE}
    if finie:
        with pytest.raises(ConflictError):
            franchir(depuis, vers)


def test_the_life_of_a_convention() -> None:
    etat = EtatConvention.BROUILLON
    for vers in (
        EtatConvention.EN_SIGNATURE,
        EtatConvention.EN_VIGUEUR,
        EtatConvention.SUSPENDUE,
        EtatConvention.EN_VIGUEUR,
        EtatConvention.RESILIEE,
    ):
        etat = franchir(etat, vers)
    with pytest.raises(ConflictError):
        franchir(EtatConvention.BROUILLON, EtatConvention.EN_VIGUEUR)
