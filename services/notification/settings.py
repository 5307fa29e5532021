"""What this service reads from the environment, beside what every service does."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.ops.settings import Settings, variable


@dataclass(frozen=True, kw_only=True)
class NotificationSettings(Settings):
    """Who writes, and how long a claimed message stays with the process that claimed it."""

    courriel_expediteur: str = variable("MAIL_FROM", "")
    bail_secondes: int = variable("MAIL_LEASE_SECONDS", 300, int)

    @property
    def expediteur(self) -> str:
        """The given address, else one of the instance's own host."""
        hote = urlsplit(self.public_url).hostname or "localhost"
        return self.courriel_expediteur or f"ne-pas-repondre@{hote}"


SETTINGS = NotificationSettings
