"""What is no longer expected of an order goes back to its quota: closed short, or credited."""

import uuid
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from services.groupement import tables as t
from services.groupement.domain.livraisons import GenreLiberation, a_liberer
from services.groupement.domain.receptions import repartir
from services.groupement.usecases.commun import (
    acteur,
    contrat_verrouille,
    exiger_en_cours,
    ligne_verrouillee,
    organisation,
)
from services.groupement.usecases.enregistrer_reception import attentes
from shared.kernel.errors import NotFoundError
from shared.messaging.uow import UnitOfWork

vivante = t.commande_vivante


@dataclass(frozen=True, slots=True)
class Raison:
    """Why a quantity is released, its computation when it was shared, the delivery behind it."""

    genre: GenreLiberation
    motif: str
    explication: str = ""
    reception_id: uuid.UUID | None = None


def clore_commande(
    uow: UnitOfWork,
    commande_id: uuid.UUID,
    motif: str,
    *,
    siret: str | None = None,
    quantite: Decimal | None = None,
) -> t.Liberation:
    """Close an order short: what it still waits for is back in the quota (H2).

    `siret` keeps to a member its own orders; the coordinator acts on all. Less than everything may
    be closed by `quantite`.
    """
    commande = _commande_verrouillee(uow, commande_id, siret)
    rendue = a_liberer(_attendu(uow, commande_id), quantite, motif)
    return liberer(uow, commande, rendue, Raison(GenreLiberation.CLOTURE, motif))


def enregistrer_avoir(
    uow: UnitOfWork, reception_id: uuid.UUID, quantite: Decimal, motif: str
) -> list[t.Liberation]:
    """A credit note for pieces of a delivery that will not come again: shared as deliveries are."""
    reception = uow.session.get(t.Reception, reception_id)
    if reception is None:
        raise NotFoundError("Cette livraison n’existe pas.", code="reception_inconnue")
    ligne = ligne_verrouillee(uow, reception.contrat_ligne_id)
    attendues = attentes(uow.session, ligne.id)
    reste = sum((a.attendu for a in attendues), Decimal())
    a_liberer(min(reste, _a_crediter(uow, reception_id)), quantite, motif)
    partage = repartir(quantite, attendues, ligne.conditionnement)
    return [
        liberer(
            uow,
            _commande_verrouillee(uow, uuid.UUID(part.commande), None),
            part.part,
            Raison(GenreLiberation.AVOIR, motif, part.explication, reception_id),
        )
        for part in partage.parts
        if part.part
    ]


def _a_crediter(uow: UnitOfWork, reception_id: uuid.UUID) -> Decimal:
    """Anomalies of a delivery that no credit note covers yet."""
    anomalies = uow.session.scalar(
        sa.select(sa.func.sum(t.Anomalie.quantite)).where(t.Anomalie.reception_id == reception_id)
    )
    avoirs = uow.session.scalar(
        sa.select(sa.func.sum(t.Liberation.quantite)).where(
            t.Liberation.reception_id == reception_id
        )
    )
    return (anomalies or Decimal()) - (avoirs or Decimal())


def liberer(
    uow: UnitOfWork, commande: t.Commande, quantite: Decimal, raison: Raison
) -> t.Liberation:
    """Write a release and say so; the caller holds the lock of the contract."""
    ligne = commande.quota.ligne
    membre = organisation(uow.session, commande.quota.siret)
    rendue = t.Liberation(
        id=uow.new_id(),
        commande_id=commande.id,
        genre=raison.genre.value,
        quantite=quantite,
        motif=raison.motif.strip(),
        explication=raison.explication,
        reception_id=raison.reception_id,
        le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(rendue)
    uow.session.flush()
    donnees = {
        "commande_id": commande.id,
        "liberation_id": rendue.id,
        "reference": commande.reference,
        "achat_id": ligne.contrat.achat_id,
        "marche_id": ligne.marche_id,
        "membre": acteur(membre),
        "article": ligne.article,
        "genre": rendue.genre,
        "quantite": rendue.quantite,
        "conditionnement": ligne.conditionnement,
        "motif": rendue.motif,
        "le": rendue.le,
    }
    uow.audit("commande.liberee", str(ligne.contrat.achat_id), donnees)
    uow.emit(
        "groupement.commande.liberee.v1",
        subject=str(commande.id),
        data=donnees | {"courriel": membre.courriel},
    )
    return rendue


def _commande_verrouillee(uow: UnitOfWork, commande_id: uuid.UUID, siret: str | None) -> t.Commande:
    """A live order, under the lock of its contract."""
    requete = (
        sa.select(t.Commande)
        .join(t.Commande.quota)
        .where(t.Commande.id == commande_id)
        .options(
            joinedload(t.Commande.quota)
            .joinedload(t.Quota.ligne)
            .joinedload(t.ContratLigne.contrat)
        )
    )
    if siret:
        requete = requete.where(t.Quota.siret == siret)
    commande = uow.session.scalars(requete).one_or_none()
    if commande is None:
        raise NotFoundError("Cette commande n’existe pas.", code="commande_inconnue")
    contrat = contrat_verrouille(uow, commande.quota.ligne.marche_id)
    exiger_en_cours(uow.session, contrat.achat_id)
    return commande


def _attendu(uow: UnitOfWork, commande_id: uuid.UUID) -> Decimal:
    """What a live order still waits for; a cancelled one waits for nothing."""
    attendu = uow.session.scalar(
        sa.select(vivante.c.engage - vivante.c.recu).where(vivante.c.id == commande_id)
    )
    return Decimal(attendu or 0)
