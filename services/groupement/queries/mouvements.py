"""Transfers, substitutions, amendments, dates and fees, as each organisation may read them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from services.groupement import tables as t
from services.groupement.queries.execution import parts
from shared.kernel.errors import NotFoundError


def transferts(
    session: Session, *, siret: str | None = None, achat_id: uuid.UUID | None = None
) -> Sequence[t.TransfertQuota]:
    """Changes of quota that an organisation gives or gets, or all those of a purchase."""
    requete = (
        sa.select(t.TransfertQuota)
        .join(t.TransfertQuota.ligne)
        .join(t.ContratLigne.contrat)
        .options(joinedload(t.TransfertQuota.ligne).joinedload(t.ContratLigne.contrat))
        .order_by(t.TransfertQuota.propose_le.desc(), t.TransfertQuota.id)
    )
    if siret:
        miens = sa.or_(t.TransfertQuota.de_siret == siret, t.TransfertQuota.vers_siret == siret)
        requete = requete.where(miens)
    if achat_id:
        requete = requete.where(t.Contrat.achat_id == achat_id)
    return session.scalars(requete).all()


def transfert_de(session: Session, transfert_id: uuid.UUID, siret: str) -> t.TransfertQuota:
    """One transfer that the organisation takes part in."""
    for transfert in transferts(session, siret=siret):
        if transfert.id == transfert_id:
            return transfert
    raise NotFoundError("Ce transfert n’existe pas.", code="transfert_inconnu")


def substitutions(
    session: Session, *, siret: str | None = None, achat_id: uuid.UUID | None = None
) -> Sequence[t.Substitution]:
    """Articles offered instead of others, where the organisation has a share."""
    requete = (
        sa.select(t.Substitution)
        .join(t.Substitution.ligne)
        .join(t.ContratLigne.contrat)
        .options(
            joinedload(t.Substitution.ligne).joinedload(t.ContratLigne.contrat),
            selectinload(t.Substitution.reponses),
        )
        .order_by(t.Substitution.proposee_le.desc())
    )
    if siret:
        requete = requete.where(
            t.Substitution.contrat_ligne_id.in_(
                sa.select(t.Quota.contrat_ligne_id).where(t.Quota.siret == siret)
            )
        )
    if achat_id:
        requete = requete.where(t.Contrat.achat_id == achat_id)
    return session.scalars(requete).all()


def substitution_de(session: Session, substitution_id: uuid.UUID, siret: str) -> t.Substitution:
    """One offer that concerns the organisation."""
    for substitution in substitutions(session, siret=siret):
        if substitution.id == substitution_id:
            return substitution
    raise NotFoundError("Cette substitution n’existe pas.", code="substitution_inconnue")


def substitutions_a_repondre(session: Session, siret: str) -> Sequence[t.Substitution]:
    """Offers still open on what the organisation waits for, that it has not answered."""
    vivante = t.commande_vivante
    attend = sa.exists().where(
        vivante.c.contrat_ligne_id == t.Substitution.contrat_ligne_id,
        vivante.c.siret == siret,
        vivante.c.engage > vivante.c.recu,
    )
    repondue = sa.exists().where(
        t.ReponseSubstitution.substitution_id == t.Substitution.id,
        t.ReponseSubstitution.siret == siret,
    )
    requete = (
        sa.select(t.Substitution)
        .where(t.Substitution.close_le.is_(None), attend, ~repondue)
        .options(joinedload(t.Substitution.ligne).joinedload(t.ContratLigne.contrat))
        .order_by(t.Substitution.reponse_avant)
    )
    return session.scalars(requete).all()


def avenants(session: Session, achat_id: uuid.UUID) -> Sequence[t.Avenant]:
    """Amendments of a purchase's contracts, in order, with the prices that they opened."""
    requete = (
        sa.select(t.Avenant)
        .join(t.Contrat, t.Contrat.marche_id == t.Avenant.marche_id)
        .where(t.Contrat.achat_id == achat_id)
        .options(selectinload(t.Avenant.prix).joinedload(t.PrixLigne.ligne))
        .order_by(t.Contrat.lot, t.Avenant.numero)
    )
    return session.scalars(requete).all()


