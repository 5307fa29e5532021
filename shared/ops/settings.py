"""Settings read once from the environment; every default runs the demonstration.

A service adds its own by subclassing: `seuil: int = variable("SEUIL", 3, int)`. A variable marked
`secret` may also come from a file named by `<NAME>_FILE`.
"""

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from shared.kernel.errors import DomainError
from shared.kernel.identifiants import valider_siret
from shared.ops import demo, places

T = TypeVar("T")

DEMO = "demo"
PRODUCTION = "production"
DEMO_SECRET = "demonstration-ne-jamais-utiliser-en-production"  # noqa: S105
SECRET_MIN = 32
ACCESSIBILITE = ("non conforme", "partiellement conforme", "totalement conforme")


class ConfigurationError(Exception):
    """The environment cannot be used; one sentence per variable, with what to do."""

    def __init__(self, service: str, problems: list[str]) -> None:
        super().__init__("\n".join([f"Configuration de {service} :", *problems]))
        self.problems = problems


def variable(
    name: str,
    default: T,
    parse: Callable[[str], T] | None = None,
    *,
    secret: bool = False,
    required: bool = False,
) -> T:
    """A dataclass field read from the environment variable `name`.

    `secret`: it may come from a file. `required`: production has to give it.
    """
    metadata = {"name": name, "parse": parse or str, "secret": secret, "required": required}
    return field(default=default, metadata=metadata)


def choice(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"valeurs possibles : {', '.join(allowed)}")
        return text

    return parse


def boolean(text: str) -> bool:
    """`oui`, `1`, `true`, `on`, or their opposites."""
    if text.lower() in {"oui", "1", "true", "on"}:
        return True
    if text.lower() in {"non", "0", "false", "off"}:
        return False
    raise ValueError("écrivez oui ou non")


def au_moins_un(texte: str) -> int:
    nombre = int(texte)
    if nombre < 1:
        raise ValueError("écrivez un nombre entier supérieur à zéro")
    return nombre


def optional(parse: Callable[[str], T]) -> Callable[[str], T | None]:
    return parse


