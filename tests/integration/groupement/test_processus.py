"""The real processes of groupement, and the two examples given to members, run as they stand."""

import datetime as dt
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.jobs import clore_recensements
from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from shared.contracts import catalogue
from shared.db.database import Database
from shared.messaging import broker
from shared.messaging.uow import Trace, Transactions
from shared.ops import demo
from tests.integration.groupement.monde import MARCHE, SDIS, Monde
from tests.kit.processus import Processus, listens, python, wait_for
from tests.kit.rabbitmq import RabbitMQ

pytestmark = pytest.mark.db
EXEMPLES = Path(__file__).parents[3] / "examples"
SERVICES = ("publication", "groupement", "paiement", "notification")


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return int(prise.getsockname()[1])


@pytest.fixture
def env(database: Callable[[str], Database], tmp_path: Path) -> dict[str, str]:
    bases = {f"DATABASE_URL_{nom.upper()}": database(nom).url for nom in SERVICES}
    return {**bases, "METRICS_PORT": str(port_libre()), "DATA_DIR": str(tmp_path)}


@pytest.fixture
def worker(env: dict[str, str], tmp_path: Path) -> Iterator[Processus]:
    processus = python("worker", "shared.ops.worker", "groupement", env=env, folder=tmp_path)
    yield processus
    processus.kill9()


@pytest.fixture
def api(env: dict[str, str], tmp_path: Path) -> Iterator[tuple[Processus, int]]:
    port = port_libre()
    processus = python(
        "api", "services.groupement", "api", env=env | {"PORT": str(port)}, folder=tmp_path
    )
    yield processus, port
    processus.kill9()


def donner_acces(monde: Monde, utilisateur: str) -> None:
    acces = NouvelAcces(SDIS, "Finances", utilisateur_amqp=utilisateur, jeton=demo.JETONS["sdis"])
    monde.faire(creer_acces, acces)


def test_the_curl_example_creates_a_purchase_and_prints_the_answer(
    monde: Monde, worker: Processus, api: tuple[Processus, int]
) -> None:
    monde.convention()
    donner_acces(monde, "guest")
    web, port = api
    web.start()
    worker.start()
    wait_for(lambda: listens(port), what="the web server")
    fait = subprocess.run(
        ["/bin/sh", EXEMPLES / "membre_http.sh"],
        env={"PATH": "/usr/bin:/bin", "ESSAIM": f"http://127.0.0.1:{port}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert fait.returncode == 0, fait.stderr + web.log + worker.log
    sort = json.loads(fait.stdout[fait.stdout.rindex('{"etat"') :])
    assert sort["etat"] == "acceptee"
    assert sort["reponse"]["type"] == "membre.achat.acceptee.v1"
    assert sort["reponse"]["data"]["achat_reference"] == "ACH-2026-0001"
    assert (web.terminate().code, worker.terminate().code) == (0, 0)


@pytest.mark.amqp
def test_the_kombu_example_creates_a_purchase_and_prints_the_answer(
    monde: Monde, worker: Processus, rabbitmq: RabbitMQ
) -> None:
    monde.convention()
    donner_acces(monde, "guest")
    broker.declare(rabbitmq.url, "groupement", catalogue.load())
    worker.start(AMQP_URL=rabbitmq.url)
    fait = subprocess.run(
        [sys.executable, EXEMPLES / "membre_amqp.py"],
        env={"AMQP_URL": rabbitmq.url, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert fait.returncode == 0, fait.stderr + worker.log
    type_, _, corps = fait.stdout.strip().partition(" ")
    assert type_ == "membre.achat.acceptee.v1"
    assert json.loads(corps)["reference_membre"] == "SDIS-2026-17"
    assert worker.terminate().code == 0


def emettre(
    transactions: Callable[[str], Transactions], service: str, type_: str, **champs: object
) -> None:
    exemple = catalogue.load().get(type_).sample
    with transactions(service).begin(Trace("flux-papier")) as uow:
        uow.emit(type_, subject=str(champs["marche_id"]), data={**exemple, **champs})


def test_a_notified_contract_opens_quotas_and_a_paid_invoice_is_noted(
    monde: Monde, worker: Processus, transactions: Callable[[str], Transactions]
) -> None:
    monde.lance()
    marche = monde.marche()
    ligne = {
        "ligne_id": marche.lignes[0].ligne_id,
        "article": "PAPIER-A4-80",
        "designation": "Papier",
        "conditionnement": "palette",
        "quantite": "105",
        "prix_unitaire_ht": "456.000000",
    }
    emettre(
        transactions, "publication", "publication.marche.notifie.v1",
        marche_id=str(MARCHE), achat_id=str(monde.achat_id), lignes=[ligne],
    )  # fmt: skip
    emettre(
        transactions, "publication", "publication.marche.notifie.v1",
        marche_id="0198a3c0-0000-7000-8000-0000000000ff", achat_id=None,
    )  # fmt: skip
    worker.start()

    def compter(table: type[t.Base]) -> int:
        with monde.transactions.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    wait_for(lambda: compter(t.Quota) == 5, what="the quotas")
    emettre(transactions, "paiement", "paiement.facture.payee.v1", marche_id=str(MARCHE))
    wait_for(lambda: compter(t.Paiement) == 1, what="the payment")
    assert worker.terminate().code == 0
    assert compter(t.Contrat) == 1


def test_P7_calls_close_once_at_their_deadline_with_the_legal_time(
    monde: Monde, contexte: Callable[..., Any], events: Callable[..., list[Any]]
) -> None:
    monde.ouvert()
    contexte_groupement = contexte("groupement")
    assert clore_recensements(contexte_groupement) == 0
    monde.clock.advance(dt.timedelta(days=30))
    assert clore_recensements(contexte_groupement) == 1
    assert clore_recensements(contexte_groupement) == 0
    (clos,) = events("groupement", "groupement.recensement.clos.v1")
    assert clos.data["clos_le"] == "2026-03-09T08:00:00Z"


def test_the_command_line_gives_a_token_that_opens_the_api(
    monde: Monde, env: dict[str, str], client: Callable[..., Any]
) -> None:
    monde.convention()
    commande = [sys.executable, "-m", "services.groupement", "jeton"]
    fait = subprocess.run(
        [*commande, "creer", SDIS, "Finances", "--utilisateur-amqp", "sdis07"],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    entetes = {"Authorization": f"Bearer {fait.stdout.strip()}"}
    assert client("groupement").get("/groupement/api/v1/achats", headers=entetes).json["total"] == 0
    acces_id = fait.stderr.split()[1]
    revoque = subprocess.run(
        [*commande, "revoquer", acces_id],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert revoque.stdout == "Accès révoqué.\n"
    assert client("groupement").get("/groupement/api/v1/achats", headers=entetes).status_code == 401
    inconnu = subprocess.run(
        [*commande, "creer", "90079999999999", "Personne"],
        env={"PATH": "/usr/bin:/bin", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (inconnu.returncode, "n’est pas connue" in inconnu.stderr) == (1, True)
