"""Tell members and suppliers what an event means for each of them."""

from services.notification.domain.annonce import annonce_de
from services.notification.usecases.destinataires import identifier
from services.notification.usecases.inscrire import Inscription, inscrire
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def prevenir(uow: UnitOfWork, evenement: Event) -> None:
    """Write the message that the event calls for, one row per address; without any, nothing."""
    annonce = annonce_de(evenement.type, evenement.subject, evenement.sequence, evenement.data)
    if not annonce.destinataires:
        return
    ids = identifier(uow, annonce.destinataires)
    inscrire(
        uow,
        Inscription(
            modele=annonce.modele,
            objet_id=annonce.objet_id,
            version=annonce.version,
            donnees=annonce.donnees,
            destinataires={ids[adresse]: x for adresse, x in annonce.destinataires.items()},
            rapproche_le=uow.clock.now(),
        ),
    )
