"""Moving a part of a quota from one member to another, by agreement (point 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.repartition import nombre


class GenreTransfert(StrEnum):
    """Where a change of quota comes from."""

    ACCORD = "ACCORD"
    COORDINATION = "COORDINATION"
    SURPLUS = "SURPLUS"
    SUBSTITUTION = "SUBSTITUTION"


class EtatTransfert(StrEnum):
    """A transfer counts once accepted; the rest is history."""

    PROPOSE = "PROPOSE"
    ACCEPTE = "ACCEPTE"
    REFUSE = "REFUSE"
    RETIRE = "RETIRE"


LIBELLES: Mapping[EtatTransfert, str] = MappingProxyType(
    {
        EtatTransfert.PROPOSE: "Proposé",
        EtatTransfert.ACCEPTE: "Accepté",
        EtatTransfert.REFUSE: "Refusé",
        EtatTransfert.RETIRE: "Retiré",
    }
)


@dataclass(frozen=True, slots=True)
class Cedant:
    """A quota about to give: what it holds and what its live orders consume."""

    quota: Decimal
    consomme: Decimal
    montant_max_ht: Montant
    entier: bool

    @property
    def cessible(self) -> Decimal:
        return self.quota - self.consomme


def exiger_cessible(cedant: Cedant, quantite: Decimal) -> None:
    """A member gives whole packs, and only what it has not ordered."""
    if quantite <= 0 or (cedant.entier and quantite != quantite.to_integral_value()):
        message = (
            "La quantité cédée est un nombre entier, par exemple 2."
            if cedant.entier
            else "La quantité cédée est positive."
        )
        raise ValidationError(message, code="quantite_invalide", champs={"quantite": message})
    if quantite > cedant.cessible:
        message = (
            f"{nombre(cedant.cessible)} au plus\u00a0: sur {nombre(cedant.quota)}, "
            f"{nombre(cedant.consomme)} sont déjà commandés."
        )
        raise ConflictError(
            message,
            code="transfert_impossible",
            champs={"quantite": message},
            cessible=format(cedant.cessible.normalize(), "f"),
        )


def montant_cede(cedant: Cedant, quantite: Decimal) -> Montant:
    """Share of the money that follows the quantity; all of it when the whole quota goes."""
    if not cedant.quota:
        return Montant.zero()
    return Montant(cedant.montant_max_ht.decimal * quantite / cedant.quota)


def exiger_membres(de: str, vers: str) -> None:
    if de == vers:
        message = "Choisissez un autre membre que vous."
        raise ValidationError(message, code="membre_invalide", champs={"vers": message})


def exiger_propose(etat: EtatTransfert) -> None:
    if etat is not EtatTransfert.PROPOSE:
        raise ConflictError(
            f"Ce transfert est déjà «\u00a0{LIBELLES[etat].lower()}\u00a0».",
            code="transfert_repondu",
        )
