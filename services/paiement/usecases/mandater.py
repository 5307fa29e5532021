"""The payment order: the invoice goes to the public accountant."""

import uuid

from services.paiement.domain.facture import Etat, avancer
from services.paiement.domain.phrases import euros, jour
from services.paiement.tables import Facture
from services.paiement.usecases.ecrire import ecrire_recuperation
from services.paiement.usecases.recuperer_avance import piece_de_facture, recuperer_avance
from services.paiement.usecases.suivi import charger, dire, passer
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def mandater(
    uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str, *, solde: bool = False
) -> Facture:
    """Order the payment; public money only pays for a service done.

    What is due of the contract's advance is kept; the invoice of the balance clears it.
    """
    facture = charger(uow, facture_id, acheteur_siret)
    if facture.etat == Etat.MISE_A_DISPOSITION:
        raise ConflictError(
            "Constatez d’abord le service fait\u00a0: on ne mandate qu’un service exécuté.",
            code="service_fait_manquant",
        )
    avancer(Etat(facture.etat), Etat.MANDATEE)
    piece = piece_de_facture(uow.session, facture, solde=solde)
    if piece is not None:
        facture.avance_recuperee = recuperer_avance(uow, piece)
        ecrire_recuperation(uow, facture, facture.avance_recuperee)
    facture.mandatee_le = uow.clock.today()
    passer(uow, facture, Etat.MANDATEE, _mention(facture))
    dire(uow, facture, "mandatee", {"mandatee_le": facture.mandatee_le})
    return facture


def _mention(facture: Facture) -> str:
    """What the payer must tell the accountant: deadline, start, expiry (décret 2013-269)."""
    if facture.depart_le is None or facture.echeance_le is None:
        return ""
    mention = f"Délai parti le {jour(facture.depart_le)}, échéance le {jour(facture.echeance_le)}."
    if not facture.avance_recuperee:
        return mention
    return (
        f"{mention} Avance récupérée\u00a0: {euros(facture.avance_recuperee)}, net à payer "
        f"{euros(facture.net_a_payer)}."
    )
