"""Programmes of purchasing cards, statements and their reconciliation.

Revision ID: 0005
"""

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Nothing yet."""
