import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, ParametreManquant, Parametres
from shared.kernel.seuils import Publicite, TypeProcedure, procedure

PARAMETRES = Parametres.depuis_yaml()
COLLECTIVITE = ClasseAcheteur.COLLECTIVITE
ORDRE = list(TypeProcedure)


def decider(jour: str, nature: str, montant: str):
    return procedure(
        PARAMETRES, dt.date.fromisoformat(jour), COLLECTIVITE, Nature(nature), Montant(montant)
    )


@pytest.mark.parametrize(
    ("jour", "nature", "montant", "attendu", "publicite"),
    [
        ("2026-03-31", "SERVICES", "45000", "MAPA", "LIBRE"),
        ("2026-04-01", "SERVICES", "45000", "SANS_PUBLICITE", "AUCUNE"),
        ("2026-04-01", "FOURNITURES", "60000", "MAPA", "LIBRE"),
        ("2026-04-01", "FOURNITURES", "59999.99", "SANS_PUBLICITE", "AUCUNE"),
        ("2026-05-01", "TRAVAUX", "99999.99", "SANS_PUBLICITE", "AUCUNE"),
        ("2026-05-01", "TRAVAUX", "100000", "MAPA", "BOAMP_OU_JAL"),
        ("2026-05-01", "SERVICES", "89999.99", "MAPA", "LIBRE"),
        ("2026-05-01", "SERVICES", "90000", "MAPA", "BOAMP_OU_JAL"),
        ("2025-12-31", "SERVICES", "216000", "MAPA", "BOAMP_OU_JAL"),
        ("2026-01-01", "SERVICES", "216000", "FORMALISEE", "JOUE_ET_BOAMP"),
        ("2026-01-01", "TRAVAUX", "5403999.99", "MAPA", "BOAMP_OU_JAL"),
        ("2019-12-31", "SERVICES", "30000", "MAPA", "LIBRE"),
        ("2020-01-01", "SERVICES", "30000", "SANS_PUBLICITE", "AUCUNE"),
    ],
)
def test_the_thirteen_examples_of_the_rule_book(jour, nature, montant, attendu, publicite):
    decision = decider(jour, nature, montant)
    assert (decision.procedure, decision.publicite) == (attendu, publicite)


@pytest.mark.parametrize(
    ("montant", "attendu", "publicite"),
    [
        ("59999.99", TypeProcedure.SANS_PUBLICITE, Publicite.AUCUNE),
        ("300000", TypeProcedure.MAPA, Publicite.LIBRE),
        ("750000", TypeProcedure.MAPA, Publicite.JOUE),
    ],
)
def test_social_services_stay_adapted_whatever_the_amount(montant, attendu, publicite):
    decision = decider("2026-05-01", "SERVICES_SOCIAUX", montant)
    assert (decision.procedure, decision.publicite) == (attendu, publicite)


def test_needs_of_a_group_are_summed_before_the_comparison():
    besoins = [Montant("30000"), Montant("25000"), Montant("8000")]
    seuls = {decider("2026-05-01", "SERVICES", str(b)).procedure for b in besoins}
    assert seuls == {TypeProcedure.SANS_PUBLICITE}
    ensemble = decider("2026-05-01", "SERVICES", str(Montant.somme(besoins)))
    assert ensemble.procedure is TypeProcedure.MAPA


def test_decision_says_why_in_french():
    decision = decider("2026-05-01", "FOURNITURES", "65880")
    assert decision.explication == (
        "Montant estimé de 65\u202f880,00\u00a0€ HT, consultation lancée le 01/05/2026\u00a0: "
        "il atteint le seuil de 60\u202f000\u00a0€ HT (CCP R2122-8, décret 2025-1386, art. 1er b)"
        "\u202f; il reste sous le seuil de 90\u202f000\u00a0€ HT (CCP R2131-12)\u202f; il reste "
        "sous le seuil de 216\u202f000\u00a0€ HT (Règlement délégué (UE) 2025/2152). Donc "
        "procédure adaptée, publicité aux modalités libres."
    )
    assert [s.valeur for s in decision.seuils] == [60000, 90000, 216000]


def test_beyond_the_known_thresholds_the_decision_is_refused():
    with pytest.raises(ParametreManquant, match="seuil_formalise_ht"):
        decider("2028-01-01", "SERVICES", "100000")


@given(
    st.dates(dt.date(2016, 4, 1), dt.date(2027, 12, 31)),
    st.sampled_from([c for c in ClasseAcheteur if c is not ClasseAcheteur.ENTREPRISE_PUBLIQUE]),
    st.sampled_from(list(Nature)),
    st.decimals(0, 10**7, places=2),
    st.decimals(0, 10**6, places=2),
)
def test_a_larger_amount_never_calls_for_a_lighter_procedure(jour, acheteur, nature, petit, ecart):
    def rang(montant: Decimal) -> int:
        decision = procedure(PARAMETRES, jour, acheteur, nature, Montant(montant))
        return ORDRE.index(decision.procedure)

    assert rang(petit) <= rang(petit + ecart)
