"""A supplier's world in a test: alerts, notices, a ledger, a mailbox."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select

from services.notification.domain.criteres import lire_criteres
from services.notification.tables import Abonnement
from services.notification.usecases.annoncer_avis import annoncer_avis
from services.notification.usecases.confirmer_abonnement import confirmer_abonnement
from services.notification.usecases.creer_abonnement import Demande, creer_abonnement
from shared.contracts import catalogue
from shared.kernel.clock import FrozenClock
from shared.kernel.ids import new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import Transactions

AVIS = "0198a3c0-0000-7000-8000-0000000000aa"


class Monde:
    """What the tests of this service do all the time."""

    def __init__(self, transactions: Transactions) -> None:
        self.transactions = transactions
        self.clock: FrozenClock = transactions.clock  # type: ignore[assignment]

    def evenement(self, type_: str, sequence: int = 1, **changements: Any) -> Event:
        contrat = catalogue.load().get(type_)
        donnees = {**contrat.sample, **changements}
        catalogue.load().validate(type_, donnees)
        return Event(
            id=new_id(self.clock),
            type=type_,
            source=f"urn:siret:90070001400013:{contrat.emitter}",
            subject=str(donnees[contrat.subject]),
            sequence=sequence,
            time=self.clock.now() - dt.timedelta(seconds=2),
            data=donnees,
            correlation_id="flux-de-test",
        )

    def abonner(self, courriel: str, *, confirmer: bool = True, **criteres: Any) -> uuid.UUID:
        with self.transactions.begin() as uow:
            id_ = creer_abonnement(uow, Demande(courriel, lire_criteres(**criteres)))
        if confirmer:
            with self.transactions.begin() as uow:
                confirmer_abonnement(uow, self.alerte(id_).jeton_confirmation)
        return id_

    def alerte(self, id_: uuid.UUID) -> Abonnement:
        with self.transactions.read() as session:
            return session.execute(select(Abonnement).where(Abonnement.id == id_)).scalar_one()

    def annoncer(self, fait: str = "publie", **changements: Any) -> Event:
        champs = {"avis_id": AVIS, "version": 1, **changements}
        evenement = self.evenement(f"publication.avis.{fait}.v1", **champs)
        with self.transactions.begin() as uow:
            annoncer_avis(uow, [evenement])
        return evenement
