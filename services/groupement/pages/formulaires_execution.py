"""Forms of contracts in force."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.groupement.domain.cles import Cle
from services.groupement.domain.frais import GenreFrais
from services.groupement.domain.livraisons import LIBELLES_ANOMALIE, Anomalie
from services.groupement.domain.modifications import Motif
from services.groupement.domain.repartition import Regle, Strategie
from services.groupement.domain.solde import Renonciations
from services.groupement.domain.substitutions import Propose
from services.groupement.pages.formulaires import CHOISIR, REQUIS
from shared.kernel.clock import fin_de_jour
from shared.web.fields import JourField, MontantField, QuantiteField
from shared.web.forms import Form


def _phrase(libelle: str, maxi: int = 500, **kwargs: Any) -> fields.String:
    return fields.String(
        required=kwargs.pop("required", True),
        error_messages=REQUIS,
        validate=validate.Length(max=maxi, error=f"{maxi} caractères au plus."),
        metadata={"libelle": libelle},
        **kwargs,
    )


def _quantite(libelle: str = "Quantité", **kwargs: Any) -> QuantiteField:
    return QuantiteField(error_messages=REQUIS, metadata={"libelle": libelle}, **kwargs)


class CederForm(Form):
    """A part of the quota, offered to another member."""

    vers = fields.String(
        required=True, error_messages=CHOISIR, metadata={"libelle": "Membre qui reçoit"}
    )
    quantite = _quantite("Quantité cédée", required=True)
    motif = _phrase("Motif", required=False, load_default="")


class ReponseForm(Form):
    """Yes or no."""

    reponse = fields.String(
        required=True,
        error_messages=CHOISIR,
        validate=validate.OneOf(("oui", "non"), error="Choisissez une réponse."),
        metadata={"libelle": "Votre réponse"},
    )

    @property
    def accepte(self) -> bool:
        return bool(self.data["reponse"] == "oui")


class QuantiteMotifForm(Form):
    """A quantity and why."""

    quantite = _quantite(required=True)
    motif = _phrase("Motif")


class SurplusForm(QuantiteMotifForm):
    """A surplus given to a member."""

    siret = fields.String(required=True, error_messages=CHOISIR, metadata={"libelle": "Membre"})


class LivraisonForm(Form):
    """When a line will be delivered."""

    prevue_le = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Date de livraison"}
    )
    motif = _phrase("Motif du changement", required=False, load_default="")


class SubstitutionForm(Form):
    """The article offered instead."""

    article = _phrase("Code du nouvel article", 40)
    designation = _phrase("Désignation", 200)
    prix_unitaire_ht = _quantite("Prix unitaire HT", required=True)
    motif = _phrase("Motif donné par le titulaire")
    reponse_avant = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Réponse jusqu’au"}
    )

    def propose(self) -> Propose:
        lu = self.data
        return Propose(
            article=lu["article"].strip().upper(),
            designation=lu["designation"].strip(),
            prix_unitaire_ht=lu["prix_unitaire_ht"],
            motif=lu["motif"],
            reponse_avant=fin_de_jour(lu["reponse_avant"]),
        )


class FraisForm(Form):
    """An amount to share by a key."""

    genre = fields.Enum(
        GenreFrais, required=True, error_messages=CHOISIR, metadata={"libelle": "Nature"}
    )
    montant_ht = MontantField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Montant HT"}
    )
    cle = fields.Enum(Cle, load_default=None, metadata={"libelle": "Clé de partage"})
    motif = _phrase("Motif")


class ToleranceForm(Form):
    """The share that may be delivered beyond the contract."""

    tolerance = _quantite("Tolérance", required=True, zero=True)


class AvenantForm(Form):
    """An amendment, with one new price at most."""

    motif = fields.Enum(
        Motif, required=True, error_messages=CHOISIR, metadata={"libelle": "Cas légal"}
    )
    objet = _phrase("Objet")
    signe_le = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Date de signature"}
    )
    montant_ht = MontantField(
        load_default=None, positif=False, metadata={"libelle": "Montant de l’avenant HT"}
    )
    ligne = fields.UUID(load_default=None, metadata={"libelle": "Ligne dont le prix change"})
    prix_unitaire_ht = _quantite("Nouveau prix unitaire HT", load_default=None)
    effet_le = JourField(load_default=None, metadata={"libelle": "Prix applicable à partir du"})
    avis_cao_le = JourField(load_default=None, metadata={"libelle": "Avis de la commission"})
    fin_le = JourField(load_default=None, metadata={"libelle": "Nouveau terme du marché"})

    @ma.validates_schema
    def _prix_complet(self, lu: dict[str, Any], **_: Any) -> None:
        if lu.get("ligne") and lu.get("prix_unitaire_ht") is None:
            raise ma.ValidationError("Indiquez le nouveau prix.", "prix_unitaire_ht")
        if lu.get("prix_unitaire_ht") is not None and not lu.get("ligne"):
            raise ma.ValidationError("Choisissez la ligne de ce prix.", "ligne")
        if lu.get("montant_ht") is None and not lu.get("ligne") and not lu.get("fin_le"):
            raise ma.ValidationError(
                "Indiquez le montant, ou la ligne dont le prix change, ou le nouveau terme.",
                "montant_ht",
            )


class SoldeForm(Form):
    """Reasons that stand for what is missing."""

    renonciation_paiement = _phrase(
        "Paiement\u00a0: motif pour s’en passer", required=False, load_default=""
    )
    renonciation_evaluation = _phrase(
        "Évaluation\u00a0: motif pour s’en passer", required=False, load_default=""
    )

    def renonciations(self) -> Renonciations:
        return Renonciations(
            self.data["renonciation_paiement"], self.data["renonciation_evaluation"]
        )


def formulaire_de_reception(sirets: Sequence[str]) -> type["ReceptionForm"]:
    """The form of a delivery, with one figure per member for the strategies that need it."""
    champs = {
        f"part-{siret}": _quantite("Chiffre du membre", load_default=None, zero=True)
        for siret in sirets
    }
    return type("ReceptionDesMembres", (ReceptionForm,), dict(champs))


class ReceptionForm(Form):
    """A delivery: its note, its anomalies, and how it is shared."""

    ligne = fields.UUID(
        required=True,
        error_messages={**REQUIS, "invalid_uuid": "Choisissez une ligne du marché."},
        metadata={"libelle": "Ligne du marché"},
    )
    bon_livraison = _phrase("Bon de livraison", 60)
    quantite = _quantite("Quantité livrée", required=True)
    recue_le = JourField(
        required=True, error_messages=REQUIS, metadata={"libelle": "Date de livraison"}
    )
    manquant = _quantite("Manquants", load_default=None, zero=True)
    casse = _quantite("Cassés", load_default=None, zero=True)
    refuse = _quantite("Refusés", load_default=None, zero=True)
    motif = _phrase("Motif", required=False, load_default="")
    strategie = fields.Enum(Strategie, load_default=None, metadata={"libelle": "Partage"})

    def anomalies(self) -> tuple[Anomalie, ...]:
        """What the note says and was not taken; the reason is common to all."""
        return tuple(
            Anomalie(genre, self.data[genre.value.lower()], self.data["motif"])
            for genre in LIBELLES_ANOMALIE
            if self.data[genre.value.lower()]
        )

    def regle(self) -> Regle | None:
        """The strategy chosen with the members' figures; None leaves it to the convention."""
        chiffres: dict[str, Decimal] = {
            nom.removeprefix("part-"): valeur
            for nom, valeur in self.data.items()
            if nom.startswith("part-") and valeur is not None
        }
        match self.data["strategie"]:
            case None:
                return None
            case Strategie.PRIORITE:
                return Regle(Strategie.PRIORITE, classes={s: int(x) for s, x in chiffres.items()})
            case Strategie.PLANCHER:
                return Regle(Strategie.PLANCHER, planchers=chiffres)
            case Strategie.MANUELLE:
                return Regle(Strategie.MANUELLE, quantites=chiffres, motif=self.data["motif"])
        return Regle()
