from collections.abc import Callable

import pytest

from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from tests.integration.groupement.monde import Monde


@pytest.fixture
def monde(transactions: Callable[[str], Transactions], clock: FrozenClock) -> Monde:
    """The group, empty: ask it for the stage the test starts from."""
    return Monde(transactions("groupement"), clock)
