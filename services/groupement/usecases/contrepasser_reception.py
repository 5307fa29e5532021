"""A delivery recorded wrongly: its exact reverse is written, nothing is edited (foodsoft#619)."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from services.groupement import tables as t
from services.groupement.domain.livraisons import GenreReception, exiger_contrepassable
from services.groupement.usecases.commun import (
    acteur,
    contrat_verrouille,
    exiger_en_cours,
    organisations,
)
from services.groupement.usecases.enregistrer_reception import contrepassees
from shared.kernel.errors import ConflictError, NotFoundError
from shared.messaging.uow import UnitOfWork


def contrepasser_reception(uow: UnitOfWork, reception_id: uuid.UUID, motif: str) -> t.Reception:
    """Write the reverse entry, part by part; other deliveries keep their shares as they are."""
    origine = reception_verrouillee(uow, reception_id)
    deja = uow.session.scalar(
        sa.select(sa.literal(reception_id).in_(contrepassees()))  # under the contract's lock
    )
    exiger_contrepassable(GenreReception(origine.genre), bool(deja), motif)
    _exiger_surplus_intact(uow, origine)
    inverse = t.Reception(
        id=uow.new_id(),
        contrat_ligne_id=origine.contrat_ligne_id,
        genre=GenreReception.CONTREPASSATION.value,
        origine_id=origine.id,
        bon_livraison=origine.bon_livraison,
        annoncee=-origine.annoncee,
        quantite=-origine.quantite,
        demande=origine.demande,
        non_affecte=-origine.non_affecte,
        motif=motif.strip(),
        recue_le=origine.recue_le,
        enregistree_le=uow.clock.now(),
        acteur=uow.acteur,
    )
    uow.session.add(inverse)
    uow.session.flush()
    uow.session.add_all(_inverse(part, inverse) for part in origine.parts)
    uow.session.flush()
    _annoncer(uow, origine, inverse)
    return inverse


def reception_verrouillee(uow: UnitOfWork, reception_id: uuid.UUID) -> t.Reception:
    """A delivery with its parts, under the lock of its contract, while the purchase is alive."""
    requete = (
        sa.select(t.Reception)
        .where(t.Reception.id == reception_id)
        .options(
            joinedload(t.Reception.ligne).joinedload(t.ContratLigne.contrat),
            selectinload(t.Reception.parts)
            .joinedload(t.Part.commande)
            .joinedload(t.Commande.quota),
        )
    )
    lue = uow.session.scalars(requete).one_or_none()
    if lue is None:
        raise NotFoundError("Cette livraison n’existe pas.", code="reception_inconnue")
    contrat_verrouille(uow, lue.ligne.marche_id)
    exiger_en_cours(uow.session, lue.ligne.contrat.achat_id)
    return lue


def _exiger_surplus_intact(uow: UnitOfWork, origine: t.Reception) -> None:
    donne = uow.session.scalar(
        sa.select(t.Reception.id)
        .where(
            t.Reception.origine_id == origine.id,
            t.Reception.genre == GenreReception.ATTRIBUTION.value,
        )
        .limit(1)
    )
    if donne:
        raise ConflictError(
            "Le surplus de cette livraison est déjà attribué à un membre\u00a0: elle ne se "
            "contre-passe plus. Partagez une réfaction du prix à la place.",
            code="surplus_attribue",
        )


def _inverse(part: t.Part, inverse: t.Reception) -> t.Part:
    return t.Part(
        reception_id=inverse.id,
        commande_id=part.commande_id,
        demande=part.demande,
        part=-part.part,
        explication=f"Contre-passation\u00a0: {inverse.motif}",
    )


def _annoncer(uow: UnitOfWork, origine: t.Reception, inverse: t.Reception) -> None:
    ligne = origine.ligne
    touchees = [part for part in origine.parts if part.part]
    membres = organisations(uow.session, (p.commande.quota.siret for p in touchees))
    donnees: dict[str, Any] = {
        "reception_id": inverse.id,
        "origine_id": origine.id,
        "achat_id": ligne.contrat.achat_id,
        "marche_id": ligne.marche_id,
        "article": ligne.article,
        "conditionnement": ligne.conditionnement,
        "bon_livraison": origine.bon_livraison,
        "quantite": inverse.quantite,
        "recue_le": inverse.recue_le,
        "motif": inverse.motif,
        "le": inverse.enregistree_le,
        "parts": [
            {
                "membre": acteur(membres[part.commande.quota.siret]),
                "courriel": membres[part.commande.quota.siret].courriel,
                "commande_id": part.commande_id,
                "part": -part.part,
            }
            for part in touchees
        ],
    }
    details = {cle: donnees[cle] for cle in ("bon_livraison", "article", "quantite", "motif")}
    uow.audit("reception.contrepassee", str(ligne.contrat.achat_id), details)
    uow.emit("groupement.reception.contrepassee.v1", subject=str(inverse.id), data=donnees)
