"""A convention reaches its last day: it is over at midnight, whenever this is noticed."""

import datetime as dt
import uuid

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain import conventions
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.conventions import EtatConvention
from services.groupement.usecases.commun import convention_verrouillee, organisation
from services.groupement.usecases.evenements_convention import annoncer_convention
from shared.kernel.clock import PARIS
from shared.messaging.uow import UnitOfWork

TERMINES = (EtatAchat.ABANDONNE.value, EtatAchat.SOLDE.value)


def expirer_si_echue(uow: UnitOfWork, convention_id: uuid.UUID) -> int:
    """End a convention whose last day is past; return 1 if it was not done yet."""
    convention = convention_verrouillee(uow, convention_id)
    vivante = convention.etat in {EtatConvention.EN_VIGUEUR, EtatConvention.SUSPENDUE}
    if not vivante or convention.fin is None or convention.fin > uow.clock.today():
        return 0
    expirer(uow, convention)
    return 1


def expirer(uow: UnitOfWork, convention: t.Convention) -> None:
    """Say that the convention is over since its legal end; its amendment takes its projects on."""
    assert convention.fin is not None
    depuis = EtatConvention(convention.etat)
    convention.etat = conventions.franchir(depuis, EtatConvention.EXPIREE).value
    convention.etat_le = dt.datetime.combine(convention.fin, dt.time(), tzinfo=PARIS)
    suivante = _suivante(uow, convention)
    rattaches = _rattacher(uow, convention, suivante) if suivante else 0
    annoncer_convention(
        uow,
        convention,
        "expiree",
        le=convention.fin,
        suivante=suivante.version if suivante else None,
        achats_rattaches=rattaches,
    )


def _suivante(uow: UnitOfWork, convention: t.Convention) -> t.Convention | None:
    return uow.session.scalars(
        sa.select(t.Convention).where(
            t.Convention.nom == convention.nom,
            t.Convention.version > convention.version,
            t.Convention.debut == convention.fin,
            t.Convention.etat == EtatConvention.EN_VIGUEUR.value,
        )
    ).one_or_none()


def _rattacher(uow: UnitOfWork, de: t.Convention, vers: t.Convention) -> int:
    """Purchases not launched yet go on under the amendment; launched ones keep what was signed."""
    pilote = organisation(uow.session, vers.coordonnateur)
    en_projet = uow.session.scalars(
        sa.select(t.Achat)
        .where(
            t.Achat.convention_id == de.id,
            t.Achat.lance_le.is_(None),
            t.Achat.etat.not_in(TERMINES),
        )
        .with_for_update()
    ).all()
    for achat in en_projet:
        achat.convention_id = vers.id
        if achat.coordonnateur == de.coordonnateur:
            achat.coordonnateur, achat.contact = pilote.siret, pilote.courriel or pilote.nom
        uow.audit("achat.rattache", str(achat.id), {"version": vers.version})
    return len(en_projet)
