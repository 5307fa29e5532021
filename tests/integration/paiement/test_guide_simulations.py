"""Every command of the guide of simulations runs as it stands, and answers what the guide says."""

from collections.abc import Callable

import pytest

from tests.kit.guides import exemples, lancer, servie
from tests.kit.web import ClientWeb

pytestmark = pytest.mark.db
EXEMPLES = exemples("simulations.md", "paiement")


def test_le_guide_montre_chaque_simulation() -> None:
    commandes = "".join(commande for commande, _ in EXEMPLES)
    assert all(
        f"/simulations/{nom}" in commandes for nom in ("delai", "avance", "resorption", "acompte")
    )


def test_une_commande_du_guide_repond_ce_que_dit_le_guide(client: Callable[..., ClientWeb]) -> None:
    with servie(client("paiement").application) as adresse:
        for commande, attendue in EXEMPLES:
            assert lancer(commande, adresse) == attendue
