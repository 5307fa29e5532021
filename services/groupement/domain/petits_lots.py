"""The small-lot exception: lots of a formal purchase that may use the adapted procedure.

CCP R2123-1, 2°: each such lot is under an amount, and together they stay within a part of the
whole. Which ones to take is the buyer's choice: this module says what is possible and checks it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN

from services.groupement.domain.cles import euros
from services.groupement.domain.seuils import Cadre
from shared.kernel.errors import ValidationError
from shared.kernel.montant import CENTIME, Montant
from shared.kernel.parametres import ParametreLegal
from shared.kernel.repartition import ESPACE, nombre
from shared.kernel.seuils import TypeProcedure


@dataclass(frozen=True, slots=True)
class PetitsLots:
    """What the exception allows; `applicable` is false when the whole needs no formal procedure.

    `eligibles`: lots under `seuil`, whatever they add up to. `cumul_max`: what those chosen may
    reach together.
    """

    applicable: bool
    eligibles: tuple[int, ...]
    cumul_max: Montant
    seuil: ParametreLegal
    part_max: ParametreLegal
    montants: Mapping[int, Montant]

    @property
    def possibles(self) -> tuple[int, ...]:
        """Eligible lots that would fit alone."""
        return tuple(n for n in self.eligibles if self.montants[n] <= self.cumul_max)

    @property
    def phrase(self) -> str:
        """Say in French what the exception allows here."""
        if not self.applicable:
            return (
                "L’achat ne relève pas de la procédure formalisée"
                f"{ESPACE}: l’exception des petits lots est sans objet."
            )
        seuil = f"{euros(Montant(self.seuil.valeur))} HT"
        if not self.eligibles:
            return f"Aucun lot n’est inférieur à {seuil} ({self.seuil.ref})."
        return (
            f"Lots inférieurs à {seuil}{ESPACE}: {', '.join(map(str, self.eligibles))}. Ceux que "
            f"vous passez en procédure adaptée font ensemble {euros(self.cumul_max)} HT au plus, "
            f"soit {nombre(self.part_max.valeur * 100)}{ESPACE}% du total ({self.seuil.ref})."
        )

    def cumul(self, choix: Iterable[int]) -> Montant:
        return Montant.somme(self.montants[n] for n in choix)


def petits_lots(cadre: Cadre, lots: Mapping[int, Montant]) -> PetitsLots:
    """Tell which lots are small enough, and how much of them may be taken."""
    total = Montant.somme(lots.values())
    seuil = cadre.valeur("petit_lot_ht")
    part = cadre.valeur("petits_lots_part_max")
    cumul = (total.decimal * part.valeur).quantize(CENTIME, ROUND_DOWN)
    applicable = cadre.decider(total).procedure is TypeProcedure.FORMALISEE
    eligibles = tuple(sorted(n for n, m in lots.items() if m.decimal < seuil.valeur))
    return PetitsLots(
        applicable,
        eligibles if applicable else (),
        Montant(cumul),
        seuil,
        part,
        dict(lots),
    )


def choisir_petits_lots(petits: PetitsLots, choix: Iterable[int]) -> Montant:
    """Check a choice of lots and return what it adds up to.

    Raises `ValidationError`: `petits_lots_sans_objet`, `lot_inconnu`, `lot_non_eligible`,
    `cumul_depasse`.
    """
    retenus = sorted(set(choix))
    if not retenus:
        return Montant.zero()
    if not petits.applicable:
        raise _refus("petits_lots_sans_objet", petits.phrase)
    for numero in retenus:
        _exiger_eligible(petits, numero)
    cumul = petits.cumul(retenus)
    if cumul > petits.cumul_max:
        raise _refus(
            "cumul_depasse",
            f"Les petits lots choisis font {euros(cumul)} HT, au-delà de "
            f"{euros(petits.cumul_max)} HT ({petits.seuil.ref}){ESPACE}: retirez-en.",
        )
    return cumul


def _exiger_eligible(petits: PetitsLots, numero: int) -> None:
    if numero not in petits.montants:
        raise _refus("lot_inconnu", f"Le lot {numero} ne fait pas partie de l’achat.")
    if numero not in petits.eligibles:
        raise _refus(
            "lot_non_eligible",
            f"Le lot {numero} ({euros(petits.montants[numero])} HT) n’est pas inférieur à "
            f"{euros(Montant(petits.seuil.valeur))} HT ({petits.seuil.ref}).",
        )


def _refus(code: str, message: str) -> ValidationError:
    return ValidationError(message, code=code, champs={"petits_lots": message})
