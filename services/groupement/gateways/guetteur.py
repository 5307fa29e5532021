"""One watcher per process tells every open stream that the group's facts have changed.

It reads one number from the database twice a second, and only while somebody is looking.
"""

import logging
import threading
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from shared.messaging.tables import outbox
from shared.messaging.uow import Transactions

PERIODE: Final = 0.5
_RECUL: Final = 1000
_log = logging.getLogger(__name__)


class Guetteur:
    """Follows the version of the facts while at least one stream is open."""

    def __init__(self, transactions: Transactions, maximum: int) -> None:
        self._transactions = transactions
        self._maximum = maximum
        self._change = threading.Condition()
        self._ouverts = 0
        self._version = ""
        self._fil: threading.Thread | None = None

    @property
    def ouverts(self) -> int:
        return self._ouverts

    def reserver(self) -> bool:
        """Take a place among the streams, unless they are all taken."""
        with self._change:
            if self._ouverts >= self._maximum:
                return False
            self._ouverts += 1
            if self._fil is None:
                self._version = self.lire()
                self._fil = threading.Thread(target=self._veiller, daemon=True, name="guetteur")
                self._fil.start()
            return True

    def rendre(self) -> None:
        """Give a reserved place back."""
        with self._change:
            self._ouverts -= 1

    def attendre(self, connue: str, secondes: float) -> str:
        """The version, as soon as it is no more `connue`, or after that time."""
        with self._change:
            self._change.wait_for(lambda: self._version != connue, secondes)
            return self._version

    def lire(self) -> str:
        """Newest events and how many of them: an earlier number committed late changes it too."""
        dernier = sa.select(sa.func.coalesce(sa.func.max(outbox.c.seq), 0)).scalar_subquery()
        requete = sa.select(sa.func.coalesce(sa.func.max(outbox.c.seq), 0), sa.func.count()).where(
            outbox.c.seq > dernier - _RECUL
        )
        with self._transactions.read() as session:
            dernier_lu, nombre = session.execute(requete).one()
        return f"{dernier_lu}.{nombre}"

    def _veiller(self) -> None:
        while self._continuer():
            try:
                lue = self.lire()
            except SQLAlchemyError:
                _log.warning("Base injoignable : la page suivie ne bouge plus", exc_info=True)
                continue
            with self._change:
                if lue != self._version:
                    self._version = lue
                    self._change.notify_all()

    def _continuer(self) -> bool:
        """Sleep a little; stop when nobody is looking any more."""
        threading.Event().wait(PERIODE)
        with self._change:
            if self._ouverts == 0:
                self._fil = None
            return self._fil is not None
