"""Servers that these tests may crash: none of them is shared with the rest of the suite."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kit.rabbitmq import RabbitMQ, Unavailable, node, scripts
from tests.reliability.banc import Banc, Socle, opened

LONG = os.environ.get("ESSAIM_CHAOS") == "long"


@pytest.fixture(scope="session")
def courtier() -> Iterator[RabbitMQ]:
    """A broker of our own; skips where there is none, fails there in CI."""
    try:
        scripts()
    except Unavailable as reason:
        if os.environ.get("CI"):
            pytest.fail(str(reason))
        pytest.skip(str(reason))
    with node() as broker:
        yield broker


@pytest.fixture(scope="session")
def socle() -> Iterator[Socle]:
    with tempfile.TemporaryDirectory(prefix="essaim-fiabilite-") as folder:
        Path(folder).chmod(0o755)
        base = Socle(Path(folder))
        base.start()
        try:
            yield base
        finally:
            base.stop()


@pytest.fixture
def banc(socle: Socle, courtier: RabbitMQ, tmp_path: Path) -> Iterator[Banc]:
    with opened(socle, courtier, tmp_path) as bench:
        yield bench


@pytest.fixture
def dire(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a verdict or a figure even when the output of tests is captured."""

    def say(text: str) -> None:
        with capsys.disabled():
            print(f"\n  {text}", end="", flush=True)

    return say
