from collections.abc import Callable
from typing import Any

import pytest

from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from tests.integration.groupement.monde import Monde


@pytest.fixture
def monde(transactions: Callable[[str], Transactions], clock: FrozenClock) -> Monde:
    """The group, empty: ask it for the stage the test starts from."""
    return Monde(transactions("groupement"), clock)


@pytest.fixture
def coordonnatrice(client: Callable[..., Any]) -> Any:
    """The coordinator's browser."""
    return client("groupement", "coordonnatrice")


@pytest.fixture
def aubenas(client: Callable[..., Any]) -> Any:
    """The browser of an agent of a small commune."""
    return client("groupement", "agente-aubenas")
