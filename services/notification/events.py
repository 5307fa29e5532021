"""What notification hears: what somebody must be told, and everything for the journal."""

from services.notification.schemas.evenements import lire
from services.notification.usecases.annoncer_avis import annoncer_avis
from services.notification.usecases.journaliser import journaliser
from services.notification.usecases.prevenir import prevenir
from shared.contracts import catalogue
from shared.messaging.consumer import CurrentUnitOfWork, subscribe
from shared.messaging.envelope import Event

EXECUTION = catalogue.load().subscriptions("notification.on_execution")
GROUPEMENT = catalogue.load().subscriptions("notification.on_groupement")
FACTURES = catalogue.load().subscriptions("notification.on_facture")
TOUT = catalogue.load().subscriptions("notification.on_journal")


class NotificationEvents:
    """Subscriptions of the messenger; notices have one consumer, so that their order is kept."""

    name = "notification"
    uow = CurrentUnitOfWork()

    @subscribe(
        "publication.avis.publie.v1",
        "publication.avis.rectifie.v1",
        "publication.avis.annule.v1",
        bulk=True,
    )
    def on_avis(self, events: list[Event]) -> None:
        annoncer_avis(self.uow, [lire(event) for event in events])

    @subscribe("groupement.opportunite.proposee.v1")
    def on_opportunite_proposee(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe("groupement.recensement.ouvert.v1")
    def on_recensement_ouvert(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe("groupement.recensement.relance.v1")
    def on_recensement_relance(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe("groupement.recensement.prolonge.v1")
    def on_recensement_prolonge(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe("groupement.decoupage.applique.v1")
    def on_decoupage_applique(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe("groupement.achat.abandonne.v1")
    def on_achat_abandonne(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe("groupement.achat.attribue.v1")
    def on_quotas_ouverts(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe("groupement.reception.enregistree.v1")
    def on_reception_repartie(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe("groupement.evaluation.transmise.v1")
    def on_evaluation_transmise(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe(*EXECUTION)
    def on_execution(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe(*GROUPEMENT)
    def on_groupement(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe(*FACTURES)
    def on_facture(self, event: Event) -> None:
        prevenir(self.uow, lire(event))

    @subscribe(*TOUT, bulk=True)
    def on_journal(self, events: list[Event]) -> None:
        journaliser(self.uow, events)


EVENTS = NotificationEvents
