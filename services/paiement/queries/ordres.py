"""What pages read of service orders."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload, selectinload

from services.paiement.domain import ordre_service as regle
from services.paiement.domain.ordre_service import Effets
from services.paiement.queries.decomptes import marche_visible
from services.paiement.tables import Marche, OrdreService
from services.paiement.usecases.lois import lois
from services.paiement.usecases.ordres_service import PRESOMPTION, effets_de, ordres_de
from shared.kernel.errors import NotFoundError
from shared.kernel.parametres import ParametreLegal


@dataclass(frozen=True, slots=True)
class Registre:
    """The register of a contract: its orders, the last one first, and what they change."""

    marche: Marche
    ordres: Sequence[OrdreService]
    effets: Effets


@dataclass(frozen=True, slots=True)
class Vue:
    """One order, the end it helps to give, and when it will be deemed received."""

    ordre: OrdreService
    effets: Effets
    presomption: ParametreLegal
    presume_le: dt.date | None


def registre(session: Session, marche_id: uuid.UUID, siret: str) -> Registre:
    """The holder sees what was notified to it."""
    marche = marche_visible(session, marche_id, siret)
    ordres = [
        ordre
        for ordre in reversed(ordres_de(session, marche_id))
        if siret == marche.acheteur_siret or ordre.notifie_le
    ]
    return Registre(marche, ordres, effets_de(session, marche))


def lire(session: Session, ordre_id: uuid.UUID, siret: str) -> Vue:
    """One order, for the buyer, or for the holder once notified."""
    notifie = (Marche.titulaire_siret == siret) & OrdreService.notifie_le.is_not(None)
    return _vue(session, ordre_id, (Marche.acheteur_siret == siret) | notifie)


def par_le_lien(session: Session, ordre_id: uuid.UUID) -> Vue:
    """The order of a signed link, once notified."""
    return _vue(session, ordre_id, OrdreService.notifie_le.is_not(None))


def _vue(session: Session, ordre_id: uuid.UUID, permis: ColumnElement[bool]) -> Vue:
    ordre = session.scalar(
        select(OrdreService)
        .join(OrdreService.marche)
        .where(OrdreService.id == ordre_id, permis)
        .options(
            joinedload(OrdreService.marche).joinedload(Marche.acheteur),
            selectinload(OrdreService.historique),
        )
    )
    if ordre is None:
        raise NotFoundError("Cet ordre de service n’existe pas.", code="ordre_inconnu")
    delai = lois(session).valeur(PRESOMPTION, ordre.marche.date_lancement)
    presume = (
        regle.reception_presumee(ordre.notifie_le, int(delai.valeur)) if ordre.notifie_le else None
    )
    return Vue(ordre, effets_de(session, ordre.marche), delai, presume)
