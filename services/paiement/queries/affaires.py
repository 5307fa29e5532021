"""A case as people read it: its invoices, both delays, who held it and how long."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from services.paiement.domain import affaire
from services.paiement.domain.affaire import Delais, Detention, Entree
from services.paiement.domain.facture import Etat
from services.paiement.queries.factures import Perimetre
from services.paiement.tables import Facture
from shared.kernel.clock import Clock
from shared.kernel.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Vue:
    """`factures` in order of deposit; `entrees` is the history of all of them together."""

    id: uuid.UUID
    factures: Sequence[Facture]
    entrees: Sequence[Entree]
    delais: Delais
    detentions: Sequence[Detention]
    durees: Mapping[str, dt.timedelta]

    @property
    def derniere(self) -> Facture:
        return self.factures[-1]

    @property
    def rejets(self) -> int:
        return sum(f.etat == Etat.REJETEE for f in self.factures)


def lire(session: Session, facture_id: uuid.UUID, perimetre: Perimetre, horloge: Clock) -> Vue:
    """The case of an invoice, if the reader may see that invoice."""
    moi = aliased(Facture)
    visee = select(moi.affaire_id).where(moi.id == facture_id)
    factures = session.scalars(
        select(Facture)
        .where(Facture.affaire_id == visee.scalar_subquery(), perimetre.critere())
        .options(
            joinedload(Facture.acheteur),
            joinedload(Facture.marche),
            selectinload(Facture.historique),
        )
        .order_by(Facture.deposee_le, Facture.id)
    ).all()
    if not factures:
        raise NotFoundError("Cette facture n’existe pas.", code="facture_inconnue")
    return composer(factures, horloge)


def composer(factures: Sequence[Facture], horloge: Clock) -> Vue:
    """Needs the history of every invoice loaded."""
    entrees = sorted(
        (
            Entree(p.le, p.detenteur, facture.numero, p.etat, p.note)
            for facture in factures
            for p in facture.historique
        ),
        key=lambda entree: entree.le,
    )
    derniere = factures[-1]
    argent = next((e.le for e in entrees if e.etat == Etat.MISE_EN_PAIEMENT), None)
    suite = affaire.detentions(entrees, horloge.now(), argent)
    return Vue(
        id=derniere.affaire_id,
        factures=factures,
        entrees=entrees,
        delais=affaire.mesurer(
            factures[0].deposee_le, derniere.depart_le, derniere.payee_le, horloge.today()
        ),
        detentions=suite,
        durees=affaire.par_detenteur(suite),
    )


def delai_vecu_moyen(session: Session, acheteur: str, depuis: dt.date) -> Decimal | None:
    """Mean number of days from the first deposit to the money, of the debts paid since a day."""
    premieres = aliased(Facture)
    premier = (
        select(cast(func.timezone("Europe/Paris", func.min(premieres.deposee_le)), Date))
        .where(premieres.affaire_id == Facture.affaire_id)
        .scalar_subquery()
    )
    return session.scalar(
        select(func.avg(Facture.payee_le - premier)).where(
            Facture.acheteur_siret == acheteur, Facture.payee_le > depuis
        )
    )
