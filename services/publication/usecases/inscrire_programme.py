"""Announce a purchase to come, without commitment."""

import datetime as dt
import uuid
from dataclasses import dataclass

from services.publication.domain.programme import EtatProgramme
from services.publication.domain.valeurs import Organisation, nature_de
from services.publication.tables import Programme
from services.publication.usecases import faits_publies
from shared.kernel.lieux import annuaire
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class NouveauProgramme:
    """A purchase to come, as a buyer or `groupement` tells it."""

    objet: str
    cpv: str
    lieu: str
    acheteur: Organisation
    nature: Nature | None = None
    montant_estime_ht: Montant | None = None
    publication_prevue_le: dt.date | None = None
    achat_id: uuid.UUID | None = None
    sequence: int = 0


def inscrire_programme(uow: UnitOfWork, nouveau: NouveauProgramme) -> Programme:
    """Add one entry, `ENVISAGEE`, to the forward programme."""
    maintenant = uow.clock.now()
    programme = Programme(
        id=uow.new_id(),
        achat_id=nouveau.achat_id,
        sequence=nouveau.sequence,
        objet=nouveau.objet,
        etat=EtatProgramme.ENVISAGEE,
        cpv=nouveau.cpv,
        nature=nouveau.nature or nature_de(nouveau.cpv),
        lieu=annuaire().trouver(nouveau.lieu) or nouveau.lieu,
        acheteur_siret=nouveau.acheteur.siret,
        acheteur_nom=nouveau.acheteur.nom,
        montant_estime_ht=nouveau.montant_estime_ht,
        publication_prevue_le=nouveau.publication_prevue_le,
        cree_le=maintenant,
        maj_le=maintenant,
    )
    uow.session.add(programme)
    uow.emit(
        "publication.programme.inscrit.v1",
        subject=str(programme.id),
        data=faits_publies.programme(programme),
    )
    return programme
