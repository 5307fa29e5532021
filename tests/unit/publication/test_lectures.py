"""What this service reads of the events it hears: the samples, unknown fields ignored."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.publication.schemas import AchatAbandonneLu, AchatEnvisageLu, AchatLanceLu, Lecture
from shared.contracts import catalogue
from shared.kernel.errors import ContractError
from shared.kernel.montant import Montant
from shared.kernel.seuils import TypeProcedure

LECTURES: dict[str, type[Lecture[Any]]] = {
    "groupement.achat.cree.v1": AchatEnvisageLu,
    "groupement.achat.lance.v1": AchatLanceLu,
    "groupement.achat.abandonne.v1": AchatAbandonneLu,
}


def _exemple(type_: str) -> Mapping[str, Any]:
    return catalogue.load().get(type_).sample


@pytest.mark.parametrize("type_", LECTURES)
def test_P8_the_sample_is_read_and_a_new_field_changes_nothing(type_: str) -> None:
    lecture = LECTURES[type_]
    exemple = _exemple(type_)
    assert lecture.lire({**exemple, "champ_nouveau": 1}) == lecture.lire(exemple)


@pytest.mark.parametrize("type_", LECTURES)
def test_P8_a_missing_field_is_named(type_: str) -> None:
    with pytest.raises(ContractError) as erreur:
        LECTURES[type_].lire({k: v for k, v in _exemple(type_).items() if k != "achat_id"})
    assert set(erreur.value.champs) == {"achat_id"}


def test_the_launch_keeps_lots_lines_and_members() -> None:
    achat = AchatLanceLu.lire(_exemple("groupement.achat.lance.v1"))
    assert achat.procedure is TypeProcedure.MAPA
    assert achat.montant_estime_ht == Montant("65880.00")
    assert [lot.numero for lot in achat.lots] == [1]
    assert achat.lots[0].lignes[0].quantite == 105
    assert isinstance(achat.membres, tuple)


def test_every_event_announced_in_the_card_has_its_reader() -> None:
    ecoutes = {
        type_
        for consumer in catalogue.load().consumers("publication")
        for type_ in catalogue.load().subscriptions(consumer)
    }
    assert ecoutes == set(LECTURES)
