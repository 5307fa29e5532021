"""Opportunities and history, in depth.

Revision ID: 0008
"""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nothing yet."""
