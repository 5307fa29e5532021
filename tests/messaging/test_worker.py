"""The worker process as it is deployed: nameko inside, killed and starved from outside."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import amqp
import pytest
import sqlalchemy as sa

from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.messaging import broker, door, topology
from shared.messaging.uow import Transactions
from tests.kit.rabbitmq import RabbitMQ
from tests.messaging.bench import ACCEPTED, FACT, OTHER, REQUEST, SAMPLES, SIRET

pytestmark = pytest.mark.db

SDIS = "90070002200016"


class Hosted:
    """A worker process on two databases, with or without a broker."""

    def __init__(
        self, emitter: Database, subscriber: Database, log: Path, broker: RabbitMQ | None
    ) -> None:
        self.emitter, self.subscriber, self.broker = emitter, subscriber, broker
        self.log = log
        clock = SystemClock()
        self.outgoing = Transactions(emitter, service="emetteur", siret=SIRET, clock=clock)
        self.incoming = Transactions(subscriber, service="abonne", siret=SIRET, clock=clock)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, **environ: str) -> None:
        env = {**os.environ, "EMETTEUR": self.emitter.url, "ABONNE": self.subscriber.url, **environ}
        env.pop("AMQP_URL", None)
        if self.broker:
            env["AMQP_URL"] = self.broker.url
        with self.log.open("ab") as out:
            command = [sys.executable, "-W", "ignore", "-m", "tests.messaging.hosted"]
            self.process = subprocess.Popen(command, env=env, stdout=out, stderr=out)

    def send(self, number: int, timeout: float = 25) -> int:
        """Signal the process and return its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=timeout)
        self.process = None
        return code

    def wait_exit(self, timeout: float) -> int:
        assert self.process is not None
        try:
            return self.process.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            pytest.fail(f"toujours là : {self.log.read_text()[-6000:]}")

    def emit(self, count: int, type_: str = FACT, **data: Any) -> set[uuid.UUID]:
        payload = {**SAMPLES[type_], **data}
        with self.outgoing.begin() as uow:
            return {uow.emit(type_, subject=str(uuid.uuid4()), data=payload) for _ in range(count)}

    def rows(self, query: str) -> list[Any]:
        with self.subscriber.session() as session:
            return list(session.execute(sa.text(query)).all())

    def effects(self) -> list[uuid.UUID]:
        return [row.event_id for row in self.rows("SELECT event_id FROM effet ORDER BY n")]

    def more_than(self, count: int) -> Callable[[], bool]:
        return lambda: len(self.effects()) > count

    def wait_for(self, condition: Callable[[], Any], timeout: float = 40) -> Any:
        deadline = time.monotonic() + timeout
        while not (value := condition()):
            assert time.monotonic() < deadline, self.log.read_text()[-4000:]
            if self.process is not None:
                assert self.process.poll() is None, self.log.read_text()[-4000:]
            time.sleep(0.05)
        return value


@pytest.fixture(params=["local", pytest.param("amqp", marks=pytest.mark.amqp)])
def hosted(
    request: pytest.FixtureRequest, databases: tuple[Database, Database], tmp_path: Path
) -> Iterator[Hosted]:
    server = request.getfixturevalue("rabbitmq") if request.param == "amqp" else None
    worker = Hosted(*databases, tmp_path / "log", server)
    if server:
        forget(server)
    yield worker
    if worker.process is not None:
        worker.process.kill()
        worker.process.wait()


def forget(server: RabbitMQ) -> None:
    """Remove the queues of an earlier test."""
    with broker.connect(server.url) as connection:
        for name in ("abonne.on_fait", "abonne.on_lot", "abonne.entrant", f"essaim.sortant.{SDIS}"):
            channel = connection.channel()
            channel.queue_delete(name)
            channel.queue_delete(topology.dead_queue_of(name))


def test_it_serves_facts_one_by_one_and_in_bulk(hosted: Hosted) -> None:
    hosted.start()
    ids = hosted.emit(30) | hosted.emit(30, OTHER)
    hosted.wait_for(lambda: len(hosted.effects()) >= 60)
    assert sorted(hosted.effects()) == sorted(ids)
    assert hosted.send(signal.SIGTERM) == 0


def test_P12_sigterm_in_full_flow_loses_nothing_and_ends_well(hosted: Hosted) -> None:
    ids = hosted.emit(400)
    for stop in range(3):
        hosted.start(SLOWNESS="0.01")
        hosted.wait_for(hosted.more_than(stop * 40))
        began = time.monotonic()
        assert hosted.send(signal.SIGTERM) == 0
        assert time.monotonic() - began < 25
    hosted.start()
    hosted.wait_for(lambda: len(hosted.effects()) >= 400)
    time.sleep(0.5)
    assert sorted(hosted.effects()) == sorted(ids)


