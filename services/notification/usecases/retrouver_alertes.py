"""Send the management link to whoever owns alerts; say the same thing to everybody else."""

from sqlalchemy import exists, select

from services.notification.domain.abonnement import Etat
from services.notification.tables import Abonnement, Destinataire
from services.notification.usecases.inscrire import Inscription, inscrire
from shared.messaging.uow import UnitOfWork


def retrouver_alertes(uow: UnitOfWork, courriel: str) -> None:
    """Write to the address if it has a live alert, once a day at most."""
    actif = exists().where(
        Abonnement.destinataire_id == Destinataire.id, Abonnement.etat == Etat.ACTIF
    )
    destinataire_id = uow.session.scalar(
        select(Destinataire.id).where(Destinataire.courriel == courriel.lower(), actif)
    )
    if destinataire_id is None:
        return
    inscrire(
        uow,
        Inscription(
            modele="lien_de_gestion",
            objet_id=str(destinataire_id),
            version=uow.clock.today().toordinal(),
            donnees={},
            destinataires={destinataire_id: {}},
            rapproche_le=uow.clock.now(),
        ),
    )
