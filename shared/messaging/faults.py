"""Named places where a test may crash the process, to prove that safety does not rest on luck.

`ESSAIM_FAULT=before_ack:3` kills the process, without any clean-up, the third time it gets there.
"""

import os
from dataclasses import dataclass
from functools import cache

POINTS = frozenset(
    {"after_commit", "after_publish", "before_mark", "after_effect", "before_ack", "after_send"}
)
EXIT_CODE = 70


@dataclass
class _Plan:
    point: str
    remaining: int


@cache
def _plan() -> _Plan | None:
    raw = os.environ.get("ESSAIM_FAULT")
    if not raw:
        return None
    if os.environ.get("ENV") == "production":
        raise RuntimeError("ESSAIM_FAULT est refusé en production")
    name, _, nth = raw.partition(":")
    if name not in POINTS:
        raise RuntimeError(f"ESSAIM_FAULT : point inconnu « {name} »")
    return _Plan(name, int(nth or 1))


def check() -> None:
    """Refuse at start a fault that is misspelt, or set in production."""
    _plan()


def point(name: str) -> None:
    """Die here if the environment says so; otherwise do nothing."""
    plan = _plan()
    if plan is None or plan.point != name:
        return
    plan.remaining -= 1
    if plan.remaining == 0:
        os._exit(EXIT_CODE)