def test_P1_a_killed_worker_loses_and_repeats_nothing(hosted: Hosted) -> None:
    ids: set[uuid.UUID] = set()
    for kill in range(4):
        hosted.start(SLOWNESS="0.005")
        ids |= hosted.emit(60)
        hosted.wait_for(hosted.more_than(kill * 30))
        hosted.send(signal.SIGKILL)
    hosted.start()
    hosted.wait_for(lambda: len(hosted.effects()) >= 240)
    time.sleep(0.5)
    assert sorted(hosted.effects()) == sorted(ids)


@pytest.mark.parametrize("point", ["after_effect", "before_ack"])
def test_a_crash_at_each_fault_point_of_a_consumer_is_harmless(hosted: Hosted, point: str) -> None:
    ids = hosted.emit(50)
    hosted.start(ESSAIM_FAULT=f"{point}:2")
    assert hosted.process is not None
    assert hosted.process.wait(timeout=30) == 70
    hosted.start()
    hosted.wait_for(lambda: len(hosted.effects()) >= 50)
    assert sorted(hosted.effects()) == sorted(ids)


def test_P4_an_event_that_kills_the_process_is_parked_and_its_neighbours_are_not(
    hosted: Hosted,
) -> None:
    before = hosted.emit(10)
    (killer,) = hosted.emit(1, article="TUE")
    after = hosted.emit(10)
    give_up = time.monotonic() + 120
    while not hosted.rows("SELECT 1 FROM lettre_morte"):
        assert time.monotonic() < give_up
        if hosted.process is None or hosted.process.poll() is not None:
            hosted.start()
        time.sleep(0.1)
    hosted.wait_for(lambda: len(hosted.effects()) >= 20)
    (letter,) = hosted.rows("SELECT event_id, cause FROM lettre_morte")
    assert (letter.event_id, letter.cause) == (killer, "arrete_le_processus")
    assert sorted(hosted.effects()) == sorted(before | after)


def test_P6_without_its_database_a_consumer_waits_and_resumes(hosted: Hosted) -> None:
    hosted.start(SLOWNESS="0.01")
    ids = hosted.emit(100)
    hosted.wait_for(lambda: len(hosted.effects()) >= 5)
    name = sa.make_url(hosted.subscriber.url).database
    with hosted.emitter.engine.connect() as connection:
        admin = connection.execution_options(isolation_level="AUTOCOMMIT")
        admin.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cut = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :n")
        admin.execute(cut, {"n": name})
        time.sleep(4)
        assert hosted.process is not None
        assert hosted.process.poll() is None
        admin.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    hosted.subscriber.engine.dispose()
    began = time.monotonic()
    hosted.wait_for(lambda: len(hosted.effects()) >= 100)
    assert time.monotonic() - began < 12
    assert sorted(hosted.effects()) == sorted(ids)
    assert not hosted.rows("SELECT * FROM lettre_morte")
    assert not hosted.rows("SELECT * FROM message_en_attente")


def request_event(request_id: uuid.UUID, siret: str = SDIS, **data: Any) -> dict[str, Any]:
    from shared.contracts import catalogue

    return {
        "specversion": "1.0",
        "id": str(request_id),
        "source": f"urn:siret:{siret}:logiciel",
        "type": REQUEST,
        "time": "2026-03-02T08:00:00Z",
        "data": {**catalogue.load().get(REQUEST).sample, **data},
    }


def answers_of(hosted: Hosted, siret: str = SDIS) -> list[Any]:
    events, _ = door.answers(hosted.subscriber, siret)
    return events


def knock(hosted: Hosted, event: dict[str, Any], siret: str = SDIS) -> None:
    with hosted.incoming.begin() as uow:
        door.receive(
            uow,
            json.dumps(event).encode(),
            content_type="application/cloudevents+json",
            headers={},
            siret=siret,
        )


def test_a_request_over_http_is_answered(hosted: Hosted) -> None:
    hosted.start()
    good, bad = uuid.uuid4(), uuid.uuid4()
    for _ in range(2):
        knock(hosted, request_event(good))
    knock(hosted, request_event(bad, objet="interdit"))
    answers = hosted.wait_for(lambda: len(found := answers_of(hosted)) == 2 and found)
    accepted = next(a for a in answers if a["type"] == ACCEPTED)
    refused = next(a for a in answers if a["type"] == "membre.achat.refusee.v1")
    assert accepted["data"]["demande_id"] == str(good) == accepted["causationid"]
    assert refused["data"]["motifs"] == [
        {"code": "objet_interdit", "message": "Interdit", "champ": "objet"}
    ]
    assert hosted.effects() == [good]


