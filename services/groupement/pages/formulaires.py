"""Forms of the group's pages."""

import datetime as dt
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.groupement.domain.appels import Plancher, Politique
from services.groupement.domain.articles import Article
from services.groupement.domain.consolidation import LotPrevu
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.domain.suivi import Reponse
from shared.kernel.clock import PARIS
from shared.kernel.errors import DomainError
from shared.kernel.parametres import Nature
from shared.kernel.quantites import Conditionnement
from shared.web.fields import CpvField, JourField, MontantField, QuantiteField
from shared.web.forms import FichierField, Form

REQUIS: dict[str, str | list[Any] | dict[Any, Any]] = {"required": "Ce champ est obligatoire."}
CHOISIR: dict[str, str | list[Any] | dict[Any, Any]] = {
    "required": "Choisissez une réponse.",
    "unknown": "Choisissez une réponse.",
}


def _texte(libelle: str, maxi: int = 200, **kwargs: Any) -> fields.String:
    requis = kwargs.pop("required", True)
    return fields.String(
        required=requis,
        error_messages=REQUIS,
        validate=validate.Length(max=maxi, error=f"{maxi} caractères au plus."),
        metadata={"libelle": libelle},
        **kwargs,
    )


class AchatForm(Form):
    """A purchase, as the coordinator first thinks of it."""

    objet = _texte("Objet")
    famille = _texte("Famille d’achat", 60)
    cpv = CpvField(required=True, error_messages=REQUIS, metadata={"libelle": "Code CPV"})
    nature = fields.Enum(
        Nature, required=True, error_messages=REQUIS, metadata={"libelle": "Nature"}
    )
    lieu = _texte("Lieu d’exécution", 60)
    montant_estime_ht = MontantField(load_default=None, metadata={"libelle": "Montant estimé"})
    publication_prevue_le = JourField(load_default=None, metadata={"libelle": "Publication"})
    duree_mois = fields.Integer(load_default=12, metadata={"libelle": "Durée"})
    mode = fields.Enum(
        ModeCoordination, load_default=None, metadata={"libelle": "Mode de coordination"}
    )


class ConditionnementsField(fields.Field[list[tuple[str, Decimal]]]):
    """One pack per line: `ramette = 500`."""

    _LIGNE = re.compile(r"(?P<nom>[^=]{1,60}?)\s*=\s*(?P<contient>.+)")

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[tuple[str, Decimal]]:
        lues = []
        for ligne in filter(None, map(str.strip, str(value).splitlines())):
            lu = self._LIGNE.fullmatch(ligne)
            if lu is None:
                raise ma.ValidationError(f"« {ligne} » : écrivez par exemple « ramette = 500 ».")
            lues.append((lu["nom"].strip(), QuantiteField().deserialize(lu["contient"])))
        return lues


class ArticleForm(Form):
    """An article and the lot it belongs to."""

    lot = fields.Integer(
        required=True,
        error_messages=REQUIS,
        validate=validate.Range(1, 99, error="Le numéro du lot va de 1 à 99."),
        metadata={"libelle": "Numéro du lot"},
    )
    lot_objet = _texte("Objet du lot")
    lot_cpv = CpvField(required=True, error_messages=REQUIS, metadata={"libelle": "CPV du lot"})
    code = _texte("Code de l’article", 40)
    designation = _texte("Désignation")
    unite_base = _texte("Unité de base", 40)
    prix_estime_ht = QuantiteField(
        required=True, zero=True, error_messages=REQUIS, metadata={"libelle": "Prix estimé"}
    )
    conditionnements = ConditionnementsField(
        load_default=list, metadata={"libelle": "Conditionnements"}
    )
    conditionnement_achat = _texte("Conditionnement d’achat", 60)
    minimum = QuantiteField(load_default=None, metadata={"libelle": "Minimum du fournisseur"})

    def lot_prevu(self) -> LotPrevu:
        return LotPrevu(self.data["lot"], self.data["lot_objet"], self.data["lot_cpv"])

    def article(self) -> Article | None:
        """The article, or None with the errors where they belong."""
        lu = self.data
        try:
            return Article(
                code=lu["code"].strip().upper(),
                designation=lu["designation"].strip(),
                lot=lu["lot"],
                unite_base=lu["unite_base"].strip(),
                prix_estime_ht=lu["prix_estime_ht"],
                conditionnements=tuple(
                    Conditionnement(nom, contient, lu["unite_base"].strip())
                    for nom, contient in lu["conditionnements"]
                ),
                conditionnement_achat=lu["conditionnement_achat"].strip(),
                minimum=lu["minimum"],
            )
        except DomainError as refus:
            champ = "conditionnement_achat" if "unite" in refus.code else "conditionnements"
            refus.champs = refus.champs or {champ: refus.message}
            self.reject(refus)
            return None


