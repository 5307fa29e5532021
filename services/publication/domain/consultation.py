"""Where a consultation stands, always derived from facts, and what may be done then."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.publication.domain.valeurs import Support, echue
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature


class Statut(StrEnum):
    """Stages of a consultation; never stored."""

    PREPARATION = "preparation"
    PUBLIEE = "publiee"
    CLOSE = "close"
    ATTRIBUEE = "attribuee"
    NOTIFIEE = "notifiee"
    ANNULEE = "annulee"


LIBELLES: Mapping[Statut, str] = {
    Statut.PREPARATION: "En préparation",
    Statut.PUBLIEE: "Publiée",
    Statut.CLOSE: "Close",
    Statut.ATTRIBUEE: "Attribuée",
    Statut.NOTIFIEE: "Notifiée",
    Statut.ANNULEE: "Annulée",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Faits:
    """What has happened so far; `lots` is their number, and counts those awarded and notified."""

    lots: int
    publie_le: dt.datetime | None = None
    date_limite: dt.datetime | None = None
    annule_le: dt.datetime | None = None
    attribues: int = 0
    notifies: int = 0

    def statut(self, instant: dt.datetime) -> Statut:
        """Stage at an instant. Attribuée and notifiée mean: every lot is."""
        if self.annule_le is not None:
            return Statut.ANNULEE
        if self.publie_le is None or self.date_limite is None:
            return Statut.PREPARATION
        if not echue(self.date_limite, instant):
            return Statut.PUBLIEE
        if self.notifies == self.lots:
            return Statut.NOTIFIEE
        return Statut.ATTRIBUEE if self.attribues == self.lots else Statut.CLOSE


_REFUS: Mapping[Statut, str] = {
    Statut.PREPARATION: "La consultation n’est pas encore publiée.",
    Statut.PUBLIEE: "La consultation est déjà publiée et reçoit encore des réponses.",
    Statut.CLOSE: "La consultation est close.",
    Statut.ATTRIBUEE: "Tous les lots sont attribués.",
    Statut.NOTIFIEE: "Tous les marchés sont notifiés.",
    Statut.ANNULEE: "La consultation est annulée.",
}


def exiger(actuel: Statut, *admis: Statut) -> None:
    """Refuse what the current stage does not allow."""
    if actuel not in admis:
        raise ConflictError(_REFUS[actuel], code=f"consultation_{actuel}", statut=actuel)


def verifier_annulable(faits: Faits) -> None:
    """A contract already notified binds: the procedure can no longer be cancelled."""
    if faits.annule_le is not None:
        raise ConflictError(_REFUS[Statut.ANNULEE], code="consultation_annulee")
    if faits.notifies:
        raise ConflictError(
            "Un marché est déjà notifié\u00a0: la procédure ne s’annule plus.",
            code="marche_notifie",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What a buyer has filled so far; everything may still be missing but the title."""

    objet: str
    cpv: str = ""
    lieu: str = ""
    contact: str = ""
    nature: Nature | None = None
    montant_estime_ht: Montant | None = None
    date_limite: dt.datetime | None = None
    description: str = ""
    criteres: str = ""
    modalites_remise: str = ""
    duree_mois: int | None = None
    supports: tuple[Support, ...] = ()
    avance_taux: Decimal | None = None
