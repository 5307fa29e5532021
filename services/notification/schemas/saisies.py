"""What people type: criteria, an address, a reason."""

import re
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.notification.domain.criteres import Criteres, lire_criteres
from shared.kernel.errors import ValidationError
from shared.kernel.identifiants import email_valide
from shared.web.fields import MontantField
from shared.web.forms import Form


def liste(texte: str, *, par_blancs: bool = False) -> list[str]:
    """Split what people type in one field: commas, semicolons, lines (blanks too for codes)."""
    separateurs = r"[,;\s]+" if par_blancs else r"[,;\r\n]+"
    return [x.strip() for x in re.split(separateurs, texte) if x.strip()]


class ListeField(fields.Field[list[str]]):
    """Several values typed in one input, or given as a JSON list."""

    def __init__(self, *, par_blancs: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("load_default", list)
        super().__init__(**kwargs)
        self._par_blancs = par_blancs

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str]:
        return liste(str(value), par_blancs=self._par_blancs)


class CourrielField(fields.String):
    """An e-mail address that a mail server may know."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"required": "Indiquez votre adresse électronique."})
        super().__init__(**kwargs)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        adresse = super()._deserialize(value, *args, **kwargs).strip()
        if not email_valide(adresse):
            raise ma.ValidationError(
                "Saisissez une adresse électronique. Exemple\u00a0: contact@entreprise.fr."
            )
        return adresse


class CriteresForm(Form):
    """Criteria of an alert, as typed."""

    cpv = ListeField(par_blancs=True)
    mots = ListeField()
    lieux = ListeField()
    montant_min = MontantField(load_default=None)
    montant_max = MontantField(load_default=None)

    def criteres(self) -> Criteres:
        """Criteria of the domain; raise `ValidationError` naming the faulty fields."""
        if self.errors:
            raise ValidationError("Des critères sont illisibles.", champs=self.errors)
        return lire_criteres(**{champ: self.data[champ] for champ in CriteresForm().fields})


class AlerteForm(CriteresForm):
    """The whole form of an alert."""

    courriel = CourrielField(required=True)
    nom = fields.String(load_default="", validate=validate.Length(max=120))


class RetrouverForm(Form):
    """An address that wants its management link."""

    courriel = CourrielField(required=True)


class MotifForm(Form):
    """Why a dead letter is replayed or discarded."""

    motif = fields.String(required=True, validate=validate.Length(min=3, max=500))
