"""What a process of a service holds: built once, passed everywhere, nothing global."""

from dataclasses import dataclass

from shared.db.database import Database
from shared.kernel.clock import Clock, OffsetClock, SystemClock
from shared.kernel.parametres import Parametres
from shared.messaging.uow import Transactions
from shared.ops.settings import Settings


@dataclass(frozen=True, slots=True)
class ServiceContext:
    """Settings, database, clock and legal parameters of one service of one instance."""

    settings: Settings
    database: Database
    transactions: Transactions
    clock: Clock
    parametres: Parametres

    def close(self) -> None:
        """Give the database connections back."""
        self.database.dispose()


def clock_of(settings: Settings) -> Clock:
    """The machine's clock, or the demonstration's when `CLOCK_FILE` names one."""
    return OffsetClock(settings.clock_file) if settings.clock_file else SystemClock()


def build_context(settings: Settings, *, role: str = "api") -> ServiceContext:
    """Assemble the context; connections open at first use, never here."""
    clock = clock_of(settings)
    database = Database(
        settings.database_url,
        application_name=f"essaim-{settings.service}-{role}",
        pool_size=settings.pool_size,
    )
    return ServiceContext(
        settings=settings,
        database=database,
        transactions=Transactions(
            database, service=settings.service, siret=settings.instance_siret, clock=clock
        ),
        clock=clock,
        parametres=Parametres.depuis_yaml(),
    )
