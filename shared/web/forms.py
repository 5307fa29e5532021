"""HTML forms on marshmallow: bound once, errors by field, typed values kept as they were typed."""

from collections.abc import Mapping
from typing import Any, Self

import marshmallow as ma
from flask import g, has_request_context
from marshmallow import fields
from werkzeug.datastructures import FileStorage, MultiDict

from shared.kernel.errors import DomainError
from shared.web.messages import en_dictionnaire

GLOBAL = "formulaire"


class Form(ma.Schema):
    """Base of the forms: `form = BesoinForm.bind(request.form)`, then `valid`, `data`, `errors`.

    Empty inputs count as absent; fields that the form does not know (the token, the button) are
    ignored. Errors that concern no field are under `GLOBAL`.
    """

    class Meta:
        unknown = ma.EXCLUDE

    errors: dict[str, str]
    data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._brut: Mapping[str, Any] = {}
        self.errors = {}
        self.data = {}

    @classmethod
    def bind(
        cls, valeurs: Mapping[str, Any], files: Mapping[str, FileStorage] | None = None
    ) -> Self:
        """Read and check what was sent."""
        form = cls()
        form._lire(valeurs, files or {})
        return form

    @classmethod
    def initial(cls, valeurs: Mapping[str, Any] | None = None) -> Self:
        """Build the form as it is first shown, with its proposed values, unchecked."""
        form = cls()
        form._brut = dict(valeurs or {})
        return form

    def _lire(self, valeurs: Mapping[str, Any], files: Mapping[str, FileStorage]) -> None:
        self._brut = valeurs
        try:
            self.data = self.load(self._presents(valeurs, files))
        except ma.ValidationError as erreur:
            self._refuser(en_dictionnaire(erreur.messages, lambda champ: champ or GLOBAL))

    def _presents(
        self, valeurs: Mapping[str, Any], files: Mapping[str, FileStorage]
    ) -> dict[str, Any]:
        presents: dict[str, Any] = {}
        for nom, champ in self.load_fields.items():
            cle = champ.data_key or nom
            fichier = files.get(cle)
            if fichier is not None and fichier.filename:
                presents[cle] = fichier
            elif isinstance(champ, fields.List):
                presents[cle] = _liste(valeurs, cle)
            elif (texte := _texte(valeurs.get(cle))) not in ("", None):
                presents[cle] = texte
        return presents

    @property
    def valid(self) -> bool:
        return not self.errors

    def value(self, champ: str) -> Any:
        """Return the input as typed, or the proposed value: what the page shows again."""
        valeur = self._brut.get(champ)
        return "" if valeur is None else valeur

    def values(self, champ: str) -> list[str]:
        """Return every input of that name, as typed (checkboxes, multiple selects)."""
        return [str(valeur) for valeur in _liste(self._brut, champ)]

    def libelle(self, champ: str) -> str:
        """Name of a field in the error summary: its `metadata={"libelle": …}`, else nothing."""
        declare = self.fields.get(champ)
        return str(declare.metadata.get("libelle", "")) if declare else ""

    def reject(self, erreur: DomainError) -> None:
        """Show a refusal of the domain where it belongs, field by field when it says which."""
        self._refuser(dict(erreur.champs) or {GLOBAL: erreur.message})

    def _refuser(self, erreurs: Mapping[str, str]) -> None:
        self.errors.update(erreurs)
        if has_request_context():
            g.formulaire_en_erreur = True


class FichierField(fields.Raw):
    """An uploaded file (`werkzeug.FileStorage`)."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> FileStorage:
        if not isinstance(value, FileStorage):
            raise ma.ValidationError("Choisissez un fichier.")
        return value


class CaseField(fields.Boolean):
    """A checkbox: absent means no; the kit's own checkboxes send `oui`."""

    truthy = fields.Boolean.truthy | {"oui"}
    falsy = fields.Boolean.falsy | {"non"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(load_default=False, **kwargs)


def _texte(valeur: Any) -> Any:
    """Trim; PostgreSQL knows no NUL character, and no keyboard types it."""
    return valeur.replace("\0", "").strip() if isinstance(valeur, str) else valeur


def _liste(valeurs: Mapping[str, Any], cle: str) -> list[Any]:
    if isinstance(valeurs, MultiDict):
        return [texte for brut in valeurs.getlist(cle) if (texte := _texte(brut)) != ""]
    valeur = valeurs.get(cle, [])
    return list(valeur) if isinstance(valeur, list | tuple | set | frozenset) else [valeur]
