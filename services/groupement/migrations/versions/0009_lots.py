"""Lots cut again, classes and floors of members, calls to complete a pack.

Revision ID: 0009
"""

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Nothing yet."""
