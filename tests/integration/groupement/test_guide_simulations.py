"""Every command of the guide of simulations runs as it stands, and answers what the guide says."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.kit.guides import exemples, lancer, servie
from tests.unit.groupement.simulateur import simulateur

EXEMPLES = exemples("simulations.md", "groupement")


@pytest.fixture(scope="module")
def adresse() -> Iterator[str]:
    with servie(simulateur().application) as adresse:
        yield adresse


def test_the_guide_shows_every_simulation() -> None:
    commandes = "".join(commande for commande, _ in EXEMPLES)
    noms = ("repartition", "consolidation", "lots", "quotas", "heures-insertion")
    assert all(f"/simulations/{nom}" in commandes for nom in noms)


@pytest.mark.parametrize(("commande", "attendue"), EXEMPLES)
def test_a_command_of_the_guide_answers_what_the_guide_says(
    commande: str, attendue: dict[str, Any], adresse: str
) -> None:
    reponse = lancer(commande, adresse)
    if "parts" in reponse:
        assert [part["quantite"] for part in reponse["parts"]] == ["23", "17", "11", "6", "3"]
        reponse = reponse["parts"][0]
    reponse.pop("empreinte", None)
    assert reponse == attendue
