import pytest

from services.groupement.domain.acces import (
    DEMANDES,
    condenser,
    exiger_autorise,
    verifier_evenements,
)
from services.groupement.domain.journal import phrase
from shared.contracts import catalogue
from shared.kernel.errors import ForbiddenError, ValidationError


def test_what_a_member_may_send_is_what_the_catalogue_calls_a_request() -> None:
    assert set(DEMANDES) == {c.type for c in catalogue.load() if c.sens == "demande"}


def test_a_token_cannot_be_read_back() -> None:
    assert "secret" not in condenser("secret")
    assert condenser("secret") == condenser("secret") != condenser("Secret")


def test_an_access_names_events_that_exist() -> None:
    assert verifier_evenements(reversed(DEMANDES)) == DEMANDES
    for mauvais in (["membre.autre.v1"], []):
        with pytest.raises(ValidationError):
            verifier_evenements(mauvais)
    exiger_autorise(DEMANDES[0], DEMANDES)
    with pytest.raises(ForbiddenError):
        exiger_autorise(DEMANDES[0], DEMANDES[1:])


def test_the_journal_speaks_french() -> None:
    oui = {"membre": {"nom": "SDIS 07"}, "reponse": "PARTICIPE"}
    assert phrase("recensement.repondu", oui) == "SDIS 07 participe"
    assert phrase("recensement.repondu", {**oui, "reponse": "DECLINE"}).endswith("ne participe pas")
    assert "Lancé" in phrase("achat.etat", {"vers": "LANCE"})
    assert phrase("achat.etat", {"vers": "ABANDONNE", "motif": "oubli"}).endswith("oubli")
    assert phrase("achat.article", {"code": "SEL"}).endswith("SEL")
    assert phrase("achat.cree", {}) == "Achat créé"
