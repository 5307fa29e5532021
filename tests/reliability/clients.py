"""People who use the API of `emetteur` while it is being killed, and note what they were told."""

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Sequence

MOST = 9  # operations in one request, at most
TIMEOUT = 10.0
RETRY_SECONDS = 0.05


class Clients:
    """`count` threads, together `rate` operations a second, until `target` are acknowledged.

    A refused connection proves that nothing happened: the request is made again. Any other
    failure proves nothing: its operations stay attempted, never acknowledged, and are not retried.
    """

    def __init__(self, port: int, *, target: int, rate: float, seed: int, count: int = 4) -> None:
        self.port = port
        self.target = target
        self.attempted: set[str] = set()
        self.acknowledged: set[str] = set()
        self._pause = count / rate
        self._chance = random.Random(seed)
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(seed * 100 + i),), daemon=True)
            for i in range(count)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def progress(self) -> float:
        """From 0 to 1."""
        return len(self.acknowledged) / self.target

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=TIMEOUT * 2)

    def _run(self, chance: random.Random) -> None:
        due = time.monotonic()
        while not self._stopping.is_set() and len(self.acknowledged) < self.target:
            size = chance.randint(1, MOST)
            due = max(due + size * self._pause, time.monotonic() - 1)
            self._write(_draw(chance, size))
            self._stopping.wait(max(0, due - time.monotonic()))

    def burst(self, size: int) -> None:
        """Many operations in one request: for a moment, everything is in flight."""
        self._write(_draw(self._chance, size))

    def _write(self, operations: Sequence[str]) -> None:
        while not self._stopping.is_set():
            try:
                connection = connect(self.port)
            except OSError:
                self._stopping.wait(RETRY_SECONDS)
                continue
            self.attempted.update(operations)
            if post(connection, "/operations", {"operations": operations}) == 201:
                self.acknowledged.update(operations)
            return


def _draw(chance: random.Random, size: int) -> list[str]:
    return [str(uuid.UUID(int=chance.getrandbits(128))) for _ in range(size)]


def connect(port: int) -> http.client.HTTPConnection:
    """Open a connection, or raise `OSError`: then nothing was asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    connection.connect()
    return connection


def post(connection: http.client.HTTPConnection, path: str, body: object) -> int | None:
    """The status of the answer, or None when there was none; closes the connection."""
    headers = {"Content-Type": "application/json", "Connection": "close"}
    try:
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        response.read()
    except (OSError, http.client.HTTPException):
        return None
    else:
        return response.status
    finally:
        connection.close()
