"""What orders become: released, reversed, given a surplus, amended.

Revision ID: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import MontantType
from shared.db.sql import run_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "liberation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("commande_id", sa.Uuid(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "genre IN ('CLOTURE', 'AVOIR', 'SUBSTITUTION')", name=op.f("ck_liberation_genre")
        ),
        sa.CheckConstraint("quantite > 0 AND motif <> ''", name=op.f("ck_liberation_valeurs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_liberation")),
    )
    op.create_index(op.f("ix_liberation_commande_id"), "liberation", ["commande_id"])
    op.create_table(
        "avenant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("fin_le", sa.Date(), nullable=False),
        sa.Column("cumul_part", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("avis_cao_le", sa.Date(), nullable=True),
        sa.Column("signe_le", sa.Date(), nullable=False),
        sa.Column("explication", sa.Text(), nullable=False),
        sa.Column("prix", JSONB(), nullable=False),
        sa.CheckConstraint("numero > 0 AND objet <> ''", name=op.f("ck_avenant_valeurs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avenant")),
        sa.UniqueConstraint("marche_id", "numero", name=op.f("uq_avenant_marche_id_numero")),
    )
    op.create_index("ix_part_reception_commande", "part_reception", ["commande_id"])
    _receptions()
    run_script(op.get_bind(), "services.paiement", "migrations/engagements.sql")


def _receptions() -> None:
    """Deliveries get reverse entries and surpluses beside them."""
    op.add_column(
        "reception", sa.Column("genre", sa.Text(), nullable=False, server_default="LIVRAISON")
    )
    op.alter_column("reception", "genre", server_default=None)
    op.add_column("reception", sa.Column("origine_id", sa.Uuid(), nullable=True))
    op.add_column("reception", sa.Column("motif", sa.Text(), nullable=True))
    op.drop_constraint("ck_reception_quantite", "reception")
    for nom, regle in (
        ("genre", "genre IN ('LIVRAISON', 'CONTREPASSATION', 'ATTRIBUTION')"),
        (
            "quantite",
            "CASE genre WHEN 'LIVRAISON' THEN quantite > 0 "
            "WHEN 'CONTREPASSATION' THEN quantite < 0 ELSE quantite = 0 END",
        ),
        ("origine", "(genre = 'LIVRAISON') = (origine_id IS NULL)"),
        ("motif", "(genre = 'LIVRAISON') = (motif IS NULL)"),
    ):
        op.create_check_constraint(op.f(f"ck_reception_{nom}"), "reception", regle)
    op.create_index(
        "ix_reception_contrepassee",
        "reception",
        ["origine_id"],
        unique=True,
        postgresql_where=sa.text("genre = 'CONTREPASSATION'"),
    )
