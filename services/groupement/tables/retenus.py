"""Which needs count: those of members that take part, in the lots they take part in."""

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from services.groupement.domain.suivi import Reponse
from services.groupement.tables.achats import Article, Participation
from services.groupement.tables.appels import ParticipationLot
from services.groupement.tables.besoins import Besoin


def besoin_retenu() -> sa.ColumnElement[bool]:
    """A condition on `Besoin`: its member said yes, and did not say no to its lot."""
    participe = sa.exists().where(
        Participation.achat_id == Besoin.achat_id,
        Participation.siret == Besoin.siret,
        Participation.reponse == Reponse.PARTICIPE.value,
    )
    return sa.and_(participe, ~lot_decline())


def lot_decline() -> sa.ColumnElement[bool]:
    """A condition on `Besoin`: its member stays out of the lot of its article."""
    return (
        sa.exists()
        .where(
            ParticipationLot.achat_id == Besoin.achat_id,
            ParticipationLot.siret == Besoin.siret,
            ParticipationLot.reponse == Reponse.DECLINE.value,
        )
        .where(
            Article.achat_id == Besoin.achat_id,
            Article.code == Besoin.article,
            lot_de(Besoin.lieu) == ParticipationLot.lot,
        )
        .correlate(Besoin)
    )


def lot_de(lieu: sa.ColumnElement[str] | InstrumentedAttribute[str]) -> sa.ColumnElement[int]:
    """The lot of an `Article` delivered at a place: where the place says, else its own."""
    ailleurs = sa.cast(Article.lots_par_lieu[lieu].astext, sa.BigInteger)
    return sa.func.coalesce(ailleurs, Article.lot)
