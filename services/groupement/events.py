"""What groupement hears: contracts and payments, and what members' own software asks for."""

from services.groupement import schemas
from services.groupement.usecases.creer_acces import siret_de_l_utilisateur
from services.groupement.usecases.noter_attribution import noter_attribution
from services.groupement.usecases.noter_paiement import noter_paiement
from services.groupement.usecases.noter_programme import noter_programme
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from services.groupement.usecases.traiter_demande_membre import (
    demander_achat,
    demander_besoin,
    demander_commande,
    demander_participation,
)
from shared.messaging.consumer import CurrentUnitOfWork, InboundDoor, inbound, subscribe
from shared.messaging.envelope import Event


class GroupementEvents:
    """Subscriptions of groupement, and its inbound door."""

    name = "groupement"
    uow = CurrentUnitOfWork()
    porte = InboundDoor(siret_de_l_utilisateur)

    @subscribe("publication.marche.notifie.v1")
    def on_marche_notifie(self, event: Event) -> None:
        noter_attribution(self.uow, schemas.attribution(event.data))
        if marche := schemas.marche_notifie(event.data):
            ouvrir_quotas(self.uow, marche)

    @subscribe("publication.programme.inscrit.v1", "publication.programme.mis_a_jour.v1")
    def on_programme(self, event: Event) -> None:
        if annonce := schemas.programme(event):
            noter_programme(self.uow, annonce)

    @subscribe("paiement.facture.payee.v1")
    def on_facture_payee(self, event: Event) -> None:
        if facture := schemas.facture_payee(event.data):
            noter_paiement(self.uow, facture)

    @inbound("membre.achat.demande.v1")
    def on_achat_demande(self, event: Event) -> None:
        demander_achat(self.uow, schemas.demande(event), schemas.achat_demande(event.data))

    @inbound("membre.besoin.declare.v1")
    def on_besoin_declare(self, event: Event) -> None:
        demander_besoin(self.uow, schemas.demande(event), schemas.besoin_demande(event.data))

    @inbound("membre.participation.declare.v1")
    def on_participation_declare(self, event: Event) -> None:
        demande = schemas.demande(event)
        demander_participation(self.uow, demande, schemas.participation_demande(event.data))

    @inbound("membre.commande.demande.v1")
    def on_commande_demande(self, event: Event) -> None:
        demander_commande(self.uow, schemas.demande(event), schemas.commande_demande(event.data))


EVENTS = GroupementEvents
