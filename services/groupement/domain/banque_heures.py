"""The insertion-hours bank of a firm: what its hours discharge, on which of its contracts.

Hours first discharge the contract they were done on. What they exceed discharges the firm's other
contracts when both clauses allow pooling and the other contract was still running. The result is a
function of the set of hours and clauses: the order in which they were entered changes nothing, and
no hour is ever counted twice.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from shared.kernel.montant import Montant
from shared.kernel.repartition import nombre


class EtatHeures(StrEnum):
    """Where a declaration stands; only validated hours discharge anything."""

    DECLAREE = "DECLAREE"
    VALIDEE = "VALIDEE"
    REFUSEE = "REFUSEE"
    ANNULEE = "ANNULEE"


@dataclass(frozen=True, slots=True)
class Obligation:
    """What a contract asks for, and until when hours may discharge it."""

    marche: str
    dues: int
    mutualisable: bool
    fin: dt.date


@dataclass(frozen=True, slots=True)
class Heures:
    """Validated hours: `comptees` are the hours done times their coefficient."""

    id: str
    marche: str
    comptees: Decimal
    debut: dt.date


@dataclass(frozen=True, slots=True)
class Affectation:
    """Hours of one declaration that discharge one contract."""

    heures: str
    marche: str
    quantite: Decimal


def affecter(obligations: Iterable[Obligation], heures: Iterable[Heures]) -> list[Affectation]:
    """Discharge every obligation as far as the hours go, own contract first.

    Among the others, the contract that ends first is served first: hours that may serve it may
    also serve the later ones, so nothing useful is ever lost.
    """
    par_fin = sorted(obligations, key=lambda o: (o.fin, o.marche))
    par_id = sorted(heures, key=lambda h: (h.debut, h.id))
    mutuels = {o.marche for o in par_fin if o.mutualisable}
    reste = {h.id: h.comptees for h in par_id}
    du = {o.marche: Decimal(o.dues) for o in par_fin}
    propres = [(h, o) for o in par_fin for h in par_id if h.marche == o.marche]
    autres = [
        (h, o)
        for o in par_fin
        for h in par_id
        if h.marche != o.marche and mutuels.issuperset({h.marche, o.marche}) and h.debut <= o.fin
    ]
    affectations = []
    for h, o in (*propres, *autres):
        if quantite := min(reste[h.id], du[o.marche]):
            reste[h.id] -= quantite
            du[o.marche] -= quantite
            affectations.append(Affectation(h.id, o.marche, quantite))
    return affectations


@dataclass(frozen=True, slots=True)
class Solde:
    """Where one contract stands; `manque` is what remains to be done today."""

    dues: int
    affectees: Decimal

    @property
    def manque(self) -> Decimal:
        return self.dues - self.affectees


@dataclass(frozen=True, slots=True)
class Prevision:
    """What will be missing at the end if hours keep coming at the same pace."""

    le: dt.date
    manque: int
    acquise: bool

    @property
    def phrase(self) -> str:
        """« À ce rythme, il manquera 120 h au 31/12/2026 »."""
        heures = f"{nombre(Decimal(self.manque))}\u00a0h"
        if self.acquise:
            return f"Il manque {heures} au terme du {self.le:%d/%m/%Y}."
        if not self.manque:
            return f"À ce rythme, l’objectif sera tenu au {self.le:%d/%m/%Y}."
        return f"À ce rythme, il manquera {heures} au {self.le:%d/%m/%Y}."


def prevoir(solde: Solde, debut: dt.date, fin: dt.date, jour: dt.date) -> Prevision | None:
    """Carry the pace so far to the end, in whole hours rounded up; None while nothing can be said.

    The pace is linear on the elapsed days. Once the end has passed, or all is done, the figure is
    what it is and no longer a forecast.
    """
    if solde.manque <= 0:
        return None
    if jour >= fin:
        return Prevision(fin, _superieur(Fraction(solde.manque)), acquise=True)
    if jour <= debut:
        return None
    au_terme = Fraction(solde.affectees) * (fin - debut).days / (jour - debut).days
    return Prevision(fin, _superieur(max(solde.dues - au_terme, Fraction(0))), acquise=False)


def _superieur(nombre: Fraction) -> int:
    return -(-nombre.numerator // nombre.denominator)


def penalite(manque: Decimal | int, par_heure: Montant) -> Montant:
    """What the clause would cost for the missing hours; shown, never applied by itself."""
    return Montant(par_heure.decimal * max(Decimal(manque), Decimal(0)))


PARTS_PAR_METIER: Mapping[str, Decimal] = MappingProxyType(
    {
        "Charpente métallique": Decimal("0.20"),
        "Bâtiment, moyenne": Decimal("0.50"),
        "Maçonnerie": Decimal("0.50"),
        "Peinture": Decimal("0.70"),
    }
)
"""Usual labour shares by trade: suggestions, no text sets them."""
