import datetime as dt

import pytest

from services.notification.domain.abonnement import (
    MAX_NON_CONFIRMES,
    MAX_PAR_ADRESSE,
    Etat,
    expire,
    rang_du_rappel,
    verifier_confirmable,
    verifier_quota,
)
from shared.kernel.errors import ConflictError, DomainError

T0 = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)


def heures(n: float) -> dt.datetime:
    return T0 + dt.timedelta(hours=n)


def test_a_link_lives_48_hours() -> None:
    assert not expire(T0, heures(47.99))
    assert expire(T0, heures(48))


def test_a_late_link_says_what_to_do() -> None:
    with pytest.raises(ConflictError, match="Créez de nouveau") as refus:
        verifier_confirmable(Etat.EN_ATTENTE, T0, heures(48))
    assert refus.value.code == "confirmation_expiree"


def test_confirming_again_later_is_harmless() -> None:
    verifier_confirmable(Etat.ACTIF, T0, heures(500))


def test_a_stopped_alert_does_not_come_back() -> None:
    with pytest.raises(ConflictError) as refus:
        verifier_confirmable(Etat.ARRETE, T0, heures(1))
    assert refus.value.code == "alerte_arretee"


@pytest.mark.parametrize(("apres", "rang"), [(0, 0), (0.9, 0), (1, 1), (23, 1), (24, 2), (47, 2)])
def test_asking_again_sends_at_most_three_messages(apres: float, rang: int) -> None:
    assert rang_du_rappel(T0, heures(apres)) == rang


def test_quotas() -> None:
    verifier_quota(MAX_NON_CONFIRMES - 1, MAX_PAR_ADRESSE - 1)
    with pytest.raises(DomainError) as refus:
        verifier_quota(MAX_NON_CONFIRMES, 0)
    assert refus.value.code == "trop_de_confirmations"
    with pytest.raises(DomainError) as refus:
        verifier_quota(0, MAX_PAR_ADRESSE)
    assert refus.value.code == "trop_d_alertes"
