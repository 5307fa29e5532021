"""What paiement reads from the environment, beside what every service does."""

from dataclasses import dataclass
from pathlib import Path

from services.paiement.domain.boite import Boite
from shared.ops.settings import Settings, au_moins_un, optional, variable


@dataclass(frozen=True, kw_only=True)
class PaiementSettings(Settings):
    """How often one client may call the public simulations, and where invoices arrive.

    Beside the pages and the API, a directory and a mailbox may be watched; none is by default.
    """

    simulations_par_minute: int = variable("SIMULATIONS_PAR_MINUTE", 1200, au_moins_un)
    factures_repertoire: Path | None = variable("FACTURES_REPERTOIRE", None, optional(Path))
    factures_imap: Boite | None = variable(
        "FACTURES_IMAP", None, optional(Boite.depuis_url), secret=True
    )
    liens_par_minute: int = variable("LIENS_PAR_MINUTE", 5, au_moins_un)


SETTINGS = PaiementSettings
