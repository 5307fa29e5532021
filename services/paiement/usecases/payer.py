"""The money leaves: the clock stops, and lateness is paid for without being asked."""

import datetime as dt
import uuid

from services.paiement.domain import interets
from services.paiement.domain.facture import Etat
from services.paiement.domain.interets import Interets
from services.paiement.tables import Facture
from services.paiement.usecases.etats_liquidatifs import etablir_etat
from services.paiement.usecases.lois import lois
from services.paiement.usecases.suivi import charger, dire, exiger_un_reste, passer
from services.paiement.usecases.suspendre import verifier_jour
from shared.kernel.errors import ConflictError
from shared.kernel.parametres import Parametres
from shared.messaging.uow import UnitOfWork


def payer(
    uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str, *, payee_le: dt.date | None = None
) -> Facture:
    """Record the payment; compute the real delay, the interest and the flat indemnity.

    When the rate of the half-year is unknown the payment is recorded all the same: its interest
    stays unknown until an administrator enters the rate.
    """
    facture = charger(uow, facture_id, acheteur_siret)
    exiger_un_reste(facture)
    parametres = lois(uow.session)
    le = payee_le or uow.clock.today()
    _liquider_paiement(facture, le, uow.clock.today(), parametres)
    calcul = interets_de(facture, parametres)
    passer(uow, facture, Etat.MISE_EN_PAIEMENT, calcul.phrase)
    dire(
        uow,
        facture,
        "payee",
        {
            "payee_le": le,
            "montant_paye": facture.montant_paye,
            "echeance_le": facture.echeance_le,
            "delai_jours": facture.delai_jours,
            "jours_retard": facture.jours_retard,
            "taux_interet": None if calcul.taux is None else calcul.taux / 100,
            "interets": facture.interets,
            "indemnite": facture.indemnite,
        },
    )
    etablir_etat(uow, facture, parametres)
    return facture


def interets_de(facture: Facture, parametres: Parametres) -> Interets:
    """Explain the interest of a paid invoice."""
    if facture.echeance_le is None or facture.payee_le is None:
        raise ConflictError("Cette facture n’est pas payée.", code="facture_non_payee")
    return interets.calculer(facture.net_a_payer, facture.echeance_le, facture.payee_le, parametres)


def liquider_interets(facture: Facture, parametres: Parametres) -> None:
    """Store the interest of a paid invoice; the rate may have been entered since."""
    calcul = interets_de(facture, parametres)
    facture.jours_retard = calcul.jours_retard
    facture.taux_interet = calcul.taux
    facture.interets = calcul.montant
    facture.indemnite = calcul.indemnite


def _liquider_paiement(
    facture: Facture, le: dt.date, aujourdhui: dt.date, parametres: Parametres
) -> None:
    if facture.mandatee_le is None or facture.depart_le is None:
        raise ConflictError(
            "Cette facture n’est pas mandatée\u00a0: le comptable ne peut pas la payer.",
            code="facture_non_mandatee",
        )
    verifier_jour(le, facture.mandatee_le, aujourdhui, "payee_le")
    facture.payee_le, facture.montant_paye = le, facture.solde.exigible
    facture.delai_jours = max(0, (le - facture.depart_le).days)
    liquider_interets(facture, parametres)
