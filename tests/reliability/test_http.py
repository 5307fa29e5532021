"""P11, D11 and P1 through the real services: gunicorn, workers, relays, broker."""

import http.client
import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from services.groupement.usecases.ouvrir_quotas import ouvrir_quotas
from shared.db.database import Database
from shared.kernel.clock import FrozenClock, OffsetClock
from shared.messaging.uow import Transactions
from tests.integration.groupement.monde import DEP, SDIS, Monde
from tests.kit.processus import wait_for
from tests.kit.rabbitmq import RabbitMQ
from tests.reliability.reel import Deploiement, deployed

pytestmark = [pytest.mark.db, pytest.mark.amqp]

CROWD = 50
PATH = "/groupement/api/v1/commandes"
TOLD = "SELECT id::text FROM outbox WHERE type = 'groupement.commande.passee.v1'"
HEARD = "SELECT id::text FROM journal WHERE type = 'groupement.commande.passee.v1'"


@pytest.fixture
def services(
    database: Callable[[str], Database], courtier: RabbitMQ, tmp_path: Path, clock: FrozenClock
) -> Iterator[Deploiement]:
    """At the date of the demonstration, for the processes as for the test."""
    path = tmp_path / "horloge"
    OffsetClock(path).set(clock.now())
    with deployed(database, courtier, tmp_path, CLOCK_FILE=str(path)) as running:
        yield running


@pytest.fixture
def monde(transactions: Callable[[str], Transactions], clock: FrozenClock) -> Monde:
    """A purchase whose contract leaves 100 pallets to the Département."""
    group = Monde(transactions("groupement"), clock)
    group.ouvert()
    group.declarer(DEP, "100")
    group.declarer(SDIS, "5")
    group.lancer()
    group.faire(ouvrir_quotas, group.marche())
    return group


class Commandes:
    """A member's software: orders through the API, many at once."""

    def __init__(self, services: Deploiement, monde: Monde) -> None:
        self._services = services
        self._achat = str(monde.achat_id)
        self._token = monde.faire(creer_acces, NouvelAcces(DEP, "Finances")).jeton

    def one(self, quantity: int, key: str) -> tuple[int, Any]:
        """Status and body; `OSError` or `HTTPException` when nobody answered."""
        body = {"achat_id": self._achat, "article": "PAPIER-A4-80", "quantite": str(quantity)}
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self._services.port, timeout=30)
        try:
            connection.request("POST", PATH, json.dumps(body), headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def until_answered(self, quantity: int, key: str) -> int:
        """What a careful client does: the same request, same key, until somebody answers."""

        def answered() -> int | None:
            try:
                return self.one(quantity, key)[0]
            except (OSError, http.client.HTTPException):
                return None

        return wait_for(answered, 60) or 0

    def crowd(self, quantity: int, keys: Sequence[str]) -> list[tuple[int, Any]]:
        """All at the same instant."""
        together = threading.Barrier(len(keys))

        def order(key: str) -> tuple[int, Any]:
            together.wait()
            return self.one(quantity, key)

        with ThreadPoolExecutor(len(keys)) as pool:
            return list(pool.map(order, keys))


def test_P11_fifty_identical_posts_have_one_effect(services: Deploiement, monde: Monde) -> None:
    services.start("groupement.api")
    answers = Commandes(services, monde).crowd(3, ["une-seule-fois"] * CROWD)
    assert {status for status, _ in answers} == {201}
    assert len({json.dumps(body, sort_keys=True) for _, body in answers}) == 1
    assert services.value("groupement", "SELECT count(*) FROM commande") == 1
    assert len(services.column("groupement", TOLD)) == 1


def test_D11_fifty_parallel_orders_of_3_over_http_give_33(
    services: Deploiement, monde: Monde
) -> None:
    services.start("groupement.api")
    answers = Commandes(services, monde).crowd(3, [str(uuid.uuid4()) for _ in range(CROWD)])
    assert Counter(status for status, _ in answers) == {201: 33, 409: 17}
    refused = [body for status, body in answers if status == 409]
    assert {body["type"] for body in refused} == {"urn:essaim:probleme:quota_depasse"}
    assert services.value("groupement", "SELECT sum(quantite) FROM commande") == 99


def test_P1_orders_become_commitments_whoever_dies(
    services: Deploiement, monde: Monde, dire: Callable[[str], None]
) -> None:
    everybody = ("groupement.api", "groupement.worker", "paiement.worker", "notification.worker")
    services.start(*everybody)
    orders = Commandes(services, monde)
    keys = [str(uuid.uuid4()) for _ in range(60)]
    with ThreadPoolExecutor(3) as pool:
        answers = pool.map(lambda key: orders.until_answered(1, key), keys)
        for rank, victim in enumerate((*everybody, "paiement.worker"), start=1):
            wait_for(lambda: len(services.column("groupement", TOLD)) >= rank * 10)  # noqa: B023
            services[victim].kill9()
            services.start(victim)
        assert set(answers) == {201}
    told = set(services.column("groupement", TOLD))
    assert len(told) == services.value("groupement", "SELECT count(*) FROM commande") == len(keys)
    committed = "SELECT count(*) FROM commande"
    wait_for(lambda: services.value("paiement", committed) == len(keys))
    wait_for(lambda: set(services.column("notification", HEARD)) == told)
    assert services.dead() == 0
    dire(f"P1 real services: {len(keys)} orders, 5 kill -9, {len(told)} commitments, journal whole")
