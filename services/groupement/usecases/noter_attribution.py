"""Keep what every notified contract teaches of firms, for the guard of the groupings."""

import datetime as dt
import uuid
from dataclasses import dataclass, fields

from sqlalchemy.dialects.postgresql import insert

from services.groupement import tables as t
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Attribution:
    """A notified contract; `lieu` is None when its event does not tell it."""

    marche_id: uuid.UUID
    cpv: str
    lieu: str | None
    acheteur_siret: str
    titulaire_siret: str
    titulaire_nom: str
    titulaire_pme: bool
    montant_ht: Montant
    notifie_le: dt.date


def noter_attribution(uow: UnitOfWork, attribution: Attribution) -> None:
    """Write it once, whoever the buyer is."""
    valeurs = {champ.name: getattr(attribution, champ.name) for champ in fields(attribution)}
    uow.session.execute(insert(t.Attribution).values(valeurs).on_conflict_do_nothing())
