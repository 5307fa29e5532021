"""J1 to J3: the bank of insertion hours of a firm, on a real database."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.domain.declarations_insertion import (
    ContratTravail,
    Declaration,
    Preuve,
    Public,
)
from services.groupement.queries import insertion
from services.groupement.usecases.decider_heures import ecarter_heures, valider_heures
from services.groupement.usecases.declarer_heures import declarer_heures
from services.groupement.usecases.fixer_clause_insertion import (
    NouvelleClause,
    fixer_clause_insertion,
)
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.ops import demo
from tests.integration.groupement.monde import AUB, DEP, MARCHE, PARAMETRES, Monde

AUTRE = uuid.UUID("0198a3c0-0000-7000-8000-000000000008")
CLAUSE = NouvelleClause(
    MARCHE,
    part_main_oeuvre=Decimal("0.50"),
    effort=Decimal("0.10"),
    cout_horaire=Montant("30"),
    mutualisable=True,
    penalite_horaire=Montant("40"),
    coefficient_alternance=Decimal("1.5"),
)
LUNDI = dt.date(2026, 3, 2)
HEURES = Declaration(
    personne="INS-0001",
    public=Public.DEMANDEUR_EMPLOI,
    contrat_travail=ContratTravail.DROIT_COMMUN,
    preuve=Preuve.ATTESTATION_EMPLOI,
    preuve_reference="FT-2026-118",
    debut=LUNDI,
    fin=LUNDI + dt.timedelta(days=11),
    heures=Decimal(70),
)


def deux_marches(monde: Monde, *, mutualisable: bool = True) -> None:
    """Two contracts of the same firm: 79 hours due on the first, 40 on the second."""
    monde.notifie()
    with monde.transactions.begin() as uow:
        premier = uow.session.get_one(t.Contrat, MARCHE)
        uow.session.add(
            t.Contrat(
                marche_id=AUTRE,
                reference="2026-07-0001-L2",
                achat_id=premier.achat_id,
                lot=2,
                objet="Enveloppes",
                titulaire_siret=premier.titulaire_siret,
                titulaire_nom=premier.titulaire_nom,
                montant_initial_ht=Montant("24000"),
                montant_ht=Montant("24000"),
                notifie_le=premier.notifie_le,
                fin_le=premier.fin_le,
            )
        )
    monde.faire(fixer_clause_insertion, replace(CLAUSE, mutualisable=mutualisable))
    monde.faire(fixer_clause_insertion, replace(CLAUSE, marche_id=AUTRE))
    monde.clock.set(dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC))


def declarer(monde: Monde, marche: uuid.UUID = MARCHE, **champs: Any) -> uuid.UUID:
    declaration = replace(HEURES, **champs)
    id_: uuid.UUID = monde.faire(declarer_heures, marche, declaration, PARAMETRES).id
    return id_


def faites(monde: Monde, heures: str, personne: str, marche: uuid.UUID = MARCHE) -> uuid.UUID:
    """Hours declared and validated."""
    id_ = declarer(monde, marche, personne=personne, heures=Decimal(heures))
    monde.faire(valider_heures, id_)
    return id_


def banque(monde: Monde, siret: str = DEP) -> insertion.Banque:
    with monde.transactions.read() as session:
        return insertion.banque(session, demo.PAPETERIE.siret, siret, monde.clock.today())


def soldes(monde: Monde) -> dict[int, tuple[int, str, str]]:
    """By lot: due, discharged by its own hours, by the others'."""
    return {
        m.contrat.lot: (m.clause.heures_dues, str(m.propres), str(m.venues_d_ailleurs))
        for m in banque(monde).marches
    }


def test_J1_hours_of_one_contract_discharge_the_other_and_cancelling_gives_them_back(
    monde: Monde, events: Callable[..., list[Any]]
) -> None:
    deux_marches(monde)
    premiere = faites(monde, "70", "INS-0001")
    faites(monde, "30.5", "INS-0002")
    assert soldes(monde) == {1: (79, "79", "0"), 2: (40, "0", "21.5")}
    assert banque(monde).disponibles == 0
    monde.faire(ecarter_heures, premiere, "Justificatif périmé")
    assert soldes(monde) == {1: (79, "30.5", "0"), 2: (40, "0", "0")}
    faits = [e.type.split(".")[2] for e in events("groupement") if ".insertion." in e.type]
    assert faits == [
        "clause_fixee", "clause_fixee", "heures_declarees", "heures_validees",
        "heures_declarees", "heures_validees", "heures_ecartees",
    ]  # fmt: skip


