"""Notify a contract to its holder: it takes effect, and the other services hear of it."""

import datetime as dt
import uuid

from services.publication.domain.delais import suspension_signature
from services.publication.domain.marche import premiere_signature, verifier_notification
from services.publication.tables import Marche
from services.publication.usecases import faits_publies
from services.publication.usecases.chargement import avis_de, marche_de
from shared.kernel.errors import ConflictError
from shared.kernel.parametres import Parametres
from shared.kernel.seuils import TypeProcedure
from shared.messaging.uow import UnitOfWork


def notifier_marche(
    uow: UnitOfWork, parametres: Parametres, marche_id: uuid.UUID, siret: str, le: dt.date
) -> Marche:
    """Date the notification, once, after the standstill of a formal procedure."""
    consultation, marche = marche_de(uow, marche_id, siret)
    if consultation.annule_le is not None:
        raise ConflictError("La consultation est annulée.", code="consultation_annulee")
    if marche.notifie_le is not None:
        raise ConflictError("Ce marché est déjà notifié.", code="marche_notifie")
    avis = avis_de(consultation)
    au_plus_tot = premiere_signature(
        TypeProcedure(avis.procedure),
        marche.attribue_le,
        suspension_signature(parametres, marche.attribue_le),
    )
    verifier_notification(le, au_plus_tot, uow.clock.today())
    marche.notifie_le = le
    uow.session.flush()
    uow.emit(
        "publication.marche.notifie.v1",
        subject=str(marche.id),
        data=faits_publies.marche_notifie(consultation, avis, marche),
    )
    uow.audit("marche.notifie", str(marche.id), {"date_notification": le})
    return marche
