"""The retention of guarantee: its legal ceiling, what each payment takes, when it is repaid.

Taken on works including VAT, never on a price revision nor on an advance. Key date of the ceiling:
the launch of the consultation.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.paiement.domain.avance import GRAND_ACHETEUR
from services.paiement.domain.phrases import euros, jour, pourcent
from shared.kernel.calendrier import ajouter_jours, ajouter_mois
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, ParametreLegal, Parametres

ZERO = Montant.zero()


class Garantie(StrEnum):
    """What may replace the retention."""

    PREMIERE_DEMANDE = "PREMIERE_DEMANDE"
    CAUTION = "CAUTION"


LIBELLES = {
    Garantie.PREMIERE_DEMANDE: "Garantie à première demande",
    Garantie.CAUTION: "Caution personnelle et solidaire, acceptée par l’acheteur",
}


@dataclass(frozen=True, slots=True)
class Retenue:
    """The retention of a contract: a part of 1, and the most that it may ever hold."""

    taux: Decimal
    plafond: Montant
    remplacee: bool = False


def taux_maximal(
    date_lancement: dt.date,
    acheteur: ClasseAcheteur,
    *,
    pme: bool,
    depenses_reelles: Montant | None,
    parametres: Parametres,
) -> ParametreLegal:
    """5 %, or 3 % of a small firm for the State and, since 2025, buyers above 60 M€."""
    if not pme:
        return parametres.valeur("retenue_garantie_max", date_lancement, acheteur)
    grand = depenses_reelles is not None and depenses_reelles > GRAND_ACHETEUR
    code = "retenue_garantie_max_pme_plus_60m" if grand else "retenue_garantie_max_pme"
    return parametres.valeur(code, date_lancement, acheteur)


def verifier_taux(taux: Decimal, maximum: ParametreLegal) -> None:
    """Refuse a rate above the ceiling, naming the text."""
    if not 0 <= taux <= maximum.valeur:
        raise ValidationError(
            "Le taux de la retenue de garantie dépasse le plafond légal.",
            code="retenue_trop_forte",
            champs={
                "retenue": f"Pour ce marché, {pourcent(maximum.valeur)} au plus ({maximum.ref})."
            },
        )


def plafond(initial_ttc: Montant, avenants_ttc: Montant, taux: Decimal) -> Montant:
    """The rate applies to the initial amount and to its amendments."""
    return (initial_ttc + avenants_ttc) * taux


def prelever(retenue: Retenue, avant_ttc: Montant, apres_ttc: Montant, deja: Montant) -> Montant:
    """What works taken from `avant_ttc` to `apres_ttc` retain: within the ceiling, never owed.

    Rounded on the cumulated amount. A correction downwards gives back at most what is held.
    """
    if retenue.remplacee:
        return ZERO
    exact = apres_ttc * retenue.taux - avant_ttc * retenue.taux
    return max(min(exact, retenue.plafond - deja), -deja)


@dataclass(frozen=True, slots=True)
class Fin:
    """What the end of the guarantee depends on."""

    reception_le: dt.date | None
    garantie_mois: int
    reserves: bool = False
    reserves_levees_le: dt.date | None = None
    remplacee_le: dt.date | None = None

    @property
    def expire_le(self) -> dt.date | None:
        """End of the warranty period; none before acceptance."""
        if self.reception_le is None:
            return None
        return ajouter_mois(self.reception_le, self.garantie_mois)


@dataclass(frozen=True, slots=True)
class Restitution:
    """From when the retention may be repaid, until when it must be, and why."""

    depuis_le: dt.date
    avant_le: dt.date
    motif: str


def restitution(fin: Fin, date_lancement: dt.date, parametres: Parametres) -> Restitution | None:
    """Thirty days from the end of the warranty, or from the lifting of reservations after it.

    None while the event has not been recorded. A guarantee received in its place frees it at once.
    """
    delai = parametres.valeur("retenue_restitution_jours", date_lancement)
    depart = _depart(fin)
    if depart is None:
        return None
    jours = int(delai.valeur)
    le, raison = depart
    return Restitution(
        le,
        ajouter_jours(le, jours),
        f"{raison} le {jour(le)}\u00a0: à restituer dans les {jours}\u00a0jours ({delai.ref}).",
    )


def _depart(fin: Fin) -> tuple[dt.date, str] | None:
    if fin.remplacee_le is not None:
        return fin.remplacee_le, "Garantie reçue à la place de la retenue"
    if fin.expire_le is None:
        return None
    if not fin.reserves:
        return fin.expire_le, "Fin du délai de garantie sans réserve"
    if fin.reserves_levees_le is None:
        return None
    if fin.reserves_levees_le <= fin.expire_le:
        return fin.expire_le, "Fin du délai de garantie, réserves levées"
    return fin.reserves_levees_le, "Réserves levées après le délai de garantie"


def exiger_restituable(
    attendue: Restitution | None, retenu: Montant, aujourdhui: dt.date
) -> Restitution:
    """Refuse to repay before the guarantee has ended, or when nothing is held."""
    if not retenu:
        raise ConflictError("Aucune retenue n’est détenue.", code="retenue_nulle")
    if attendue is None or attendue.depuis_le > aujourdhui:
        quand = f" le {jour(attendue.depuis_le)}" if attendue else ""
        raise ConflictError(
            f"La retenue de {euros(retenu)} couvre encore le marché\u00a0: elle se restitue à la "
            f"fin du délai de garantie{quand}, à la levée des réserves ou contre une garantie.",
            code="retenue_non_restituable",
        )
    return attendue
