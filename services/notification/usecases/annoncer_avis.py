"""A notice appears, changes or is withdrawn: everybody concerned is told at the same instant."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from services.notification.domain.avis import lire_avis
from services.notification.tables import AvisConnu, Message, Remise
from services.notification.usecases.inscrire import Inscription, inscrire
from services.notification.usecases.rapprocher import rapprocher_tous
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

MODELES = {
    "publication.avis.publie.v1": "avis_publie",
    "publication.avis.rectifie.v1": "avis_rectifie",
    "publication.avis.annule.v1": "avis_annule",
}


def annoncer_avis(uow: UnitOfWork, evenements: Sequence[Event]) -> None:
    """Match each notice and write its ledger rows, in the order in which they were published."""
    for evenement in evenements:
        uow.follow(evenement)
        if _retenir(uow, evenement):
            _inscrire(uow, evenement)


def _retenir(uow: UnitOfWork, evenement: Event) -> bool:
    """Keep the newest state of the notice; False when this event is behind it."""
    donnees = evenement.data
    annule = MODELES[evenement.type] == "avis_annule"
    connu = uow.session.get(AvisConnu, uuid.UUID(donnees["avis_id"]), with_for_update=True)
    if connu is None:
        connu = AvisConnu(id=uuid.UUID(donnees["avis_id"]), publie_le=evenement.time)
        uow.session.add(connu)
    elif connu.annule or (donnees["version"] <= connu.version and not annule):
        return False
    connu.version, connu.annule, connu.donnees = donnees["version"], annule, dict(donnees)
    uow.session.flush()
    return True


def _inscrire(uow: UnitOfWork, evenement: Event) -> None:
    modele = MODELES[evenement.type]
    destinataires = _deja_concernes(uow, evenement.data["avis_id"])
    if modele != "avis_annule":
        nouveaux = rapprocher_tous(uow.session, lire_avis(evenement.data))
        destinataires |= {id_: {"alertes": alertes} for id_, alertes in nouveaux.items()}
    inscrire(
        uow,
        Inscription(
            modele=modele,
            objet_id=evenement.data["avis_id"],
            version=evenement.data["version"],
            donnees=evenement.data,
            destinataires=destinataires,
            rapproche_le=uow.clock.now(),
        ),
    )


def _deja_concernes(uow: UnitOfWork, avis_id: str) -> dict[uuid.UUID, Mapping[str, Any]]:
    """Everybody whom an earlier version concerned, with what had matched then."""
    requete = (
        select(Remise.destinataire_id, Remise.donnees)
        .join(Message, Message.id == Remise.message_id)
        .where(Message.objet_id == avis_id, Message.modele.in_(MODELES.values()))
        .order_by(Message.version)
    )
    return dict(uow.session.execute(requete).all())
