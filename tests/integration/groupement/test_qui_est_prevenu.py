"""Every fact that changes what a member may do names whom to tell, with an address."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from services.groupement.domain.frais import GenreFrais
from services.groupement.usecases.conduire_convention import inviter
from services.groupement.usecases.liberer_commande import clore_commande
from services.groupement.usecases.ouvrir_evaluation import ouvrir_evaluation
from services.groupement.usecases.partager_frais import NouveauxFrais, partager_frais
from shared.kernel.montant import Montant
from tests.integration.groupement.monde import AUB, DEP, MARCHE, SDIS, Monde

Events = Callable[..., list[Any]]


def sirets(lignes: list[dict[str, Any]]) -> set[str]:
    return {ligne.get("siret") or ligne["membre"]["siret"] for ligne in lignes}


def test_D1_une_invitation_nomme_le_groupement_et_son_coordonnateur(
    monde: Monde, events: Events
) -> None:
    monde.convention(membres=(DEP, SDIS))
    monde.faire(inviter, monde.convention_id, AUB)
    (invitee,) = events("groupement", "groupement.adhesion.invitee.v1")
    assert invitee.data["nom"] == "Groupement permanent"
    assert invitee.data["coordonnateur"]["siret"] == DEP
    assert invitee.data["membre"]["siret"] == AUB
    assert "@" in invitee.data["courriel"]


def test_K1_l_evaluation_ouverte_est_demandee_a_ceux_qui_ont_commande(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    monde.commander(SDIS, 5)
    monde.faire(ouvrir_evaluation, MARCHE)
    (ouverte,) = events("groupement", "groupement.evaluation.ouverte.v1")
    assert sirets(ouverte.data["membres"]) == {SDIS}
    assert "@" in ouverte.data["membres"][0]["courriel"]


def test_H2_une_commande_close_et_un_montant_partage_disent_qui_prevenir(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    commande = monde.commander(SDIS, 5)
    monde.faire(
        partager_frais,
        NouveauxFrais(MARCHE, GenreFrais.TRANSPORT, Montant("12.00"), "Hayon"),
    )
    monde.faire(clore_commande, commande.id, "Plus rien ne viendra", quantite=Decimal(2))
    (close,) = events("groupement", "groupement.commande.liberee.v1")
    assert "@" in close.data["courriel"]
    (partages,) = events("groupement", "groupement.frais.partages.v1")
    assert sirets(partages.data["parts"]) == {SDIS}
    assert "@" in partages.data["parts"][0]["courriel"]
