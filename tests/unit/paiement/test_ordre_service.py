"""Service orders: rules of issue, effects on dates and amounts, answers of the contractor."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.paiement.domain import ordre_service as os
from services.paiement.domain.ordre_service import (
    Autorite,
    EtatOrdre,
    MotifRefus,
    Ordre,
    TypeOrdre,
)
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

NOTIFICATION = dt.date(2026, 1, 5)
FIN = dt.date(2027, 1, 5)


def ordre(type_: TypeOrdre, le: str = "2026-03-02", numero: int = 1, **faits: object) -> Ordre:
    base: dict[str, object] = {"etat": EtatOrdre.NOTIFIE}
    return Ordre(numero, type_, dt.date.fromisoformat(le), **(base | faits))  # type: ignore[arg-type]


def effets(*ordres: Ordre) -> os.Effets:
    return os.effets(NOTIFICATION, 12, None, ordres)


def test_H1_la_fin_recule_des_jours_de_suspension() -> None:
    lus = effets(
        ordre(TypeOrdre.SUSPENSION, "2026-03-02", 1), ordre(TypeOrdre.REPRISE, "2026-04-01", 2)
    )
    assert lus.fin == ajouter_jours(FIN, 30)
    assert lus.suspendu_depuis is None
    assert [etape.fin for etape in lus.etapes] == [FIN, FIN, lus.fin]
    assert "30\u00a0jours de plus" in lus.etapes[-1].libelle


def test_H1_demarrage_delai_et_prix() -> None:
    lus = effets(
        ordre(TypeOrdre.DEMARRAGE, "2026-02-02", 1),
        ordre(TypeOrdre.DELAI, "2026-05-04", 2, jours=15),
        ordre(TypeOrdre.PRIX, "2026-05-04", 3, montant_ht=Montant("1200")),
        ordre(TypeOrdre.SUSPENSION, "2026-06-01", 4),
    )
    assert lus.debut == dt.date(2026, 2, 2)
    assert lus.fin == dt.date(2027, 2, 17)
    assert lus.suspendu_depuis == dt.date(2026, 6, 1)
    assert lus.montant_ht == Montant("1200")
    assert (lus.prolongation, len(lus.arrets)) == (15, 1)


def test_H1_un_avenant_fixe_la_fin_que_les_ordres_reculent() -> None:
    lus = os.effets(NOTIFICATION, 12, dt.date(2027, 3, 31), [ordre(TypeOrdre.DELAI, jours=10)])
    assert lus.fin == dt.date(2027, 4, 10)


@pytest.mark.parametrize("etat", [EtatOrdre.EMIS, EtatOrdre.REFUSE, EtatOrdre.ANNULE])
def test_un_ordre_non_notifie_refuse_ou_annule_ne_change_rien(etat: EtatOrdre) -> None:
    assert effets(ordre(TypeOrdre.DELAI, jours=10, etat=etat)).fin == FIN


@given(pas=st.lists(st.integers(1, 60), max_size=12))
def test_H1_la_fin_recule_exactement_des_jours_perdus(pas: list[int]) -> None:
    le, ordres, perdus = NOTIFICATION, list[Ordre](), 0
    for rang, nombre in enumerate(pas):
        le = ajouter_jours(le, nombre)
        reprise = rang % 2 == 1
        perdus += nombre if reprise else 0
        type_ = TypeOrdre.REPRISE if reprise else TypeOrdre.SUSPENSION
        nouveau = Ordre(rang + 1, type_, le, EtatOrdre.ACCUSE)
        os.verifier_emission(nouveau, ordres, NOTIFICATION)
        ordres.append(nouveau)
    lus = effets(*ordres)
    assert lus.fin == ajouter_jours(FIN, perdus)
    assert all(avant.fin <= apres.fin for avant, apres in pairwise(lus.etapes))
    assert (lus.suspendu_depuis is not None) is (len(pas) % 2 == 1)


@pytest.mark.parametrize(
    ("nouveau", "champ"),
    [
        (ordre(TypeOrdre.PRIX), "montant_ht"),
        (ordre(TypeOrdre.PRIX, montant_ht=Montant("0")), "montant_ht"),
        (ordre(TypeOrdre.DELAI, jours=3, montant_ht=Montant("1")), "montant_ht"),
        (ordre(TypeOrdre.DELAI), "jours"),
        (ordre(TypeOrdre.INSTRUCTION, jours=3), "jours"),
        (ordre(TypeOrdre.INSTRUCTION, "2026-01-04"), "effet_le"),
        (ordre(TypeOrdre.REPRISE), "type"),
        (ordre(TypeOrdre.DELAI, jours=3, autorite=Autorite.MAITRE_OEUVRE), "validation_le"),
    ],
)
def test_regles_15_un_ordre_impossible_est_refuse(nouveau: Ordre, champ: str) -> None:
    with pytest.raises(ValidationError) as refus:
        os.verifier_emission(nouveau, [], NOTIFICATION)
    assert set(refus.value.champs) == {champ}


def test_regles_15_le_maitre_d_oeuvre_fait_valider_d_abord() -> None:
    valide = ordre(
        TypeOrdre.DELAI, jours=3, autorite=Autorite.MAITRE_OEUVRE, validation_le=NOTIFICATION
    )
    os.verifier_emission(valide, [], NOTIFICATION)
    os.verifier_emission(
        ordre(TypeOrdre.INSTRUCTION, autorite=Autorite.MAITRE_OEUVRE), [], NOTIFICATION
    )


def test_suspension_et_reprise_alternent() -> None:
    suspension = ordre(TypeOrdre.SUSPENSION, "2026-03-02", 1)
    with pytest.raises(ValidationError, match="n’est pas possible"):
        os.verifier_emission(ordre(TypeOrdre.SUSPENSION, numero=2), [suspension], NOTIFICATION)
    with pytest.raises(ValidationError) as refus:
        os.verifier_emission(ordre(TypeOrdre.REPRISE, numero=2), [suspension], NOTIFICATION)
    assert set(refus.value.champs) == {"effet_le"}
    reprise = ordre(TypeOrdre.REPRISE, "2026-03-03", 2)
    os.verifier_emission(reprise, [suspension], NOTIFICATION)
    with pytest.raises(ConflictError, match="OS n°\u00a02"):
        os.verifier_annulation(suspension, [suspension, reprise])
    os.verifier_annulation(reprise, [suspension, reprise])
    demarrage = ordre(TypeOrdre.DEMARRAGE)
    with pytest.raises(ValidationError):
        os.verifier_emission(demarrage, [demarrage], NOTIFICATION)


def test_regles_15_les_etats_se_suivent() -> None:
    chemin = [
        EtatOrdre.EMIS,
        EtatOrdre.NOTIFIE,
        EtatOrdre.ACCUSE,
        EtatOrdre.OBSERVATIONS,
        EtatOrdre.EXECUTE,
    ]
    for avant, apres in pairwise(chemin):
        assert os.avancer(avant, apres) is apres
    for etat in EtatOrdre:
        for vers in set(EtatOrdre) - os.SUITES[etat]:
            with pytest.raises(ConflictError):
                os.avancer(etat, vers)


def test_regles_15_quinze_jours_d_observations_et_huit_jours_de_presomption() -> None:
    assert os.reception_presumee(dt.date(2026, 3, 2), 8) == dt.date(2026, 3, 10)
    avant = os.observations_avant(dt.date(2026, 3, 7), 15)  # ends on Sunday 22 March
    assert avant == dt.date(2026, 3, 23)
    os.verifier_observations(avant, avant)
    with pytest.raises(ConflictError, match="réputé accepté"):
        os.verifier_observations(avant, ajouter_jours(avant, 1))


def test_regles_15_on_ne_refuse_que_pour_un_motif_du_droit() -> None:
    prix = ordre(TypeOrdre.PRIX, montant_ht=Montant("10"))
    for motif in (MotifRefus.SECURITE, MotifRefus.LEGALITE):
        os.verifier_refus(prix, motif)
    with pytest.raises(ValidationError):
        os.verifier_refus(prix, MotifRefus.SANS_PRIX)
    os.verifier_refus(ordre(TypeOrdre.INSTRUCTION), MotifRefus.SANS_PRIX)