def siret(text: str) -> str:
    try:
        return valider_siret(text)
    except DomainError as error:
        raise ValueError(str(error)) from error


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every service needs; see docs/exploitation/configuration.md for the meaning of each."""

    service: str
    database_url: str
    env: str = variable("ENV", DEMO, choice(DEMO, PRODUCTION))
    amqp_url: str | None = variable("AMQP_URL", None, optional(str), secret=True)
    secret_key: str = variable("SECRET_KEY", DEMO_SECRET, secret=True, required=True)
    instance_siret: str = variable("INSTANCE_SIRET", demo.DEPARTEMENT.siret, siret, required=True)
    instance_nom: str = variable("INSTANCE_NOM", demo.DEPARTEMENT.nom, required=True)
    accent: str = variable("ACCENT", "")
    instance_lettre: str = variable("INSTANCE_LETTRE", "")
    contact: str = variable("CONTACT", demo.DEPARTEMENT.courriel, required=True)
    hebergeur: str = variable("HEBERGEUR", "")
    accessibilite: str = variable("ACCESSIBILITE", ACCESSIBILITE[0], choice(*ACCESSIBILITE))
    accessibilite_audit: dt.date | None = variable(
        "ACCESSIBILITE_AUDIT", None, optional(dt.date.fromisoformat)
    )
    host: str = variable("HOST", "127.0.0.1")
    port: int = variable("PORT", 8000, int)
    metrics_port: int = variable("METRICS_PORT", 0, int)
    public_url: str = variable("PUBLIC_URL", "", required=True)
    smtp_url: str = variable("SMTP_URL", "", secret=True, required=True)
    data_dir: Path = variable("DATA_DIR", Path("var"), Path)
    log_format: str = variable("LOG_FORMAT", "auto", choice("auto", "json", "texte"))
    log_level: str = variable("LOG_LEVEL", "INFO", choice("DEBUG", "INFO", "WARNING", "ERROR"))
    clock_file: Path | None = variable("CLOCK_FILE", None, optional(Path))
    web_threads: int = variable("WEB_THREADS", 8, int)
    proxys: int = variable("PROXYS", 0, int)
    pool_size: int = variable("DATABASE_POOL_SIZE", 5, int)
    listen_notify: bool = variable("LISTEN_NOTIFY", True, boolean)
    oidc_issuer: str | None = variable("OIDC_ISSUER", None, optional(str))
    oidc_client_id: str | None = variable("OIDC_CLIENT_ID", None, optional(str))
    oidc_client_secret: str | None = variable(
        "OIDC_CLIENT_SECRET", None, optional(str), secret=True
    )

    @property
    def production(self) -> bool:
        return self.env == PRODUCTION

    @classmethod
    def from_env(cls, service: str, environ: Mapping[str, str] | None = None) -> Self:
        """Read the settings of `service`; raise `ConfigurationError` naming every problem."""
        reader = _Reader(os.environ if environ is None else environ)
        values = {
            declared.name: reader.read(declared.metadata, declared.default)
            for declared in fields(cls)
            if "name" in declared.metadata
        }
        _complete(values, reader.given)
        values["database_url"] = reader.database_url(service, values["data_dir"])
        if values["env"] == PRODUCTION:
            required = [f.metadata["name"] for f in fields(cls) if f.metadata.get("required")]
            reader.problems += _production_problems(values, reader.given, required)
        if reader.problems:
            raise ConfigurationError(service, reader.problems)
        return cls(service=service, **values)


def _complete(values: dict[str, Any], given: set[str]) -> None:
    """Fill the defaults that follow from other values."""
    port = values["port"]
    values["metrics_port"] = values["metrics_port"] or port + 1100
    values["data_dir"] = (
        values["data_dir"].absolute() if "DATA_DIR" in given else places.default_data_dir()
    )
    values["public_url"] = (values["public_url"] or f"http://localhost:{port}").rstrip("/")
    values["smtp_url"] = values["smtp_url"] or f"smtp://127.0.0.1:{port + 25}"


def _production_problems(
    values: Mapping[str, Any], given: set[str], required: Sequence[str]
) -> list[str]:
    problems = [
        f"{name} est obligatoire avec ENV=production." for name in required if name not in given
    ]
    if "SECRET_KEY" in given and (
        values["secret_key"] == DEMO_SECRET or len(values["secret_key"]) < SECRET_MIN
    ):
        problems.append(
            f"SECRET_KEY doit être propre à l’instance et longue d’au moins {SECRET_MIN} "
            "caractères ; par exemple : openssl rand -hex 32."
        )
    if "DATABASE_URL" not in given:
        problems.append("DATABASE_URL_<SERVICE> ou DATABASE_URL est obligatoire en production.")
    if "CLOCK_FILE" in given:
        problems.append("CLOCK_FILE ne sert qu’à la démonstration : retirez-la en production.")
    return problems


class _Reader:
    """Reads variables, remembers which were given and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.given: set[str] = set()
        self.problems: list[str] = []

    def read(self, metadata: Mapping[str, Any], default: Any) -> Any:
        name = metadata["name"]
        text = self.text(name, secret=metadata["secret"])
        if not text:
            return default
        self.given.add(name)
        try:
            return metadata["parse"](text)
        except ValueError as error:
            shown = "" if metadata["secret"] else f" (« {text} »)"
            self.problems.append(f"{name}{shown} est invalide : {str(error).rstrip('.')}.")
            return default

    def text(self, name: str, *, secret: bool) -> str:
        value = self._environ.get(name, "").strip()
        path = self._environ.get(f"{name}_FILE", "") if secret else ""
        if value and path:
            self.problems.append(f"Donnez {name} ou {name}_FILE, pas les deux.")
        elif path:
            try:
                return Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.problems.append(f"{name}_FILE est illisible : {error}.")
        return value

    def database_url(self, service: str, data_dir: Path) -> str:
        """The service's own variable, else the common one with its database, else the demo's."""
        own_name = f"DATABASE_URL_{service.upper()}"
        own = self.text(own_name, secret=True)
        common = self.text("DATABASE_URL", secret=True)
        if not own and not common:
            return places.embedded_url(data_dir, service)
        self.given.add("DATABASE_URL")
        try:
            url = make_url(own or common)
        except ArgumentError:
            self.problems.append(f"{own_name if own else 'DATABASE_URL'} n’est pas une adresse.")
            return ""
        if not own:
            url = url.set(database=service)
        if url.get_backend_name() not in {"postgresql", "postgres"}:
            self.problems.append("Seul PostgreSQL est pris en charge (postgresql://…).")
        url = url.set(drivername="postgresql+psycopg2")
        return url.render_as_string(hide_password=False)
