"""What this service reads from the environment, beside what every service does."""

from dataclasses import dataclass

from shared.ops.settings import Settings, variable


@dataclass(frozen=True, kw_only=True)
class PublicationSettings(Settings):
    """The named contact that every notice shows."""

    mediateur_nom: str = variable(
        "MEDIATEUR_NOM", "Médiateur des marchés publics de l’Ardèche", required=True
    )
    mediateur_courriel: str = variable(
        "MEDIATEUR_COURRIEL", "mediateur@departement07.exemple", required=True
    )


SETTINGS = PublicationSettings
