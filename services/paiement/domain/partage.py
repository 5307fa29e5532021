"""Who has how many of the days: the authorising officer, then the public accountant."""

import datetime as dt
from dataclasses import dataclass

from services.paiement.domain.facture import Etat
from services.paiement.domain.horloge import Horloge
from services.paiement.domain.phrases import jour, jours
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.parametres import ClasseAcheteur, Parametres

ORDONNATEUR, COMPTABLE, FOURNISSEUR = "l’ordonnateur", "le comptable", "le fournisseur"
REFERENCE = "Décret 2013-269, art. 12"


@dataclass(frozen=True, slots=True)
class Partage:
    """The last day of each inside the deadline; `comptable_jours` run from the payment order."""

    ordonnateur_le: dt.date
    comptable_le: dt.date
    comptable_jours: int

    def limite_comptable(self, mandatee_le: dt.date | None) -> dt.date:
        """The accountant's own last day: it keeps its days even if the order came late."""
        if mandatee_le is None:
            return self.comptable_le
        return ajouter_jours(mandatee_le, self.comptable_jours)

    def depassements(self, mandatee_le: dt.date, payee_le: dt.date) -> tuple[int, int]:
        """Days that each took beyond its own, the officer then the accountant."""
        ordonnateur = (mandatee_le - self.ordonnateur_le).days
        comptable = (payee_le - self.limite_comptable(mandatee_le)).days
        return max(0, ordonnateur), max(0, comptable)


@dataclass(frozen=True, slots=True)
class Tour:
    """Whose turn it is, and until when; no date while the clock is stopped."""

    detenteur: str
    limite_le: dt.date | None

    def jours_restants(self, aujourdhui: dt.date) -> int | None:
        return None if self.limite_le is None else (self.limite_le - aujourdhui).days


def jours_du_comptable(
    parametres: Parametres, acheteur: ClasseAcheteur, le: dt.date, convention: int | None
) -> int:
    """What a convention between the two says, else the law of the day."""
    if convention is not None:
        return convention
    return int(parametres.valeur("delai_comptable_jours", le, acheteur).valeur)


def partager(calcul: Horloge, comptable_jours: int) -> Partage | None:
    """Split the period that runs: 20 + 10 days, 35 + 15 for a hospital; None when it is stopped.

    The working day that an end of deadline is put off to is the accountant's.
    """
    if calcul.echeance is None:
        return None
    ordonnateur = max(0, calcul.periode_jours - comptable_jours)
    return Partage(ajouter_jours(calcul.periode_le, ordonnateur), calcul.echeance, comptable_jours)


def tour(etat: Etat, partage: Partage | None, mandatee_le: dt.date | None) -> Tour:
    """Who must act on an unpaid invoice."""
    if partage is None:
        return Tour(FOURNISSEUR, None)
    if etat is Etat.MANDATEE:
        return Tour(COMPTABLE, partage.limite_comptable(mandatee_le))
    return Tour(ORDONNATEUR, partage.ordonnateur_le)


def phrase(partage: Partage, mandatee_le: dt.date | None, payee_le: dt.date | None) -> str:
    """Each one's days, and what each took beyond them once the invoice is paid."""
    debut = (
        f"L’ordonnateur a jusqu’au {jour(partage.ordonnateur_le)} pour mandater, le comptable "
        f"{jours(partage.comptable_jours)} pour payer ({REFERENCE})."
    )
    if mandatee_le is None or payee_le is None:
        return debut
    ordonnateur, comptable = partage.depassements(mandatee_le, payee_le)
    if not ordonnateur and not comptable:
        return f"{debut} Chacun a tenu sa part."
    parts = "\u202f; ".join(
        f"{nom} l’a dépassée de {jours(nombre)}"
        for nom, nombre in (("l’ordonnateur", ordonnateur), ("le comptable", comptable))
        if nombre
    )
    return f"{debut} Sa part du délai\u00a0: {parts}."
