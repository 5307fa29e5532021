"""What the platform expects of a service package, found by name and loaded only when needed.

The web process never loads `events`, which brings nameko; the worker never loads `app`.
"""

import importlib
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click
from flask import Flask

from shared.ops.context import ServiceContext, build_context
from shared.ops.jobs import Job
from shared.ops.settings import Settings


@dataclass(frozen=True, slots=True)
class Service:
    """One of the services, by the name of its package in `services`."""

    name: str

    def _module(self, name: str) -> Any:
        return importlib.import_module(f"services.{self.name}.{name}")

    def settings(self, environ: Mapping[str, str] | None = None) -> Settings:
        """Raise `ConfigurationError` when the environment cannot be used."""
        settings: Settings = self._module("settings").SETTINGS.from_env(self.name, environ)
        return settings

    def context(self, role: str, environ: Mapping[str, str] | None = None) -> ServiceContext:
        return build_context(self.settings(environ), role=role)

    @contextmanager
    def opened(self, role: str = "cli") -> Iterator[ServiceContext]:
        """A context for the length of a block."""
        context = self.context(role)
        try:
            yield context
        finally:
            context.close()

    def create_app(self, context: ServiceContext) -> Flask:
        app: Flask = self._module("app").create_app(context)
        return app

    @property
    def events(self) -> type:
        """Its nameko service class."""
        handlers: type = self._module("events").EVENTS
        return handlers

    @property
    def jobs(self) -> list[Job]:
        jobs: list[Job] = self._module("jobs").JOBS
        return jobs

    @property
    def semer(self) -> Callable[[ServiceContext], int]:
        """Fill the demonstration; idempotent, returns how many things were added."""
        seed: Callable[[ServiceContext], int] = self._module("demo").semer
        return seed

    @property
    def commandes(self) -> list[click.Command]:
        """Commands of its own, beside those that every service has."""
        if importlib.util.find_spec(f"services.{self.name}.commandes") is None:
            return []
        own: list[click.Command] = self._module("commandes").COMMANDES
        return own
