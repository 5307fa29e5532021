"""Due dates of groupement: members are reminded, calls close, ending contracts are evaluated."""

import datetime as dt

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.evaluations import ouverture
from services.groupement.queries.evaluations import a_ouvrir
from services.groupement.queries.opportunites import conventions_vivantes
from services.groupement.usecases.clore_recensement import clore_les_echus
from services.groupement.usecases.detecter_opportunites import detecter_opportunites
from services.groupement.usecases.ouvrir_evaluation import ouvrir_evaluation
from services.groupement.usecases.relancer import relancer_l_echu
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


JOBS: list[Job] = [
    Job("clore_recensements", dt.timedelta(seconds=10), clore_recensements),
    Job("envoyer_rappels", dt.timedelta(seconds=30), envoyer_rappels),
    Job("ouvrir_evaluations", dt.timedelta(minutes=1), ouvrir_evaluations),
    Job("chercher_opportunites", dt.timedelta(seconds=30), chercher_opportunites),
]
