"""Forms of insertion hours, evaluations, yearly needs and innovation."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.groupement.domain.declarations_insertion import (
    ContratTravail,
    Declaration,
    Preuve,
    Public,
)
from services.groupement.domain.innovation import Besoin
from services.groupement.pages.formulaires import CHOISIR, REQUIS
from shared.web.fields import JourField, MontantField, QuantiteField
from shared.web.forms import CaseField, Form

CENT = Decimal(100)


def _texte(libelle: str, maxi: int) -> fields.String:
    return fields.String(
        required=True,
        error_messages=REQUIS,
        validate=validate.Length(max=maxi, error=f"{maxi} caractères au plus."),
        metadata={"libelle": libelle},
    )


class PartField(QuantiteField):
    """A percentage as people type it (5 or 2,5), kept as a part of 1 with four decimals."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Decimal:
        texte = str(value).replace("%", "")
        part = super()._deserialize(texte, *args, **kwargs) / CENT
        if part > 1 or part != round(part, 4):
            raise ma.ValidationError("Saisissez un pourcentage de 0 à 100, par exemple 2,5.")
        return part


class ClauseForm(Form):
    """The terms of a social clause."""

    part_main_oeuvre = PartField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Part de main-d’œuvre"}
    )
    effort = PartField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Effort d’insertion"}
    )
    cout_horaire = MontantField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Coût horaire"}
    )
    coefficient_alternance = fields.Decimal(
        required=True,
        places=2,
        error_messages=REQUIS | {"invalid": "Saisissez un nombre. Exemple : 1,5."},
        validate=validate.Range(min=1, max=3, error="De 1 à 3."),
        metadata={"libelle": "Coefficient des alternants"},
    )
    penalite_horaire = MontantField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Pénalité par heure manquante"}
    )
    mutualisable = CaseField(metadata={"libelle": "Mutualisation"})

    @ma.pre_load
    def _virgule(self, donnees: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        lues = dict(donnees)
        if isinstance(lues.get("coefficient_alternance"), str):
            lues["coefficient_alternance"] = lues["coefficient_alternance"].replace(",", ".")
        return lues


class DeclarationForm(Form):
    """Hours done by one person over one period."""

    marche_id = fields.UUID(required=True, error_messages=CHOISIR, metadata={"libelle": "Marché"})
    personne = _texte("Code de la personne", 20)
    public = fields.Enum(
        Public, required=True, error_messages=CHOISIR, metadata={"libelle": "Public"}
    )
    contrat_travail = fields.Enum(
        ContratTravail, required=True, error_messages=CHOISIR, metadata={"libelle": "Emploi"}
    )
    preuve = fields.Enum(
        Preuve, required=True, error_messages=CHOISIR, metadata={"libelle": "Justificatif"}
    )
    preuve_reference = _texte("Référence du justificatif", 60)
    debut = JourField(required=True, error_messages=REQUIS, metadata={"libelle": "Du"})
    fin = JourField(required=True, error_messages=REQUIS, metadata={"libelle": "Au"})
    heures = QuantiteField(required=True, error_messages=REQUIS, metadata={"libelle": "Heures"})

    def declaration(self) -> Declaration:
        return Declaration.saisie(self.data)


class GrilleForm(Form):
    """Criteria, one per line."""

    criteres = _texte("Critères", 1000)


class AvisForm(Form):
    """A comment; the marks are read beside it, one per criterion of the evaluation."""

    commentaire = fields.String(
        load_default="",
        validate=validate.Length(max=2000, error="2 000 caractères au plus."),
        metadata={"libelle": "Commentaire"},
    )

    def libelle(self, champ: str) -> str:
        return "" if champ.startswith("note_") else super().libelle(champ)

    def proposer(self, valeurs: Mapping[str, Any]) -> None:
        """Show marks given earlier, unchecked."""
        self._brut = dict(valeurs)

    def notes(self, criteres: list[str]) -> dict[str, int]:
        """Marks by criterion; what is not a digit counts as absent."""
        lues = {c: str(self.value(f"note_{rang}")) for rang, c in enumerate(criteres)}
        return {c: int(note) for c, note in lues.items() if note in set("12345")}


class TransmissionForm(Form):
    """Where the firm is written to."""

    courriel = fields.Email(
        load_default=None,
        error_messages={"invalid": "Saisissez une adresse. Exemple : contact@entreprise.fr."},
        metadata={"libelle": "Adresse de l’entreprise"},
    )


class ReponseForm(Form):
    """The firm's reply."""

    reponse = _texte("Réponse", 4000)


class BesoinsField(fields.Field[list[Besoin]]):
    """One family per line: `Papier = 48 000`."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Besoin]:
        lus = []
        for ligne in filter(None, map(str.strip, str(value).splitlines())):
            famille, egal, montant = ligne.partition("=")
            if not (egal and famille.strip() and len(famille) <= 60):
                raise ma.ValidationError(f"« {ligne} » : écrivez par exemple « Papier = 48 000 ».")
            lus.append(Besoin(famille.strip(), MontantField().deserialize(montant.strip())))
        return lus


class DefinitionForm(Form):
    """The year's needs and the planned share of innovation."""

    besoins = BesoinsField(load_default=list, metadata={"libelle": "Besoins de l’année"})
    innovation_part = PartField(
        zero=True, load_default=None, metadata={"libelle": "Part prévue pour l’innovation"}
    )


class InnovationForm(Form):
    """What the coordinator says of a contract."""

    innovant = fields.Boolean(
        required=True,
        truthy={"oui"},
        falsy={"non"},
        error_messages=CHOISIR | {"invalid": "Choisissez une réponse."},
        metadata={"libelle": "Achat innovant"},
    )
    motif = _texte("Motif", 500)
