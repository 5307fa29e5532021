"""Call-off orders: within the member's quota, within the ceiling of the contract, never beyond.

What is consumed is always derived from the live orders; nothing here keeps a counter (I6).
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.repartition import nombre


class EtatCommande(StrEnum):
    """An order lives until it is cancelled; receipts are counted beside it."""

    PASSEE = "PASSEE"
    ANNULEE = "ANNULEE"


@dataclass(frozen=True, slots=True)
class Disponible:
    """What limits the next order: the quota and its live orders, the contract and its own."""

    quota: Decimal
    commande: Decimal
    plafond_ht: Montant
    engage_ht: Decimal
    prix_unitaire_ht: Decimal
    conditionnement: str
    entier: bool

    @property
    def reste(self) -> Decimal:
        return self.quota - self.commande


def evaluer(disponible: Disponible, quantite: Decimal) -> Montant:
    """Return the amount of an order, or refuse it with what remains.

    The ceiling is compared once, on the exact sum: rounding each order could refuse the last one
    for a cent.
    """
    if quantite <= 0 or (disponible.entier and quantite != quantite.to_integral_value()):
        message = (
            "La quantité commandée est un nombre entier, par exemple 12."
            if disponible.entier
            else "La quantité commandée est positive."
        )
        raise ValidationError(message, code="quantite_invalide", champs={"quantite": message})
    if quantite > disponible.reste:
        raise _quota_depasse(disponible, quantite)
    ligne = quantite * disponible.prix_unitaire_ht
    if Montant(disponible.engage_ht + ligne) > disponible.plafond_ht:
        message = (
            f"Cette commande porterait le marché au-delà de son montant maximal de "
            f"{nombre(disponible.plafond_ht.decimal)}\u00a0€ HT\u00a0: réduisez la quantité."
        )
        raise ConflictError(
            message,
            code="plafond_depasse",
            champs={"quantite": message},
            plafond_ht=str(disponible.plafond_ht),
        )
    return Montant(ligne)


def _quota_depasse(disponible: Disponible, quantite: Decimal) -> ConflictError:
    reste = nombre(disponible.reste)
    message = (
        f"Il reste {reste} sur votre part de {nombre(disponible.quota)} "
        f"({disponible.conditionnement})\u00a0: une commande de {nombre(quantite)} la dépasserait."
    )
    return ConflictError(
        message,
        code="quota_depasse",
        champs={"quantite": message},
        reste=format(disponible.reste.normalize(), "f"),
    )


def exiger_annulable(etat: EtatCommande, recu: Decimal) -> None:
    """Let an order be cancelled only while it lives and nothing of it has been delivered."""
    if etat is EtatCommande.ANNULEE:
        raise ConflictError("Cette commande est déjà annulée.", code="commande_annulee")
    if recu:
        raise ConflictError(
            f"{nombre(recu)} a déjà été reçu de cette commande\u00a0: elle ne s’annule plus.",
            code="commande_livree",
        )
