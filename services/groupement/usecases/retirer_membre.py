"""A member leaves: notified today, out at the end of the notice, bound to its running contracts."""

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.conventions import EtatConvention
from services.groupement.domain.retraits import exiger_retrait_possible, fin_du_preavis
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.commun import (
    achat_verrouille,
    convention_de,
    convention_verrouillee,
    verrouille,
)
from services.groupement.usecases.evenements_convention import annoncer_adhesion
from services.groupement.usecases.expirer_convention import TERMINES
from services.groupement.usecases.repondre import NouvelleReponse, inscrire_reponse
from shared.kernel.clock import PARIS
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouveauRetrait:
    """Who leaves, since when it is notified, and why."""

    convention_id: uuid.UUID
    siret: str
    notifie_le: dt.date
    motif: str


def notifier_retrait(uow: UnitOfWork, retrait: NouveauRetrait) -> dt.date:
    """Record the withdrawal and return the first day out, notice included (D2b).

    Its answers to purchases not launched yet are taken back; its contracts are left alone.
    """
    convention = convention_verrouillee(uow, retrait.convention_id)
    if convention.etat not in {EtatConvention.EN_VIGUEUR, EtatConvention.SUSPENDUE}:
        raise ConflictError(
            "Un retrait se notifie sur une convention en vigueur.", code="retrait_impossible"
        )
    lue = convention_de(uow.session, retrait.convention_id)
    connu = exiger_retrait_possible(lue, retrait.siret, retrait.notifie_le, uow.clock.today())
    sejour = _sejour(uow, retrait, connu.effet_le)
    clauses = convention.clauses
    sejour.fin_le = fin_du_preavis(connu, retrait.notifie_le, clauses.preavis_mois)
    sejour.retrait_notifie_le, sejour.retrait_motif = retrait.notifie_le, retrait.motif
    uow.session.flush()
    reprises = _reprendre_les_reponses(uow, retrait)
    annoncer_adhesion(
        uow,
        sejour,
        "retrait_notifie",
        motif=retrait.motif,
        notifie_le=retrait.notifie_le,
        effet_le=sejour.fin_le,
        preavis_mois=clauses.preavis_mois,
        charge=clauses.charge_retrait.value,
        achats_quittes=reprises,
    )
    return sejour.fin_le


def retirer_si_echu(uow: UnitOfWork, adhesion_id: uuid.UUID) -> int:
    """Note that a notice is over, since its legal day; return 1 if it was not done yet."""
    sejour = verrouille(uow, sa.select(t.Adhesion).where(t.Adhesion.id == adhesion_id))
    if sejour is None or sejour.retire_le or not sejour.fin_le:
        return 0
    if sejour.fin_le > uow.clock.today():
        return 0
    sejour.retire_le = dt.datetime.combine(sejour.fin_le, dt.time(), tzinfo=PARIS)
    annoncer_adhesion(uow, sejour, "retiree", le=sejour.fin_le)
    return 1


def _sejour(uow: UnitOfWork, retrait: NouveauRetrait, effet_le: dt.date | None) -> t.Adhesion:
    return uow.session.scalars(
        sa.select(t.Adhesion).where(
            t.Adhesion.convention_id == retrait.convention_id,
            t.Adhesion.siret == retrait.siret,
            t.Adhesion.effet_le == effet_le,
        )
    ).one()


def _reprendre_les_reponses(uow: UnitOfWork, retrait: NouveauRetrait) -> list[str]:
    """Decline, in its name, every purchase that is not launched; return their references."""
    concernes = uow.session.scalars(
        sa.select(t.Achat.id)
        .join(t.Participation)
        .where(
            t.Achat.convention_id == retrait.convention_id,
            t.Achat.lance_le.is_(None),
            t.Achat.etat.not_in(TERMINES),
            t.Participation.siret == retrait.siret,
            t.Participation.reponse == Reponse.PARTICIPE.value,
        )
        .order_by(t.Achat.reference)
    ).all()
    achats = [achat_verrouille(uow, achat_id) for achat_id in concernes]
    for achat in achats:
        inscrire_reponse(uow, achat, NouvelleReponse(achat.id, retrait.siret, Reponse.DECLINE))
    return [achat.reference for achat in achats]
