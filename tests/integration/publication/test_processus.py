"""The real worker process: what groupement says becomes a consultation here."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from services.publication.tables import Consultation, Programme
from shared.contracts import catalogue
from shared.db.database import Database
from shared.messaging.uow import Trace, Transactions
from tests.kit.processus import python, wait_for

pytestmark = pytest.mark.db
SERVICES = ("publication", "groupement", "paiement", "notification")


def _port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


def _emettre(transactions: Callable[[str], Transactions], *types: str) -> None:
    with transactions("groupement").begin(Trace("achat-papier")) as uow:
        for type_ in types:
            exemple = catalogue.load().get(type_).sample
            uow.emit(type_, subject=exemple["achat_id"], data=exemple)


def test_P10_a_launch_travels_with_its_correlation(
    database: Callable[[str], Database],
    transactions: Callable[[str], Transactions],
    events: Callable[..., list[Any]],
    tmp_path: Path,
) -> None:
    env = {f"DATABASE_URL_{nom.upper()}": database(nom).url for nom in SERVICES}
    env |= {"METRICS_PORT": str(_port_libre()), "DATA_DIR": str(tmp_path)}
    worker = python("worker", "shared.ops.worker", "publication", env=env, folder=tmp_path)
    worker.start()
    try:
        _emettre(transactions, "groupement.achat.cree.v1", "groupement.achat.lance.v1")
        tx = transactions("publication")

        def ouverte() -> bool:
            with tx.read() as session:
                return session.scalars(select(Consultation)).first() is not None

        wait_for(ouverte, what="the consultation")
        _emettre(transactions, "groupement.achat.abandonne.v1")

        def annulee() -> bool:
            with tx.read() as session:
                return session.scalars(select(Programme.etat)).one() == "ABANDONNEE"

        wait_for(annulee, what="the cancellation")
        assert worker.terminate().code == 0
    finally:
        worker.kill9()
    emis = events("publication")
    assert {event.correlation_id for event in emis} == {"achat-papier"}
    assert all(event.causation_id for event in emis)
