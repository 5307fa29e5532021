"""Keep what has been paid on the group's contracts, for the purchase page."""

import datetime as dt
import uuid
from dataclasses import dataclass, fields

from sqlalchemy.dialects.postgresql import insert

from services.groupement import tables as t
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class FacturePayee:
    """What the group keeps of a paid invoice."""

    facture_id: uuid.UUID
    marche_id: uuid.UUID
    numero: str
    acheteur_siret: str
    montant_ht: Montant
    montant_ttc: Montant
    payee_le: dt.date
    echeance_le: dt.date
    delai_jours: int
    interets: Montant | None
    indemnite: Montant


def noter_paiement(uow: UnitOfWork, facture: FacturePayee) -> None:
    """Write it once; an invoice on a contract that is not the group's is not its business."""
    if uow.session.get(t.Contrat, facture.marche_id) is None:
        return
    valeurs = {champ.name: getattr(facture, champ.name) for champ in fields(facture)}
    uow.session.execute(insert(t.Paiement).values(valeurs).on_conflict_do_nothing())