def test_J1_without_both_clauses_hours_stay_in_the_bank(monde: Monde) -> None:
    deux_marches(monde, mutualisable=False)
    faites(monde, "70", "INS-0001")
    faites(monde, "30.5", "INS-0002")
    assert soldes(monde) == {1: (79, "79", "0"), 2: (40, "0", "0")}
    assert banque(monde).disponibles == Decimal("21.5")


def test_J1_declared_hours_count_only_once_validated(monde: Monde) -> None:
    deux_marches(monde)
    declarer(monde)
    lue = banque(monde)
    assert (lue.dues, lue.engagees, lue.realisees) == (119, 70, 0)


def test_J2_the_same_person_never_counts_twice_over_the_same_days(monde: Monde) -> None:
    deux_marches(monde)
    premiere = declarer(monde)
    with pytest.raises(ConflictError, match="INS-2026-0001"):
        declarer(monde, AUTRE, debut=HEURES.fin, fin=HEURES.fin, heures=Decimal(7))
    monde.faire(ecarter_heures, premiere, "Erreur de période")
    declarer(monde, AUTRE)


def test_J2_the_database_itself_refuses_a_second_count(monde: Monde) -> None:
    deux_marches(monde)
    id_ = faites(monde, "70", "INS-0001")
    doublon = t.AffectationHeures(declaration_id=id_, marche_id=AUTRE, heures=Decimal("0.5"))
    with pytest.raises(IntegrityError, match="deux fois"):
        monde.faire(lambda uow: uow.session.add(doublon))
    declaree = declarer(monde, personne="INS-0003")
    with pytest.raises(IntegrityError, match="deux fois"):
        monde.faire(
            lambda uow: uow.session.add(
                t.AffectationHeures(declaration_id=declaree, marche_id=MARCHE, heures=Decimal(1))
            )
        )
    with pytest.raises(IntegrityError, match="ne se modifient pas"):
        monde.faire(
            lambda uow: uow.session.execute(
                sa.update(t.HeuresInsertion).values(heures=t.HeuresInsertion.heures + 1)
            )
        )


def test_J2_the_database_itself_refuses_more_than_due_and_unshared_clauses(monde: Monde) -> None:
    deux_marches(monde, mutualisable=False)
    id_ = faites(monde, "70", "INS-0001")
    autre = faites(monde, "60", "INS-0002")
    with pytest.raises(IntegrityError, match="recevrait plus"):
        monde.faire(
            lambda uow: uow.session.execute(
                sa.update(t.AffectationHeures)
                .where(t.AffectationHeures.declaration_id == autre)
                .values(heures=10)
            )
        )
    monde.faire(ecarter_heures, autre, "Erreur")
    with pytest.raises(IntegrityError, match="servir cet autre"):
        monde.faire(
            lambda uow: uow.session.execute(
                sa.update(t.AffectationHeures)
                .where(t.AffectationHeures.declaration_id == id_)
                .values(marche_id=AUTRE, heures=1)
            )
        )


def test_J3_apprentices_count_by_the_coefficient_of_the_clause(monde: Monde) -> None:
    deux_marches(monde)
    id_ = declarer(
        monde,
        contrat_travail=ContratTravail.APPRENTISSAGE,
        preuve=Preuve.CONTRAT_ALTERNANCE,
        heures=Decimal(50),
    )
    monde.faire(valider_heures, id_)
    assert soldes(monde)[1] == (79, "75", "0")


def test_a_clause_no_longer_changes_once_hours_are_declared(monde: Monde) -> None:
    deux_marches(monde)
    monde.faire(fixer_clause_insertion, replace(CLAUSE, effort=Decimal("0.05")))
    declarer(monde)
    with pytest.raises(ConflictError, match="sa clause ne change plus"):
        monde.faire(fixer_clause_insertion, CLAUSE)


def test_the_forecast_and_the_penalty_are_shown_per_contract(monde: Monde) -> None:
    deux_marches(monde)
    faites(monde, "10", "INS-0001", AUTRE)
    (second,) = [m for m in banque(monde).marches if m.contrat.lot == 2]
    assert second.prevision is not None
    assert second.prevision.phrase == "À ce rythme, il manquera 2\u00a0h au 27/02/2027."
    assert second.penalite == Montant("80.00")


def test_a_name_is_refused_and_a_contract_without_clause_too(monde: Monde) -> None:
    deux_marches(monde)
    with pytest.raises(ValidationError) as refus:
        declarer(monde, personne="Martin")
    assert "personne" in refus.value.champs
    with pytest.raises(NotFoundError):
        declarer(monde, uuid.uuid4())


def test_the_bank_of_a_firm_is_unknown_to_those_who_share_no_contract_with_it(
    monde: Monde,
) -> None:
    deux_marches(monde)
    assert len(banque(monde, AUB).marches) == 2
    with pytest.raises(NotFoundError):
        banque(monde, demo.CEVENNES.siret)
