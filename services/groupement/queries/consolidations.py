"""Consolidations as they were kept: headings, lines, who composes them, what moved since."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from services.groupement import tables as t
from services.groupement.domain.decoupage import lots_traces
from shared.kernel.errors import NotFoundError

ORDRE = (t.Ligne.lot, t.Ligne.article, t.Ligne.lieu)


def entetes(session: Session, achat_id: uuid.UUID) -> Sequence[t.Consolidation]:
    """Every computation of the purchase, the one in force first, without its lines."""
    requete = (
        sa.select(t.Consolidation)
        .where(t.Consolidation.achat_id == achat_id)
        .order_by(t.Consolidation.numero.desc())
    )
    return session.scalars(requete).all()


def numero_ou_derniere(faites: Sequence[t.Consolidation], numero: int | None) -> t.Consolidation:
    """The one asked for, else the one in force."""
    trouvees = [faite for faite in faites if numero in {None, faite.numero}]
    if not trouvees:
        raise NotFoundError("Cette consolidation n’existe pas.", code="consolidation_absente")
    return trouvees[0]


def lignes(consolidation_id: uuid.UUID) -> sa.Select[t.Ligne]:
    """Lines in the order of lots."""
    return sa.select(t.Ligne).where(t.Ligne.consolidation_id == consolidation_id).order_by(*ORDRE)


def completes(consolidation_id: uuid.UUID) -> sa.Select[t.Ligne]:
    """The same, with who composes each."""
    return lignes(consolidation_id).options(selectinload(t.Ligne.compositions))


def tailles(session: Session, vues: Sequence[t.Ligne]) -> dict[uuid.UUID, int]:
    """How many needs compose each of these lines."""
    requete = (
        sa.select(t.Composition.ligne_id, sa.func.count())
        .where(t.Composition.ligne_id.in_([ligne.id for ligne in vues]))
        .group_by(t.Composition.ligne_id)
    )
    return dict(session.execute(requete).all())


@dataclass(frozen=True, slots=True)
class LotFait:
    """A lot of a consolidation, summed from its lines."""

    numero: int
    objet: str
    cpv: str
    montant_ht: Decimal
    lignes: int


def lots(session: Session, faite: t.Consolidation) -> list[LotFait]:
    """Lots as they were cut then, those that hold a line."""
    requete = (
        sa.select(
            t.Ligne.lot,
            sa.cast(sa.func.sum(t.Ligne.montant_estime_ht), sa.Numeric(14, 2)),
            sa.func.count(),
        )
        .where(t.Ligne.consolidation_id == faite.id)
        .group_by(t.Ligne.lot)
    )
    sommes = {lot: (montant, lignes) for lot, montant, lignes in session.execute(requete)}
    return [
        LotFait(lot.numero, lot.objet, lot.cpv, *sommes[lot.numero])
        for lot in lots_traces(faite.decoupage)
        if lot.numero in sommes
    ]


def ligne_de(
    session: Session, achat_id: uuid.UUID, ligne_id: uuid.UUID
) -> tuple[t.Ligne, t.Consolidation]:
    """One line of a purchase, with the consolidation that it belongs to."""
    requete = (
        sa.select(t.Ligne, t.Consolidation)
        .join(t.Consolidation, t.Consolidation.id == t.Ligne.consolidation_id)
        .where(t.Ligne.id == ligne_id, t.Consolidation.achat_id == achat_id)
    )
    trouvee = session.execute(requete).one_or_none()
    if trouvee is None:
        raise NotFoundError("Cette ligne n’existe pas.", code="ligne_inconnue")
    ligne, faite = trouvee
    return ligne, faite


def ligne_composee(session: Session, achat_id: uuid.UUID, ligne_id: uuid.UUID) -> t.Ligne:
    """One line of a purchase with all the needs that compose it."""
    ligne, _ = ligne_de(session, achat_id, ligne_id)
    return session.scalars(completes(ligne.consolidation_id).where(t.Ligne.id == ligne_id)).one()


@dataclass(frozen=True, slots=True)
class Part:
    """What one need brings to a line, in the words in which it was declared then."""

    composition: t.Composition
    quantite: Decimal
    unite: str
    tolerance: Decimal


def composition(
    ligne_id: uuid.UUID, siret: str | None
) -> sa.Select[t.Composition, Decimal, str, Decimal]:
    """Needs of a line as they were then; a member (`siret`) sees its own."""
    requete = (
        sa.select(t.Composition, t.Increment.quantite, t.Increment.unite, t.Increment.tolerance)
        .outerjoin(
            t.Increment,
            sa.and_(
                t.Increment.besoin_id == t.Composition.besoin_id,
                t.Increment.version == t.Composition.besoin_version,
            ),
        )
        .where(t.Composition.ligne_id == ligne_id)
        .order_by(t.Composition.siret)
    )
    return requete if siret is None else requete.where(t.Composition.siret == siret)


@dataclass(frozen=True, slots=True)
class Mouvement:
    """A need that two consolidations do not count alike; None where it is not counted."""

    siret: str
    article: str
    lieu: str
    unite_base: str
    avant: Decimal | None
    apres: Decimal | None


def mouvements(avant: t.Consolidation, apres: t.Consolidation, siret: str | None) -> sa.Select[Any]:
    """Needs that changed, came or went between two consolidations of a purchase."""
    jadis, demain = _comptes(avant.id, "jadis"), _comptes(apres.id, "demain")
    colonnes = [
        sa.func.coalesce(demain.c[nom], jadis.c[nom]).label(nom)
        for nom in ("siret", "article", "lieu", "unite_base")
    ]
    requete = (
        sa.select(*colonnes, jadis.c.quantite_base, demain.c.quantite_base)
        .select_from(jadis)
        .outerjoin(demain, jadis.c.besoin_id == demain.c.besoin_id, full=True)
        .where(jadis.c.quantite_base.is_distinct_from(demain.c.quantite_base))
        .order_by(*colonnes)
    )
    concerne = sa.func.coalesce(demain.c.siret, jadis.c.siret)
    return requete if siret is None else requete.where(concerne == siret)


def _comptes(consolidation_id: uuid.UUID, nom: str) -> sa.Subquery:
    return (
        sa.select(
            t.Composition.besoin_id,
            t.Composition.siret,
            t.Composition.quantite_base,
            t.Ligne.article,
            t.Ligne.lieu,
            t.Ligne.unite_base,
        )
        .join(t.Ligne, t.Ligne.id == t.Composition.ligne_id)
        .where(t.Ligne.consolidation_id == consolidation_id)
        .subquery(nom)
    )


def toutes_les_parts(
    session: Session, consolidation_id: uuid.UUID, siret: str | None
) -> Iterator[sa.Row[t.Ligne, t.Composition]]:
    """Lines and what composes them, for an export."""
    requete = (
        sa.select(t.Ligne, t.Composition)
        .join(t.Composition, t.Composition.ligne_id == t.Ligne.id)
        .where(t.Ligne.consolidation_id == consolidation_id)
        .order_by(*ORDRE, t.Composition.siret)
    )
    if siret is not None:
        requete = requete.where(t.Composition.siret == siret)
    return iter(session.execute(requete))
