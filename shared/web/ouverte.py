"""What an API open to everybody needs on top: a body read strictly, whoever sends it.

A key given twice, a nesting without end or a number of a million digits is refused by name or as
unreadable; none of them costs more than reading it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import flask
import marshmallow as ma
from flask_smorest import Blueprint
from marshmallow import fields
from webargs.core import missing
from webargs.flaskparser import FlaskParser, is_json_request

from shared.kernel.repartition import ESPACE

_IMPOSSIBLES = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")  # commands, half characters
SANS_COMMANDE = r"^[^\u0000-\u001f\u007f-\u009f]*$"


class AnalyseurStrict(FlaskParser):
    """JSON bodies only; ambiguous or monstrous ones are refused before any schema reads them."""

    def _raw_load_json(self, req: flask.Request) -> Any:
        if not is_json_request(req):
            return missing
        try:
            # Numbers travel as texts: whatever is one here is refused by its field.
            return json.loads(req.get_data(), object_pairs_hook=_objet, parse_int=float)
        except RecursionError as erreur:
            raise json.JSONDecodeError("Trop profond", "[", 0) from erreur


class BlueprintOuvert(Blueprint):  # type: ignore[misc] # the library carries no types
    """A blueprint whose bodies are read strictly."""

    ARGUMENTS_PARSER = AnalyseurStrict()


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


def _objet(paires: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    objet: dict[str, Any] = {}
    for cle, valeur in paires:
        if cle in objet:
            message = f"Le champ «{ESPACE}{cle}{ESPACE}» figure deux fois dans le même objet."
            raise ma.ValidationError({cle: [message]})
        objet[cle] = valeur
    return objet
