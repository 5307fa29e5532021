"""The demonstration's alerts: three suppliers, of which two sell paper in the Ardèche."""

from sqlalchemy import select

from services.notification.domain.criteres import Criteres, lire_criteres
from services.notification.tables import Abonnement
from services.notification.usecases.confirmer_abonnement import confirmer_abonnement
from services.notification.usecases.creer_abonnement import Demande, creer_abonnement
from shared.kernel.montant import Montant
from shared.messaging.uow import UnitOfWork
from shared.ops.context import ServiceContext
from shared.ops.demo import BUREAU, CEVENNES, PAPETERIE

ALERTES: tuple[tuple[str, str, Criteres], ...] = (
    (
        PAPETERIE.courriel,
        "Papeterie en Ardèche",
        lire_criteres(cpv=["3019"], lieux=["07"]),
    ),
    (
        PAPETERIE.courriel,
        "Papier, Ardèche et Drôme",
        lire_criteres(mots=["papier"], lieux=["07", "26"]),
    ),
    (
        BUREAU.courriel,
        "Fournitures de bureau jusqu’à 90 000 €",
        lire_criteres(
            mots=["enveloppe", "fourniture de bureau"],
            lieux=["07"],
            montant_max=Montant(90_000),
        ),
    ),
    (
        CEVENNES.courriel,
        "Mobilier en Lozère et dans le Gard",
        lire_criteres(cpv=["391"], mots=["mobilier"], lieux=["48", "30"]),
    ),
)


def semer(context: ServiceContext) -> int:
    """Write the alerts, already confirmed; nothing the second time. Return how many were added."""
    with context.transactions.begin(acteur="demonstration") as uow:
        if uow.session.scalar(select(Abonnement.id).limit(1)) is not None:
            return 0
        for courriel, nom, criteres in ALERTES:
            _abonner(uow, Demande(courriel, criteres, nom))
    return len(ALERTES)


def _abonner(uow: UnitOfWork, demande: Demande) -> None:
    id_ = creer_abonnement(uow, demande)
    confirmer_abonnement(uow, uow.session.get_one(Abonnement, id_).jeton_confirmation)
