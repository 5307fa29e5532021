"""A JSON body and a query read strictly: what is ambiguous or unwritable is refused by its name.

A key given twice, a number that is not finite or without end, a character that no database writes,
another type of content or a body too big: each has its own refusal, before any schema reads it.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import flask
import marshmallow as ma
from flask_smorest import Blueprint
from webargs.core import missing
from webargs.flaskparser import FlaskParser, is_json_request

from shared.kernel.repartition import ESPACE

CORPS_MAX: Final = 1024 * 1024
CHIFFRES_MAX: Final = 30
_IMPOSSIBLES = re.compile("[\x00\ud800-\udfff]")  # what UTF-8 or PostgreSQL cannot hold


@dataclass(frozen=True, slots=True)
class _Illisible:
    """A number read, but of which nothing can be done; its field is told."""

    message: str


FINI = _Illisible("Un nombre fini est attendu.")
TROP_LONG = _Illisible(f"Ce nombre a plus de {CHIFFRES_MAX} chiffres.")


class AnalyseurStrict(FlaskParser):
    """JSON bodies only, of a reasonable size; questions that the database can be asked."""

    corps_max: ClassVar[int] = CORPS_MAX

    def _raw_load_json(self, req: flask.Request) -> Any:
        if not is_json_request(req):
            return self.autre_type(req)
        brut = self._borne(req)
        try:
            lu = self.charger(brut)
        except RecursionError as erreur:
            raise json.JSONDecodeError("Trop profond", "[", 0) from erreur
        if faute := faute_de(lu):
            raise ma.ValidationError({"corps": [faute]})
        return lu

    def load_querystring(self, req: flask.Request, schema: ma.Schema) -> Any:
        for nom, valeurs in req.args.lists():
            if faute := faute_de(valeurs):
                raise ma.ValidationError({nom: [faute]})
        return super().load_querystring(req, schema)

    def autre_type(self, req: flask.Request) -> Any:
        """Nothing at all is a body without field; anything else than JSON is refused."""
        if req.get_data(cache=True):
            flask.abort(415)
        return missing

    def charger(self, brut: bytes) -> Any:
        return json.loads(
            brut,
            object_pairs_hook=_objet,
            parse_constant=lambda _: FINI,
            parse_float=_flottant,
            parse_int=_entier,
        )

    def _borne(self, req: flask.Request) -> bytes:
        if (req.content_length or 0) > self.corps_max:
            flask.abort(413)
        brut = req.get_data(cache=True)
        if len(brut) > self.corps_max:
            flask.abort(413)
        return brut


class BlueprintStrict(Blueprint):  # type: ignore[misc] # the library carries no types
    """The blueprint of every API: its bodies are read strictly."""

    ARGUMENTS_PARSER = AnalyseurStrict()


def sans_doublon(paires: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different."""
    lu: dict[str, Any] = {}
    for cle, valeur in paires:
        if cle in lu:
            message = f"Le champ «{ESPACE}{cle}{ESPACE}» figure deux fois dans le même objet."
            raise ma.ValidationError({cle: [message]})
        lu[cle] = valeur
    return lu


def _objet(paires: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The same, with values that can be written."""
    lu = sans_doublon(paires)
    for cle, valeur in lu.items():
        if _IMPOSSIBLES.search(cle):
            raise ma.ValidationError({"corps": ["Le nom d’un champ ne peut pas s’écrire."]})
        if faute := faute_de(valeur):
            raise ma.ValidationError({cle: [faute]})
    return lu


def faute_de(valeur: Any) -> str | None:
    """Why a value, or an element of a list, cannot be kept."""
    if isinstance(valeur, _Illisible):
        return valeur.message
    if isinstance(valeur, str) and _IMPOSSIBLES.search(valeur):
        return "Ce texte contient un caractère qui ne peut pas s’écrire."
    if isinstance(valeur, list):
        return next((faute for element in valeur if (faute := faute_de(element))), None)
    return None


def _entier(texte: str) -> int | _Illisible:
    return TROP_LONG if len(texte) > CHIFFRES_MAX else int(texte)


def _flottant(texte: str) -> float | _Illisible:
    lu = float(texte)
    return lu if math.isfinite(lu) else FINI