def marche_visible(session: Session, marche_id: uuid.UUID, siret: str) -> t.Contrat:
    """A contract of a purchase that the organisation coordinates or has a share in."""
    requete = (
        sa.select(t.Contrat)
        .where(t.Contrat.marche_id == marche_id)
        .options(joinedload(t.Contrat.achat), selectinload(t.Contrat.lignes))
    )
    contrat = session.scalars(requete).one_or_none()
    if contrat is not None:
        siennes = parts(session, siret=siret, achat_id=contrat.achat_id)
        if contrat.achat.coordonnateur == siret or siennes:
            return contrat
    raise NotFoundError("Ce marché n’existe pas.", code="marche_inconnu")


def livraisons_prevues(
    session: Session, achat_id: uuid.UUID
) -> dict[uuid.UUID, list[t.LivraisonPrevue]]:
    """Dates announced for each line of a purchase, the one in force first."""
    requete = (
        sa.select(t.LivraisonPrevue)
        .join(t.ContratLigne, t.ContratLigne.id == t.LivraisonPrevue.contrat_ligne_id)
        .join(t.ContratLigne.contrat)
        .where(t.Contrat.achat_id == achat_id)
        .order_by(t.LivraisonPrevue.numero.desc())
    )
    par_ligne: dict[uuid.UUID, list[t.LivraisonPrevue]] = {}
    for annonce in session.scalars(requete):
        par_ligne.setdefault(annonce.contrat_ligne_id, []).append(annonce)
    return par_ligne


@dataclass(frozen=True, slots=True)
class FraisVus:
    """An amount shared, and the part of each member that may be shown."""

    frais: t.Frais
    parts: list[t.PartFrais]


def frais(session: Session, achat_id: uuid.UUID, siret: str | None = None) -> list[FraisVus]:
    """Amounts shared on a purchase, newest first; one member reads its own parts only."""
    requete = (
        sa.select(t.Frais)
        .join(t.Contrat, t.Contrat.marche_id == t.Frais.marche_id)
        .where(t.Contrat.achat_id == achat_id)
        .options(selectinload(t.Frais.parts))
        .order_by(t.Frais.le.desc())
    )
    vus = [
        FraisVus(f, [part for part in f.parts if siret in (None, part.siret)])
        for f in session.scalars(requete)
    ]
    return [vu for vu in vus if vu.parts]


def liberations(
    session: Session, achat_id: uuid.UUID, siret: str | None = None
) -> Sequence[t.Liberation]:
    """Quantities given back to quotas on a purchase, newest first."""
    requete = (
        sa.select(t.Liberation)
        .join(t.Liberation.commande)
        .join(t.Commande.quota)
        .join(t.Quota.ligne)
        .join(t.ContratLigne.contrat)
        .where(t.Contrat.achat_id == achat_id)
        .options(
            joinedload(t.Liberation.commande).joinedload(t.Commande.quota).joinedload(t.Quota.ligne)
        )
        .order_by(t.Liberation.le.desc())
    )
    if siret:
        requete = requete.where(t.Quota.siret == siret)
    return session.scalars(requete).all()


def perimetre(session: Session, achat_id: uuid.UUID) -> Sequence[str]:
    """SIRET of the members of a purchase, as frozen at its launch."""
    requete = (
        sa.select(t.Participation.siret)
        .where(t.Participation.achat_id == achat_id, t.Participation.perimetre)
        .order_by(t.Participation.siret)
    )
    return session.scalars(requete).all()


def ligne_lue(session: Session, ligne_id: uuid.UUID) -> t.ContratLigne:
    """A line with its contract; whoever shows it checks who conducts the purchase."""
    requete = (
        sa.select(t.ContratLigne)
        .where(t.ContratLigne.id == ligne_id)
        .options(joinedload(t.ContratLigne.contrat))
    )
    lue = session.scalars(requete).one_or_none()
    if lue is None:
        raise NotFoundError("Cette ligne de marché n’existe pas.", code="ligne_inconnue")
    return lue


def reception_lue(session: Session, reception_id: uuid.UUID) -> t.Reception:
    """A delivery with its line and contract; its page checks who conducts the purchase."""
    requete = (
        sa.select(t.Reception)
        .where(t.Reception.id == reception_id)
        .options(joinedload(t.Reception.ligne).joinedload(t.ContratLigne.contrat))
    )
    lue = session.scalars(requete).one_or_none()
    if lue is None:
        raise NotFoundError("Cette livraison n’existe pas.", code="reception_inconnue")
    return lue
