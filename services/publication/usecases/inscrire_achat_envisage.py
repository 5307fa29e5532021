"""A grouped purchase is considered by its coordinator: it enters the forward programme."""

from services.publication.domain.achats import AchatEnvisage
from services.publication.usecases.inscrire_programme import NouveauProgramme, inscrire_programme
from services.publication.usecases.suivi_achat import deja_su, programme_de_l_achat
from shared.messaging.uow import UnitOfWork


def inscrire_achat_envisage(uow: UnitOfWork, achat: AchatEnvisage, sequence: int) -> None:
    """Add the purchase to the programme, unless something newer of it is already known."""
    if deja_su(programme_de_l_achat(uow, achat.achat_id), sequence):
        return
    inscrire_programme(
        uow,
        NouveauProgramme(
            objet=achat.objet,
            cpv=achat.cpv,
            lieu=achat.lieu,
            acheteur=achat.coordonnateur,
            nature=achat.nature,
            montant_estime_ht=achat.montant_estime_ht,
            publication_prevue_le=achat.publication_prevue_le,
            achat_id=achat.achat_id,
            sequence=sequence,
        ),
    )
