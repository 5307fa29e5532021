"""Forms of purchasing cards: programmes, cards, operations."""

import re
from typing import Any

import marshmallow as ma

from services.paiement.domain.carte import Genre, PlafondCategorie
from services.paiement.domain.programme import DELAI_RECU, Role
from services.paiement.domain.releve import Issue
from services.paiement.tables.cartes import Nature
from shared.kernel.errors import DomainError
from shared.kernel.montant import parse_montant
from shared.web.fields import CpvField, JourField, MontantField, SiretField
from shared.web.forms import CaseField, FichierField, Form

COURT = ma.validate.Length(max=200)
LONG = ma.validate.Length(max=2_000)
MCC = ma.validate.Regexp(r"^\d{4}$", error="Un code de commerce a quatre chiffres.")
COMPTE = ma.validate.Regexp(r"^\d{2,10}$", error="Un compte s’écrit en chiffres, de 2 à 10.")
_SEPARATEURS = re.compile(r"[\s,;]+")
_CATEGORIE = re.compile(r"(?P<genre>CPV|MCC)\s+(?P<code>\d{4,8})\s+(?P<plafond>.+)", re.IGNORECASE)


def codes(texte: str) -> list[str]:
    """Codes separated by blanks, commas or semicolons."""
    return [mot for mot in _SEPARATEURS.split(texte) if mot]


class MotsField(ma.fields.String):
    """Codes typed in one line, read as a list."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return codes(super()._deserialize(value, *args, **kwargs))


class CategoriesField(ma.fields.String):
    """One ceiling a line: « CPV 30190000 300 » or « MCC 5943 150,50 »."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        texte = super()._deserialize(value, *args, **kwargs)
        return [_categorie(ligne) for ligne in texte.splitlines() if ligne.strip()]


def _categorie(ligne: str) -> PlafondCategorie:
    lu = _CATEGORIE.fullmatch(ligne.strip())
    if lu is None:
        raise ma.ValidationError(f"« {ligne.strip()} » : écrivez par exemple CPV 30190000 300.")
    genre = Genre(lu["genre"].upper())
    if len(lu["code"]) != (8 if genre is Genre.CPV else 4):
        raise ma.ValidationError("Un code CPV a huit chiffres, un code de commerce quatre.")
    try:
        return PlafondCategorie(genre, lu["code"], parse_montant(lu["plafond"]))
    except DomainError as erreur:
        raise ma.ValidationError(erreur.message) from erreur


class ProgrammeForm(Form):
    """The issuer of the cards and the account of the statements."""

    emetteur = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Émetteur"})
    compte = ma.fields.String(
        required=True, validate=ma.validate.Length(max=40), metadata={"libelle": "Numéro de compte"}
    )
    banque = ma.fields.String(load_default="essaim", metadata={"libelle": "Format des relevés"})
    jours_recu = ma.fields.Integer(
        load_default=DELAI_RECU,
        validate=ma.validate.Range(1, 90, error="Choisissez de 1 à 90 jours."),
        metadata={"libelle": "Délai des reçus"},
    )
    courriel = ma.fields.Email(load_default=None, metadata={"libelle": "Courriel"})


class DelaiForm(Form):
    jours_recu = ma.fields.Integer(
        required=True,
        validate=ma.validate.Range(1, 90, error="Choisissez de 1 à 90 jours."),
        metadata={"libelle": "Délai des reçus"},
    )


class DesignationForm(Form):
    """A person of the platform and the role given."""

    role = ma.fields.Enum(Role, by_value=True, required=True, metadata={"libelle": "Rôle"})
    personne = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Identifiant"})
    fonction = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Fonction"})


class LigneForm(Form):
    """A budget line of the programme."""

    exercice = ma.fields.Integer(
        required=True, validate=ma.validate.Range(2000, 2100), metadata={"libelle": "Exercice"}
    )
    compte_budget = ma.fields.String(required=True, validate=COMPTE, metadata={"libelle": "Compte"})
    libelle_budget = ma.fields.String(
        required=True, validate=COURT, metadata={"libelle": "Libellé"}
    )
    montant = MontantField(required=True, metadata={"libelle": "Montant"})


class LimitesForm(Form):
    """Ceilings of a card."""

    plafond_transaction = MontantField(required=True, metadata={"libelle": "Par opération"})
    plafond_periode = MontantField(required=True, metadata={"libelle": "Par mois"})
    plafond_fournisseur = MontantField(required=True, metadata={"libelle": "Par fournisseur"})
    budget_annuel = MontantField(load_default=None, metadata={"libelle": "Budget de l’année"})

    @ma.validates("plafond_transaction", "plafond_periode", "plafond_fournisseur")
    def _positif(self, valeur: object, **_: object) -> None:
        if not valeur:
            raise ma.ValidationError("Un plafond nul ne permet aucune opération.")


