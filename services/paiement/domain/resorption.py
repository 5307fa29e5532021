"""How an advance comes back: kept on the sums due, from a share executed to another.

The contract's clause comes first; when it is silent, the regime of the launch date says where the
recovery starts and ends. Between the two it is linear. What is kept never exceeds the advance, and
the balance clears what is left.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from services.paiement.domain.phrases import euros, jour, pourcent
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ParametreLegal, Parametres

ZERO = Montant.zero()
_DEMI_CENTIME = Fraction(1, 2)
PAS = Fraction(1, 20)  # of the contract, between two lines of the schedule shown in advance


@dataclass(frozen=True, slots=True)
class Cas:
    """An advance of `taux` of its base; `base_ttc` as in `Resorption`; None: a silent contract."""

    date_lancement: dt.date
    base_ttc: Montant
    avance: Montant
    taux: Decimal
    clause_fin: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Palier:
    """One line of the schedule: once `execute_ttc` is executed, `cumul` has come back."""

    part: Decimal
    execute_ttc: Montant
    cumul: Montant


@dataclass(frozen=True, slots=True)
class Resorption:
    """Rule of recovery of one advance; `debut` and `fin` are shares of `base_ttc`.

    `base_ttc` is the contract, or the contractor's own share for consultations launched from 2026.
    """

    avance: Montant
    base_ttc: Montant
    debut: Fraction
    fin: Fraction
    motifs: tuple[str, ...]

    def cumul(self, execute_ttc: Montant) -> Montant:
        """What must have come back once `execute_ttc` is executed."""
        return self._cumul(Fraction(execute_ttc.decimal) / Fraction(self.base_ttc.decimal))

    def _cumul(self, executee: Fraction) -> Montant:
        rendue = (executee - self.debut) / (self.fin - self.debut)
        return _arrondi(min(max(rendue, Fraction(0)), Fraction(1)) * Fraction(self.avance.decimal))

    def retenir(
        self, execute_ttc: Montant, deja: Montant, sommes_dues: Montant, *, solde: bool = False
    ) -> Montant:
        """What to keep on `sommes_dues`; what they cannot bear is kept on the next ones.

        `deja` came back before. The balance keeps all that is left of the advance.
        """
        cible = self.avance if solde else self.cumul(execute_ttc)
        return max(ZERO, min(cible - deja, sommes_dues))

    def paliers(self) -> Sequence[Palier]:
        """The schedule, from the first euro kept to the last."""
        parts = [self.debut]
        while parts[-1] + PAS < self.fin:
            parts.append(parts[-1] + PAS)
        return [self._palier(part) for part in (*parts, self.fin)]

    def _palier(self, part: Fraction) -> Palier:
        execute = _arrondi(part * Fraction(self.base_ttc.decimal))
        return Palier(Decimal(part.numerator) / part.denominator, execute, self._cumul(part))


def regle(cas: Cas, parametres: Parametres) -> Resorption:
    """Rule of recovery of a case; raise when the contract's clause cannot be followed."""
    if cas.base_ttc <= ZERO:
        raise ValidationError(
            "Une avance se rembourse sur l’exécution d’un marché\u00a0: son montant doit être "
            "supérieur à zéro.",
            code="montant_nul",
            champs={"montant_ttc": "Saisissez un montant supérieur à zéro."},
        )
    debut = _debut(cas, parametres)
    fin, motif = _fin(cas, parametres)
    part_debut = Fraction(debut.valeur)
    if fin <= part_debut:
        raise ValidationError(
            "L’avance ne peut pas être remboursée avant que son remboursement commence.",
            code="fin_avant_debut",
            champs={"fin": f"Saisissez une part au-delà de {pourcent(debut.valeur)}."},
        )
    motifs = (_motif_debut(debut), motif)
    return Resorption(cas.avance, cas.base_ttc, part_debut, fin, motifs)


def _debut(cas: Cas, parametres: Parametres) -> ParametreLegal:
    seuil = parametres.valeur("avance_taux_max_sans_clause", cas.date_lancement)
    forte = "_forte" if cas.taux > seuil.valeur else ""
    return parametres.valeur(f"avance_remboursement_debut{forte}", cas.date_lancement)


def _motif_debut(debut: ParametreLegal) -> str:
    if not debut.valeur:
        return f"L’avance se rembourse dès la première demande de paiement ({debut.ref})."
    return (
        f"Le remboursement commence quand {pourcent(debut.valeur)} du montant TTC est exécuté "
        f"({debut.ref})."
    )


def _fin(cas: Cas, parametres: Parametres) -> tuple[Fraction, str]:
    if cas.clause_fin is not None:
        return Fraction(cas.clause_fin), f"Le marché le termine à {pourcent(cas.clause_fin)}."
    egalite = parametres.valeur("avance_remboursement_egalite", cas.date_lancement)
    if cas.avance and cas.taux >= egalite.valeur:
        part = Fraction(cas.avance.decimal) / Fraction(cas.base_ttc.decimal)
        return part, f"Il se termine quand {euros(cas.avance)} sont exécutés ({egalite.ref})."
    fin = parametres.valeur("avance_remboursement_fin", cas.date_lancement)
    if fin.valeur < 1:
        return Fraction(fin.valeur), f"Il se termine à {pourcent(fin.valeur)} ({fin.ref})."
    return Fraction(1), (
        f"Consultation lancée le {jour(cas.date_lancement)}, sans clause\u00a0: il se répartit "
        f"sur toutes les sommes encore dues ({fin.ref.partition(' (')[0]})."
    )


def _arrondi(exact: Fraction) -> Montant:
    """Half a cent goes up, as everywhere the law makes an amount visible."""
    return Montant(Decimal(int(exact * 100 + _DEMI_CENTIME)).scaleb(-2))
