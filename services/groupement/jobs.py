"""Due dates of groupement: members are reminded, calls close, contracts end, members leave."""

import datetime as dt
import uuid
from collections.abc import Callable

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.conventions import EtatConvention
from services.groupement.domain.evaluations import ouverture
from services.groupement.queries.evaluations import a_ouvrir
from services.groupement.queries.opportunites import conventions_vivantes
from services.groupement.usecases.clore_recensement import clore_les_echus
from services.groupement.usecases.detecter_opportunites import detecter_opportunites
from services.groupement.usecases.expirer_convention import expirer_si_echue
from services.groupement.usecases.ouvrir_evaluation import ouvrir_evaluation
from services.groupement.usecases.relancer import relancer_l_echu
from services.groupement.usecases.retirer_membre import retirer_si_echu
from services.groupement.usecases.substituer import clore_substitution
from shared.messaging.uow import UnitOfWork
from shared.ops.context import ServiceContext
from shared.ops.jobs import Job


def clore_recensements(context: ServiceContext) -> int:
    """Close every call whose deadline is past, each in its own transaction, at the legal time."""
    with context.transactions.read() as session:
        echus = session.scalars(
            sa.select(t.Achat.id)
            .where(
                t.Achat.etat == EtatAchat.RECENSEMENT_OUVERT.value,
                t.Achat.cloture_le <= context.clock.now(),
            )
            .order_by(t.Achat.cloture_le)
        ).all()
    clos = 0
    for achat_id in echus:
        with context.transactions.begin() as uow:
            clos += clore_les_echus(uow, achat_id, site=context.settings.public_url)
    return clos


def envoyer_rappels(context: ServiceContext) -> int:
    """Send the reminders that are due, each in its own transaction, with the instant it was due."""
    with context.transactions.read() as session:
        dus = session.execute(
            sa.select(t.Rappel.achat_id, t.Rappel.numero, t.Rappel.jours)
            .where(t.Rappel.traite_le.is_(None), t.Rappel.du_le <= context.clock.now())
            .order_by(t.Rappel.du_le)
        ).all()
    envoyes = 0
    for achat_id, numero, jours in dus:
        with context.transactions.begin() as uow:
            cle = (achat_id, numero, jours)
            envoyes += bool(relancer_l_echu(uow, cle, site=context.settings.public_url))
    return envoyes


def ouvrir_evaluations(context: ServiceContext) -> int:
    """Open the evaluation of every contract that ends within thirty days, at the legal instant."""
    with context.transactions.read() as session:
        echus = a_ouvrir(session, context.clock.today())
    for marche_id, fin in echus:
        with context.transactions.begin() as uow:
            ouvrir_evaluation(uow, marche_id, ouverture(fin))
    return len(echus)


def chercher_opportunites(context: ServiceContext) -> int:
    """Compare again the plans of each group's members; return how many opportunities moved."""
    with context.transactions.read() as session:
        vivantes = conventions_vivantes(session)
    changees = 0
    for convention_id in vivantes:
        with context.transactions.begin(acteur="horloge") as uow:
            changees += detecter_opportunites(uow, convention_id, context.parametres)
    return changees


def retirer_membres(context: ServiceContext) -> int:
    """Let members go whose notice is over, since its legal day."""
    with context.transactions.read() as session:
        sortis = session.scalars(
            sa.select(t.Adhesion.id)
            .where(t.Adhesion.fin_le <= context.clock.today(), t.Adhesion.retire_le.is_(None))
            .order_by(t.Adhesion.fin_le)
        ).all()
    return sum(_en_une_transaction(context, retirer_si_echu, adhesion_id) for adhesion_id in sortis)


def expirer_conventions(context: ServiceContext) -> int:
    """End conventions whose last day is past, since that day at midnight."""
    vivantes = [EtatConvention.EN_VIGUEUR.value, EtatConvention.SUSPENDUE.value]
    with context.transactions.read() as session:
        echues = session.scalars(
            sa.select(t.Convention.id)
            .where(t.Convention.fin <= context.clock.today(), t.Convention.etat.in_(vivantes))
            .order_by(t.Convention.fin)
        ).all()
    return sum(
        _en_une_transaction(context, expirer_si_echue, convention_id) for convention_id in echues
    )


def _en_une_transaction(
    context: ServiceContext, usecase: Callable[[UnitOfWork, uuid.UUID], int], id_: uuid.UUID
) -> int:
    with context.transactions.begin(acteur="horloge") as uow:
        return usecase(uow, id_)


def clore_substitutions(context: ServiceContext) -> int:
    """Settle every substitution whose deadline is past: silence means no."""
    with context.transactions.read() as session:
        echues = session.scalars(
            sa.select(t.Substitution.id)
            .where(
                t.Substitution.close_le.is_(None),
                t.Substitution.reponse_avant <= context.clock.now(),
            )
            .order_by(t.Substitution.reponse_avant)
        ).all()
    closes = 0
    for substitution_id in echues:
        with context.transactions.begin() as uow:
            closes += clore_substitution(uow, substitution_id)
    return closes


JOBS: list[Job] = [
    Job("clore_recensements", dt.timedelta(seconds=10), clore_recensements),
    Job("envoyer_rappels", dt.timedelta(seconds=30), envoyer_rappels),
    Job("ouvrir_evaluations", dt.timedelta(minutes=1), ouvrir_evaluations),
    Job("chercher_opportunites", dt.timedelta(seconds=30), chercher_opportunites),
    Job("expirer_conventions", dt.timedelta(minutes=1), expirer_conventions),
    Job("retirer_membres", dt.timedelta(minutes=1), retirer_membres),
    Job("clore_substitutions", dt.timedelta(seconds=30), clore_substitutions),
]
