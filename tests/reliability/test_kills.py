"""P1: whoever dies, whenever, nothing is lost and nothing happens twice."""

import os
import time
from collections.abc import Callable

import pytest

from tests.reliability.app import ABONNE, EMETTEUR
from tests.reliability.banc import Banc
from tests.reliability.chaos import Chaos
from tests.reliability.clients import Clients
from tests.reliability.conftest import LONG

pytestmark = [pytest.mark.db, pytest.mark.amqp]

Say = Callable[[str], None]
SEED = int(os.environ.get("ESSAIM_GRAINE", "20260302"))
COMMIT = {"api": 5, "relay": 5, "worker": 6, "broker": 2, EMETTEUR: 1, ABONNE: 1}
EVENTS, RATE = (10_000, 120) if LONG else (1_000, 45)
KILLS = {name: count * 5 for name, count in COMMIT.items()} if LONG else COMMIT
SEEDS = [SEED, SEED + 1, SEED + 2] if LONG else [SEED]


@pytest.mark.timeout(1200 if LONG else 180)
@pytest.mark.parametrize("seed", SEEDS)
def test_P1_kills_of_every_process(banc: Banc, dire: Say, seed: int) -> None:
    began = time.monotonic()
    banc.start("api", "relay", "worker", LENTEUR="0.003")
    clients = Clients(banc.port, target=EVENTS, rate=RATE, seed=seed)
    chaos = Chaos(banc, clients, KILLS, seed)
    clients.start()
    try:
        chaos.run()
    finally:
        clients.stop()
    dire(f"P1 seed {seed}: {chaos}")
    for verdict in banc.prove(clients):
        dire(f"P1 {verdict}")
    dire(f"P1 inversions per subject {banc.inversions()}, {time.monotonic() - began:.0f} s in all")
