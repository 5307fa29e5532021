"""The operator's commands on a real database: they act, they tell, they leave a trace."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from services.__main__ import essaim
from shared.db.database import Database
from shared.ops.cli import service_group
from shared.ops.service import Service
from tests.kit.postgres import Postgres

pytestmark = pytest.mark.db
ROOT = Path(__file__).resolve().parents[3]
SERVICES = ("publication", "groupement", "paiement", "notification")


@pytest.fixture(scope="module")
def environ(pg: Postgres) -> Iterator[dict[str, str]]:
    """Four migrated databases of our own: commands open and commit their own transactions."""
    yield {f"DATABASE_URL_{name.upper()}": pg.create(f"cli_{name}", name) for name in SERVICES}
    for name in SERVICES:
        pg.drop(f"cli_{name}")


@pytest.fixture
def run(environ: dict[str, str]) -> Callable[..., Result]:
    def invoke(*arguments: str, **more: str) -> Result:
        return CliRunner().invoke(essaim, list(arguments), env={**environ, **more})

    return invoke


@pytest.fixture
def letter(environ: dict[str, str]) -> Iterator[int]:
    """A dead letter of notification."""
    sample = json.loads(
        (ROOT / "shared/contracts/events/groupement.besoin.declare.v1.json").read_text()
    )
    envelope = {
        "specversion": "1.0",
        "id": "0198a3c0-0000-7000-8000-00000000beef",
        "type": sample["type"],
        "source": "urn:siret:90070001400013:groupement",
        "subject": "x",
        "sequence": 1,
        "time": "2026-03-02T08:00:00Z",
        "correlationid": "c1",
        "data": sample["exemple"],
    }
    database = Database(environ["DATABASE_URL_NOTIFICATION"])
    with database.session() as session:
        number = session.execute(
            sa.text(
                """
                INSERT INTO lettre_morte
                    (consumer, event_id, type, enveloppe, cause, erreur, attempts, first_seen_at)
                VALUES ('notification.on_journal', :id, :type, cast(:envelope AS jsonb),
                        'contrat', 'champ absent', 1, now()) RETURNING id
                """
            ),
            {"id": envelope["id"], "type": envelope["type"], "envelope": json.dumps(envelope)},
        ).scalar_one()
    yield int(number)
    with database.session() as session:
        session.execute(sa.text("DELETE FROM lettre_morte; DELETE FROM message_en_attente"))
    database.dispose()


def test_check_is_content_with_migrated_databases(run: Callable[..., Result]):
    result = run("check")
    assert (result.exit_code, result.output) == (0, "Tout est en ordre.\n")


def test_check_names_what_is_missing(run: Callable[..., Result], pg: Postgres):
    empty = pg.create("cli_vide")
    result = run(
        "check", DATABASE_URL_PAIEMENT=empty, DATABASE_URL_GROUPEMENT="postgresql://127.0.0.1:1/x"
    )
    assert result.exit_code == 1
    assert "paiement : schéma en aucune version" in result.output
    assert "groupement : base de données absente" in result.output


def test_migrate_may_be_run_again(run: Callable[..., Result]):
    result = run("migrate", "notification")
    assert (result.exit_code, result.output) == (0, "notification : à jour\n")


def test_dead_letters_are_listed_shown_and_replayed(run: Callable[..., Result], letter: int):
    listed = run("lettres", "list", "notification")
    assert "notification.on_journal" in listed.output
    assert "1 sur 1" in listed.output
    shown = json.loads(run("lettres", "show", "notification", str(letter)).output)
    assert shown["cause"] == "contrat"
    result = run("lettres", "replay", "notification", str(letter), "--motif", "corrigé")
    assert result.exit_code == 0, result.output
    assert "0 sur 0" in run("lettres", "list", "notification").output


def test_a_dead_letter_is_discarded_with_a_reason(run: Callable[..., Result], letter: int):
    assert run("lettres", "discard", "notification", str(letter)).exit_code == 2
    result = run("lettres", "discard", "notification", str(letter), "--motif", "doublon")
    assert result.output == f"Lettre {letter} écartée.\n"
    assert run("audit", "verify").output.count("intact") == len(SERVICES)


def test_a_broken_audit_chain_is_named(run: Callable[..., Result], environ: dict[str, str]):
    engine = sa.create_engine(environ["DATABASE_URL_GROUPEMENT"], poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit VALUES (1, now(), 'x', 'x', 'x', '{}', 'x', 'fausse')"
        )
    try:
        result = run("audit", "verify")
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE audit")
    assert result.exit_code == 1
    assert "groupement : rompu à la ligne 1" in result.output


def test_republish_hands_events_to_the_relay_again(
    run: Callable[..., Result], environ: dict[str, str]
):
    engine = sa.create_engine(environ["DATABASE_URL_PAIEMENT"], poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            """
            INSERT INTO outbox (id, type, source, subject, sequence, time, data, correlation_id,
                                published_at)
            VALUES (gen_random_uuid(), 't', 's', 'x', 1, '2026-03-02T08:00Z', '{}', 'c', now())
            """
        )
    told = run("relay", "republish", "paiement", "--since", "2026-03-02T07:00:00")
    assert told.output == "paiement : 1 événements à renvoyer\n"
    told = run("relay", "republish", "paiement", "--since", "2026-03-02T09:00:00")
    assert told.output == "paiement : 0 événements à renvoyer\n"


def test_the_legal_parameters_of_a_day_are_listed(run: Callable[..., Result]):
    result = run("parametres", "--date", "2026-03-02")
    assert "seuil_formalise_ht" in result.output
    assert result.exit_code == 0


def test_openapi_documents_are_written(run: Callable[..., Result], tmp_path: Path):
    result = run("openapi", "export", str(tmp_path))
    assert result.exit_code == 0, result.output
    for name in SERVICES:
        document = json.loads((tmp_path / f"{name}.json").read_text())
        assert document["openapi"].startswith("3.1")


def test_a_service_has_its_own_commands(environ: dict[str, str]):
    group = service_group(Service("notification"))
    for arguments in (["check"], ["wait", "--secondes", "5"], ["migrate"]):
        assert CliRunner().invoke(group, arguments, env=environ).exit_code == 0


def test_a_member_s_access_is_created_listed_and_revoked(environ: dict[str, str]):
    engine = sa.create_engine(environ["DATABASE_URL_GROUPEMENT"], poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO organisation (siret, nom, classe, lieu_livraison)"
            " VALUES ('90070002200016', 'SDIS 07', 'COLLECTIVITE', 'Privas')"
        )

    def jeton(*arguments: str) -> Result:
        group = service_group(Service("groupement"))
        return CliRunner().invoke(group, ["jeton", *arguments], env=environ)

    created = jeton("creer", "90070002200016", "Logiciel financier")
    assert created.stdout.startswith("ess_"), created.exception
    listed = jeton("liste").output
    assert "actif    Logiciel financier" in listed
    assert created.stdout.strip() not in listed
    assert jeton("revoquer", listed.split()[0]).output == "Accès révoqué.\n"
    assert "révoqué" in jeton("liste").output


def test_the_relay_has_nothing_to_do_without_a_broker(environ: dict[str, str]):
    result = CliRunner().invoke(service_group(Service("notification")), ["relay"], env=environ)
    assert result.exit_code == 1
    assert "AMQP_URL" in result.output


@pytest.mark.parametrize("module", ["services", "services.notification"])
def test_a_wrong_configuration_is_one_sentence(module: str):
    done = subprocess.run(
        [sys.executable, "-m", module, "check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PORT": "huit"},
    )
    assert done.returncode == 1
    assert "PORT (« huit ») est invalide" in done.stderr
    assert "Traceback" not in done.stderr
