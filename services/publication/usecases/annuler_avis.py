"""Cancel a consultation, and its notice when it is published."""

import uuid

from services.publication.domain.consultation import verifier_annulable
from services.publication.tables import Avis, Consultation, VersionAvis
from services.publication.usecases import faits_publies
from services.publication.usecases.chargement import consultation_de, faits
from services.publication.usecases.contenu import contenu_de, instantane
from shared.kernel.errors import DomainError
from shared.messaging.uow import UnitOfWork
from shared.ops import metrics


def annuler_consultation(
    uow: UnitOfWork, consultation_id: uuid.UUID, siret: str, motif: str
) -> Consultation:
    """Cancel, saying why; a contract already notified forbids it."""
    consultation = consultation_de(uow, consultation_id, siret)
    if not motif.strip():
        message = "Indiquez le motif de l’annulation."
        raise DomainError(message, code="motif_obligatoire", champs={"motif": message})
    annuler(uow, consultation, motif.strip())
    return consultation


def annuler(uow: UnitOfWork, consultation: Consultation, motif: str) -> None:
    """Cancel what can still be; the notice gets a last version that says so."""
    verifier_annulable(faits(consultation))
    consultation.annule_le = uow.clock.now()
    consultation.motif_annulation = motif
    if consultation.avis is not None:
        _annuler_avis(uow, consultation, consultation.avis, motif)
    uow.audit("consultation.annulee", str(consultation.id), {"motif": motif})


def _annuler_avis(uow: UnitOfWork, consultation: Consultation, avis: Avis, motif: str) -> None:
    maintenant = uow.clock.now()
    contenu = contenu_de(avis, consultation)
    avis.version += 1
    avis.annule_le = avis.maj_le = maintenant
    avis.motif_annulation = motif
    uow.session.add(
        VersionAvis(
            avis_id=avis.id,
            numero=avis.version,
            le=maintenant,
            acteur=uow.acteur,
            motif=motif,
            contenu=instantane(contenu),
            changements=[],
        )
    )
    uow.session.flush()
    metrics.NOTICES_PUBLISHED.labels("annule").inc()
    uow.emit(
        "publication.avis.annule.v1",
        subject=str(avis.id),
        data={**faits_publies.avis(avis, contenu), "motif": motif},
    )
