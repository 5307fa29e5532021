"""Record a delivery and share it back between the members who wait for it."""

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.groupement import tables as t
from services.groupement.domain.commandes import EtatCommande
from services.groupement.domain.receptions import Attente, Repartition, exiger_date, repartir
from services.groupement.usecases.commun import acteur, contrat_verrouille, organisations
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class NouvelleReception:
    """A delivery as its note says: the note's number makes it unique on its line."""

    contrat_ligne_id: uuid.UUID
    bon_livraison: str
    quantite: Decimal
    recue_le: dt.date


def enregistrer_reception(uow: UnitOfWork, nouvelle: NouvelleReception) -> t.Reception:
    """Share pro rata of what each member still waits for, each part with its reason (D8)."""
    ligne = _ligne_verrouillee(uow, nouvelle)
    exiger_date(nouvelle.recue_le, ligne.contrat.notifie_le, uow.clock.today())
    _exiger_entier(ligne, nouvelle.quantite)
    partage = repartir(nouvelle.quantite, attentes(uow.session, ligne.id), ligne.conditionnement)
    reception = t.Reception(
        id=uow.new_id(),
        contrat_ligne_id=ligne.id,
        bon_livraison=nouvelle.bon_livraison.strip(),
        quantite=partage.quantite,
        demande=partage.demande,
        non_affecte=partage.non_affecte,
        recue_le=nouvelle.recue_le,
        enregistree_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(reception)
    uow.session.flush()
    uow.session.add_all(
        t.Part(
            reception_id=reception.id,
            commande_id=uuid.UUID(part.commande),
            demande=part.demande,
            part=part.part,
            explication=part.explication,
        )
        for part in partage.parts
    )
    uow.session.flush()
    _annoncer(uow, reception, ligne, partage)
    return reception


def attentes(session: Session, contrat_ligne_id: uuid.UUID) -> list[Attente]:
    """Live orders of a line with what each still waits for, oldest first."""
    recu = (
        sa.select(t.Part.commande_id, sa.func.sum(t.Part.part).label("recu"))
        .group_by(t.Part.commande_id)
        .subquery()
    )
    requete = (
        sa.select(
            t.Commande.id,
            t.Quota.siret,
            t.Commande.quantite - sa.func.coalesce(recu.c.recu, 0),
        )
        .join(t.Commande.quota)
        .outerjoin(recu, recu.c.commande_id == t.Commande.id)
        .where(
            t.Quota.contrat_ligne_id == contrat_ligne_id,
            t.Commande.etat == EtatCommande.PASSEE.value,
        )
        .order_by(t.Commande.passee_le, t.Commande.reference)
    )
    return [
        Attente(str(commande), siret, ordre, attendu)
        for ordre, (commande, siret, attendu) in enumerate(session.execute(requete))
    ]


def _ligne_verrouillee(uow: UnitOfWork, nouvelle: NouvelleReception) -> t.ContratLigne:
    """The line, under the lock of its contract: orders and deliveries take turns."""
    ligne = uow.session.scalars(
        sa.select(t.ContratLigne)
        .where(t.ContratLigne.id == nouvelle.contrat_ligne_id)
        .options(joinedload(t.ContratLigne.contrat))
    ).one_or_none()
    if ligne is None:
        raise NotFoundError("Cette ligne de marché n’existe pas.", code="ligne_inconnue")
    contrat_verrouille(uow, ligne.marche_id)
    deja = uow.session.scalar(
        sa.select(t.Reception.id).where(
            t.Reception.contrat_ligne_id == ligne.id,
            t.Reception.bon_livraison == nouvelle.bon_livraison.strip(),
        )
    )
    if deja:
        raise ConflictError(
            "Ce bon de livraison est déjà enregistré pour cette ligne.",
            code="bon_deja_enregistre",
            champs={"bon_livraison": "Vérifiez le numéro du bon de livraison."},
        )
    return ligne


def _exiger_entier(ligne: t.ContratLigne, quantite: Decimal) -> None:
    if ligne.entier and quantite != quantite.to_integral_value():
        raise ValidationError(
            "Une livraison compte des conditionnements entiers.",
            code="quantite_invalide",
            champs={"quantite": "Indiquez un nombre entier."},
        )


def _annoncer(
    uow: UnitOfWork, reception: t.Reception, ligne: t.ContratLigne, partage: Repartition
) -> None:
    membres = organisations(uow.session, (part.siret for part in partage.parts))
    donnees: dict[str, Any] = {
        "reception_id": reception.id,
        "achat_id": ligne.contrat.achat_id,
        "marche_id": ligne.marche_id,
        "article": ligne.article,
        "conditionnement": ligne.conditionnement,
        "quantite": partage.quantite,
        "demande": partage.demande,
        "recue_le": reception.recue_le,
        "parts": [
            {
                "membre": acteur(membres[part.siret]),
                "courriel": membres[part.siret].courriel,
                "commande_id": part.commande,
                "demande": part.demande,
                "part": part.part,
                "explication": part.explication,
            }
            for part in partage.parts
        ],
    }
    uow.audit("reception.enregistree", str(reception.id), {"quantite": partage.quantite})
    uow.emit("groupement.reception.enregistree.v1", subject=str(reception.id), data=donnees)
