"""Hand the due messages over to the mail server; every row ends with a state.

A row is leased, then sent, then marked. A process that dies between the last two leaves a lease
that runs out: the message leaves again, under the same Message-ID, and `tentatives` tells it.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, text, update

from services.notification.domain.pli import Pli
from services.notification.domain.remise import (
    ATTENTE_LIAISON,
    BAIL,
    Courriel,
    Etat,
    Facteur,
    Liaison,
    LiaisonPerdue,
    RefusDefinitif,
    RefusTemporaire,
    apres_refus,
    sans_adresse,
)
from services.notification.tables import Message, Remise
from services.notification.usecases.plis import rassembler
from shared.messaging import faults
from shared.messaging.uow import Trace, Transactions

LOT = 10
LOTS_PAR_PASSAGE = 100
journal = logging.getLogger("essaim.notification.courriel")

_SANS_ATTENDRE = text("SET LOCAL synchronous_commit = off")

Composer = Callable[[Pli], Courriel]
Compter = Callable[[Etat], None]


@dataclass(frozen=True, slots=True)
class Expedition:
    """What sending needs: the database, the way to the mail server, the writer, the meter."""

    transactions: Transactions
    facteur: Facteur
    composer: Composer
    compter: Compter
    bail: dt.timedelta = BAIL

    def remettre(self) -> int:
        """Send every due message, batch after batch; return how many rows were settled or tried."""
        annoncer(self.transactions)
        traites = 0
        for _ in range(LOTS_PAR_PASSAGE):
            lot = self._reclamer()
            if not lot:
                break
            traites += len(lot)
            if not self._expedier(self._ecarter(lot)):
                journal.warning("Serveur de courriel injoignable, nouvel essai dans une minute")
                break
        if traites:
            annoncer(self.transactions)
        return traites

    def _reclamer(self) -> list[Pli]:
        """Lease the oldest due rows; other processes skip them."""
        with self.transactions.begin() as uow:
            maintenant = uow.clock.now()
            ids = uow.session.scalars(
                select(Remise.id)
                .where(Remise.etat == Etat.A_REMETTRE, Remise.essai_le <= maintenant)
                .order_by(Remise.essai_le, Remise.id)
                .limit(LOT)
                .with_for_update(skip_locked=True)
            ).all()
            uow.session.execute(
                update(Remise)
                .where(Remise.id.in_(ids))
                .values(tentatives=Remise.tentatives + 1, essai_le=maintenant + self.bail)
            )
            return rassembler(uow.session, ids)

    def _ecarter(self, lot: Sequence[Pli]) -> list[Pli]:
        """Close what must not leave any more; return the rest."""
        parlants = []
        for pli in lot:
            if pli.silence is None:
                parlants.append(pli)
            else:
                self._clore(pli.id, Etat.SANS_OBJET, pli.silence)
        return parlants

    def _expedier(self, plis: Sequence[Pli]) -> bool:
        """Send a batch over one connection; False when the server is away."""
        commences = 0
        if not plis:
            return True
        try:
            with self.facteur.ouvrir() as liaison:
                for pli in plis:
                    commences += 1
                    self._remettre_un(liaison, pli)
        except LiaisonPerdue:
            self._rendre(plis[commences:])
            if commences:
                self._reporter(plis[commences - 1], "liaison perdue pendant la remise")
            return False
        return True

    def _remettre_un(self, liaison: Liaison, pli: Pli) -> None:
        try:
            liaison.remettre(self._composer(pli))
        except RefusDefinitif as refus:
            self._clore(pli.id, Etat.REBOND, sans_adresse(str(refus)))
        except RefusTemporaire as refus:
            self._reporter(pli, sans_adresse(str(refus)))
        else:
            faults.point("after_send")
            self._clore(pli.id, Etat.REMIS, None)

    def _composer(self, pli: Pli) -> Courriel:
        """Write the message; one that cannot be written must not hold back its neighbours."""
        try:
            return self.composer(pli)
        except Exception as erreur:
            journal.exception("Message impossible à composer", extra={"modele": pli.modele})
            raise RefusTemporaire(f"composition : {type(erreur).__name__}") from erreur

    def _clore(self, id_: uuid.UUID, etat: Etat, raison: str | None) -> None:
        maintenant = self.transactions.clock.now()
        remis_le = maintenant if etat is Etat.REMIS else None
        self._ecrire([id_], etat=etat, clos_le=maintenant, remis_le=remis_le, raison=raison)
        self.compter(etat)

    def _reporter(self, pli: Pli, raison: str) -> None:
        maintenant = self.transactions.clock.now()
        suite = apres_refus(pli.tentatives, maintenant)
        if suite.etat is Etat.ECHEC:
            self._clore(pli.id, Etat.ECHEC, raison)
        else:
            self._ecrire([pli.id], essai_le=suite.essai_le, raison=raison)

    def _rendre(self, plis: Sequence[Pli]) -> None:
        """The server is away: no row is to blame, none loses a try."""
        essai_le = self.transactions.clock.now() + ATTENTE_LIAISON
        ids = [pli.id for pli in plis]
        self._ecrire(ids, tentatives=Remise.tentatives - 1, essai_le=essai_le)

    def _ecrire(self, ids: Sequence[uuid.UUID], **valeurs: Any) -> None:
        """Mark rows without waiting for the disk.

        A crash of the database server itself may lose a mark; that costs one more copy, under the
        same Message-ID.
        """
        with self.transactions.begin() as uow:
            uow.session.execute(_SANS_ATTENDRE)
            uow.session.execute(update(Remise).where(Remise.id.in_(ids)).values(**valeurs))


_A_ANNONCER = (Remise.etat == Etat.REMIS, Remise.annoncee.is_(False))


def annoncer(transactions: Transactions) -> None:
    """Tell, once per row, that messages have left: a number of recipients, never an address."""
    with transactions.read() as session:
        ids = session.scalars(
            select(Remise.message_id).where(*_A_ANNONCER).distinct().order_by(Remise.message_id)
        ).all()
    for message_id in ids:
        _annoncer_un(transactions, message_id)


def _annoncer_un(transactions: Transactions, message_id: uuid.UUID) -> None:
    with transactions.read() as session:
        message = session.get_one(Message, message_id)
    trace = Trace(message.correlation_id, message.causation_id)
    with transactions.begin(trace=trace) as uow:
        remis = (
            update(Remise)
            .where(Remise.message_id == message_id, *_A_ANNONCER)
            .values(annoncee=True)
            .returning(Remise.remis_le)
            .cte()
        )
        nombre, dernier = uow.session.execute(
            select(func.count(), func.max(remis.c.remis_le)).add_cte(remis)
        ).one()
        if nombre:
            uow.emit(
                "notification.message.envoye.v1",
                subject=str(message_id),
                data={
                    "message_id": message_id,
                    "canal": "courriel",
                    "modele": message.modele,
                    "objet_id": message.objet_id,
                    "version": message.version,
                    "destinataires": nombre,
                    "envoye_le": dernier,
                },
            )
