"""Settings: defaults that run the demo, files for secrets, and a production that refuses it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.ops.settings import DEMO_SECRET, ConfigurationError, Settings, variable

PRODUCTION = {
    "ENV": "production",
    "SECRET_KEY": "k" * 40,
    "INSTANCE_SIRET": "90070001400013",
    "INSTANCE_NOM": "Département de l’Ardèche",
    "CONTACT": "achats@departement.exemple",
    "PUBLIC_URL": "https://achats.exemple",
    "SMTP_URL": "smtp://relais.exemple",
    "DATABASE_URL": "postgresql://essaim@base.exemple/essaim",
}


@dataclass(frozen=True, kw_only=True)
class OwnSettings(Settings):
    seuil: int = variable("SEUIL", 3, int)


def problems(environ: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        Settings.from_env("groupement", environ)
    return str(caught.value)


def test_an_empty_environment_runs_the_demo():
    settings = Settings.from_env("groupement", {})
    assert settings.env == "demo"
    assert settings.amqp_url is None
    assert settings.secret_key == DEMO_SECRET
    assert settings.public_url == "http://localhost:8000"
    assert settings.data_dir.is_absolute()
    assert "/groupement?host=" in settings.database_url


def test_addresses_of_the_demo_follow_the_port():
    settings = Settings.from_env("publication", {"PORT": "9000"})
    assert settings.public_url == "http://localhost:9000"
    assert settings.smtp_url == "smtp://127.0.0.1:9025"


def test_the_database_of_a_common_server_is_named_after_the_service():
    url = Settings.from_env(
        "paiement", {"DATABASE_URL": "postgresql://u:p%40@h:5433/x?sslmode=require"}
    )
    assert url.database_url == "postgresql+psycopg2://u:p%40@h:5433/paiement?sslmode=require"


def test_a_service_s_own_database_wins_and_keeps_its_name():
    environ = {"DATABASE_URL": "postgresql://h/x", "DATABASE_URL_PAIEMENT": "postgres://h2/y"}
    assert Settings.from_env("paiement", environ).database_url == "postgresql+psycopg2://h2/y"
    assert Settings.from_env("groupement", environ).database_url.endswith("h/groupement")


def test_another_database_than_postgresql_is_refused():
    assert "PostgreSQL" in problems({"DATABASE_URL": "sqlite:///x.db"})
    assert "adresse" in problems({"DATABASE_URL": "pas une adresse"})


def test_secrets_come_from_files(tmp_path: Path):
    secret = tmp_path / "cle"
    secret.write_text("s" * 40 + "\n")
    assert Settings.from_env("groupement", {"SECRET_KEY_FILE": str(secret)}).secret_key == "s" * 40
    url = tmp_path / "url"
    url.write_text("postgresql://h/base")
    environ = {"DATABASE_URL_GROUPEMENT_FILE": str(url)}
    assert Settings.from_env("groupement", environ).database_url.endswith("h/base")


def test_a_secret_given_twice_or_unreadable_is_refused(tmp_path: Path):
    twice = {"SECRET_KEY": "a", "SECRET_KEY_FILE": str(tmp_path / "x")}
    assert "pas les deux" in problems(twice)
    assert "illisible" in problems({"SECRET_KEY_FILE": str(tmp_path / "absent")})


def test_every_problem_is_named_at_once_and_secrets_are_not_shown():
    message = problems({"PORT": "huit mille", "INSTANCE_SIRET": "123", "ENV": "prod"})
    for name in ("PORT", "INSTANCE_SIRET", "ENV", "« huit mille »"):
        assert name in message


def test_production_is_accepted_when_complete():
    settings = Settings.from_env("groupement", PRODUCTION)
    assert settings.production
    assert settings.public_url == "https://achats.exemple"


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if name != "ENV"])
def test_production_refuses_each_default_of_the_demo(missing: str):
    environ = {name: value for name, value in PRODUCTION.items() if name != missing}
    assert missing in problems(environ)


@pytest.mark.parametrize("key", [DEMO_SECRET, "court"])
def test_production_refuses_a_weak_or_published_key(key: str):
    message = problems(PRODUCTION | {"SECRET_KEY": key})
    assert "SECRET_KEY" in message
    assert key not in message


def test_production_refuses_a_movable_clock():
    assert "CLOCK_FILE" in problems(PRODUCTION | {"CLOCK_FILE": "/tmp/heure"})


@pytest.mark.parametrize(("text", "value"), [("non", False), ("oui", True), ("0", False)])
def test_a_switch_is_written_in_words_or_digits(text: str, value: bool):
    assert Settings.from_env("groupement", {"LISTEN_NOTIFY": text}).listen_notify is value


def test_a_switch_must_be_one_of_two():
    assert "oui ou non" in problems({"LISTEN_NOTIFY": "peut-être"})


def test_a_service_adds_its_own_variables():
    assert OwnSettings.from_env("groupement", {}).seuil == 3
    assert OwnSettings.from_env("groupement", {"SEUIL": "5"}).seuil == 5
