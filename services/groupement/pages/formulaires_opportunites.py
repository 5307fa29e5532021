"""Forms of « Ma programmation » and of the opportunities."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields, validate

from services.groupement.domain.programmation import Projet, periode, reference_de
from services.groupement.pages.formulaires import REQUIS
from shared.kernel.errors import DomainError
from shared.kernel.lieux import annuaire
from shared.kernel.parametres import Nature
from shared.kernel.textes import normaliser
from shared.web.fields import CpvField, JourField, MontantField
from shared.web.forms import Form
from shared.web.imports import ErreurLigne, Ligne, charger

COLONNES = (
    "Référence",
    "Objet",
    "CPV",
    "Nature",
    "Lieu",
    "Lancement au plus tôt",
    "Lancement au plus tard",
    "Montant estimé HT",
    "Fin du contrat en cours",
)
TITRES: Mapping[str, tuple[str, ...]] = {
    "reference": ("référence", "réf", "numéro"),
    "objet": ("objet de l’achat", "intitulé", "achat"),
    "cpv": ("code CPV",),
    "nature": ("nature de l’achat",),
    "lieu": ("lieu d’exécution", "département", "commune"),
    "debut": ("lancement au plus tôt", "début", "du"),
    "fin": ("lancement au plus tard", "au plus tard", "au"),
    "montant_estime_ht": ("montant estimé HT", "montant", "montant HT", "estimation"),
    "fin_contrat_le": ("fin du contrat en cours", "fin du contrat", "échéance"),
}
"""Headings that name each field; case, accents and punctuation do not matter."""


class LieuField(fields.String):
    """A département or a commune, by code or by name; writes the INSEE code."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        code = annuaire().trouver(super()._deserialize(value, *args, **kwargs))
        if code is None:
            raise ValidationError(
                "Indiquez un département ou une commune. Exemple : 07, Aubenas ou 07019."
            )
        return code


class NatureField(fields.Field[Nature]):
    """A nature by its code or its word, singular or plural; supplies when left empty."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Nature:
        mot = normaliser(str(value)).replace(" ", "").rstrip("s")
        for nature in Nature:
            if mot == normaliser(nature.value).replace(" ", "").rstrip("s"):
                return nature
        raise ValidationError("Écrivez Fournitures, Services ou Travaux.")


class PrevisionForm(Form):
    """A purchase that the member plans."""

    reference = fields.String(
        load_default=None, validate=validate.Length(max=60), metadata={"libelle": "Référence"}
    )
    objet = fields.String(
        required=True,
        error_messages=REQUIS,
        validate=validate.Length(max=200, error="200 caractères au plus."),
        metadata={"libelle": "Objet"},
    )
    cpv = CpvField(required=True, error_messages=REQUIS, metadata={"libelle": "Code CPV"})
    nature = NatureField(load_default=Nature.FOURNITURES, metadata={"libelle": "Nature"})
    lieu = LieuField(required=True, error_messages=REQUIS, metadata={"libelle": "Lieu"})
    debut = JourField(load_default=None, metadata={"libelle": "Lancement au plus tôt"})
    fin = JourField(load_default=None, metadata={"libelle": "Lancement au plus tard"})
    montant_estime_ht = MontantField(load_default=None, metadata={"libelle": "Montant estimé"})
    fin_contrat_le = JourField(load_default=None, metadata={"libelle": "Fin du contrat"})

    def projet(self) -> Projet | None:
        """The plan, or None with the errors where they belong."""
        try:
            return en_projet(self.data)
        except DomainError as refus:
            self.reject(refus)
            return None


class PropositionForm(Form):
    """How the coordinator names the purchase that it proposes."""

    objet = fields.String(
        required=True,
        error_messages=REQUIS,
        validate=validate.Length(max=200),
        metadata={"libelle": "Objet"},
    )
    famille = fields.String(
        required=True,
        error_messages=REQUIS,
        validate=validate.Length(max=60, error="60 caractères au plus."),
        metadata={"libelle": "Famille d’achat"},
    )
    publication_prevue_le = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Publication prévue"}
    )
    duree_mois = fields.Integer(load_default=12, metadata={"libelle": "Durée"})


def en_projet(lu: Mapping[str, Any]) -> Projet:
    """Raise `DomainError` when the period cannot be told."""
    debut, fin = periode(lu["debut"], lu["fin"], lu["fin_contrat_le"])
    return Projet(
        reference=reference_de(lu["reference"], lu["objet"]),
        objet=lu["objet"],
        cpv=lu["cpv"],
        nature=lu["nature"],
        lieu=lu["lieu"],
        debut=debut,
        fin=fin,
        montant_estime_ht=lu["montant_estime_ht"],
        fin_contrat_le=lu["fin_contrat_le"],
    )


def lire_projets(
    lignes: Sequence[Ligne],
) -> tuple[list[tuple[int, Projet]], list[tuple[int, str]]]:
    """Plans of a file by line number, and what is wrong in the others, one message per line."""
    bonnes, erreurs = charger(lignes, PrevisionForm())
    refus = _par_ligne(erreurs)
    projets = []
    for numero, valeurs in bonnes:
        try:
            projets.append((numero, en_projet(valeurs)))
        except DomainError as erreur:
            refus[numero] = erreur.message
    return projets, sorted(refus.items())


def _par_ligne(erreurs: Sequence[ErreurLigne]) -> dict[int, str]:
    refus: dict[int, str] = {}
    for erreur in erreurs:
        libelle = PrevisionForm().libelle(erreur.champ)
        dit = f"{libelle}\u00a0: {erreur.message}" if libelle else erreur.message
        refus[erreur.numero] = f"{refus[erreur.numero]} {dit}" if erreur.numero in refus else dit
    return refus
