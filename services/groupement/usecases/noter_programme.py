"""Keep the published programme of members as plans of theirs; what they entered is not touched."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert

from services.groupement import tables as t
from services.groupement.domain.programmation import ANNONCES, EtatPrevision, Source
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.messaging.uow import UnitOfWork

MOIS_DE_LATITUDE = 2
"""An announced date is a month, not a day: the plan may wait that long for the others."""


@dataclass(frozen=True, slots=True)
class ProgrammeAnnonce:
    """A purchase to come, as the last event numbered `sequence` tells it."""

    programme_id: uuid.UUID
    siret: str
    objet: str
    etat: str
    cpv: str
    nature: Nature
    lieu: str
    montant_estime_ht: Montant | None
    publication_prevue_le: dt.date
    sequence: int


def noter_programme(uow: UnitOfWork, annonce: ProgrammeAnnonce) -> None:
    """Write the newest word on it; an older event that comes late changes nothing."""
    active = annonce.etat in ANNONCES
    valeurs = {
        "id": annonce.programme_id,
        "siret": annonce.siret,
        "source": Source.PROGRAMME.value,
        "reference": str(annonce.programme_id),
        "objet": annonce.objet,
        "cpv": annonce.cpv,
        "nature": annonce.nature.value,
        "lieu": annonce.lieu,
        "debut": annonce.publication_prevue_le,
        "fin": ajouter_mois(annonce.publication_prevue_le, MOIS_DE_LATITUDE),
        "montant_estime_ht": annonce.montant_estime_ht,
        "fin_contrat_le": None,
        "etat": (EtatPrevision.ACTIVE if active else EtatPrevision.RETIREE).value,
        "version": 1,
        "sequence": annonce.sequence,
        "acteur": uow.acteur,
        "maj_le": uow.clock.now(),
    }
    voulu = insert(t.Prevision).values(valeurs)
    change = {cle: valeur for cle, valeur in valeurs.items() if cle not in {"id", "version"}}
    uow.session.execute(
        voulu.on_conflict_do_update(
            index_elements=["id"],
            set_={**change, "version": t.Prevision.version + 1},
            where=t.Prevision.sequence < annonce.sequence,
        )
    )
