"""A member cancels an order: the quantity goes back to its quota."""

import uuid
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from services.groupement import tables as t
from services.groupement.domain.commandes import EtatCommande, exiger_annulable
from services.groupement.usecases.commun import acteur, contrat_verrouille, organisation
from shared.kernel.errors import NotFoundError, ValidationError
from shared.messaging.uow import UnitOfWork


def annuler_commande(uow: UnitOfWork, commande_id: uuid.UUID, siret: str, motif: str) -> None:
    """Cancel before any delivery; the row stays with its reason."""
    if not motif.strip():
        raise ValidationError(
            "Dites pourquoi la commande est annulée.",
            code="motif_requis",
            champs={"motif": "Indiquez le motif de l’annulation."},
        )
    commande = _commande_verrouillee(uow, commande_id, siret)
    exiger_annulable(EtatCommande(commande.etat), _recu(uow, commande_id))
    commande.etat = EtatCommande.ANNULEE.value
    commande.annulee_le = uow.clock.now()
    commande.motif = motif.strip()
    donnees = {
        "commande_id": commande.id,
        "marche_id": commande.quota.ligne.marche_id,
        "membre": acteur(organisation(uow.session, siret)),
        "quantite": commande.quantite,
        "motif": commande.motif,
        "annulee_le": commande.annulee_le,
    }
    uow.audit("commande.annulee", str(commande.id), donnees)
    uow.emit("groupement.commande.annulee.v1", subject=str(commande.id), data=donnees)


def _commande_verrouillee(uow: UnitOfWork, commande_id: uuid.UUID, siret: str) -> t.Commande:
    """The member's own order, under the lock of its contract (then no delivery can interfere)."""
    requete = (
        sa.select(t.Commande)
        .join(t.Commande.quota)
        .where(t.Commande.id == commande_id, t.Quota.siret == siret)
        .options(joinedload(t.Commande.quota).joinedload(t.Quota.ligne))
    )
    commande = uow.session.scalars(requete).one_or_none()
    if commande is None:
        raise NotFoundError("Cette commande n’existe pas.", code="commande_inconnue")
    contrat_verrouille(uow, commande.quota.ligne.marche_id)
    uow.session.refresh(commande, ["etat"])
    return commande


def _recu(uow: UnitOfWork, commande_id: uuid.UUID) -> Decimal:
    recu = uow.session.scalar(
        sa.select(sa.func.sum(t.Part.part)).where(t.Part.commande_id == commande_id)
    )
    return recu or Decimal()
