"""Every action of the execution has its French sentence."""

import pytest

from services.groupement.domain.journal import phrase
from services.groupement.domain.journal_execution import PHRASES

DETAILS = {
    "bon_livraison": "BL-1", "quantite": "12.5", "article": "PAPIER", "motif": "Erreur",
    "membre": {"nom": "SDIS 07"}, "reference": "CMD-1", "genre": "REMISE",
    "montant_ht": "-1200.50", "de": {"nom": "A"}, "vers": {"nom": "B"}, "designation": "Papier",
    "numero": 1, "objet": "Prix", "nouvelle_designation": "Autre", "acceptees": 2, "reponses": 3,
    "prevue_le": "2026-04-20", "tolerance": "5",
}  # fmt: skip


@pytest.mark.parametrize("action", sorted(PHRASES))
def test_every_action_of_the_execution_is_said_in_words(action: str) -> None:
    dite = phrase(action, DETAILS)
    assert "{" not in dite
    assert dite != action


def test_numbers_are_french() -> None:
    assert phrase("frais.partages", DETAILS) == (
        "Remise de -1\u202f200,5\u00a0€ HT partagés\u00a0: Erreur"
    )
