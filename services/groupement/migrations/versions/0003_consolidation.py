"""Consolidations, in depth: suppliers' minimums, what was decided of them, tolerances counted.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("article", sa.Column("minimum", sa.Numeric(precision=18, scale=6)))
    op.create_check_constraint(op.f("ck_article_minimum"), "article", "minimum > 0")
    op.add_column(
        "consolidation",
        sa.Column("decisions", JSONB(), nullable=False, server_default=sa.text("'[]'")),
    )
    op.add_column(
        "composition",
        sa.Column(
            "tolerance_base", sa.Numeric(precision=18, scale=6), nullable=False, server_default="0"
        ),
    )
    op.create_check_constraint(
        op.f("ck_composition_tolerance"), "composition", "complement_base <= tolerance_base"
    )
    op.alter_column("consolidation", "decisions", server_default=None)
    op.alter_column("composition", "tolerance_base", server_default=None)
