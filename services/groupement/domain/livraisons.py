"""Deliveries that are not what was ordered: too much, too little, broken, taken back (H2, H4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.repartition import nombre

TOLERANCE_PAR_DEFAUT = Decimal("0.05")
"""Share of the contract's quantity that may be delivered beyond it, unless the contract says."""


class GenreReception(StrEnum):
    """A delivery, its reverse entry, or a surplus given to somebody: entries that only add up."""

    LIVRAISON = "LIVRAISON"
    CONTREPASSATION = "CONTREPASSATION"
    ATTRIBUTION = "ATTRIBUTION"


class GenreAnomalie(StrEnum):
    """Why a piece on the delivery note was not taken."""

    MANQUANT = "MANQUANT"
    CASSE = "CASSE"
    REFUSE = "REFUSE"


class GenreLiberation(StrEnum):
    """Why a quantity ordered is no longer expected, and is back in its quota."""

    CLOTURE = "CLOTURE"
    AVOIR = "AVOIR"
    SUBSTITUTION = "SUBSTITUTION"


LIBELLES_ANOMALIE: Mapping[GenreAnomalie, str] = MappingProxyType(
    {
        GenreAnomalie.MANQUANT: "Manquant",
        GenreAnomalie.CASSE: "Cassé",
        GenreAnomalie.REFUSE: "Refusé",
    }
)
LIBELLES_LIBERATION: Mapping[GenreLiberation, str] = MappingProxyType(
    {
        GenreLiberation.CLOTURE: "Commande close avant d’être complète",
        GenreLiberation.AVOIR: "Avoir",
        GenreLiberation.SUBSTITUTION: "Article remplacé",
    }
)


@dataclass(frozen=True, slots=True)
class Anomalie:
    """Pieces of a delivery that were not accepted, and why."""

    genre: GenreAnomalie
    quantite: Decimal
    motif: str


def accepter(annoncee: Decimal, anomalies: Iterable[Anomalie]) -> Decimal:
    """What is really taken of a delivery note once its anomalies are put aside."""
    ecarts = tuple(anomalies)
    if any(ecart.quantite <= 0 or not ecart.motif.strip() for ecart in ecarts):
        raise _refus("anomalie", "Chaque anomalie a une quantité positive et un motif.")
    acceptee = annoncee - sum((ecart.quantite for ecart in ecarts), Decimal())
    if acceptee <= 0:
        raise _refus(
            "anomalie",
            "Les anomalies laissent au moins une unité acceptée\u00a0: sinon, refusez la "
            "livraison, il n’y a rien à enregistrer.",
        )
    return acceptee


@dataclass(frozen=True, slots=True)
class Cumul:
    """A line of the contract, its tolerance, and all that has been delivered on it so far."""

    prevue: Decimal
    tolerance: Decimal
    recue: Decimal

    @property
    def plafond(self) -> Decimal:
        """The tolerance is on the contract's quantity: never on what is left of it."""
        return self.prevue * (1 + self.tolerance)

    @property
    def possible(self) -> Decimal:
        return max(self.plafond - self.recue, Decimal())


def exiger_recevable(cumul: Cumul, quantite: Decimal, attendu: Decimal, motif: str) -> None:
    """Let through what is expected; a surplus needs a reason and stays in the tolerance."""
    if quantite > cumul.possible:
        raise ConflictError(
            f"Le marché prévoit {nombre(cumul.prevue)}, à {nombre(cumul.tolerance * 100)}\u00a0% "
            f"près\u00a0: au plus {nombre(cumul.plafond)} en tout. {nombre(cumul.recue)} sont "
            f"déjà reçus, {nombre(quantite)} dépasseraient la tolérance. Refusez le surplus au "
            "livreur.",
            code="tolerance_depassee",
            champs={"quantite": f"Au plus {nombre(cumul.possible)}."},
            possible=format(cumul.possible.normalize(), "f"),
        )
    if quantite > attendu and not motif.strip():
        raise _refus(
            "motif",
            f"{nombre(quantite - attendu)} de plus que ce qui est attendu\u00a0: dites pourquoi "
            "vous gardez ce surplus.",
        )


def a_liberer(attendu: Decimal, quantite: Decimal | None, motif: str) -> Decimal:
    """Quantity that goes back to the quota: all that is still expected, unless told less."""
    if not motif.strip():
        raise _refus("motif", "Dites pourquoi le reste n’est plus attendu.")
    if attendu <= 0:
        raise ConflictError("Cette commande n’attend plus rien.", code="rien_attendu")
    voulue = attendu if quantite is None else quantite
    if not 0 < voulue <= attendu:
        raise _refus("quantite", f"Indiquez au plus {nombre(attendu)}, ce qui est encore attendu.")
    return voulue


def exiger_contrepassable(genre: GenreReception, deja: bool, motif: str) -> None:
    """Only a delivery is taken back, once, by a reverse entry that says why."""
    if not motif.strip():
        raise _refus("motif", "Dites pourquoi la livraison est contre-passée.")
    if genre is not GenreReception.LIVRAISON or deja:
        raise ConflictError(
            "Seule une livraison se contre-passe, et une seule fois.", code="contrepassation_faite"
        )


def _refus(champ: str, message: str) -> ValidationError:
    return ValidationError(message, code=f"{champ}_requis", champs={champ: message})
