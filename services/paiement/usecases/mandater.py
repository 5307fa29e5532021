"""The payment order: the invoice goes to the public accountant."""

import uuid

from services.paiement.domain.facture import Etat, avancer
from services.paiement.domain.motifs import MOTIFS, PARTIELLE
from services.paiement.domain.phrases import euros, jour
from services.paiement.tables import Facture
from services.paiement.usecases.ecarts import contestations, verifier_ecart_tranche
from services.paiement.usecases.ecrire import ecrire_recuperation
from services.paiement.usecases.recuperer_avance import piece_de_facture, recuperer_avance
from services.paiement.usecases.suivi import charger, dire, exiger_un_reste, passer
from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


def mandater(
    uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str, *, solde: bool = False
) -> Facture:
    """Order the payment; public money only pays for a service done.

    What is due of the contract's advance is kept; the invoice of the balance clears it.
    """
    facture = charger(uow, facture_id, acheteur_siret)
    exiger_un_reste(facture)
    if facture.etat == Etat.MISE_A_DISPOSITION:
        raise ConflictError(
            "Constatez d’abord le service fait\u00a0: on ne mandate qu’un service exécuté.",
            code="service_fait_manquant",
        )
    verifier_ecart_tranche(uow, facture)
    avancer(Etat(facture.etat), Etat.MANDATEE)
    piece = piece_de_facture(uow.session, facture, solde=solde)
    if piece is not None:
        facture.avance_recuperee = recuperer_avance(uow, piece)
        ecrire_recuperation(uow, facture, facture.avance_recuperee)
    facture.mandatee_le = uow.clock.today()
    partielle = PARTIELLE if facture.conteste > Montant.zero() else None
    passer(
        uow, facture, Etat.MANDATEE, _mention(facture), code=partielle, motif=_motif(uow, facture)
    )
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


def _motif(uow: UnitOfWork, facture: Facture) -> str | None:
    """Reason of a partial approval: that of the dispute, in the list of that status."""
    for contestation in contestations(uow, facture):
        return contestation.code if contestation.code in MOTIFS[PARTIELLE] else "AUTRE"
    return None
