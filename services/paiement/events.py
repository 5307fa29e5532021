"""What paiement hears: contracts notified, orders placed or cancelled, deliveries."""

from services.paiement.schemas.evenements import (
    CommandeAnnuleeLu,
    CommandePasseeLu,
    MarcheNotifieLu,
    ReceptionEnregistreeLu,
)
from services.paiement.usecases.engagements import (
    annuler_engagement,
    enregistrer_engagement,
    enregistrer_reception,
)
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from shared.messaging.consumer import CurrentUnitOfWork, subscribe
from shared.messaging.envelope import Event


class PaiementEvents:
    """Subscriptions of paiement; facts may come in any order."""

    name = "paiement"
    uow = CurrentUnitOfWork()

    @subscribe("publication.marche.notifie.v1")
    def on_marche_notifie(self, event: Event) -> None:
        enregistrer_marche(self.uow, MarcheNotifieLu.lire(event.data))

    @subscribe("groupement.commande.passee.v1")
    def on_commande_passee(self, event: Event) -> None:
        enregistrer_engagement(self.uow, CommandePasseeLu.lire(event.data))

    @subscribe("groupement.commande.annulee.v1")
    def on_commande_annulee(self, event: Event) -> None:
        annuler_engagement(self.uow, CommandeAnnuleeLu.lire(event.data))

    @subscribe("groupement.reception.enregistree.v1")
    def on_reception_enregistree(self, event: Event) -> None:
        enregistrer_reception(self.uow, ReceptionEnregistreeLu.lire(event.data))


EVENTS = PaiementEvents
