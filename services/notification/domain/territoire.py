"""Places: a French département or one of its communes (INSEE codes)."""

import re
from dataclasses import dataclass

from shared.kernel.errors import ValidationError

_DEPARTEMENT = r"(?:0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5]|97[1-8]|98[46-8])"
_CODE = re.compile(rf"({_DEPARTEMENT})(\d{{2,3}})?")
_LONGUEUR_COMMUNE = 5


@dataclass(frozen=True, slots=True, order=True)
class Lieu:
    """A département, or a commune inside it."""

    departement: str
    commune: str | None = None

    @property
    def code(self) -> str:
        return self.commune or self.departement


def lieu_connu(code: str) -> Lieu | None:
    """Read `07` or `07019`; None for anything else (`FR`, a name, a code of another system)."""
    trouve = _CODE.fullmatch(code.strip().upper())
    if trouve is None:
        return None
    departement, reste = trouve.groups()
    if reste is None:
        return Lieu(departement)
    commune = departement + reste
    return Lieu(departement, commune) if len(commune) == _LONGUEUR_COMMUNE else None


def valider_lieu(code: str) -> Lieu:
    """Read a place typed by a supplier, or say how to write it."""
    lieu = lieu_connu(code)
    if lieu is None:
        raise ValidationError(
            f"«\u00a0{code.strip()}\u00a0» n’est ni un département (07, 2A) ni une commune"
            " (code INSEE à cinq caractères, par exemple 07019).",
            code="lieu_invalide",
        )
    return lieu


def concerne(voulu: Lieu, annonce: Lieu | None) -> bool:
    """Tell whether two places overlap; a notice without a known place is for everywhere.

    A notice for the whole Ardèche concerns who follows Aubenas, and a notice for Aubenas concerns
    who follows the Ardèche: to miss a market costs more than to read one line too many.
    """
    if annonce is None:
        return True
    if voulu.departement != annonce.departement:
        return False
    return voulu.commune is None or annonce.commune is None or voulu.commune == annonce.commune
