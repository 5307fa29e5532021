"""Give to a member a surplus that a delivery left to nobody: it orders it, and receives it."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain.livraisons import GenreReception, a_liberer
from services.groupement.domain.transferts import EtatTransfert, GenreTransfert
from services.groupement.usecases.commun import acteur, organisation
from services.groupement.usecases.contrepasser_reception import reception_verrouillee
from services.groupement.usecases.passer_commande import (
    NouvelleCommande,
    passer_commande,
    prix_au,
)
from services.groupement.usecases.transferer_quota import crediter
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleAttribution:
    """Which surplus goes to whom, how much of it, and why."""

    reception_id: uuid.UUID
    siret: str
    quantite: Decimal
    motif: str


def attribuer_surplus(uow: UnitOfWork, nouvelle: NouvelleAttribution) -> t.Reception:
    """Raise the member's quota by the surplus, order it and receive it, in one transaction.

    The ceiling of the contract still holds: beyond it an amendment comes first.
    """
    origine = reception_verrouillee(uow, nouvelle.reception_id)
    a_liberer(_reste(uow, origine), nouvelle.quantite, nouvelle.motif)
    _augmenter(uow, origine, nouvelle)
    ligne = origine.ligne
    commande = passer_commande(
        uow,
        NouvelleCommande(
            achat_id=ligne.contrat.achat_id,
            siret=nouvelle.siret,
            article=ligne.article,
            quantite=nouvelle.quantite,
            lieu=ligne.lieu,
        ),
    )
    attribution = _recevoir(uow, origine, commande, nouvelle)
    membre = organisation(uow.session, nouvelle.siret)
    donnees = {
        "reception_id": attribution.id,
        "origine_id": origine.id,
        "achat_id": ligne.contrat.achat_id,
        "marche_id": ligne.marche_id,
        "article": ligne.article,
        "conditionnement": ligne.conditionnement,
        "membre": acteur(membre),
        "commande_id": commande.id,
        "quantite": nouvelle.quantite,
        "recue_le": attribution.recue_le,
        "motif": attribution.motif,
        "le": attribution.enregistree_le,
    }
    uow.audit("surplus.attribue", str(ligne.contrat.achat_id), donnees)
    uow.emit(
        "groupement.surplus.attribue.v1",
        subject=str(attribution.id),
        data=donnees | {"courriel": membre.courriel},
    )
    return attribution


def _reste(uow: UnitOfWork, origine: t.Reception) -> Decimal:
    """What the delivery left to nobody, less what was given since."""
    donne = uow.session.scalar(
        sa.select(sa.func.sum(t.Reception.non_affecte)).where(t.Reception.origine_id == origine.id)
    )
    return origine.non_affecte + (donne or Decimal())


def _augmenter(uow: UnitOfWork, origine: t.Reception, nouvelle: NouvelleAttribution) -> None:
    prix = prix_au(uow.session, origine.ligne, uow.clock.today())
    quota = crediter(
        uow, origine.contrat_ligne_id, nouvelle.siret, Montant(prix * nouvelle.quantite)
    )
    quota.quantite += nouvelle.quantite
    uow.session.add(
        t.TransfertQuota(
            id=uow.new_id(),
            contrat_ligne_id=origine.contrat_ligne_id,
            genre=GenreTransfert.SURPLUS.value,
            vers_siret=nouvelle.siret,
            quantite=nouvelle.quantite,
            motif=nouvelle.motif.strip(),
            etat=EtatTransfert.ACCEPTE.value,
            propose_le=uow.clock.now(),
            propose_par=uow.acteur,
            repondu_le=uow.clock.now(),
            repondu_par=uow.acteur,
            reception_id=origine.id,
        )
    )
    uow.session.flush()


def _recevoir(
    uow: UnitOfWork, origine: t.Reception, commande: t.Commande, nouvelle: NouvelleAttribution
) -> t.Reception:
    attribution = t.Reception(
        id=uow.new_id(),
        contrat_ligne_id=origine.contrat_ligne_id,
        genre=GenreReception.ATTRIBUTION.value,
        origine_id=origine.id,
        bon_livraison=origine.bon_livraison,
        annoncee=Decimal(),
        quantite=Decimal(),
        demande=nouvelle.quantite,
        non_affecte=-nouvelle.quantite,
        motif=nouvelle.motif.strip(),
        recue_le=origine.recue_le,
        enregistree_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(attribution)
    uow.session.flush()
    uow.session.add(
        t.Part(
            reception_id=attribution.id,
            commande_id=commande.id,
            demande=nouvelle.quantite,
            part=nouvelle.quantite,
            explication=f"Surplus du bon {origine.bon_livraison}\u00a0: {attribution.motif}",
        )
    )
    uow.session.flush()
    return attribution
