"""What this service reads from the environment: nothing beside what every service does."""

from shared.ops.settings import Settings

SETTINGS = Settings
