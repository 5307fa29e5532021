"""Invoices of one debt, matching line by line, exceptions.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _affaires()


def _affaires() -> None:
    op.create_table(
        "affaire",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("fournisseur_siret", sa.Text(), nullable=False),
        sa.Column("ouverte_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "fournisseur_siret ~ '^\\d{14}$'", name=op.f("ck_affaire_fournisseur_siret")
        ),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"], ["acheteur.siret"], name=op.f("fk_affaire_acheteur_siret")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affaire")),
    )
    op.add_column("facture", sa.Column("affaire_id", sa.Uuid(), nullable=True))
    op.add_column(
        "facture", sa.Column("lien_affaire", sa.Text(), nullable=False, server_default="")
    )
    op.execute(
        "INSERT INTO affaire (id, acheteur_siret, fournisseur_siret, ouverte_le)"
        " SELECT id, acheteur_siret, fournisseur_siret, deposee_le FROM facture"
    )
    op.execute("UPDATE facture SET affaire_id = id")
    op.alter_column("facture", "affaire_id", nullable=False)
    op.alter_column("facture", "lien_affaire", server_default=None)
    op.create_foreign_key(
        op.f("fk_facture_affaire_id"), "facture", "affaire", ["affaire_id"], ["id"]
    )
    op.create_index(op.f("ix_facture_affaire_id"), "facture", ["affaire_id"])
    op.create_index(
        "uq_facture_vivante_par_affaire",
        "facture",
        ["affaire_id"],
        unique=True,
        postgresql_where=sa.text("etat <> 'REJETEE'"),
    )
