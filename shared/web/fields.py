"""Fields shared by forms and API schemas: what they read is lenient, what they write is exact.

Amounts and quantities travel as strings ("12.50"): a JSON number would be read back as a float.
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields

from shared.kernel.errors import DomainError
from shared.kernel.identifiants import valider_cpv, valider_siret
from shared.kernel.montant import Montant, parse_montant

_ESPACES = re.compile(r"[\s\u00a0\u202f]")
_QUANTITE = re.compile(r"-?\d{1,12}(\.\d{1,6})?")
_CHIFFRES = re.compile(r"(?P<signe>-?)(?P<entier>[0-9]+)(\.[0-9]+)?")
_JOUR_FR = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


class MontantField(fields.Field[Montant]):
    """`Montant`: reads "90 000,50 €" or "90000.50", writes "90000.50"; a JSON float is refused."""

    def __init__(self, *, positif: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.positif = positif

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else str(value)

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Montant:
        montant = value if isinstance(value, Montant) else _lire_montant(value)
        if self.positif and montant < Montant.zero():
            raise ma.ValidationError("Le montant ne peut pas être négatif.")
        return montant


def _lire_montant(value: Any) -> Montant:
    if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
        raise ma.ValidationError('Écrivez le montant comme un texte. Exemple : "12.50".')
    try:
        return parse_montant(str(value))
    except DomainError as erreur:
        raise ma.ValidationError(erreur.message) from erreur


class QuantiteField(fields.Field[Decimal]):
    """Positive Decimal with at most six decimals: reads "2 400,5", writes "2400.5"."""

    def __init__(self, *, zero: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.zero = zero

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else ecrire_decimal(Decimal(value))

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if isinstance(value, bool | float) or not isinstance(value, str | int | Decimal):
            raise ma.ValidationError('Écrivez la quantité comme un texte. Exemple : "12.5".')
        texte = _ESPACES.sub("", str(value)).replace(",", ".")
        if not _QUANTITE.fullmatch(texte):
            raise ma.ValidationError("Saisissez une quantité. Exemple : 2 400 ou 12,5.")
        quantite = Decimal(texte)
        if quantite < 0 or (quantite == 0 and not self.zero):
            raise ma.ValidationError("La quantité doit être supérieure à zéro.")
        return quantite


class NombreField(fields.Field[Decimal]):
    """Positive Decimal of an open API: a text of plain digits and nothing else, "12.5".

    No sign, no exponent, no blank, no JSON number; `zero=False` refuses zero too.
    """

    def __init__(self, *, decimales: int = 6, zero: bool = True, **kwargs: Any) -> None:
        motif = r"[0-9]{1,12}" + (rf"(\.[0-9]{{1,{decimales}}})?" if decimales else "")
        metadata = {"pattern": f"^{motif}$", "example": "12", **kwargs.pop("metadata", {})}
        super().__init__(metadata=metadata, **kwargs)
        self.decimales = decimales
        self.zero = zero
        self._motif = re.compile(motif)

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else ecrire_decimal(Decimal(value))

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Decimal:
        if not isinstance(value, str):
            raise ma.ValidationError('Écrivez ce nombre comme un texte. Exemple : "12.5".')
        if not self._motif.fullmatch(value):
            raise ma.ValidationError(self._pourquoi(value))
        nombre = Decimal(value)
        if not nombre and not self.zero:
            raise ma.ValidationError("Ce nombre doit être supérieur à zéro.")
        return nombre

    def _pourquoi(self, texte: str) -> str:
        lu = _CHIFFRES.fullmatch(texte)
        if lu is None:
            return "Écrivez ce nombre en chiffres, avec un point. Exemple : 12.5."
        if lu["signe"]:
            return "Ce nombre ne peut pas être négatif."
        if len(lu["entier"]) > 12:
            return "Ce nombre est trop grand : douze chiffres au plus avant le point."
        return f"Ce nombre a trop de décimales : {self.decimales} au plus."


def ecrire_decimal(valeur: Decimal) -> str:
    """Plain digits without useless zeros, never an exponent: 600000, 2.5."""
    texte = f"{valeur:f}"
    return texte.rstrip("0").rstrip(".") if "." in texte else texte


class SiretField(fields.String):
    """SIRET of 14 digits with a valid key; spaces are forgiven."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return _par_le_domaine(valider_siret, super()._deserialize(value, *args, **kwargs))


class CpvField(fields.String):
    """CPV code of eight digits; its check digit is forgiven."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        return _par_le_domaine(valider_cpv, super()._deserialize(value, *args, **kwargs))


def _par_le_domaine(lire: Callable[[str], str], texte: str) -> str:
    try:
        return lire(texte)
    except DomainError as erreur:
        raise ma.ValidationError(erreur.message) from erreur


class JourField(fields.Field[dt.date]):
    """Day: reads "2026-12-11" or "11/12/2026", writes ISO 8601."""

    def _serialize(self, value: Any, *_: Any, **__: Any) -> str | None:
        return None if value is None else value.isoformat()

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dt.date:
        texte = str(value).strip()
        francais = _JOUR_FR.fullmatch(texte)
        try:
            if francais:
                jour, mois, annee = map(int, francais.groups())
                return dt.date(annee, mois, jour)
            return dt.datetime.strptime(texte, "%Y-%m-%d").date()  # noqa: DTZ007 -- a day
        except ValueError as erreur:
            raise ma.ValidationError("Saisissez une date. Exemple : 11/12/2026.") from erreur
