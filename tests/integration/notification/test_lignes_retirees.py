"""A line withdrawn for a minimum is told to each member that asked for it, once (foodsoft#827)."""

from typing import Any

import pytest

from services.notification.usecases.prevenir import prevenir
from shared.contracts import catalogue
from tests.integration.notification.monde import Monde
from tests.integration.notification.poste import Poste

pytestmark = pytest.mark.db
CONSOLIDE = "groupement.achat.consolide.v1"


def ligne(courriel: str | None, designation: str, **champs: Any) -> dict[str, Any]:
    (modele,) = catalogue.load().get(CONSOLIDE).sample["prevenus"]
    return {**modele, "courriel": courriel, "designation": designation, **champs}


def test_cas_foodsoft_827_un_courriel_par_membre_avec_toutes_ses_lignes(
    poste: Poste, monde: Monde
) -> None:
    prevenus = [
        ligne("sdis@x.exemple", "Papier A3"),
        ligne("SDIS@x.exemple", "Enveloppes DL", quantite_base="900", unite_base="enveloppe"),
        ligne("vh@x.exemple", "Papier A3"),
        ligne(None, "Papier A3"),
    ]
    for _ in range(2):
        with monde.transactions.begin() as uow:
            prevenir(uow, monde.evenement(CONSOLIDE, prevenus=prevenus))
    recus = {c.a: c for c in poste.remettre()}
    assert set(recus) == {"sdis@x.exemple", "vh@x.exemple"}
    sdis = recus["sdis@x.exemple"].texte
    assert "Papier A3" in sdis
    assert "900\u00a0enveloppes" in sdis
    assert "Enveloppes DL" not in recus["vh@x.exemple"].texte
    for courriel in recus.values():
        assert "minimum de commande" in courriel.texte
        assert "rouvrir le recensement" in courriel.texte
        assert "<html" in courriel.html
    assert len(poste.remettre()) == 2


def test_une_consolidation_sans_ligne_retiree_n_ecrit_a_personne(
    poste: Poste, monde: Monde
) -> None:
    with monde.transactions.begin() as uow:
        prevenir(uow, monde.evenement(CONSOLIDE, prevenus=[], retirees=[]))
    assert poste.remettre() == []
