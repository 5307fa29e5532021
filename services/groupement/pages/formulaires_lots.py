"""What the coordinator types to cut the lots otherwise."""

import datetime as dt

from marshmallow import fields, validate

from services.groupement.domain.allotissement import Decoupage, MotifLotUnique
from services.groupement.domain.decoupage import Coupe
from shared.kernel.clock import PARIS
from shared.kernel.errors import DomainError
from shared.web.fields import JourField, MontantField
from shared.web.forms import Form

CHOISIR = "Choisissez un découpage de la liste."


class CoupeForm(Form):
    """Another cutting to look at, from the address of the page."""

    decoupage = fields.Enum(
        Decoupage,
        required=True,
        error_messages={"unknown": CHOISIR, "required": CHOISIR},
        metadata={"libelle": "Découpage"},
    )
    plafond = MontantField(load_default=None, metadata={"libelle": "Montant d’un lot"})

    @property
    def coupe(self) -> Coupe:
        return Coupe(self.data["decoupage"], self.data["plafond"])


class DecoupageForm(CoupeForm):
    """The cutting to apply, why, and until when answers are awaited again (Paris time)."""

    motif = fields.String(
        required=True,
        error_messages={"required": "Dites pourquoi les lots changent."},
        validate=validate.Length(max=500, error="500 caractères au plus."),
        metadata={"libelle": "Motif"},
    )
    motif_unique = fields.Enum(
        MotifLotUnique,
        load_default=None,
        error_messages={"unknown": "Choisissez une raison de la liste."},
        metadata={"libelle": "Cas légal du lot unique"},
    )
    cloture_jour = JourField(load_default=None, metadata={"libelle": "Jour de clôture"})
    cloture_heure = fields.Time(
        format="%H:%M",
        load_default=dt.time(17),
        error_messages={"invalid": "Saisissez une heure. Exemple : 17:00."},
        metadata={"libelle": "Heure de clôture"},
    )
    empreinte = fields.String(load_default="")

    def cloture_le(self) -> dt.datetime | None:
        jour = self.data["cloture_jour"]
        return dt.datetime.combine(jour, self.data["cloture_heure"], tzinfo=PARIS) if jour else None

    def reject(self, erreur: DomainError) -> None:
        """The deadline is typed in two fields: its error belongs to the day."""
        if "cloture_le" in erreur.champs:
            erreur.champs["cloture_jour"] = erreur.champs.pop("cloture_le")
        super().reject(erreur)
