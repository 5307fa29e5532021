"""P1: whoever dies, whenever, nothing is lost and nothing happens twice; on both transports."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.reliability.app import ABONNE, EMETTEUR
from tests.reliability.banc import Banc, Socle, opened
from tests.reliability.chaos import SLOW, Chaos
from tests.reliability.clients import Clients
from tests.reliability.conftest import LONG

pytestmark = [pytest.mark.db, pytest.mark.timeout(1200 if LONG else 300)]

Say = Callable[[str], None]
SEED = int(os.environ.get("ESSAIM_GRAINE", "20260302"))
SEEDS = [SEED, SEED + 1, SEED + 2] if LONG else [SEED]
TIMES = 5 if LONG else 1
BROKER = {"api": 5, "relay": 5, "worker": 6, "broker": 2, EMETTEUR: 1, ABONNE: 1}
LOCAL = {"api": 2, "worker": 3, EMETTEUR: 1, ABONNE: 1}


@pytest.fixture
def sans_courtier(socle: Socle, tmp_path: Path) -> Iterator[Banc]:
    with opened(socle, None, tmp_path) as bench:
        yield bench


def _kill_while_writing(
    banc: Banc, say: Say, seed: int, kills: dict[str, int], *, events: int, rate: float
) -> None:
    began = time.monotonic()
    clients = Clients(banc.port, target=events, rate=rate, seed=seed)
    victims = {name: count * TIMES for name, count in kills.items()}
    chaos = Chaos(banc, clients, victims, seed)
    clients.start()
    try:
        chaos.run()
    finally:
        clients.stop()
    say(f"P1 seed {seed}: {chaos}")
    for verdict in banc.prove(clients):
        say(f"P1 {verdict}")
    say(f"P1 inversions per subject {banc.inversions()}, {time.monotonic() - began:.0f} s in all")


@pytest.mark.amqp
@pytest.mark.parametrize("seed", SEEDS)
def test_P1_kills_of_every_process(banc: Banc, dire: Say, seed: int) -> None:
    banc.start("api", "relay", "worker", **SLOW)
    events, rate = (10_000, 100) if LONG else (1_000, 45)
    _kill_while_writing(banc, dire, seed, BROKER, events=events, rate=rate)


@pytest.mark.parametrize("seed", SEEDS)
def test_P1_kills_without_a_broker(sans_courtier: Banc, dire: Say, seed: int) -> None:
    sans_courtier.start("api", "worker", **SLOW)
    _kill_while_writing(sans_courtier, dire, seed, LOCAL, events=500 * TIMES, rate=80)
