"""Settings of groupement: those that every service reads; every default runs the demonstration."""

from shared.ops.settings import Settings

SETTINGS = Settings
