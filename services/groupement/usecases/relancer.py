"""Remind the members that have not answered an open call: at most once a day, never after."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.appels import a_relancer, exiger_relance_possible
from services.groupement.domain.suivi import Reponse
from services.groupement.usecases.commun import achat_verrouille, convention_de
from services.groupement.usecases.ouvrir_recensement import (
    adresse_des_besoins,
    membres_a_prevenir,
)
from shared.kernel.clock import jour_de
from shared.messaging.uow import UnitOfWork


def relancer(uow: UnitOfWork, achat_id: uuid.UUID, *, site: str) -> Sequence[str]:
    """Remind by hand everybody awaited; return the SIRETs of those reminded."""
    achat = achat_verrouille(uow, achat_id)
    exiger_relance_possible(
        ouvert=achat.etat == EtatAchat.RECENSEMENT_OUVERT,
        cloture_le=achat.cloture_le,
        maintenant=uow.clock.now(),
    )
    return _relancer(uow, achat, du_le=uow.clock.now(), automatique=False, site=site)


def relancer_l_echu(
    uow: UnitOfWork, cle: tuple[uuid.UUID, int, int], *, site: str
) -> Sequence[str]:
    """Send one planned reminder that is due; without object once the call is over."""
    achat = achat_verrouille(uow, cle[0])
    rappel = uow.session.get(t.Rappel, cle, with_for_update=True, populate_existing=True)
    maintenant = uow.clock.now()
    if rappel is None or rappel.traite_le or rappel.du_le > maintenant:
        return ()
    rappel.traite_le = maintenant
    courant = achat.etat == EtatAchat.RECENSEMENT_OUVERT and achat.recensement == rappel.numero
    if not courant or not achat.cloture_le or achat.cloture_le <= maintenant:
        return ()
    return _relancer(uow, achat, du_le=rappel.du_le, automatique=True, site=site)


def attendus(uow: UnitOfWork, achat: t.Achat) -> set[str]:
    """Members whom the call concerns and who said neither yes nor no."""
    convention = convention_de(uow.session, achat.convention_id)
    consultes = {a.siret for a in convention.consultes(uow.clock.today())}
    dits = uow.session.scalars(
        sa.select(t.Participation.siret).where(
            t.Participation.achat_id == achat.id,
            t.Participation.reponse != Reponse.SILENCE.value,
        )
    )
    return consultes - set(dits)


def _relancer(
    uow: UnitOfWork, achat: t.Achat, *, du_le: dt.datetime, automatique: bool, site: str
) -> Sequence[str]:
    choisis = a_relancer(attendus(uow, achat), _derniers(uow, achat.id), uow.clock.now())
    if choisis:
        _inscrire(uow, achat, choisis, automatique=automatique)
        uow.emit(
            "groupement.recensement.relance.v1",
            subject=str(achat.id),
            data={
                "achat_id": achat.id,
                "reference": achat.reference,
                "objet": achat.objet,
                "numero": achat.recensement,
                "cloture_le": achat.cloture_le,
                "automatique": automatique,
                "membres": membres_a_prevenir(uow, achat, choisis),
                "url": adresse_des_besoins(achat, site),
                "relance_le": du_le,
            },
        )
    return choisis


def _inscrire(
    uow: UnitOfWork, achat: t.Achat, choisis: Collection[str], *, automatique: bool
) -> None:
    maintenant = uow.clock.now()
    uow.session.add_all(
        t.Relance(
            id=uow.new_id(),
            achat_id=achat.id,
            numero=achat.recensement,
            siret=siret,
            jour=jour_de(maintenant),
            le=maintenant,
            acteur=uow.acteur,
            automatique=automatique,
        )
        for siret in choisis
    )
    uow.session.flush()
    uow.audit("recensement.relance", str(achat.id), {"membres": sorted(choisis)})


def _derniers(uow: UnitOfWork, achat_id: uuid.UUID) -> dict[str, dt.date]:
    requete = (
        sa.select(t.Relance.siret, sa.func.max(t.Relance.jour))
        .where(t.Relance.achat_id == achat_id)
        .group_by(t.Relance.siret)
    )
    return dict(uow.session.execute(requete).all())
