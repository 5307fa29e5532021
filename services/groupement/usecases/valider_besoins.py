"""The member's own validator confirms what its agents transmitted."""

import uuid

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.usecases.commun import achat_verrouille, acteur, organisation
from services.groupement.usecases.repondre import exiger_consulte_et_ouvert
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def valider_besoins(uow: UnitOfWork, achat_id: uuid.UUID, siret: str) -> int:
    """Confirm every need as it now stands; without it, the closing confirms them all."""
    achat = achat_verrouille(uow, achat_id)
    exiger_consulte_et_ouvert(uow, achat, siret)
    besoins = uow.session.scalars(
        sa.select(t.Besoin)
        .where(t.Besoin.achat_id == achat_id, t.Besoin.siret == siret, a_valider())
        .order_by(t.Besoin.article, t.Besoin.lieu)
    ).all()
    if not besoins:
        raise ConflictError("Aucun besoin n’attend votre validation.", code="rien_a_valider")
    valide_le = uow.clock.now()
    for besoin in besoins:
        besoin.valide_version, besoin.valide_le = besoin.version, valide_le
        besoin.valide_par = uow.acteur
    donnees = {
        "achat_id": achat.id,
        "reference": achat.reference,
        "membre": acteur(organisation(uow.session, siret)),
        "besoins": [{"besoin_id": b.id, "version": b.version} for b in besoins],
        "acteur": uow.acteur,
        "valide_le": valide_le,
    }
    uow.audit("besoins.valides", str(achat.id), donnees)
    uow.emit("groupement.besoin.valide.v1", subject=str(achat.id), data=donnees)
    return len(besoins)


def a_valider() -> sa.ColumnElement[bool]:
    """Needs that moved since their last validation, or that never had one."""
    return t.Besoin.valide_version.is_distinct_from(t.Besoin.version)
