"""What is left to pay of an invoice once credits and disputes are taken off.

The admitted part is paid on time; the contested part keeps the clock of the invoice.
"""

from dataclasses import dataclass

from services.paiement.domain.phrases import euros
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

ZERO = Montant.zero()


@dataclass(frozen=True, slots=True)
class Solde:
    """What an invoice asks, credits, open disputes, money paid, advance come back on it."""

    a_payer: Montant
    credite: Montant
    conteste: Montant
    paye: Montant
    recupere: Montant = ZERO

    @property
    def exigible(self) -> Montant:
        """What must be paid now; never below zero."""
        regle = self.credite + self.conteste + self.paye + self.recupere
        return max(ZERO, self.a_payer - regle)

    @property
    def trop_verse(self) -> Montant:
        """What a late credit makes the supplier owe back."""
        return max(ZERO, self.paye + self.recupere + self.credite - self.a_payer)


def verifier_contestation(solde: Solde, montant: Montant) -> None:
    """Refuse to dispute nothing, or everything: the whole is rejected or suspended instead."""
    if not Montant.zero() < montant < solde.exigible:
        raise ValidationError(
            "On ne conteste qu’une part de la facture.",
            code="montant_conteste_impossible",
            champs={
                "montant": f"Saisissez un montant TTC entre 0,01\u00a0€ et moins de "
                f"{euros(solde.exigible)}. Pour la totalité, rejetez ou suspendez la facture."
            },
        )


def verifier_avoir(montant_ttc: Montant, deja: Montant, avoir: Montant) -> None:
    """A credit note brings an invoice to zero at most."""
    if avoir <= Montant.zero():
        raise ValidationError("Un avoir porte un montant positif.", code="avoir_nul")
    if deja + avoir > montant_ttc:
        raise ConflictError(
            f"L’avoir de {euros(avoir)} dépasse ce qui reste de la facture\u00a0: "
            f"{euros(montant_ttc - deja)}. Un avoir ramène une facture à zéro, pas en dessous.",
            code="avoir_trop_grand",
            reste=str(montant_ttc - deja),
        )


def couvrir(contestations: list[Montant], avoir: Montant) -> list[Montant]:
    """How much of each open dispute a credit note settles, oldest first."""
    couverts = []
    for conteste in contestations:
        part = min(conteste, avoir)
        couverts.append(part)
        avoir = avoir - part
    return couverts
