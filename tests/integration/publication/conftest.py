"""The service's transactions at the frozen clock."""

from collections.abc import Callable

import pytest

from shared.messaging.uow import Transactions


@pytest.fixture
def tx(transactions: Callable[[str], Transactions]) -> Transactions:
    return transactions("publication")
