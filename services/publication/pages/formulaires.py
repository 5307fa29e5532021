"""Forms of the buyer's pages; their fields bear the names that refusals of the domain use."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

import marshmallow as ma

from services.publication.champs import (
    CENT,
    InstantParisField,
    LieuField,
    PourcentField,
    TexteField,
)
from services.publication.domain.avis import ContenuAvis
from services.publication.domain.consultation import Preparation
from services.publication.domain.rectification import RECTIFIABLES
from services.publication.domain.valeurs import Support
from services.publication.tables import Consultation, Lot
from shared.kernel.clock import PARIS
from shared.kernel.identifiants import email_valide
from shared.kernel.lieux import annuaire
from shared.kernel.parametres import Nature
from shared.web.fields import (
    CpvField,
    JourField,
    MontantField,
    QuantiteField,
    SiretField,
    ecrire_decimal,
)
from shared.web.forms import CaseField, Form

TAUX_TVA = {"0.20": "20 %", "0.10": "10 %", "0.055": "5,5 %", "0.021": "2,1 %", "0": "0 %"}
LONG = ma.validate.Length(max=20_000)
COURT = ma.validate.Length(max=300)
MOIS = ma.validate.Range(1, 1200)


class CommunForm(Form):
    """What a buyer may fill whatever the origin of the consultation."""

    objet = ma.fields.String(required=True, validate=ma.validate.Length(3, 300))
    lieu = LieuField(load_default="")
    contact = ma.fields.String(load_default="", validate=COURT)
    date_limite = InstantParisField(load_default=None)
    description = TexteField(load_default="", validate=LONG)
    criteres = TexteField(load_default="", validate=LONG)
    modalites_remise = TexteField(load_default="", validate=LONG)
    duree_mois = ma.fields.Integer(load_default=None, validate=MOIS)
    supports = ma.fields.List(ma.fields.Enum(Support, by_value=True), load_default=list)


class ConsultationForm(CommunForm):
    """A consultation opened by one buyer alone: everything is its own choice."""

    cpv = CpvField(required=True)
    nature = ma.fields.Enum(Nature, by_value=True, load_default=None)
    montant_estime_ht = MontantField(load_default=None)
    avance_taux = PourcentField(load_default=None)


def formulaire_de(consultation: Consultation) -> type[CommunForm]:
    """A grouped purchase froze its code, nature, amount and advance at launch."""
    return ConsultationForm if consultation.achat_id is None else CommunForm


def saisie(contenu: ContenuAvis) -> dict[str, Any]:
    """A content as the form shows it."""
    taux = contenu.avance_taux
    return {
        "objet": contenu.objet,
        "cpv": contenu.cpv,
        "nature": contenu.nature,
        "montant_estime_ht": str(contenu.montant_estime_ht or ""),
        "lieu": annuaire().complet(contenu.lieu),
        "contact": contenu.contact,
        "date_limite": heure_locale(contenu.date_limite),
        "description": contenu.description,
        "criteres": contenu.criteres,
        "modalites_remise": contenu.modalites_remise,
        "duree_mois": contenu.duree_mois or "",
        "supports": [str(support) for support in contenu.supports],
        "avance_taux": "" if taux is None else ecrire_decimal(taux * CENT),
    }


def heure_locale(instant: dt.datetime | None) -> str:
    """An instant as an input of type datetime-local holds it."""
    return "" if instant is None else f"{instant.astimezone(PARIS):%Y-%m-%dT%H:%M}"


def preparation(data: Mapping[str, Any]) -> Preparation:
    """What the form gave, for the domain."""
    return Preparation(**{**data, "supports": tuple(data["supports"])})


class RectificationForm(CommunForm):
    """A correction: the fields as they should read, and the reason."""

    motif = TexteField(required=True, validate=ma.validate.Length(3, 2000))

    def modifications(self, actuel: ContenuAvis) -> dict[str, Any]:
        """What differs; the form shows no seconds, so a deadline kept as shown is unchanged."""
        donnees = {**self.data, "supports": tuple(self.data["supports"])}
        modifies = {champ: donnees[champ] for champ in RECTIFIABLES}
        if heure_locale(modifies["date_limite"]) == heure_locale(actuel.date_limite):
            del modifies["date_limite"]
        return modifies


class MotifForm(Form):
    """A decision that asks for its reason."""

    motif = TexteField(required=True, validate=ma.validate.Length(3, 2000))


class AttributionForm(Form):
    """The firm chosen for a lot."""

    siret = SiretField(required=True)
    nom = ma.fields.String(required=True, validate=COURT)
    courriel = ma.fields.String(load_default=None, validate=COURT)
    pme = CaseField()
    offres_recues = ma.fields.Integer(required=True, validate=ma.validate.Range(1, 1000))
    attribue_le = JourField(required=True)
    taux_tva = ma.fields.Decimal(required=True, validate=ma.validate.Range(0, 1))

    @ma.validates("courriel")
    def verifier_courriel(self, valeur: str | None, **_: Any) -> None:
        if valeur and not email_valide(valeur):
            raise ma.ValidationError("Saisissez une adresse électronique valide.")


def attribution_form(lot: Lot) -> type[AttributionForm]:
    """The form of one lot: a unit price per line, or one amount when it has no line."""
    champs: dict[str, ma.fields.Field[Any]] = {
        champ_prix(ligne.id): QuantiteField(required=True) for ligne in lot.lignes
    }
    if not champs:
        champs["montant_ht"] = MontantField(required=True)
    return cast("type[AttributionForm]", AttributionForm.from_dict(champs))


def champ_prix(ligne_id: object) -> str:
    return f"prix_{ligne_id}"


class NotificationForm(Form):
    """The day the holder received the contract."""

    date_notification = JourField(required=True)


class ProgrammeForm(Form):
    """A purchase to come."""

    objet = ma.fields.String(required=True, validate=ma.validate.Length(3, 300))
    cpv = CpvField(required=True)
    lieu = LieuField(required=True)
    nature = ma.fields.Enum(Nature, by_value=True, load_default=None)
    montant_estime_ht = MontantField(load_default=None)
    publication_prevue_le = JourField(required=True)


class ReplanifierForm(Form):
    """A new expected day."""

    publication_prevue_le = JourField(required=True)
