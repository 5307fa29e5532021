"""Close a call for needs: whoever kept silent is out."""

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.appels import (
    Issue,
    Plancher,
    Politique,
    issue,
    motif_sous_le_minimum,
)
from services.groupement.domain.suivi import Reponse
from services.groupement.tables.retenus import besoin_retenu
from services.groupement.usecases.abandonner import abandonner
from services.groupement.usecases.commun import achat_verrouille, avancer, convention_de
from services.groupement.usecases.prolonger_recensement import prolonger
from shared.kernel.clock import jour_de
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


def clore_recensement(uow: UnitOfWork, achat_id: uuid.UUID, *, site: str = "") -> Issue:
    """Close now, or at the legal time when the deadline is already past (D3).

    When the group has not reached its minimum, do what was decided at the opening instead.
    """
    achat = achat_verrouille(uow, achat_id)
    maintenant = uow.clock.now()
    clos_le = min(maintenant, achat.cloture_le or maintenant)
    appel = uow.session.get(t.Appel, (achat.id, achat.recensement))
    total = montant_retenu(uow.session, achat.id)
    suite = _issue(appel, total)
    if suite is Issue.PROLONGER and appel:
        prolonger(uow, achat, appel, total, site=site)
        return suite
    avancer(uow, achat, EtatAchat.RECENSEMENT_CLOS, clos_le=clos_le)
    achat.cloture_le = clos_le
    if appel:
        appel.clos_le = clos_le
    repondants, silencieux = _constater(uow, achat, clos_le)
    uow.emit(
        "groupement.recensement.clos.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "numero": achat.recensement,
            "repondants": repondants,
            "silencieux": silencieux,
            "clos_le": clos_le,
        },
    )
    if suite is Issue.ANNULER and appel and appel.minimum_ht is not None:
        abandonner(uow, achat.id, motif_sous_le_minimum(total, appel.minimum_ht))
    return suite


def issue_prevue(session: Session, achat_id: uuid.UUID, exigee: Issue | None = None) -> Issue:
    """What closing now would come to; raise `ConflictError` when it is not what was shown."""
    achat = session.get_one(t.Achat, achat_id)
    appel = session.get(t.Appel, (achat.id, achat.recensement))
    prevue = _issue(appel, montant_retenu(session, achat_id))
    if exigee not in (None, prevue):
        raise ConflictError(
            "Des besoins ont changé depuis que vous avez lu cette page\u00a0: relisez ce que "
            "la clôture entraîne.",
            code="cloture_perimee",
        )
    return prevue


def _issue(appel: t.Appel | None, total: Montant) -> Issue:
    if appel is None or appel.minimum_ht is None:
        return Issue.CLORE
    plancher = Plancher(
        appel.minimum_ht, Politique(appel.politique or ""), appel.prolongation_jours
    )
    return issue(plancher, total, deja_prolonge=appel.prolonge_le is not None)


def montant_retenu(session: Session, achat_id: uuid.UUID) -> Montant:
    """What the needs that count are thought to cost, tolerances left out."""
    requete = (
        sa.select(sa.func.sum(t.Besoin.quantite_base * t.Article.prix_estime_ht))
        .join(
            t.Article,
            sa.and_(t.Article.achat_id == t.Besoin.achat_id, t.Article.code == t.Besoin.article),
        )
        .where(t.Besoin.achat_id == achat_id, besoin_retenu())
    )
    return Montant(session.scalar(requete) or 0)


def clore_les_echus(uow: UnitOfWork, achat_id: uuid.UUID, *, site: str = "") -> bool:
    """Close a call whose deadline is past, unless somebody just did; tell if it was closed."""
    achat = achat_verrouille(uow, achat_id)
    echu = achat.cloture_le is not None and achat.cloture_le <= uow.clock.now()
    if achat.etat != EtatAchat.RECENSEMENT_OUVERT or not echu:
        return False
    clore_recensement(uow, achat_id, site=site)
    return True


def _constater(
    uow: UnitOfWork, achat: t.Achat, clos_le: dt.datetime
) -> tuple[list[str], list[str]]:
    reponses = {
        p.siret: p
        for p in uow.session.scalars(
            sa.select(t.Participation).where(t.Participation.achat_id == achat.id)
        )
    }
    dits = {siret for siret, p in reponses.items() if p.reponse != Reponse.SILENCE}
    convention = convention_de(uow.session, achat.convention_id)
    silencieux = sorted({a.siret for a in convention.consultes(jour_de(clos_le))} - dits)
    for siret in silencieux:
        uow.session.merge(
            t.Participation(
                achat_id=achat.id,
                siret=siret,
                reponse=Reponse.SILENCE.value,
                repondu_le=clos_le,
                acteur="silence",
                perimetre=False,
            )
        )
    return sorted(dits), silencieux