class RecensementForm(Form):
    """Until when needs are awaited (Paris time)."""

    cloture_jour = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Jour de clôture"}
    )
    cloture_heure = fields.Time(
        format="%H:%M",
        load_default=dt.time(17),
        error_messages={"invalid": "Saisissez une heure. Exemple : 17:00."},
        metadata={"libelle": "Heure de clôture"},
    )
    motif = _texte("Motif de la réouverture", 500, required=False, load_default="")
    minimum_ht = MontantField(load_default=None, metadata={"libelle": "Minimum du groupe HT"})
    politique = fields.Enum(
        Politique, load_default=None, metadata={"libelle": "Si le minimum n’est pas atteint"}
    )
    prolongation_jours = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 60, error="De 1 à 60 jours."),
        metadata={"libelle": "Jours de prolongation"},
    )

    @ma.validates_schema
    def _minimum_et_suite(self, data: dict[str, Any], **_: Any) -> None:
        """A minimum without a policy is only for information: it is refused, so as to be clear."""
        if (data["minimum_ht"] is None) != (data["politique"] is None):
            champ = "minimum_ht" if data["minimum_ht"] is None else "politique"
            raise ma.ValidationError("Donnez le minimum et ce qu’on fait en dessous.", champ)

    def plancher(self) -> Plancher | None:
        """The minimum and its policy; raise `ValidationError` when its days are missing."""
        minimum, politique = self.data["minimum_ht"], self.data["politique"]
        if minimum is None:
            return None
        jours = self.data["prolongation_jours"] if politique is Politique.PROLONGER else None
        return Plancher(minimum, politique, jours)

    def cloture_le(self) -> dt.datetime:
        return dt.datetime.combine(
            self.data["cloture_jour"], self.data["cloture_heure"], tzinfo=PARIS
        )

    def reject(self, erreur: DomainError) -> None:
        """The deadline is typed in two fields: its error belongs to the day."""
        if "cloture_le" in erreur.champs:
            erreur.champs["cloture_jour"] = erreur.champs.pop("cloture_le")
        super().reject(erreur)


class MotifForm(Form):
    """Why something is stopped."""

    motif = _texte("Motif", 500)


class RetraitForm(Form):
    """Why a need is withdrawn, and the version that was read."""

    motif = _texte("Motif du retrait", 500)
    version = fields.Integer(load_default=None)


class ReponseForm(Form):
    """In which lots, or out; between which amounts the member commits."""

    reponse = fields.Enum(
        Reponse,
        required=True,
        validate=validate.OneOf(
            [Reponse.PARTICIPE, Reponse.DECLINE], error="Choisissez une réponse."
        ),
        error_messages=CHOISIR,
        metadata={"libelle": "Votre réponse"},
    )
    lots = fields.List(fields.Integer(), metadata={"libelle": "Lots"})
    engagement_min_ht = MontantField(
        load_default=None, metadata={"libelle": "Engagement minimal HT"}
    )
    engagement_max_ht = MontantField(
        load_default=None, metadata={"libelle": "Engagement maximal HT"}
    )

    @ma.validates_schema
    def _au_moins_un_lot(self, data: dict[str, Any], **_: Any) -> None:
        if data["reponse"] is Reponse.PARTICIPE and not data["lots"]:
            raise ma.ValidationError(
                "Cochez au moins un lot, ou choisissez « Ne pas participer ».", "lots"
            )

    def declines(self, numeros: AbstractSet[int]) -> frozenset[int]:
        """Lots that were not ticked."""
        return frozenset(numeros - set(self.data["lots"]))


class ImportForm(Form):
    """A spreadsheet of needs."""

    fichier = FichierField(
        required=True,
        error_messages={"required": "Choisissez un fichier XLSX, ODS ou CSV."},
        metadata={"libelle": "Fichier"},
    )


class CommandeForm(Form):
    """How many packs."""

    quantite = QuantiteField(required=True, error_messages=REQUIS, metadata={"libelle": "Quantité"})


class ConventionForm(Form):
    """The draft of a convention."""

    nom = _texte("Nom du groupement")
    mode = fields.Enum(
        ModeCoordination, required=True, error_messages=REQUIS, metadata={"libelle": "Mode"}
    )
    membres = fields.List(
        fields.String(),
        validate=validate.Length(min=1, error="Invitez au moins un membre."),
        metadata={"libelle": "Membres invités"},
    )


class AdhesionForm(Form):
    """A member's vote."""

    siret = _texte("Membre", 14)
    deliberation_le = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Date de la délibération"}
    )
    effet_le = JourField(required=True, error_messages=REQUIS, metadata={"libelle": "Date d’effet"})
    deliberation_numero = _texte("Numéro de la délibération", 60, required=False, load_default=None)
    document = _texte("Référence du document", 300, required=False, load_default=None)


class VigueurForm(Form):
    """From when the convention binds."""

    debut = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Entrée en vigueur"}
    )


LIBELLES_BESOIN = {
    "article": "Article",
    "version": "Version lue",
    "quantite": "Quantité",
    "unite": "Unité",
    "lieu": "Lieu de livraison",
    "du": "Livraison souhaitée à partir du",
    "au": "Livraison souhaitée jusqu’au",
    "imputation": "Ligne budgétaire",
    "conflit": "Besoin modifié",
    "choix": "Valeur à garder",
}
CHAMPS_BESOIN = tuple(LIBELLES_BESOIN)


def formulaire_des_besoins(rangees: int) -> type[Form]:
    """A form with these fields on every row; each one is read by the domain."""
    champs: Mapping[str, Any] = {
        f"{nom}-{rang}": fields.String(load_default="", metadata={"libelle": libelle})
        for rang in range(rangees)
        for nom, libelle in LIBELLES_BESOIN.items()
    }
    return type("BesoinsForm", (Form,), dict(champs))
