"""The real worker process: from a notice in publication's journal to a mailbox, kills included."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from services.notification.tables import Journal
from shared.contracts import catalogue
from shared.db.database import Database
from shared.messaging.uow import Trace, Transactions
from shared.ops import courriels
from tests.integration.notification.monde import Monde
from tests.integration.notification.poste import CourrielRecu, port_libre
from tests.kit.processus import Processus, python, wait_for

SERVICES = ("publication", "groupement", "paiement", "notification")


@pytest.fixture
def worker(database: Callable[[str], Database], tmp_path: Path) -> Iterator[Processus]:
    port = port_libre()
    env = {
        **{f"DATABASE_URL_{name.upper()}": database(name).url for name in SERVICES},
        "SMTP_URL": f"smtp://127.0.0.1:{port}",
        "METRICS_PORT": str(port_libre()),
        "DATA_DIR": str(tmp_path),
        "MAIL_LEASE_SECONDS": "1",
    }
    processus = python("worker", "shared.ops.worker", "notification", env=env, folder=tmp_path)
    with courriels.sink(tmp_path, port):
        yield processus
        processus.kill9()


def publier(transactions: Callable[[str], Transactions], nombre: int) -> None:
    sample = catalogue.load().get("publication.avis.publie.v1").sample
    with transactions("publication").begin(Trace("flux-entier")) as uow:
        for _ in range(nombre):
            avis_id = str(uow.new_id())
            data = {**sample, "avis_id": avis_id}
            uow.emit("publication.avis.publie.v1", subject=avis_id, data=data)


def recus(dossier: Path) -> list[CourrielRecu]:
    tous = [CourrielRecu.de_message(c.message) for c in courriels.liste(dossier, limite=1000)]
    return [c for c in tous if c.sujet.startswith("Nouvel avis")]


def test_from_the_journal_of_publication_to_the_mailbox(
    worker: Processus,
    transactions: Callable[[str], Transactions],
    monde: Monde,
    tmp_path: Path,
) -> None:
    monde.abonner("un@x.exemple", cpv=["3019"])
    monde.abonner("deux@x.exemple", mots=["enveloppe"])
    monde.abonner("ailleurs@x.exemple", mots=["papier"], lieux=["26"])
    publier(transactions, 3)
    worker.start()
    wait_for(lambda: len(recus(tmp_path)) == 6, what="the mails")

    def au_journal() -> bool:
        requete = select(func.count()).where(Journal.correlation_id == "flux-entier")
        with monde.transactions.read() as session:
            return (session.scalar(requete) or 0) >= 6

    wait_for(au_journal, what="the notices and their messages, in one flow")
    assert worker.terminate().code == 0
    assert Counter(c.a for c in recus(tmp_path)) == {"un@x.exemple": 3, "deux@x.exemple": 3}
    assert "@x.exemple" not in worker.log


def test_P2_killed_between_send_and_mark(
    worker: Processus,
    transactions: Callable[[str], Transactions],
    monde: Monde,
    tmp_path: Path,
) -> None:
    for numero in range(5):
        monde.abonner(f"{numero}@x.exemple", cpv=["30"])
    publier(transactions, 1)
    assert worker.start(ESSAIM_FAULT="after_send:3").wait(40) == 70
    worker.start()
    wait_for(lambda: len({c.a for c in recus(tmp_path)}) == 5, what="the mails")
    assert worker.terminate().code == 0
    par_personne = Counter(c.a for c in recus(tmp_path))
    assert sorted(par_personne.values()) == [1, 1, 1, 1, 2]
    assert len({c.entetes["Message-ID"] for c in recus(tmp_path)}) == 5
