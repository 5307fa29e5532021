"""Invoices to pay, each with whose turn it is; statements of interest to pay."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.paiement.domain import partage
from services.paiement.domain.facture import Etat
from services.paiement.domain.partage import Partage, Tour
from services.paiement.queries import factures
from services.paiement.queries.factures import Filtre, Perimetre
from services.paiement.tables import EtatLiquidatif, Facture
from services.paiement.usecases.suivi import partage_de
from shared.kernel.errors import NotFoundError
from shared.kernel.parametres import Parametres
from shared.web.pagination import Page, paginate


@dataclass(frozen=True, slots=True)
class APayer:
    """An unpaid invoice with the limits of each; no share while its clock is stopped."""

    facture: Facture
    partage: Partage | None
    tour: Tour

    def restants(self, aujourdhui: dt.date) -> int | None:
        """Days left before the legal end."""
        fin = self.facture.echeance_le
        return None if fin is None else (fin - aujourdhui).days


def a_payer(
    session: Session, acheteur: str, parametres: Parametres, page: int
) -> tuple[Page[Facture], Sequence[APayer]]:
    """A page of the invoices that a buyer has to pay, by days left."""
    lues = factures.lister(session, Perimetre(acheteur=acheteur), Filtre(), page)
    return lues, _avec_tour(lues.items, parametres)


def toutes_a_payer(session: Session, acheteur: str, parametres: Parametres) -> Sequence[APayer]:
    """The same rows, for an export."""
    lues = factures.toutes(session, Perimetre(acheteur=acheteur), Filtre())
    return _avec_tour(lues, parametres)


def _avec_tour(lues: Iterable[Facture], parametres: Parametres) -> Sequence[APayer]:
    return [
        APayer(f, partagee, partage.tour(Etat(f.etat), partagee, f.mandatee_le))
        for f, partagee in ((f, partage_de(f, parametres)) for f in lues)
    ]


def etats(session: Session, acheteur: str, page: int) -> Page[tuple[EtatLiquidatif, Facture]]:
    """Statements of interest of a buyer: those to pay first, by date."""
    return paginate(session, _etats(acheteur), page)


def _etats(acheteur: str) -> Any:
    return (
        select(EtatLiquidatif, Facture)
        .join(Facture, Facture.id == EtatLiquidatif.facture_id)
        .where(EtatLiquidatif.acheteur_siret == acheteur)
        .order_by(
            EtatLiquidatif.verse_le.is_not(None),
            EtatLiquidatif.a_verser_avant_le,
            EtatLiquidatif.numero,
        )
    )


def etat_de(session: Session, facture_id: uuid.UUID) -> EtatLiquidatif | None:
    return session.scalar(select(EtatLiquidatif).where(EtatLiquidatif.facture_id == facture_id))


def etat_exige(session: Session, facture_id: uuid.UUID) -> EtatLiquidatif:
    """The statement of an invoice that the reader may see."""
    etat = etat_de(session, facture_id)
    if etat is None:
        raise NotFoundError(
            "Cette facture n’a pas d’état liquidatif d’intérêts.", code="etat_inconnu"
        )
    return etat
