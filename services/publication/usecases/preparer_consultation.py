"""Complete a consultation before its notice is published."""

import uuid

from services.publication.domain.consultation import Preparation, Statut, exiger
from services.publication.tables import Consultation
from services.publication.usecases.chargement import consultation_de, faits
from services.publication.usecases.creer_consultation import remplir, remplir_libres
from shared.messaging.uow import UnitOfWork


def preparer_consultation(
    uow: UnitOfWork, consultation_id: uuid.UUID, siret: str, preparation: Preparation
) -> Consultation:
    """Save the preparation. What a grouped purchase froze at launch is left as it is."""
    consultation = consultation_de(uow, consultation_id, siret)
    exiger(faits(consultation).statut(uow.clock.now()), Statut.PREPARATION)
    if consultation.achat_id is None:
        remplir(consultation, preparation)
    else:
        remplir_libres(consultation, preparation)
    uow.session.flush()
    return consultation
