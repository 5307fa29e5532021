"""Correct a published notice: a new version, dated, with its reason and its differences."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.publication.domain.avis import verifier_modifiable, verifier_publiable
from services.publication.domain.rectification import rectifier
from services.publication.tables import Avis, VersionAvis
from services.publication.usecases import faits_publies
from services.publication.usecases.chargement import avis_de, consultation_de
from services.publication.usecases.contenu import contenu_de, indexer, instantane, reporter
from shared.messaging.uow import UnitOfWork
from shared.ops import metrics


def rectifier_avis(
    uow: UnitOfWork,
    consultation_id: uuid.UUID,
    siret: str,
    modifications: Mapping[str, Any],
    motif: str,
) -> Avis:
    """Publish the next version; everybody told of the previous one is told of this one."""
    consultation = consultation_de(uow, consultation_id, siret)
    avis = avis_de(consultation)
    maintenant = uow.clock.now()
    verifier_modifiable(date_limite=avis.date_limite, annule_le=avis.annule_le, instant=maintenant)
    contenu, changements = rectifier(contenu_de(avis, consultation), modifications, motif)
    verifier_publiable(contenu, maintenant, None)
    reporter(contenu, avis)
    reporter(contenu, consultation)
    indexer(avis, contenu)
    avis.version += 1
    avis.maj_le = maintenant
    differences = [asdict(changement) for changement in changements]
    uow.session.add(
        VersionAvis(
            avis_id=avis.id,
            numero=avis.version,
            le=maintenant,
            acteur=uow.acteur,
            motif=motif.strip(),
            contenu=instantane(contenu),
            changements=differences,
        )
    )
    uow.session.flush()
    metrics.NOTICES_PUBLISHED.labels("rectifie").inc()
    uow.emit(
        "publication.avis.rectifie.v1",
        subject=str(avis.id),
        data={
            **faits_publies.avis(avis, contenu),
            "changements": differences,
            "motif": motif.strip(),
        },
    )
    uow.audit("avis.rectifie", str(avis.id), {"version": avis.version, "motif": motif.strip()})
    return avis
