"""Settings of groupement; every default runs the demonstration."""

from dataclasses import dataclass

from shared.ops.settings import Settings


@dataclass(frozen=True, kw_only=True)
class GroupementSettings(Settings):
    """Nothing beyond what every service reads."""


SETTINGS = GroupementSettings
