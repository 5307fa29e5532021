"""What paiement reads from the environment, beside what every service does."""

from dataclasses import dataclass

from shared.ops.settings import Settings, au_moins_un, variable


@dataclass(frozen=True, kw_only=True)
class PaiementSettings(Settings):
    """How often one client may call the public simulations."""

    simulations_par_minute: int = variable("SIMULATIONS_PAR_MINUTE", 1200, au_moins_un)


SETTINGS = PaiementSettings
