"""What paiement hears: contracts and their amendments, orders, deliveries, what becomes of them."""

from services.paiement.schemas.evenements import (
    AvenantConcluLu,
    CommandeAnnuleeLu,
    CommandeLibereeLu,
    CommandePasseeLu,
    MarcheNotifieLu,
    ReceptionContrepasseeLu,
    ReceptionEnregistreeLu,
    SurplusAttribueLu,
)
from services.paiement.usecases.engagements import (
    annuler_engagement,
    enregistrer_engagement,
    enregistrer_reception,
)
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from services.paiement.usecases.mouvements import (
    contrepasser_reception,
    enregistrer_avenant,
    liberer_engagement,
    recevoir_surplus,
)
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

    @subscribe("groupement.commande.liberee.v1")
    def on_commande_liberee(self, event: Event) -> None:
        liberer_engagement(self.uow, CommandeLibereeLu.lire(event.data))

    @subscribe("groupement.reception.contrepassee.v1")
    def on_reception_contrepassee(self, event: Event) -> None:
        contrepasser_reception(self.uow, ReceptionContrepasseeLu.lire(event.data))

    @subscribe("groupement.surplus.attribue.v1")
    def on_surplus_attribue(self, event: Event) -> None:
        recevoir_surplus(self.uow, SurplusAttribueLu.lire(event.data))

    @subscribe("groupement.avenant.conclu.v1")
    def on_avenant_conclu(self, event: Event) -> None:
        enregistrer_avenant(self.uow, AvenantConcluLu.lire(event.data))


EVENTS = PaiementEvents
