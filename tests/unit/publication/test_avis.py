"""What a notice must say, on both sides of the publicity threshold."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.publication.domain.avis import (
    COMPLETS,
    ESSENTIELS,
    avertissements,
    champs_manquants,
    champs_obligatoires,
    procedure_annoncee,
    verifier_modifiable,
    verifier_publiable,
)
from services.publication.domain.delais import reponse_conseillee, reponse_imposee
from services.publication.domain.valeurs import Delai, Support
from shared.kernel.errors import ConflictError, DomainError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres
from shared.kernel.seuils import Publicite, TypeProcedure, procedure
from tests.unit.publication.monde import LIMITE, MAINTENANT, complet, contenu

PARAMETRES = Parametres.depuis_yaml()


def _selon_le_seuil(montant: str, **changements: Any) -> Any:
    """The notice with the procedure that the law gives to its amount."""
    decision = procedure(
        PARAMETRES,
        MAINTENANT.date(),
        ClasseAcheteur.COLLECTIVITE,
        Nature.FOURNITURES,
        Montant(montant),
    )
    return contenu(
        montant_estime_ht=Montant(montant),
        procedure=procedure_annoncee(decision.procedure),
        publicite=decision.publicite,
        **changements,
    )


def test_A2_five_pieces_of_information_are_enough_at_89_999_99() -> None:
    verifier_publiable(_selon_le_seuil("89999.99"), MAINTENANT, None)


def test_A2_the_same_call_at_90_000_names_every_missing_field() -> None:
    with pytest.raises(DomainError) as refus:
        verifier_publiable(_selon_le_seuil("90000"), MAINTENANT, None)
    assert refus.value.code == "champs_manquants"
    assert tuple(refus.value.champs) == COMPLETS
    for nom in ("description", "critères d’attribution", "support de publication"):
        assert nom in refus.value.message


def test_A2_complete_at_90_000_it_is_publishable() -> None:
    verifier_publiable(complet(montant_estime_ht=Montant("90000")), MAINTENANT, None)


@pytest.mark.parametrize("champ", ESSENTIELS)
def test_none_of_the_essential_fields_may_be_empty(champ: str) -> None:
    vide = None if champ in ("date_limite", "montant_estime_ht") else "  "
    with pytest.raises(DomainError) as refus:
        verifier_publiable(contenu(**{champ: vide}), MAINTENANT, None)
    assert champ in refus.value.champs


@pytest.mark.parametrize(
    ("publicite", "supports", "accepte"),
    [
        (Publicite.BOAMP_OU_JAL, (Support.BOAMP,), True),
        (Publicite.BOAMP_OU_JAL, (Support.JAL,), True),
        (Publicite.BOAMP_OU_JAL, (Support.JOUE,), False),
        (Publicite.JOUE_ET_BOAMP, (Support.JOUE, Support.BOAMP), True),
        (Publicite.JOUE_ET_BOAMP, (Support.JOUE,), False),
        (Publicite.JOUE, (Support.JOUE,), True),
        (Publicite.JOUE, (Support.BOAMP,), False),
    ],
)
def test_the_notice_also_appears_where_the_law_says(
    publicite: Publicite, supports: tuple[Support, ...], accepte: bool
) -> None:
    avis = complet(publicite=publicite, supports=supports)
    if accepte:
        verifier_publiable(avis, MAINTENANT, None)
        return
    with pytest.raises(DomainError) as refus:
        verifier_publiable(avis, MAINTENANT, None)
    assert set(refus.value.champs) == {"supports"}


def test_the_deadline_is_in_the_future_to_the_instant() -> None:
    verifier_publiable(
        contenu(date_limite=MAINTENANT + dt.timedelta(microseconds=1)), MAINTENANT, None
    )
    with pytest.raises(DomainError, match="dans l’avenir"):
        verifier_publiable(contenu(date_limite=MAINTENANT), MAINTENANT, None)


def test_an_unknown_place_or_division_is_named() -> None:
    with pytest.raises(DomainError) as refus:
        verifier_publiable(contenu(lieu="Ici", cpv="99000000"), MAINTENANT, None)
    assert set(refus.value.champs) == {"lieu", "cpv"}


def test_a_formal_procedure_leaves_thirty_clear_days() -> None:
    """Sent 2 March 2026, thirty clear days: 2 April at the earliest."""
    envoi = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
    impose = reponse_imposee(PARAMETRES, TypeProcedure.FORMALISEE, envoi.date())
    assert impose is not None
    assert impose.jours == 30
    tot = complet(date_limite=dt.datetime(2026, 4, 1, 10, tzinfo=dt.UTC))
    with pytest.raises(DomainError, match="02/04/2026"):
        verifier_publiable(tot, envoi, impose)
    verifier_publiable(
        complet(date_limite=dt.datetime(2026, 4, 1, 22, tzinfo=dt.UTC)), envoi, impose
    )


def test_a_short_adapted_procedure_is_a_warning_only() -> None:
    plancher = reponse_conseillee(PARAMETRES, TypeProcedure.MAPA, MAINTENANT.date())
    assert plancher is not None
    court = contenu(date_limite=MAINTENANT + dt.timedelta(days=15))
    verifier_publiable(court, MAINTENANT, None)
    assert "moins de 15 jours francs" in avertissements(court, MAINTENANT, plancher)[0]
    assert avertissements(contenu(), MAINTENANT, plancher) == ()
    assert reponse_imposee(PARAMETRES, TypeProcedure.MAPA, MAINTENANT.date()) is None


def test_a_notice_is_corrected_until_its_deadline_and_never_once_cancelled() -> None:
    juste_avant = LIMITE - dt.timedelta(microseconds=1)
    verifier_modifiable(date_limite=LIMITE, annule_le=None, instant=juste_avant)
    with pytest.raises(ConflictError, match="close"):
        verifier_modifiable(date_limite=LIMITE, annule_le=None, instant=LIMITE)
    with pytest.raises(ConflictError, match="annulé"):
        verifier_modifiable(date_limite=LIMITE, annule_le=MAINTENANT, instant=MAINTENANT)


def test_who_is_exempt_and_publishes_runs_an_adapted_procedure() -> None:
    assert procedure_annoncee(TypeProcedure.SANS_PUBLICITE) is TypeProcedure.MAPA
    assert procedure_annoncee(TypeProcedure.FORMALISEE) is TypeProcedure.FORMALISEE


@given(st.decimals(min_value=1, max_value=5_000_000, places=2))
def test_more_money_never_asks_for_less_information(montant: Any) -> None:
    def exige(valeur: Any) -> set[str]:
        decision = procedure(
            PARAMETRES,
            MAINTENANT.date(),
            ClasseAcheteur.COLLECTIVITE,
            Nature.SERVICES,
            Montant(valeur),
        )
        return set(champs_obligatoires(decision.publicite))

    assert exige(montant) <= exige(montant * 2)


@given(st.sets(st.sampled_from(COMPLETS)))
def test_missing_fields_are_exactly_those_left_empty(vides: set[str]) -> None:
    vide = {"duree_mois": None, "supports": ()}
    avis = replace(complet(), **{champ: vide.get(champ, "") for champ in vides})
    assert set(champs_manquants(avis)) == vides


def test_codes_of_the_lots_follow_the_main_one_without_repeating_it() -> None:
    assert contenu().codes_cpv == ("30197630",)


def test_a_notice_without_deadline_has_none_to_give() -> None:
    with pytest.raises(DomainError, match="date limite"):
        _ = contenu(date_limite=None).echeance


def test_a_delay_reads_its_dated_parameter() -> None:
    conseil = reponse_conseillee(PARAMETRES, TypeProcedure.MAPA, dt.date(2026, 5, 4))
    assert isinstance(conseil, Delai)
    assert conseil.jours == 15
    assert reponse_conseillee(PARAMETRES, TypeProcedure.FORMALISEE, dt.date(2026, 5, 4)) is None
