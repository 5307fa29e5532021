"""What concerns a supplier: (CPV prefix OR keyword) AND territory AND amount band.

`rapprocher` is the definition. `usecases/rapprocher.py` gives the same answer for thousands of
subscriptions in one query, and the tests hold the two together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from services.notification.domain.avis import Avis
from services.notification.domain.criteres import Criteres
from services.notification.domain.territoire import concerne
from services.notification.domain.texte import radicaux
from shared.kernel.identifiants import cpv_couvre

Genre = Literal["cpv", "mot"]
_CODE_ENTIER = 8


@dataclass(frozen=True, slots=True, order=True)
class Critere:
    """The criterion that brought a notice to a subscriber."""

    genre: Genre
    valeur: str

    @property
    def libelle(self) -> str:
        if self.genre == "mot":
            return f"mot-clé {self.valeur}"
        suite = "…" if len(self.valeur) < _CODE_ENTIER else ""
        return f"CPV {self.valeur}{suite}"


def rapprocher(criteres: Criteres, avis: Avis) -> tuple[Critere, ...]:
    """Return the criteria that a notice meets, sorted; empty when it does not concern."""
    if not _au_bon_endroit(criteres, avis) or not _dans_la_fourchette(criteres, avis):
        return ()
    codes = {
        Critere("cpv", racine)
        for racine in criteres.cpv
        if any(cpv_couvre(racine, code) for code in avis.cpv)
    }
    mots = {Critere("mot", mot) for mot in criteres.mots if radicaux(mot) <= avis.radicaux}
    return tuple(sorted(codes | mots))


def _au_bon_endroit(criteres: Criteres, avis: Avis) -> bool:
    return not criteres.lieux or any(concerne(lieu, avis.lieu) for lieu in criteres.lieux)


def _dans_la_fourchette(criteres: Criteres, avis: Avis) -> bool:
    """Bounds are inclusive; a notice that hides its amount is in every band."""
    if avis.montant is None:
        return True
    assez = criteres.montant_min is None or criteres.montant_min <= avis.montant
    return assez and (criteres.montant_max is None or avis.montant <= criteres.montant_max)


@dataclass(frozen=True, slots=True)
class Portee:
    """How much a set of criteria would have brought over a recent period."""

    retenus: int
    parus: int
    jours: int

    @property
    def par_mois(self) -> int:
        """Notices per thirty days, rounded up: better to warn a little early."""
        return -(-self.retenus * 30 // self.jours) if self.jours else 0

    @property
    def trop_large(self) -> bool:
        """More than one notice per working day, or most of what appears, tires its reader."""
        majorite = self.parus >= 10 and 2 * self.retenus > self.parus
        return self.par_mois > 20 or majorite


def portee(criteres: Criteres, parus: Iterable[Avis], jours: int) -> Portee:
    """Play criteria against the notices of the last `jours` days."""
    resultats = [bool(rapprocher(criteres, avis)) for avis in parus]
    return Portee(retenus=sum(resultats), parus=len(resultats), jours=jours)
