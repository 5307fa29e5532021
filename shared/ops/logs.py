"""Logs on standard output: one JSON object per line for machines, one sentence for a person."""

import datetime as dt
import logging
import logging.config
import sys
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from shared.kernel.clock import PARIS
from shared.messaging.uow import CURRENT
from shared.ops.settings import Settings
from shared.ops.version import VERSION

_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_SHOWN = ("consumer", "event_type", "event_id", "correlation_id", "duration_ms")


class JsonLines(JsonFormatter):
    """Keys: ts, level, logger, msg, service, version, collectivite, and the record's extras.

    The usual extras are event_id, event_type, correlation_id, trace_id, partner and duration_ms.
    """

    def __init__(self, service: str, siret: str) -> None:
        super().__init__(json_ensure_ascii=False)
        self._common = {"service": service, "version": VERSION, "collectivite": siret[:9]}

    def add_fields(
        self,
        log_data: dict[str, Any],
        record: logging.LogRecord,
        message_dict: dict[str, Any],
    ) -> None:
        """Write our keys first, then the extras; `service` may be overridden by an extra."""
        log_data["ts"] = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat()
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["msg"] = record.getMessage()
        log_data.update(self._common)
        log_data.update({k: v for k, v in vars(record).items() if k not in _OWN})
        trace = CURRENT.get()
        if trace is not None:
            log_data.setdefault("correlation_id", trace.correlation_id)
        if "exc_info" in message_dict:
            log_data["exception"] = message_dict["exc_info"]


class Human(logging.Formatter):
    """Time in Paris, level, service, sentence, then the few extras that help."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        moment = dt.datetime.fromtimestamp(record.created, PARIS).strftime("%H:%M:%S")
        service = getattr(record, "service", self._service)
        extras = " ".join(f"{k}={vars(record)[k]}" for k in _SHOWN if vars(record).get(k))
        line = f"{moment} {record.levelname:<7} {service:<12} {record.getMessage()}"
        line = f"{line}  {extras}".rstrip()
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def formatter(settings: Settings, *, terminal: bool) -> logging.Formatter:
    """What `LOG_FORMAT` asks for; `auto` looks at where the output goes."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not terminal)
    if as_json:
        return JsonLines(settings.service, settings.instance_siret)
    return Human(settings.service)


def configure(settings: Settings) -> None:
    """Send everything to standard output, libraries included; warnings become log lines."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter(settings, terminal=sys.stdout.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for noisy in ("alembic", "amqp", "kombu", "faker", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
