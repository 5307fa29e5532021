"""The story that must always run, as `make story` plays it."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.db


@pytest.mark.timeout(400)
def test_the_story_runs_from_the_trigger_to_the_paid_invoice() -> None:
    played = subprocess.run(
        [sys.executable, "-m", "services", "story"],
        check=False,
        capture_output=True,
        text=True,
        timeout=380,
    )
    assert played.returncode == 0, played.stdout[-4_000:] + played.stderr[-4_000:]
    assert "l’histoire tient" in played.stdout
    assert played.stdout.count("✓") > 60
