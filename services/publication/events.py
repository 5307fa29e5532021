"""What publication hears: purchases considered, launched, given up."""

from services.publication.schemas import AchatAbandonneLu, AchatEnvisageLu, AchatLanceLu
from services.publication.usecases.abandonner_achat import abandonner_achat
from services.publication.usecases.inscrire_achat_envisage import inscrire_achat_envisage
from services.publication.usecases.ouvrir_consultation import ouvrir_consultation
from shared.messaging.consumer import CurrentUnitOfWork, subscribe
from shared.messaging.envelope import Event


class PublicationEvents:
    """Subscriptions of the single window."""

    name = "publication"
    uow = CurrentUnitOfWork()

    @subscribe("groupement.achat.cree.v1")
    def on_achat_cree(self, event: Event) -> None:
        inscrire_achat_envisage(self.uow, AchatEnvisageLu.lire(event.data), event.sequence)

    @subscribe("groupement.achat.lance.v1")
    def on_achat_lance(self, event: Event) -> None:
        ouvrir_consultation(self.uow, AchatLanceLu.lire(event.data), event.sequence)

    @subscribe("groupement.achat.abandonne.v1")
    def on_achat_abandonne(self, event: Event) -> None:
        abandonner_achat(self.uow, AchatAbandonneLu.lire(event.data), event.sequence)


EVENTS = PublicationEvents
