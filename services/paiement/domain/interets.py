"""Late interest: due without being asked, from the day after the due date to the payment.

One rate for the whole delay, that of the half-year in which interest starts; and a flat indemnity
from the first late day.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from services.paiement.domain.phrases import decimale, euros, jour, jours, semestre
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.montant import Montant
from shared.kernel.parametres import ParametreManquant, Parametres

JOURS_ANNEE = 365
_INDEMNITE = "indemnite_forfaitaire_eur"


@dataclass(frozen=True, slots=True)
class Interets:
    """`taux` is in percent. `montant` is None when the rate is not known yet; see `empechement`."""

    jours_retard: int
    taux: Decimal | None
    montant: Montant | None
    indemnite: Montant
    phrase: str
    empechement: str | None = None

    @property
    def total(self) -> Montant | None:
        return None if self.montant is None else self.montant + self.indemnite


def calculer(
    montant_ttc: Montant, echeance: dt.date, payee_le: dt.date, parametres: Parametres
) -> Interets:
    """Compute what is owed for paying on `payee_le` an amount due on `echeance`.

    A rate that nobody entered leaves the interest unknown: the payment must not wait for it.
    """
    try:
        return exiger(montant_ttc, echeance, payee_le, parametres)
    except ParametreManquant as manque:
        if manque.details["parametre"] == _INDEMNITE:
            raise
        return _sans_taux(echeance, payee_le, parametres, manque)


def exiger(
    montant_ttc: Montant, echeance: dt.date, payee_le: dt.date, parametres: Parametres
) -> Interets:
    """The same; raise `ParametreManquant` when a value of the law is missing."""
    retard = max(0, (payee_le - echeance).days)
    if not retard:
        return Interets(0, None, Montant.zero(), Montant.zero(), "Payée dans le délai.")
    depart = ajouter_jours(echeance, 1)
    indemnite = Montant(parametres.valeur(_INDEMNITE, depart).valeur)
    taux = taux_de(depart, parametres)
    montant = Montant(montant_ttc.decimal * retard * taux / (JOURS_ANNEE * 100))
    phrase = (
        f"{jours(retard).capitalize()} de retard, du {jour(depart)} au {jour(payee_le)} inclus"
        f"\u00a0: {euros(montant_ttc)} × {retard}/{JOURS_ANNEE} × {decimale(taux)}\u00a0% = "
        f"{euros(montant)}, au taux du {semestre(depart)}, plus {euros(indemnite)} d’indemnité."
    )
    return Interets(retard, taux, montant, indemnite, phrase)


def _sans_taux(
    echeance: dt.date, payee_le: dt.date, parametres: Parametres, manque: ParametreManquant
) -> Interets:
    retard, depart = (payee_le - echeance).days, ajouter_jours(echeance, 1)
    indemnite = Montant(parametres.valeur(_INDEMNITE, depart).valeur)
    empechement = _empechement(manque, depart)
    phrase = f"{jours(retard).capitalize()} de retard. Intérêts {empechement}."
    return Interets(retard, None, None, indemnite, phrase, empechement)


def a_verser_avant(payee_le: dt.date, parametres: Parametres) -> dt.date:
    """Interest and indemnity follow the principal within this day."""
    delai = parametres.valeur("interets_paiement_jours", payee_le).valeur
    return ajouter_jours(payee_le, int(delai))


def taux_de(depart: dt.date, parametres: Parametres) -> Decimal:
    """Rate in percent of interest that starts on `depart`: ECB of that half-year plus a margin."""
    bce = parametres.valeur("taux_bce", premier_jour(depart)).valeur
    return bce + parametres.valeur("marge_interets_points", depart).valeur


def premier_jour(date: dt.date) -> dt.date:
    """First day of the half-year that holds `date`: the key date of the rate."""
    return date.replace(month=1 if date.month <= 6 else 7, day=1)


def _empechement(manque: ParametreManquant, depart: dt.date) -> str:
    if manque.details["parametre"] != "taux_bce":
        return f"non calculables\u00a0: {manque.message}"
    return f"non calculables\u00a0: taux BCE du {semestre(depart)} non renseigné"
