"""What may be decided of a difference, and how a dispute ends."""

from enum import StrEnum


class Decision(StrEnum):
    """`LEVEE`: the difference vanished by itself, a late receipt or order explained it."""

    ACCEPTEE = "ACCEPTEE"
    CONTESTEE = "CONTESTEE"
    REJETEE = "REJETEE"
    LEVEE = "LEVEE"


class IssueLitige(StrEnum):
    """`AVOIR`: the supplier credited; `ADMISE`: the buyer pays in the end."""

    AVOIR = "AVOIR"
    ADMISE = "ADMISE"


LIBELLES = {
    Decision.ACCEPTEE: "Écart accepté",
    Decision.CONTESTEE: "Part contestée",
    Decision.REJETEE: "Facture rejetée",
    Decision.LEVEE: "Écart disparu",
}
