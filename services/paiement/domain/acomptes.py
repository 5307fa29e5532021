"""Instalments: the price pro rata of the duration, and how often one may be asked for.

A lump sum is earned as time goes: by months (each running month counted by its own days) or by
days. Days of a notified suspension do not count. What was earned is rounded once, on the cumulated
amount: whatever the dates, the instalments sum exactly to the price at the end.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.paiement.domain.phrases import euros, jour
from shared.kernel.calendrier import ajouter_jours, ajouter_mois
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres

ZERO = Montant.zero()


class Methode(StrEnum):
    """How the work of a period is valued."""

    MOIS = "MOIS"
    JOURS = "JOURS"
    CONSTAT = "CONSTAT"


LIBELLES = {
    Methode.MOIS: "Forfait, au prorata des mois",
    Methode.JOURS: "Forfait, au prorata des jours",
    Methode.CONSTAT: "Selon le service fait constaté",
}


@dataclass(frozen=True, slots=True)
class Arret:
    """A suspension: from `du`, included, to the day of the resumption, excluded."""

    du: dt.date
    reprise: dt.date | None = None

    def jours(self, au: dt.date) -> int:
        """Days lost up to a day, included."""
        lendemain = ajouter_jours(au, 1)
        fin = min(self.reprise or lendemain, lendemain)
        return max(0, (fin - self.du).days)


@dataclass(frozen=True, slots=True)
class Duree:
    """The execution of a contract: its start, its months, what stopped or prolonged it."""

    debut: dt.date
    mois: int
    prolongation: int = 0
    arrets: Sequence[Arret] = ()

    @property
    def terme(self) -> dt.date:
        """The day after the last one, had nothing been suspended."""
        return ajouter_jours(ajouter_mois(self.debut, self.mois), self.prolongation)

    @property
    def suspendue(self) -> bool:
        return any(arret.reprise is None for arret in self.arrets)

    @property
    def fin(self) -> dt.date:
        """Last day of execution, later by every day lost; while suspended, by those known."""
        perdus = sum((a.reprise - a.du).days for a in self.arrets if a.reprise)
        return ajouter_jours(self.terme, perdus - 1)

    def utile(self, au: dt.date) -> dt.date:
        """The day after `au`, as the schedule counts it: without the days lost."""
        return ajouter_jours(au, 1 - sum(arret.jours(au) for arret in self.arrets))


def part_ecoulee(duree: Duree, methode: Methode, au: dt.date) -> Fraction:
    """Part of the duration gone at the end of a day, between 0 and 1."""
    borne = min(max(duree.utile(au), duree.debut), duree.terme)
    if methode is Methode.JOURS:
        return Fraction((borne - duree.debut).days, (duree.terme - duree.debut).days)
    return _mois(duree.debut, borne) / _mois(duree.debut, duree.terme)


def acquis(prix: Montant, duree: Duree, methode: Methode, au: dt.date) -> Montant:
    """What the price has earned since the start, rounded once."""
    part = part_ecoulee(duree, methode, au)
    return Montant(prix.decimal * part.numerator / part.denominator)


def proposer(
    prix: Montant, duree: Duree, methode: Methode, au: dt.date, deja: Montant
) -> tuple[Montant, str]:
    """Return the instalment of a lump sum at a day, never below zero, and why."""
    cumul = acquis(prix, duree, methode, au)
    part = part_ecoulee(duree, methode, au)
    montant = max(cumul - deja, ZERO)
    unite = "jours" if methode is Methode.JOURS else "mois"
    return montant, (
        f"Au {jour(au)}, {part.numerator}/{part.denominator} de la durée, comptée en {unite}"
        f"\u00a0: {euros(cumul)} acquis sur {euros(prix)}, moins {euros(deja)} déjà décomptés"
        f"\u00a0: {euros(montant)}."
    )


@dataclass(frozen=True, slots=True)
class Periodicite:
    """The longest interval between two instalments, and where it comes from."""

    mois: int
    motif: str


def periodicite(
    date_lancement: dt.date,
    *,
    travaux: bool,
    pme: bool,
    sur_demande: bool,
    parametres: Parametres,
) -> Periodicite:
    """Three months; one month for works of a small firm, or on its request otherwise."""
    if not pme or not (travaux or sur_demande):
        ligne = parametres.valeur("acompte_periodicite_mois", date_lancement)
        return Periodicite(int(ligne.valeur), f"{ligne.valeur} mois au plus ({ligne.ref})")
    ligne = parametres.valeur("acompte_periodicite_pme_mois", date_lancement)
    raison = "travaux confiés à une PME" if travaux else "à la demande de la PME"
    return Periodicite(int(ligne.valeur), f"{ligne.valeur} mois au plus, {raison} ({ligne.ref})")


def prochain(dernier: dt.date, intervalle: Periodicite) -> dt.date:
    """The day by which the next instalment must be stopped."""
    return ajouter_mois(dernier, intervalle.mois)


def verifier_periode(du: dt.date, au: dt.date, precedent: dt.date | None) -> None:
    """A period follows the last one, and ends after it starts."""
    if au < du:
        raise ValidationError(
            "La période est à l’envers.",
            code="periode_inversee",
            champs={"au": f"Choisissez une date à partir du {jour(du)}."},
        )
    if precedent is not None and du <= precedent:
        raise ValidationError(
            "Cette période est déjà décomptée.",
            code="periode_deja_decomptee",
            champs={"du": f"Le décompte précédent va jusqu’au {jour(precedent)}."},
        )


def _mois(debut: dt.date, borne: dt.date) -> Fraction:
    """Months from date to date, the running one as a part of its own days."""
    entiers = (borne.year - debut.year) * 12 + borne.month - debut.month
    if ajouter_mois(debut, entiers) > borne:
        entiers -= 1
    depuis, jusque = ajouter_mois(debut, entiers), ajouter_mois(debut, entiers + 1)
    return entiers + Fraction((borne - depuis).days, (jusque - depuis).days)
