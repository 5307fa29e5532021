"""Kills real processes while clients write; the dead are started again, as orchestrators do."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from tests.reliability.banc import Banc
from tests.reliability.clients import Clients

AWAY = (0.05, 0.6)  # seconds before a dead process is started again
HESITATION = (0.0, 0.25)  # the kill lands anywhere in the work of its victim
BURST, IN_FLIGHT = 120, 0.04  # a broker dies with so many operations, sent so long before
AT_WORK = {"worker": 2.0, "relay": 1.0, "api": 1.0}  # seconds that each takes to get to work
SLOW = {"LENTEUR": "0.003"}


class Chaos:
    """`kills` says how many times each victim dies; order and delays come from the seed.

    The kills are spread over the clients' progress, so a slow machine runs the same experiment.
    Children are started from the thread that calls `run`: they die with it, not before.
    """

    def __init__(self, banc: Banc, clients: Clients, kills: Mapping[str, int], seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._banc = banc
        self._clients = clients
        self._chance = random.Random(seed)
        self._victims = [name for name, count in kills.items() for _ in range(count)]
        self._chance.shuffle(self._victims)
        self._returns: dict[str, float] = {}
        self._working: dict[str, float] = {}
        self._broker: threading.Thread | None = None

    def run(self) -> None:
        """Kill everybody on the list, then wait until all are back and the clients have done."""
        for rank, victim in enumerate(self._victims):
            self._await_turn(rank / len(self._victims), victim)
            self._kill(victim)
        self._until(lambda: self._clients.done and not self._returns)
        self._until(lambda: self._is_at_work("broker"))

    def _await_turn(self, share: float, victim: str) -> None:
        self._until(lambda: self._clients.progress >= share)
        self._until(lambda: self._is_at_work(victim))
        instant = time.monotonic() + self._chance.uniform(*HESITATION)
        self._until(lambda: time.monotonic() >= instant)

    def _until(self, condition: Callable[[], bool]) -> None:
        """Wait, and bring back meanwhile those whose time has come."""
        while not condition():
            for name, due in list(self._returns.items()):
                if due <= time.monotonic():
                    del self._returns[name]
                    self._bring_back(name)
            time.sleep(0.01)

    def _is_at_work(self, victim: str) -> bool:
        if victim == "broker":
            return self._broker is None or not self._broker.is_alive()
        return victim not in self._returns and self._working.get(victim, 0) <= time.monotonic()

    def _kill(self, victim: str) -> None:
        self.done[victim] += 1
        if victim == "broker":
            assert self._banc.broker is not None
            self._until(lambda: self._is_at_work("api"))
            self._clients.burst(BURST)
            time.sleep(IN_FLIGHT)
            self._banc.broker.kill9()
            self._broker = threading.Thread(target=self._banc.broker.start)  # takes seconds
            self._broker.start()
            return
        if victim in self._banc.processes:
            self._banc[victim].kill9()
        else:
            self._banc.socle.servers[victim].kill9()
        self._returns[victim] = time.monotonic() + self._chance.uniform(*AWAY)

    def _bring_back(self, name: str) -> None:
        if name in self._banc.processes:
            self._banc[name].start(**SLOW)
            self._working[name] = time.monotonic() + AT_WORK[name]
        else:
            self._banc.socle.servers[name].start()

    def __str__(self) -> str:
        told = ", ".join(f"{name} {count}" for name, count in sorted(self.done.items()))
        return f"{sum(self.done.values())} kill -9 ({told})"
