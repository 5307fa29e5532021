"""Give a purchase up, with the reason."""

import uuid

from services.groupement.domain.achats import EtatAchat
from services.groupement.usecases.commun import achat_verrouille, avancer
from services.groupement.usecases.ouvrir_recensement import membres_a_prevenir
from shared.kernel.errors import ValidationError
from shared.messaging.uow import UnitOfWork


def abandonner(uow: UnitOfWork, achat_id: uuid.UUID, motif: str) -> None:
    """Stop the purchase; impossible once its contract is notified."""
    if not motif.strip():
        raise ValidationError(
            "Dites pourquoi l’achat est abandonné.",
            code="motif_requis",
            champs={"motif": "Indiquez le motif de l’abandon."},
        )
    achat = achat_verrouille(uow, achat_id)
    achat.motif_abandon = motif.strip()
    avancer(uow, achat, EtatAchat.ABANDONNE, motif=motif.strip())
    uow.emit(
        "groupement.achat.abandonne.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "objet": achat.objet,
            "membres": membres_a_prevenir(uow, achat) if achat.recensement else [],
            "motif": motif.strip(),
            "le": uow.clock.now(),
        },
    )
