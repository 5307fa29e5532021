"""P2: nobody misses a message because something died, and a repeated one can be recognised."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.notification.domain.criteres import lire_criteres
from services.notification.usecases.confirmer_abonnement import confirmer_abonnement
from services.notification.usecases.creer_abonnement import Demande, creer_abonnement
from shared.contracts import catalogue
from shared.db.database import Database
from shared.kernel.clock import SystemClock
from shared.messaging.uow import Transactions
from tests.kit.processus import wait_for
from tests.kit.rabbitmq import RabbitMQ
from tests.reliability.banc import SIRET
from tests.reliability.conftest import LONG
from tests.reliability.reel import Boite, Deploiement, deployed

pytestmark = [pytest.mark.db, pytest.mark.amqp]

FACT = "publication.avis.publie.v1"
RECIPIENTS, ROUNDS = (100, 20) if LONG else (30, 3)
NOTICES = 2  # published in each round, at the end of which somebody dies


@pytest.fixture
def boite() -> Iterator[Boite]:
    with Boite() as opened:
        yield opened


@pytest.fixture
def services(
    database: Callable[[str], Database], courtier: RabbitMQ, tmp_path: Path, boite: Boite
) -> Iterator[Deploiement]:
    smtp = f"smtp://127.0.0.1:{boite.port}"
    with deployed(database, courtier, tmp_path, SMTP_URL=smtp, MAIL_LEASE_SECONDS="2") as running:
        yield running


def _transactions(services: Deploiement, service: str) -> Transactions:
    return Transactions(
        services.databases[service], service=service, siret=SIRET, clock=SystemClock()
    )


def _subscribe(services: Deploiement) -> None:
    """Suppliers who asked to be told of paper, and confirmed it."""
    transactions = _transactions(services, "notification")
    for number in range(RECIPIENTS):
        demande = Demande(f"p{number}@entreprise.exemple", lire_criteres(cpv=["3019"]))
        with transactions.begin() as uow:
            creer_abonnement(uow, demande)
    query = "SELECT jeton_confirmation FROM abonnement"
    for token in services.column("notification", query):
        with transactions.begin() as uow:
            confirmer_abonnement(uow, token)


def _publish(services: Deploiement) -> None:
    sample = catalogue.load().get(FACT).sample
    for _ in range(NOTICES):
        with _transactions(services, "publication").begin() as uow:
            notice = str(uow.new_id())
            data = {**sample, "avis_id": notice, "objet": f"Papier {notice}"}
            uow.emit(FACT, subject=notice, data=data)


def _kill(services: Deploiement, *names: str) -> None:
    for name in names:
        services[name].kill9()
    services.start(*names)


def test_P2_mail_under_kills(
    services: Deploiement, boite: Boite, dire: Callable[[str], None]
) -> None:
    _subscribe(services)
    services.start("publication.relay", "notification.worker")

    def notices() -> list[tuple[str, str, str]]:
        return [mail for mail in boite.received if "Papier" in mail[2]]

    expected = 0
    for rank in range(ROUNDS):
        _publish(services)
        half, expected = expected + RECIPIENTS * NOTICES / 2, expected + RECIPIENTS * NOTICES
        wait_for(lambda: len(notices()) > half, 60)  # noqa: B023 - called at once
        _kill(services, "notification.worker", *(["publication.relay"] if rank % 2 else []))
    waiting = "SELECT count(*) FROM remise WHERE etat = 'A_REMETTRE'"
    wait_for(lambda: len(set(notices())) >= expected, 60)
    wait_for(lambda: not services.value("notification", waiting))

    ids = defaultdict(set)
    for recipient, message_id, subject in notices():
        ids[recipient, subject].add(message_id)
    assert len(ids) == expected, "each recipient has each notice"
    assert all(len(found) == 1 for found in ids.values()), "a repeated one has the same Message-ID"
    told = "SELECT sum((data ->> 'destinataires')::int) FROM outbox"
    rows = "SELECT count(*) FROM remise WHERE etat = 'REMIS'"
    wait_for(lambda: services.value("notification", told) == services.value("notification", rows))
    assert services.dead() == 0
    dire(
        f"P2 {ROUNDS + ROUNDS // 2} kill -9: {expected} messages due, {len(notices())} sent, "
        f"{len(notices()) - expected} repeated with the same Message-ID, 0 missing"
    )