class CarteForm(LimitesForm):
    """A new card."""

    programme = ma.fields.UUID(required=True, metadata={"libelle": "Programme"})
    porteur = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Porteur"})
    porteur_id = ma.fields.String(
        load_default=None, validate=COURT, metadata={"libelle": "Identifiant du porteur"}
    )
    courriel = ma.fields.Email(load_default=None, metadata={"libelle": "Courriel"})
    fin_numero = ma.fields.String(
        required=True,
        validate=ma.validate.Regexp(
            r"^\d{4}$",
            error="Saisissez les quatre derniers chiffres, jamais le numéro complet.",
        ),
        metadata={"libelle": "Derniers chiffres"},
    )
    expire_le = JourField(required=True, metadata={"libelle": "Date d’expiration"})
    ligne_id = ma.fields.UUID(load_default=None, metadata={"libelle": "Ligne budgétaire"})
    familles = MotsField(load_default=list, metadata={"libelle": "Familles exclues"})
    mcc = MotsField(load_default=list, metadata={"libelle": "Commerces exclus"})
    categories = CategoriesField(load_default=list, metadata={"libelle": "Plafonds par catégorie"})

    @ma.validates("mcc")
    def _commerces(self, valeur: list[str], **_: object) -> None:
        for code in valeur:
            MCC(code)

    def value(self, champ: str) -> Any:
        """A number typed in full is not sent back to the browser."""
        brut = super().value(champ)
        return "" if champ == "fin_numero" and len(str(brut)) > 4 else brut


class OperationForm(Form):
    """What a holder wants to buy."""

    accepteur_siret = SiretField(required=True, metadata={"libelle": "SIRET du fournisseur"})
    accepteur_nom = ma.fields.String(
        required=True, validate=COURT, metadata={"libelle": "Nom du fournisseur"}
    )
    montant = MontantField(required=True, metadata={"libelle": "Montant TTC"})
    cpv = CpvField(load_default=None, metadata={"libelle": "Famille CPV"})
    mcc = ma.fields.String(
        load_default=None, validate=MCC, metadata={"libelle": "Catégorie de commerce"}
    )
    marche = ma.fields.String(load_default=None, metadata={"libelle": "Marché exécuté"})
    commande = ma.fields.String(load_default=None, metadata={"libelle": "Commande"})
    compte = ma.fields.String(load_default=None, metadata={"libelle": "Ligne budgétaire"})
    sur_stock = CaseField(metadata={"libelle": "Compte de stock"})
    motif_travaux = ma.fields.String(
        load_default="", validate=LONG, metadata={"libelle": "Décision motivée"}
    )

    @ma.validates("montant")
    def _positif(self, valeur: object, **_: object) -> None:
        if not valeur:
            raise ma.ValidationError("Le montant doit être supérieur à zéro.")


class FournisseurForm(Form):
    siret = SiretField(required=True, metadata={"libelle": "SIRET"})
    nom = ma.fields.String(required=True, validate=COURT, metadata={"libelle": "Nom"})


class PieceForm(Form):
    """A receipt, or the supplier's invoice."""

    fichier = FichierField(required=True, metadata={"libelle": "Fichier"})
    nature = ma.fields.Enum(
        Nature, by_value=True, load_default=Nature.RECU, metadata={"libelle": "Nature"}
    )


class MotifForm(Form):
    motif = ma.fields.String(load_default="", validate=LONG, metadata={"libelle": "Motif"})


class ImportForm(Form):
    """A statement as its file gives it."""

    programme = ma.fields.UUID(required=True, metadata={"libelle": "Programme"})
    fichier = FichierField(required=True, metadata={"libelle": "Relevé"})
    recu_le = JourField(required=True, metadata={"libelle": "Reçu le"})


class DecisionForm(MotifForm):
    """What is decided of a line; the domain says when a reason is needed."""


class ReponseForm(Form):
    """What the issuer answered to a dispute."""

    issue = ma.fields.Enum(Issue, by_value=True, required=True, metadata={"libelle": "Réponse"})
    reponse = ma.fields.String(
        required=True, validate=LONG, metadata={"libelle": "Ce que l’émetteur écrit"}
    )


class PaiementReleveForm(Form):
    paye_le = JourField(required=True, metadata={"libelle": "Date du paiement"})
