"""Periodic work of paiement: late invoices, checks taken up again, places where invoices arrive."""

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial
from typing import cast

from sqlalchemy import select

from services.paiement.domain.efacture import Verdict
from services.paiement.domain.facture import Etat
from services.paiement.gateways import boite, repertoire
from services.paiement.gateways.efacture.reprise import controler_a_part
from services.paiement.queries.comptes import dernier_controle
from services.paiement.queries.mesures import impayees
from services.paiement.settings import PaiementSettings
from services.paiement.tables import Facture, Fichier
from services.paiement.usecases.alerter_echeances import alerter_une_echeance
from services.paiement.usecases.constater_retards import constater_un_retard
from services.paiement.usecases.controler import reprendre_controle
from services.paiement.usecases.controler_comptes import controler_comptes
from services.paiement.usecases.ordres_service import presumer_une_reception
from services.paiement.usecases.publier_decp import republier_une, signaler_retard
from services.paiement.usecases.recus import lever_une_carte, suspendre_une_carte
from services.paiement.usecases.relever import Prise, relever_fichier
from shared.kernel.clock import PARIS
from shared.messaging.uow import UnitOfWork
from shared.ops import metrics
from shared.ops.context import ServiceContext
from shared.ops.jobs import Job

REPRISES = 20
ATTENTE = dt.timedelta(seconds=30)


def constater_retards(context: ServiceContext) -> int:
    """Tell every invoice whose legal due date has passed, each in its own transaction."""
    constates = 0
    while True:
        with context.transactions.begin() as uow:
            if not constater_un_retard(uow):
                return constates
        constates += 1


def reprendre_controles(context: ServiceContext) -> int:
    """Check again the invoices that could not be checked when they were deposited."""
    conclus = 0
    for facture_id, octets in _en_attente(context):
        verdict, anomalies = controler_a_part(octets)
        if verdict is not Verdict.INDETERMINE:
            with context.transactions.begin() as uow:
                reprendre_controle(uow, facture_id, verdict, anomalies)
            conclus += 1
    return conclus


def _en_attente(context: ServiceContext) -> list[tuple[uuid.UUID, bytes]]:
    """Oldest first; a deposit still in progress is left alone."""
    with context.transactions.read() as session:
        lignes = session.execute(
            select(Facture.id, Fichier.octets)
            .join(Fichier, Fichier.facture_id == Facture.id)
            .where(
                Facture.etat == Etat.DEPOSEE,
                Facture.verdict == Verdict.INDETERMINE,
                Facture.deposee_le < context.clock.now() - ATTENTE,
            )
            .order_by(Facture.deposee_le)
            .limit(REPRISES)
        )
        return [(ligne.id, ligne.octets) for ligne in lignes]


def presumer_receptions(context: ServiceContext) -> int:
    """Deem received the service orders that nobody consulted in time, one transaction each."""
    presumees = 0
    while True:
        with context.transactions.begin() as uow:
            if not presumer_une_reception(uow):
                return presumees
        presumees += 1


def alerter_echeances(context: ServiceContext) -> int:
    """Warn finance departments before each end of deadline, each in its own transaction."""
    alertes = 0
    while True:
        with context.transactions.begin() as uow:
            if not alerter_une_echeance(uow):
                return alertes
        alertes += 1


def exiger_recus(context: ServiceContext) -> int:
    """Suspend the cards of which a receipt is overdue, restore those that miss none any more."""
    faits = 0
    for une_carte in (suspendre_une_carte, lever_une_carte):
        while _en_une_transaction(context, une_carte):
            faits += 1
    return faits


def _en_une_transaction(context: ServiceContext, faire: Callable[[UnitOfWork], bool]) -> bool:
    with context.transactions.begin(acteur="horloge") as uow:
        return faire(uow)


def relever_repertoire(context: ServiceContext) -> int:
    """Deposit the files of the watched directory, if there is one."""
    racine = _reglages(context).factures_repertoire
    if racine is None:
        return 0
    return repertoire.relever(racine, _prise(context, "repertoire"))


def relever_boite(context: ServiceContext) -> int:
    """Deposit the files of the watched mailbox, if there is one."""
    adresse = _reglages(context).factures_imap
    if adresse is None:
        return 0
    return boite.relever(adresse, _prise(context, "boite"))


def _prise(context: ServiceContext, canal: str) -> Prise:
    return partial(relever_fichier, context.transactions, canal=canal)


def _reglages(context: ServiceContext) -> PaiementSettings:
    return cast("PaiementSettings", context.settings)


def mesurer(context: ServiceContext) -> int:
    """Tell the graphs how many invoices wait, by days left; settle nothing."""
    with context.transactions.read() as session:
        for tranche, nombre in impayees(session, context.clock.today()).items():
            metrics.INVOICES_UNPAID.labels(tranche).set(nombre)
    return 0


def controler(context: ServiceContext) -> int:
    """Control the ledger once a day, and tell the graphs what the last control found."""
    faits = 0
    with context.transactions.begin(acteur="horloge") as uow:
        dernier = dernier_controle(uow.session)
        if dernier is None or dernier.le.astimezone(PARIS).date() < uow.clock.today():
            dernier, faits = controler_comptes(uow), 1
        ecarts = len(dernier.ecarts)
    metrics.LEDGER_DIFFERENCES.set(ecarts)
    return faits


def republier(context: ServiceContext) -> int:
    """Publish again the open data that an amendment changed, one transaction each."""
    return _tant_que(context, republier_une)


def signaler_decp(context: ServiceContext) -> int:
    """Tell once each contract whose open data are late."""
    return _tant_que(context, signaler_retard)


def _tant_que(context: ServiceContext, faire: Callable[[UnitOfWork], bool]) -> int:
    faits = 0
    while True:
        with context.transactions.begin(acteur="horloge") as uow:
            if not faire(uow):
                return faits
        faits += 1


JOBS: list[Job] = [
    Job("constater_retards", dt.timedelta(seconds=30), constater_retards),
    Job("alerter_echeances", dt.timedelta(minutes=1), alerter_echeances),
    Job("reprendre_controles", dt.timedelta(minutes=1), reprendre_controles),
    Job("controler_comptes", dt.timedelta(minutes=10), controler),
    Job("republier_decp", dt.timedelta(minutes=5), republier),
    Job("signaler_decp", dt.timedelta(hours=1), signaler_decp),
    Job("presumer_receptions", dt.timedelta(minutes=10), presumer_receptions),
    Job("exiger_recus", dt.timedelta(minutes=5), exiger_recus),
    Job("relever_repertoire", dt.timedelta(seconds=30), relever_repertoire),
    Job("relever_boite", dt.timedelta(minutes=1), relever_boite),
    Job("mesurer", dt.timedelta(minutes=1), mesurer),
]
