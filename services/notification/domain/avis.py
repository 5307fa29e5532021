"""A notice as the matching sees it, read from the event that announces it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.notification.domain.territoire import Lieu, lieu_connu
from services.notification.domain.texte import radicaux
from shared.kernel.montant import Montant


@dataclass(frozen=True, slots=True)
class Avis:
    """What a notice says of itself: codes of every lot, words, place, estimated amount."""

    cpv: frozenset[str]
    radicaux: frozenset[str]
    lieu: Lieu | None
    montant: Montant | None

    @property
    def prefixes(self) -> frozenset[str]:
        """Every head, from two digits up, of every code: what a subscription may have asked."""
        return frozenset(code[:n] for code in self.cpv for n in range(2, len(code) + 1))


def lire_avis(donnees: Mapping[str, Any]) -> Avis:
    """Read the payload of `publication.avis.*`; any lot's code and title count."""
    lots = donnees["lots"]
    codes = {donnees["cpv"], *donnees["cpv_lots"], *(lot["cpv"] for lot in lots)}
    textes = [donnees["objet"], donnees["description"], *(lot["objet"] for lot in lots)]
    montant = donnees["montant_estime_ht"]
    return Avis(
        cpv=frozenset(code[:8] for code in codes),
        radicaux=radicaux("\n".join(textes)),
        lieu=lieu_connu(donnees["lieu"]),
        montant=None if montant is None else Montant(montant),
    )
