"""Fields of this service's forms and API: places, CPV heads, instants in Paris time."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import marshmallow as ma

from shared.kernel.clock import PARIS
from shared.kernel.lieux import annuaire
from shared.web.fields import ecrire_decimal

_CPV = re.compile(r"(\d{2,8})(?:-\d)?")
_TAUX = re.compile(r"^(0(\.[0-9]{1,6})?|1(\.0{1,6})?)$")
_POURCENT = re.compile(r"\d{1,3}(\.\d{1,2})?")
_INSTANT_FR = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: à)? (\d{1,2})[:h ]+(\d{2})?")
CENT = Decimal(100)
_EXEMPLE = "Saisissez une date et une heure. Exemple : 11/12/2026 12:00."


class LieuField(ma.fields.String):
    """A département or a commune, by code or by name; writes the INSEE code."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        code = annuaire().trouver(super()._deserialize(value, *args, **kwargs))
        if code is None:
            raise ma.ValidationError(
                "Indiquez un département ou une commune. Exemple : 07, Aubenas ou 07019."
            )
        return code


class CpvPrefixeField(ma.fields.String):
    """A CPV code or the head of one, from the two digits of its division."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        texte = super()._deserialize(value, *args, **kwargs).replace(" ", "")
        trouve = _CPV.fullmatch(texte)
        if trouve is None:
            raise ma.ValidationError(
                "Saisissez de deux à huit chiffres d’un code CPV. Exemple : 30 ou 30197630."
            )
        return trouve[1]


class InstantParisField(ma.fields.Field[dt.datetime]):
    """An instant typed in Paris time, or ISO 8601 with its zone; written in ISO 8601, in UTC."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return value.astimezone(dt.UTC).isoformat() if value is not None else None

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dt.datetime:
        texte = str(value).strip()
        francais = _INSTANT_FR.fullmatch(texte)
        try:
            if francais:
                jour, mois, annee, heure, minute = (int(n or 0) for n in francais.groups())
                instant = dt.datetime(annee, mois, jour, heure, minute, tzinfo=PARIS)
            else:
                instant = dt.datetime.fromisoformat(texte)
        except ValueError as erreur:
            raise ma.ValidationError(_EXEMPLE) from erreur
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=PARIS)
        return instant.astimezone(dt.UTC)


class TauxField(ma.fields.Field[Decimal]):
    """A share between 0 and 1, such as the rate of an advance: "0.05", read and written as text."""

    def __init__(self, **kwargs: Any) -> None:
        documentation = {"type": "string", "pattern": _TAUX.pattern, "example": "0.05"}
        super().__init__(**{"metadata": documentation, **kwargs})

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else ecrire_decimal(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if not isinstance(value, str) or not _TAUX.fullmatch(value):
            raise ma.ValidationError("Saisissez une part entre 0 et 1. Exemple : 0.05.")
        return Decimal(value)


class TexteField(ma.fields.String):
    """Text of several lines: a browser's line ends are brought back to one character."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        texte = super()._deserialize(value, *args, **kwargs)
        return texte.replace("\r\n", "\n").strip()


class PourcentField(ma.fields.Field[Decimal]):
    """A share typed as a percentage: « 5 », « 5,5 % »; read as 0.05, 0.055."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        texte = str(value).replace("%", "").replace(",", ".").strip()
        if not _POURCENT.fullmatch(texte) or Decimal(texte) > CENT:
            raise ma.ValidationError("Saisissez un pourcentage entre 0 et 100. Exemple : 5.")
        return Decimal(texte) / CENT
