"""Amendments to a contract: the limits of articles L2194-1 and R2194-1 to R2194-9 (H3).

Low-amount modifications are cumulated and stay strictly under both the EU threshold and a share of
the initial amount; additional or unforeseen works are limited one by one; the rest has no share.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.repartition import nombre

AVIS_CAO_AU_DELA = Decimal("0.05")
"""Cumulated increase above which the board that awarded the contract gives its opinion."""


class Motif(StrEnum):
    """Cases in which a contract may be modified without a new competition."""

    CLAUSE_REEXAMEN = "CLAUSE_REEXAMEN"
    PRESTATIONS_NECESSAIRES = "PRESTATIONS_NECESSAIRES"
    CIRCONSTANCES_IMPREVUES = "CIRCONSTANCES_IMPREVUES"
    SUBSTITUTION_TITULAIRE = "SUBSTITUTION_TITULAIRE"
    NON_SUBSTANTIELLE = "NON_SUBSTANTIELLE"
    FAIBLE_MONTANT = "FAIBLE_MONTANT"


LIBELLES: Mapping[Motif, str] = MappingProxyType(
    {
        Motif.FAIBLE_MONTANT: "Faible montant (R2194-8)",
        Motif.CLAUSE_REEXAMEN: "Clause de réexamen (R2194-1)",
        Motif.PRESTATIONS_NECESSAIRES: "Prestations supplémentaires nécessaires (R2194-2)",
        Motif.CIRCONSTANCES_IMPREVUES: "Circonstances imprévues (R2194-5)",
        Motif.SUBSTITUTION_TITULAIRE: "Nouveau titulaire (R2194-6)",
        Motif.NON_SUBSTANTIELLE: "Modification non substantielle (R2194-7)",
    }
)
_CHACUNE = frozenset({Motif.PRESTATIONS_NECESSAIRES, Motif.CIRCONSTANCES_IMPREVUES})


@dataclass(frozen=True, slots=True)
class Limites:
    """Dated limits: shares of the initial amount, and the EU threshold of the contract."""

    part: Decimal
    imprevu: Decimal
    seuil: Montant


@dataclass(frozen=True, slots=True)
class Avenant:
    """One amendment: its reason, what it adds (or takes away), the day it was signed."""

    motif: Motif
    montant_ht: Montant
    signe_le: dt.date


@dataclass(frozen=True, slots=True)
class Verdict:
    """An amendment that may be made: what is now cumulated, and whether the board must speak."""

    cumul_ht: Montant
    cumul_part: Decimal
    total_part: Decimal
    avis_cao: bool
    phrase: str


def apprecier(
    initial_ht: Montant,
    passes: Iterable[Avenant],
    nouveau: Avenant,
    limites: Limites,
    *,
    par_la_cao: bool,
) -> Verdict:
    """Accept an amendment with its cumulated share, or refuse it with the rule and the figures."""
    if initial_ht <= Montant.zero():
        raise ConflictError("Ce marché n’a pas de montant initial.", code="montant_initial_absent")
    avant = tuple(passes)
    _exiger_date(avant, nouveau)
    cumul = Montant.somme(
        a.montant_ht for a in (*avant, nouveau) if a.motif is Motif.FAIBLE_MONTANT
    )
    total = Montant.somme(a.montant_ht for a in (*avant, nouveau))
    part = cumul.decimal / initial_ht.decimal
    if nouveau.motif is Motif.FAIBLE_MONTANT:
        _exiger_faible(cumul, part, limites)
    if nouveau.motif in _CHACUNE:
        _exiger_chacune(nouveau, initial_ht, limites)
    total_part = total.decimal / initial_ht.decimal
    avis = par_la_cao and nouveau.montant_ht > Montant.zero() and total_part > AVIS_CAO_AU_DELA
    return Verdict(cumul, part, total_part, avis, _phrase(nouveau, cumul, part, limites, avis))


def _exiger_date(avant: tuple[Avenant, ...], nouveau: Avenant) -> None:
    dernier = max((a.signe_le for a in avant), default=nouveau.signe_le)
    if nouveau.signe_le < dernier:
        message = f"L’avenant précédent est du {dernier:%d/%m/%Y}\u00a0: celui-ci le suit."
        raise ValidationError(message, code="date_invalide", champs={"signe_le": message})


def _exiger_faible(cumul: Montant, part: Decimal, limites: Limites) -> None:
    if abs(cumul) >= limites.seuil:
        raise _depasse(
            f"Le cumul des modifications de faible montant atteindrait {_euros(cumul)}\u00a0: il "
            f"reste inférieur au seuil européen, {_euros(limites.seuil)} (R2194-8).",
            cumul,
        )
    if abs(part) >= limites.part:
        raise _depasse(
            f"Le cumul des modifications de faible montant atteindrait {_euros(cumul)}, soit "
            f"{_pourcent(part)} du montant initial\u00a0: il reste strictement inférieur à "
            f"{_pourcent(limites.part)} (R2194-8 et R2194-9).",
            cumul,
        )


def _exiger_chacune(nouveau: Avenant, initial: Montant, limites: Limites) -> None:
    part = nouveau.montant_ht.decimal / initial.decimal
    if part > limites.imprevu:
        raise _depasse(
            f"Cette modification représente {_pourcent(part)} du montant initial\u00a0: chacune "
            f"est limitée à {_pourcent(limites.imprevu)} (R2194-3).",
            nouveau.montant_ht,
        )


def _depasse(message: str, cumul: Montant) -> ConflictError:
    return ConflictError(
        f"{message} Lancez une nouvelle procédure.",
        code="modification_interdite",
        champs={"montant_ht": message},
        cumul_ht=str(cumul),
    )


def _phrase(nouveau: Avenant, cumul: Montant, part: Decimal, limites: Limites, avis: bool) -> str:
    texte = LIBELLES[nouveau.motif]
    if nouveau.motif is Motif.FAIBLE_MONTANT:
        texte += (
            f"\u00a0: cumul de {_euros(cumul)}, soit {_pourcent(part)} du montant initial, sous "
            f"{_pourcent(limites.part)} et sous {_euros(limites.seuil)}."
        )
    elif nouveau.motif in _CHACUNE:
        texte += (
            f"\u00a0: {_euros(nouveau.montant_ht)}, au plus {_pourcent(limites.imprevu)} chacune."
        )
    else:
        texte += "\u00a0: sans limite de montant."
    if avis:
        texte += (
            " La commission d’appel d’offres, qui a attribué le marché, donne son avis\u00a0: la "
            f"hausse dépasse {_pourcent(AVIS_CAO_AU_DELA)} (L1414-4 CGCT)."
        )
    return texte


def exiger_avis_cao(verdict: Verdict, avis_le: dt.date | None, signe_le: dt.date) -> None:
    """Ask for the board's opinion, given before the signature, when it is due (H3)."""
    if not verdict.avis_cao:
        return
    if avis_le is None or avis_le > signe_le:
        message = (
            "Indiquez la date de l’avis de la commission d’appel d’offres, au plus tard le jour "
            "de la signature\u00a0: la hausse cumulée dépasse 5\u00a0% et la commission a attribué "
            "ce marché."
        )
        raise ValidationError(message, code="avis_cao_requis", champs={"avis_cao_le": message})


def _pourcent(part: Decimal) -> str:
    return f"{nombre((part * 100).quantize(Decimal('0.01')).normalize())}\u00a0%"


def _euros(montant: Montant) -> str:
    return f"{nombre(montant.decimal)}\u00a0€ HT"
