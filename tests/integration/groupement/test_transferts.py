"""Quotas that move between members: by agreement, never beyond what is free."""

import threading
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.groupement import tables as t
from services.groupement.usecases.transferer_quota import (
    NouveauTransfert,
    proposer_transfert,
    repondre_transfert,
    retirer_transfert,
    transferer,
)
from shared.kernel.errors import ConflictError, NotFoundError, ValidationError
from shared.kernel.montant import Montant
from tests.integration.groupement.livraisons import (
    Events,
    part_de,
)
from tests.integration.groupement.monde import (
    AUB,
    DEP,
    SDIS,
    VH,
    Monde,
)


def test_a_member_gives_a_part_of_its_quota_and_the_other_accepts(
    monde: Monde, events: Events
) -> None:
    monde.notifie()
    ligne = monde.ligne_de_marche()
    monde.commander(DEP, 30)
    offre = NouveauTransfert(ligne, DEP, AUB, Decimal(10), "Moins d’imprimantes")
    transfert = monde.faire(proposer_transfert, offre)
    assert part_de(monde, AUB).quota.quantite == 5
    with pytest.raises(NotFoundError):
        monde.faire(repondre_transfert, transfert.id, SDIS, accepte=True)
    monde.faire(repondre_transfert, transfert.id, AUB, accepte=True)
    assert (part_de(monde, DEP).quota.quantite, part_de(monde, AUB).quota.quantite) == (30, 15)
    assert part_de(monde, DEP).quota.montant_max_ht == Montant("13680.00")
    (transfere,) = events("groupement", "groupement.quota.transfere.v1")
    assert (transfere.data["quantite"], transfere.data["vers"]["siret"]) == ("10", AUB)
    monde.commander(AUB, 15)
    with pytest.raises(ConflictError) as refus:
        monde.commander(DEP, 1)
    assert refus.value.code == "quota_depasse"


def test_a_member_cannot_give_what_it_has_ordered(monde: Monde) -> None:
    monde.notifie()
    ligne = monde.ligne_de_marche()
    monde.commander(AUB, 4)
    with pytest.raises(ConflictError) as refus:
        monde.faire(proposer_transfert, NouveauTransfert(ligne, AUB, DEP, Decimal(2)))
    assert (refus.value.code, refus.value.details["cessible"]) == ("transfert_impossible", "1")
    transfert = monde.faire(proposer_transfert, NouveauTransfert(ligne, AUB, DEP, Decimal(1)))
    monde.commander(AUB, 1)
    with pytest.raises(ConflictError):
        monde.faire(repondre_transfert, transfert.id, DEP, accepte=True)
    for siret, quantite in ((DEP, Decimal(1)), (AUB, Decimal("0.5"))):
        with pytest.raises(ValidationError):
            monde.faire(proposer_transfert, NouveauTransfert(ligne, DEP, siret, quantite))


def test_an_offer_is_refused_or_taken_back_once(monde: Monde, events: Events) -> None:
    monde.notifie()
    ligne = monde.ligne_de_marche()
    refuse = monde.faire(proposer_transfert, NouveauTransfert(ligne, DEP, SDIS, Decimal(1)))
    monde.faire(repondre_transfert, refuse.id, SDIS, accepte=False)
    with pytest.raises(ConflictError, match="refusé"):
        monde.faire(repondre_transfert, refuse.id, SDIS, accepte=True)
    retire = monde.faire(proposer_transfert, NouveauTransfert(ligne, DEP, SDIS, Decimal(1)))
    monde.faire(retirer_transfert, retire.id, DEP)
    etats = [e.data["etat"] for e in events("groupement", "groupement.quota.transfert_refuse.v1")]
    assert etats == ["REFUSE", "RETIRE"]
    assert part_de(monde, DEP).quota.quantite == 40


def test_the_coordinator_reshares_at_once_what_a_member_leaves(monde: Monde) -> None:
    monde.notifie()
    monde.faire(
        transferer, NouveauTransfert(monde.ligne_de_marche(), VH, SDIS, Decimal(10), "Retrait")
    )
    assert (part_de(monde, VH).quota.quantite, part_de(monde, SDIS).quota.quantite) == (0, 40)


@pytest.mark.parametrize(
    "ordre",
    [
        sa.update(t.Quota).where(t.Quota.siret == DEP).values(quantite=39),
        sa.delete(t.Quota),
    ],
)
def test_a_quota_only_moves_by_a_transfer_says_the_database(monde: Monde, ordre: Any) -> None:
    monde.notifie()
    with pytest.raises(IntegrityError), monde.transactions.begin() as uow:
        uow.session.execute(ordre)


def test_twenty_parallel_transfers_of_3_on_40_give_13(monde: Monde) -> None:
    monde.notifie()
    ligne, verdicts = monde.ligne_de_marche(), Counter[str]()
    depart = threading.Barrier(20)

    def ceder() -> None:
        depart.wait()
        try:
            monde.faire(transferer, NouveauTransfert(ligne, DEP, SDIS, Decimal(3)))
            verdicts["fait"] += 1
        except ConflictError as refus:
            verdicts[refus.code] += 1

    fils = [threading.Thread(target=ceder) for _ in range(20)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert verdicts == {"fait": 13, "transfert_impossible": 7}
    assert part_de(monde, SDIS).quota.quantite == 30 + 39
