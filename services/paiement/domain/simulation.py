"""What would be owed for one invoice: the clock and the interest of a case that nobody keeps."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from services.paiement.domain import horloge, interets
from services.paiement.domain.horloge import Etape, Faits, Horloge, Interruption
from services.paiement.domain.interets import Interets
from services.paiement.domain.phrases import jour
from shared.kernel.calendrier import ajouter_jours
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Parametres

_INTERETS = "CCP R2192-31 à R2192-36"


@dataclass(frozen=True, slots=True)
class CasDelai:
    """An invoice received and paid; a service not dated is deemed done before the receipt."""

    acheteur: ClasseAcheteur
    facture_recue: dt.date
    service_fait: dt.date | None
    paye_le: dt.date
    montant_ttc: Montant
    interruption: Interruption | None = None


@dataclass(frozen=True, slots=True)
class DelaiSimule:
    """`interets.taux` is None when the payment is not late."""

    horloge: Horloge
    interets: Interets
    etapes: tuple[Etape, ...]


def simuler_delai(cas: CasDelai, parametres: Parametres) -> DelaiSimule:
    """Compute; raise `ParametreManquant` when a value of the law is missing."""
    durees = horloge.delais(parametres, cas.acheteur, cas.facture_recue)
    faits = Faits(cas.facture_recue, cas.facture_recue, cas.service_fait, cas.interruption)
    horloge.verifier_interruption(faits, durees)
    calcul = horloge.calculer(faits, durees)
    du = interets.exiger(cas.montant_ttc, calcul.echeance or cas.paye_le, cas.paye_le, parametres)
    suite = _suite(cas, calcul, du, parametres)
    return DelaiSimule(calcul, du, (*calcul.etapes, *suite))


def _suite(cas: CasDelai, calcul: Horloge, du: Interets, parametres: Parametres) -> Iterator[Etape]:
    if calcul.echeance is None:
        phrase = "Le délai est interrompu\u00a0: le paiement ne peut pas être en retard."
        yield Etape("Paiement", cas.paye_le, phrase, _INTERETS)
        return
    if not du.jours_retard:
        yield Etape("Paiement", cas.paye_le, du.phrase, _INTERETS)
        return
    yield Etape("Début du retard", ajouter_jours(calcul.echeance, 1), du.phrase, _INTERETS)
    yield Etape("Paiement", cas.paye_le, "Le retard prend fin ce jour inclus.", _INTERETS)
    limite = interets.a_verser_avant(cas.paye_le, parametres)
    yield Etape(
        "Versement des intérêts",
        limite,
        f"Les intérêts et l’indemnité sont à verser sans demande jusqu’au {jour(limite)}.",
        _INTERETS,
    )
