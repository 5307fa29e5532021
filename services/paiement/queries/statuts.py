"""The message of one status of an invoice."""

import uuid

from sqlalchemy.orm import Session

from services.paiement.gateways import cdar
from services.paiement.gateways.cdar import Partie, Statut
from services.paiement.queries import factures
from services.paiement.queries.factures import Perimetre
from shared.kernel.errors import NotFoundError


def message(session: Session, facture_id: uuid.UUID, rang: int, perimetre: Perimetre) -> bytes:
    """The CDAR message of a step, if the reader may see the invoice and the step has a code."""
    facture = factures.lire(session, facture_id, perimetre)
    passage = next((p for p in facture.historique if p.rang == rang), None)
    if passage is None or passage.code is None:
        raise NotFoundError("Cette étape n’a pas de message de statut.", code="statut_inconnu")
    return cdar.ecrire(
        Statut(
            identifiant=f"{facture.id}-{passage.rang}",
            numero=facture.numero,
            emise_le=facture.emise_le,
            vendeur=Partie(facture.fournisseur_siret, facture.fournisseur_nom),
            acheteur=Partie(facture.acheteur_siret, facture.acheteur.nom),
            code=passage.code,
            le=passage.le,
            motif=passage.motif,
            note=passage.note,
        )
    )
