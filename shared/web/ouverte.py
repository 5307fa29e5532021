"""What an API open to everybody needs on top: a body read strictly, whoever sends it.

A key given twice, a nesting without end or a number of a million digits is refused by name or as
unreadable; none of them costs more than reading it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import flask
import marshmallow as ma
from marshmallow import fields
from webargs.core import missing

from shared.web.app import ENVOI_MAX
from shared.web.stricte import AnalyseurStrict, BlueprintStrict, sans_doublon

_IMPOSSIBLES = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # commands, half characters
SANS_COMMANDE = r"^[^\u0000-\u001f\u007f-\u009f]*$"


class AnalyseurOuvert(AnalyseurStrict):
    """As strict, for callers that nobody knows.

    Numbers travel as texts: whatever is one is refused by its field. Another type of content is a
    body without any field.
    """

    corps_max = ENVOI_MAX

    def autre_type(self, req: flask.Request) -> Any:  # noqa: ARG002
        return missing

    def charger(self, brut: bytes) -> Any:
        return json.loads(brut, object_pairs_hook=sans_doublon, parse_int=float)


class BlueprintOuvert(BlueprintStrict):
    """A blueprint open to everybody."""

    ARGUMENTS_PARSER = AnalyseurOuvert()


class Texte(fields.String):
    """A short text without control characters, that UTF-8 can write."""

    def __init__(self, *, minimum: int = 1, maximum: int = 200, **kwargs: Any) -> None:
        longueur = ma.validate.Length(min=minimum, max=maximum)
        metadata = {"pattern": SANS_COMMANDE, **kwargs.pop("metadata", {})}
        super().__init__(validate=[longueur, _propre], metadata=metadata, **kwargs)


class Liste(fields.List[Any]):
    """A list whose cap is checked before any of its elements is read."""

    def __init__(
        self,
        element: type[ma.Schema] | fields.Field[Any],
        *,
        maximum: int,
        minimum: int = 0,
        **kwargs: Any,
    ) -> None:
        champ = element if isinstance(element, fields.Field) else fields.Nested(element)
        bornes = {"minItems": minimum, "maxItems": maximum}
        super().__init__(champ, metadata={**bornes, **kwargs.pop("metadata", {})}, **kwargs)
        self.minimum, self.maximum = minimum, maximum

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if isinstance(value, list):
            self._mesurer(len(value))
        return super()._deserialize(value, *args, **kwargs)

    def _mesurer(self, longueur: int) -> None:
        if longueur < self.minimum:
            raise ma.ValidationError("Cette liste ne peut pas être vide.")
        if longueur > self.maximum:
            raise ma.ValidationError(
                f"Cette liste a {longueur} éléments : {self.maximum} au plus par appel."
            )


def _propre(texte: str) -> None:
    if _IMPOSSIBLES.search(texte):
        raise ma.ValidationError("Ce texte contient un caractère qui ne peut pas s’écrire.")


class Demande(ma.Schema):
    """Base of the bodies: an object, without any field that is not known."""

    class Meta:
        unknown = ma.RAISE

    def handle_error(
        self, error: ma.ValidationError, data: Any, *, many: bool, **_: Any
    ) -> NoReturn:
        """Name the whole body when it is not an object."""
        if not many and not isinstance(data, Mapping):
            raise ma.ValidationError({"corps": ["Un objet JSON est attendu."]})
        raise error
