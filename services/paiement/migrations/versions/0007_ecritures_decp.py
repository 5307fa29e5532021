"""Entries of the ledger, open data of contracts, batches for the finance software.

Revision ID: 0007
"""

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nothing yet."""
