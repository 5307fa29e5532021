"""A grouped purchase is given up: its entry says so, and its consultation ends."""

from services.publication.domain.achats import AchatAbandonne
from services.publication.domain.programme import EtatProgramme
from services.publication.usecases.annuler_avis import annuler
from services.publication.usecases.changer_programme import abandonner
from services.publication.usecases.suivi_achat import (
    consultation_de_l_achat,
    deja_su,
    programme_de_l_achat,
)
from shared.kernel.errors import TemporaryError
from shared.messaging.uow import UnitOfWork


def abandonner_achat(uow: UnitOfWork, achat: AchatAbandonne, sequence: int) -> None:
    """Close the purchase here; its published notice, if any, is cancelled for everybody."""
    programme = programme_de_l_achat(uow, achat.achat_id)
    if programme is None:
        raise TemporaryError("L’achat abandonné n’est pas encore connu.", code="achat_inconnu")
    if deja_su(programme, sequence):
        return
    programme.sequence = sequence
    if programme.etat != EtatProgramme.ABANDONNEE:
        abandonner(uow, programme, achat.motif)
    consultation = consultation_de_l_achat(uow, achat.achat_id)
    if consultation is not None and consultation.annule_le is None:
        annuler(uow, consultation, achat.motif)
