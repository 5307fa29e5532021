"""The bank of a firm inside a transaction: one lock for all its contracts, one computation."""

from collections.abc import Sequence

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.banque_heures import EtatHeures, Heures, Obligation, affecter
from shared.messaging.uow import UnitOfWork


def verrouiller_banque(uow: UnitOfWork, titulaire_siret: str) -> Sequence[t.ClauseInsertion]:
    """Every clause of a firm under its lock, always in the same order."""
    requete = (
        sa.select(t.ClauseInsertion)
        .join(t.Contrat, t.Contrat.marche_id == t.ClauseInsertion.marche_id)
        .where(t.Contrat.titulaire_siret == titulaire_siret)
        .order_by(t.ClauseInsertion.marche_id)
        .with_for_update(of=t.ClauseInsertion)
        .execution_options(populate_existing=True)
    )
    return uow.session.scalars(requete).all()


def reaffecter(uow: UnitOfWork, titulaire_siret: str) -> None:
    """Compute again what the firm's validated hours discharge; the former result is replaced."""
    uow.session.flush()
    clauses = verrouiller_banque(uow, titulaire_siret)
    validees = uow.session.scalars(
        sa.select(t.HeuresInsertion).where(
            t.HeuresInsertion.titulaire_siret == titulaire_siret,
            t.HeuresInsertion.etat == EtatHeures.VALIDEE.value,
        )
    ).all()
    affectations = affecter(
        [_obligation(uow, clause) for clause in clauses],
        [Heures(str(h.id), str(h.marche_id), h.comptees, h.debut) for h in validees],
    )
    uow.session.execute(
        sa.delete(t.AffectationHeures).where(
            t.AffectationHeures.marche_id.in_([clause.marche_id for clause in clauses])
        )
    )
    lignes = [
        {"declaration_id": a.heures, "marche_id": a.marche, "heures": a.quantite}
        for a in affectations
    ]
    if lignes:
        uow.session.execute(sa.insert(t.AffectationHeures), lignes)
    uow.audit("insertion.affectee", titulaire_siret, {"affectations": lignes})


def _obligation(uow: UnitOfWork, clause: t.ClauseInsertion) -> Obligation:
    fin = uow.session.get_one(t.Contrat, clause.marche_id).fin_le
    return Obligation(str(clause.marche_id), clause.heures_dues, clause.mutualisable, fin)
