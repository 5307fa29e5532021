"""The catalogue of events: who emits what, who listens, and what every payload must look like."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import fastjsonschema

from shared.kernel.errors import ContractError

EVENTS = Path(__file__).parent / "events"

Sens = Literal["fait", "demande", "reponse"]


@dataclass(frozen=True, slots=True)
class Contract:
    """One event version. `listeners` are consumers written `service.method`.

    `sens` tells a fact of a service (`fait`), a request that a member's own software publishes
    (`demande`), and the answer that goes back to that member (`reponse`).
    """

    type: str
    resume: str
    sens: Sens
    emitter: str
    subject: str
    listeners: tuple[str, ...]
    schema: Mapping[str, Any]
    sample: Mapping[str, Any]
    check: Callable[[Any], Any]


class Catalogue:
    """All known contracts, by event type."""

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self._contracts = dict(contracts)

    def __iter__(self) -> Iterator[Contract]:
        return iter(self._contracts.values())

    def __contains__(self, type_: str) -> bool:
        return type_ in self._contracts

    def get(self, type_: str) -> Contract:
        """Return the contract, or raise `ContractError` for an unknown type."""
        try:
            return self._contracts[type_]
        except KeyError:
            raise ContractError(f"Événement inconnu : {type_}", code="type_inconnu") from None

    def validate(self, type_: str, data: Mapping[str, Any]) -> None:
        """Raise `ContractError` naming the faulty field when `data` breaks the contract."""
        contract = self.get(type_)
        try:
            contract.check(data)
        except fastjsonschema.JsonSchemaValueException as error:
            champ = error.name.removeprefix("data.") if error.name else ""
            raise ContractError(
                f"{type_} : {champ} ne respecte pas le contrat ({error.message})",
                code="contrat_non_respecte",
                champs={champ: error.message},
            ) from error

    def subscriptions(self, consumer: str) -> tuple[str, ...]:
        """Event types that the consumer `service.method` listens to, in a stable order."""
        return tuple(sorted(c.type for c in self if consumer in c.listeners))

    def consumers(self, service: str) -> tuple[str, ...]:
        """Every consumer of a service that some contract names."""
        prefix = f"{service}."
        return tuple(sorted({a for c in self for a in c.listeners if a.startswith(prefix)}))


def _read(path: Path) -> Contract:
    raw = json.loads(path.read_text(encoding="utf-8"))
    return Contract(
        type=raw["type"],
        resume=raw["resume"],
        sens=raw["sens"],
        emitter=raw["emetteur"],
        subject=raw["sujet"],
        listeners=tuple(raw["abonnes"]),
        schema=raw["schema"],
        sample=raw["exemple"],
        check=_lazily_compiled(raw["schema"]),
    )


def _lazily_compiled(schema: Mapping[str, Any]) -> Callable[[Any], Any]:
    """Compile on first use: a process validates only a few of the types it knows."""
    compiled: Callable[[Any], Any] | None = None

    def check(data: Any) -> Any:
        nonlocal compiled
        if compiled is None:
            compiled = fastjsonschema.compile(dict(schema))
        return compiled(data)

    return check


@cache
def load(folder: Path = EVENTS) -> Catalogue:
    """Read every contract file once per process."""
    contracts = (_read(path) for path in sorted(folder.glob("*.json")))
    return Catalogue({c.type: c for c in contracts})
