"""The coordinator writes the social clause of a contract: how many hours, and on what terms."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.heures_insertion import heures_dues
from services.groupement.usecases.banque import reaffecter
from services.groupement.usecases.commun import contrat_verrouille
from services.groupement.usecases.ouvrir_evaluation import marche_et_titulaire
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleClause:
    """The terms of a clause; shares are parts of 1, money is per hour."""

    marche_id: uuid.UUID
    part_main_oeuvre: Decimal
    effort: Decimal
    cout_horaire: Montant
    mutualisable: bool
    penalite_horaire: Montant
    coefficient_alternance: Decimal


def fixer_clause_insertion(uow: UnitOfWork, nouvelle: NouvelleClause) -> t.ClauseInsertion:
    """Compute the hours due and keep their figures; fixed once hours have been declared."""
    contrat = contrat_verrouille(uow, nouvelle.marche_id)
    _exiger_sans_heures(uow, nouvelle.marche_id)
    clause = uow.session.merge(
        t.ClauseInsertion(
            marche_id=contrat.marche_id,
            base_ht=contrat.montant_ht,
            part_main_oeuvre=nouvelle.part_main_oeuvre,
            effort=nouvelle.effort,
            cout_horaire=nouvelle.cout_horaire,
            heures_dues=heures_dues(
                contrat.montant_ht,
                nouvelle.part_main_oeuvre,
                nouvelle.effort,
                nouvelle.cout_horaire.decimal,
            ),
            coefficient_alternance=nouvelle.coefficient_alternance,
            mutualisable=nouvelle.mutualisable,
            penalite_horaire=nouvelle.penalite_horaire,
            fixee_le=uow.clock.now(),
            acteur=uow.acteur,
        )
    )
    reaffecter(uow, contrat.titulaire_siret)
    donnees = {
        **marche_et_titulaire(contrat),
        "heures_dues": clause.heures_dues,
        "mutualisable": clause.mutualisable,
        "penalite_horaire": clause.penalite_horaire,
    }
    uow.audit("insertion.clause_fixee", str(contrat.achat_id), donnees)
    uow.emit("groupement.insertion.clause_fixee.v1", subject=str(contrat.marche_id), data=donnees)
    return clause


def _exiger_sans_heures(uow: UnitOfWork, marche_id: uuid.UUID) -> None:
    declarees = sa.select(t.HeuresInsertion.id).where(t.HeuresInsertion.marche_id == marche_id)
    if uow.session.scalar(declarees.limit(1)):
        raise ConflictError(
            "Des heures sont déjà déclarées sur ce marché\u00a0: sa clause ne change plus.",
            code="clause_engagee",
        )
