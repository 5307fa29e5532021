"""Taking part, lot by lot, and between which amounts."""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from services.groupement.domain.suivi import Reponse
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant


def reponses_par_lot(
    reponse: Reponse, lots: Iterable[int], declines: AbstractSet[int]
) -> dict[int, Reponse]:
    """The answer for each lot; declining the purchase declines them all.

    Raises `ValidationError` when a declined lot does not exist.
    """
    numeros = list(lots)
    if inconnus := declines - set(numeros):
        message = f"Cet achat n’a pas de lot {min(inconnus)}."
        raise ValidationError(message, code="lot_inconnu", champs={"lots": message})
    dehors = set(numeros) if reponse is Reponse.DECLINE else declines
    return {n: Reponse.DECLINE if n in dehors else Reponse.PARTICIPE for n in numeros}


def exiger_engagement(mini: Montant | None, maxi: Montant | None) -> None:
    """The least a member commits is not more than the most."""
    if mini is not None and maxi is not None and mini > maxi:
        message = "L’engagement minimal dépasse l’engagement maximal."
        raise ValidationError(
            message, code="engagement_inverse", champs={"engagement_min_ht": message}
        )
