"""When finances are warned before the end of a payment deadline."""

LOIN, PROCHE = 10, 3
"""Days left: time to order the payment, then time to chase it."""


def atteintes(jours_restants: int) -> tuple[int, ...]:
    """Distances reached when so many days are left, the farthest first."""
    return tuple(jours for jours in (LOIN, PROCHE) if jours_restants <= jours)
