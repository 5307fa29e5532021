"""Launch the purchase: the perimeter of members is frozen, the consultation may be prepared."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.conventions import exiger_executoire
from services.groupement.domain.quanta import sobre
from services.groupement.usecases.commun import (
    achat_verrouille,
    acteur,
    avancer,
    convention_de,
    organisations,
)
from services.groupement.usecases.consolider import cadre
from services.groupement.usecases.lots import en_lots
from shared.kernel.errors import NotFoundError
from shared.kernel.parametres import Parametres
from shared.messaging.uow import UnitOfWork


def lancer(uow: UnitOfWork, achat_id: uuid.UUID, parametres: Parametres) -> None:
    """Freeze who is in, provided the convention binds each of them today (D1)."""
    achat = achat_verrouille(uow, achat_id)
    avancer(uow, achat, EtatAchat.LANCE)
    consolidation = derniere_consolidation(uow.session, achat_id)
    participants = participants_de(uow.session, consolidation)
    convention = convention_de(uow.session, achat.convention_id)
    exiger_executoire(convention, participants, uow.clock.today(), achat.coordonnateur)
    _figer(uow, achat, participants)
    _annoncer(uow, achat, consolidation, parametres)


def derniere_consolidation(session: Session, achat_id: uuid.UUID) -> t.Consolidation:
    """The computation in force: the newest one."""
    trouvee = session.scalars(
        sa.select(t.Consolidation)
        .where(t.Consolidation.achat_id == achat_id)
        .order_by(t.Consolidation.numero.desc())
        .limit(1)
    ).one_or_none()
    if trouvee is None:
        raise NotFoundError("Cet achat n’est pas consolidé.", code="consolidation_absente")
    return trouvee


def participants_de(session: Session, consolidation: t.Consolidation) -> list[str]:
    """Members whose needs compose the purchase: the perimeter at launch."""
    requete = (
        sa.select(t.Composition.siret)
        .join(t.Ligne)
        .where(t.Ligne.consolidation_id == consolidation.id)
        .distinct()
    )
    return sorted(session.scalars(requete))


def _figer(uow: UnitOfWork, achat: t.Achat, participants: Sequence[str]) -> None:
    uow.session.execute(
        sa.update(t.Participation)
        .where(t.Participation.achat_id == achat.id, t.Participation.siret.in_(participants))
        .values(perimetre=True)
    )
    achat.lance_le = uow.clock.now()
    uow.audit("achat.perimetre_fige", str(achat.id), {"membres": participants})


def _annoncer(
    uow: UnitOfWork, achat: t.Achat, consolidation: t.Consolidation, parametres: Parametres
) -> None:
    seuils = cadre(uow.session, achat, parametres, uow.clock.today())
    decision = seuils.decider(consolidation.montant_estime_ht)
    membres = organisations(
        uow.session, [achat.coordonnateur, *participants_de(uow.session, consolidation)]
    )
    uow.emit(
        "groupement.achat.lance.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "objet": achat.objet,
            "cpv": achat.cpv,
            "nature": achat.nature,
            "lieu": achat.lieu,
            "montant_estime_ht": consolidation.montant_estime_ht,
            "procedure": decision.procedure.value,
            "publicite": decision.publicite.value,
            "date_lancement": uow.clock.today(),
            "duree_mois": achat.duree_mois,
            "coordonnateur": acteur(membres[achat.coordonnateur]),
            "contact": achat.contact,
            "membres": [acteur(membres[siret]) for siret in sorted(membres)],
            "avance_taux": sobre(achat.avance_taux),
            "lots": en_lots(uow.session, consolidation),
        },
    )