@pytest.fixture
def member(rabbitmq: RabbitMQ) -> Iterator[amqp.Channel]:
    """The software of the SDIS, connected with its own access."""
    users = rabbitmq.ctl("list_users")
    if "sdis07" not in users:
        rabbitmq.ctl("add_user", "sdis07", "secret")
        rabbitmq.ctl("set_permissions", "sdis07", "^$", r"^essaim\.entrant$", rf"\.{SDIS}$")
    with broker.connect(rabbitmq.url_for("sdis07", "secret")) as connection:
        yield connection.channel()


@pytest.mark.amqp
@pytest.mark.parametrize("hosted", ["amqp"], indirect=True)
def test_a_request_over_amqp_is_answered_on_the_members_queue(
    hosted: Hosted, member: amqp.Channel
) -> None:
    assert hosted.broker is not None
    hosted.start(DECLARE="1")
    hosted.wait_for(lambda: "abonne.entrant" in hosted.broker.ctl("list_queues", "name"))
    good, forged, broken = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    for event in (
        request_event(good),
        request_event(forged, siret="90070003000019"),
        request_event(broken, cpv="papier"),
    ):
        message = amqp.Message(
            json.dumps(event).encode(),
            content_type="application/cloudevents+json",
            user_id="sdis07",
            delivery_mode=2,
        )
        member.basic_publish(message, exchange="essaim.entrant", routing_key=REQUEST)
    hosted.wait_for(lambda: len(answers_of(hosted)) == 2)
    letters = hosted.wait_for(lambda: hosted.rows("SELECT event_id, cause FROM lettre_morte"))
    assert [(row.event_id, row.cause) for row in letters] == [(forged, "emetteur_inconnu")]
    received = {}
    deadline = time.monotonic() + 10
    while len(received) < 2 and time.monotonic() < deadline:
        message = member.basic_get(f"essaim.sortant.{SDIS}", no_ack=True)
        if message is None:
            time.sleep(0.1)
            continue
        received[message.headers["ce-type"]] = json.loads(message.body)
    assert received[ACCEPTED]["demande_id"] == str(good)
    refused = received["membre.achat.refusee.v1"]
    assert refused["demande_id"] == str(broken)
    assert [reason["champ"] for reason in refused["motifs"]] == ["cpv"]


@pytest.mark.amqp
@pytest.mark.parametrize("hosted", ["amqp"], indirect=True)
def test_a_queue_declared_otherwise_stops_the_worker_loudly(hosted: Hosted) -> None:
    assert hosted.broker is not None
    with broker.connect(hosted.broker.url) as connection:
        connection.channel().queue_declare("abonne.on_fait", durable=True, auto_delete=False)
    hosted.start()
    assert hosted.process is not None
    assert hosted.wait_exit(25) == 1
    assert "PRECONDITION_FAILED" in hosted.log.read_text()
    forget(hosted.broker)


@pytest.mark.amqp
@pytest.mark.parametrize("hosted", ["amqp"], indirect=True)
def test_P1_a_killed_broker_loses_and_repeats_nothing(hosted: Hosted) -> None:
    assert hosted.broker is not None
    hosted.start(SLOWNESS="0.005")
    ids: set[uuid.UUID] = set()
    for kill in range(2):
        ids |= hosted.emit(100)
        hosted.wait_for(hosted.more_than(kill * 50))
        hosted.broker.kill9()
        ids |= hosted.emit(50)
        hosted.broker.start()
    hosted.wait_for(lambda: len(hosted.effects()) >= 300, timeout=60)
    time.sleep(0.5)
    assert sorted(hosted.effects()) == sorted(ids)


@pytest.mark.amqp
@pytest.mark.parametrize("hosted", ["amqp"], indirect=True)
def test_P14_a_broker_that_lost_its_disk_is_fed_again(hosted: Hosted) -> None:
    from shared.messaging.relay import republish

    assert hosted.broker is not None
    hosted.start(SLOWNESS="0.02")
    ids = hosted.emit(200)
    unpublished = sa.text("SELECT count(*) FROM outbox WHERE published_at IS NULL")

    def all_published() -> bool:
        with hosted.emitter.session() as session:
            return session.execute(unpublished).scalar() == 0

    hosted.wait_for(all_published)
    hosted.broker.kill9()
    hosted.broker.wipe()
    hosted.broker.start()
    assert len(hosted.effects()) < 200
    with hosted.outgoing.begin() as uow:
        republish(uow, since=uow.clock.now().replace(year=2020))
    hosted.wait_for(lambda: len(hosted.effects()) >= 200, timeout=60)
    time.sleep(0.5)
    assert sorted(hosted.effects()) == sorted(ids)
