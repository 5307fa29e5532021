"""Fixtures of this service: a supplier's world, and a mailbox reached over real SMTP."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.messaging.uow import Transactions
from shared.ops import courriels
from tests.integration.notification.monde import Monde
from tests.integration.notification.poste import Poste, port_libre


@pytest.fixture
def monde(transactions: Callable[[str], Transactions]) -> Monde:
    return Monde(transactions("notification"))


@pytest.fixture
def poste(monde: Monde, tmp_path: Path) -> Iterator[Poste]:
    port = port_libre()
    with courriels.sink(tmp_path, port):
        yield Poste(monde, tmp_path, port)
