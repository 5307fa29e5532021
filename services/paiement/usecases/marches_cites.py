"""Find the contract that an invoice names."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from services.paiement.tables import Commande, Marche
from shared.messaging.uow import UnitOfWork


def marche_cite(
    uow: UnitOfWork, fournisseur_siret: str, references: Sequence[str]
) -> Marche | None:
    """The contract of a supplier by its reference, its commitment number or one of its orders."""
    if not references:
        return None
    par_commande = select(Commande.marche_id).where(Commande.reference.in_(references))
    requete = select(Marche).where(
        Marche.titulaire_siret == fournisseur_siret,
        or_(
            Marche.reference.in_(references),
            Marche.numero_engagement.in_(references),
            Marche.id.in_(par_commande),
        ),
    )
    return uow.session.scalars(requete.order_by(Marche.reference)).first()
