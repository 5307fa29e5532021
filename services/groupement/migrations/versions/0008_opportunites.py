"""Opportunities of grouping, members' plans, histories taken over, numbered requests.

Revision ID: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import MontantType
from shared.db.sql import run_script

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "attribution",
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("cpv", sa.Text(), nullable=False),
        sa.Column("lieu", sa.Text(), nullable=True),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("titulaire_siret", sa.Text(), nullable=False),
        sa.Column("titulaire_nom", sa.Text(), nullable=False),
        sa.Column("titulaire_pme", sa.Boolean(), nullable=False),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("notifie_le", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("marche_id", name=op.f("pk_attribution")),
    )
    op.create_index("ix_attribution_cpv", "attribution", [sa.text("left(cpv, 4)")], unique=False)
    op.create_table(
        "demande_sequence",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("demande_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_demande_sequence_sequence")),
        sa.PrimaryKeyConstraint("source", "objet", name=op.f("pk_demande_sequence")),
    )
    op.create_table(
        "historique",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("instance_siret", sa.Text(), nullable=False),
        sa.Column("instance_nom", sa.Text(), nullable=False),
        sa.Column("exporte_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("contenu", JSONB(), nullable=False),
        sa.Column("repris_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.CheckConstraint("siret ~ '^\\d{14}$'", name=op.f("ck_historique_siret")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_historique")),
        sa.UniqueConstraint("siret", "empreinte", name=op.f("uq_historique_siret_empreinte")),
    )
    op.create_table(
        "prevision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("cpv", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("lieu", sa.Text(), nullable=False),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=False),
        sa.Column("montant_estime_ht", MontantType(), nullable=True),
        sa.Column("fin_contrat_le", sa.Date(), nullable=True),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("maj_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("etat IN ('ACTIVE', 'RETIREE')", name=op.f("ck_prevision_etat")),
        sa.CheckConstraint(
            "nature IN ('FOURNITURES', 'SERVICES', 'TRAVAUX', 'SERVICES_SOCIAUX')",
            name=op.f("ck_prevision_nature"),
        ),
        sa.CheckConstraint("siret ~ '^\\d{14}$'", name=op.f("ck_prevision_siret")),
        sa.CheckConstraint("source IN ('saisie', 'programme')", name=op.f("ck_prevision_source")),
        sa.CheckConstraint("fin >= debut", name=op.f("ck_prevision_periode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prevision")),
        sa.UniqueConstraint(
            "siret", "source", "reference", name=op.f("uq_prevision_siret_source_reference")
        ),
    )
    op.create_index(
        "ix_prevision_vivantes",
        "prevision",
        ["siret"],
        unique=False,
        postgresql_where=sa.text("etat = 'ACTIVE'"),
    )
    op.create_table(
        "opportunite",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("convention_id", sa.Uuid(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("cpv", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("lieu", sa.Text(), nullable=False),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=False),
        sa.Column("montant_estime_ht", MontantType(), nullable=False),
        sa.Column("membres", JSONB(), nullable=False),
        sa.Column("analyse", JSONB(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column("achat_id", sa.Uuid(), nullable=True),
        sa.Column("detectee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decidee_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(etat = 'ECARTEE') = (motif IS NOT NULL)", name=op.f("ck_opportunite_motif")
        ),
        sa.CheckConstraint(
            "(etat = 'PROPOSEE') = (achat_id IS NOT NULL)", name=op.f("ck_opportunite_achat")
        ),
        sa.CheckConstraint(
            "(etat IN ('PROPOSEE', 'ECARTEE')) = (decidee_le IS NOT NULL)",
            name=op.f("ck_opportunite_decidee"),
        ),
        sa.CheckConstraint(
            "etat IN ('OUVERTE', 'PROPOSEE', 'ECARTEE', 'PERIMEE')",
            name=op.f("ck_opportunite_etat"),
        ),
        sa.CheckConstraint("fin >= debut", name=op.f("ck_opportunite_periode")),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_opportunite_achat_id")),
        sa.ForeignKeyConstraint(
            ["convention_id"], ["convention.id"], name=op.f("fk_opportunite_convention_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opportunite")),
        sa.UniqueConstraint("achat_id", name=op.f("uq_opportunite_achat_id")),
        sa.UniqueConstraint(
            "convention_id", "empreinte", name=op.f("uq_opportunite_convention_id_empreinte")
        ),
    )
    op.create_index("ix_opportunite_etat", "opportunite", ["etat"], unique=False)
    op.create_table(
        "opportunite_prevision",
        sa.Column("opportunite_id", sa.Uuid(), nullable=False),
        sa.Column("prevision_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunite_id"],
            ["opportunite.id"],
            name=op.f("fk_opportunite_prevision_opportunite_id"),
        ),
        sa.ForeignKeyConstraint(
            ["prevision_id"], ["prevision.id"], name=op.f("fk_opportunite_prevision_prevision_id")
        ),
        sa.PrimaryKeyConstraint(
            "opportunite_id", "prevision_id", name=op.f("pk_opportunite_prevision")
        ),
    )
    op.create_index(
        op.f("ix_opportunite_prevision_prevision_id"),
        "opportunite_prevision",
        ["prevision_id"],
        unique=False,
    )
    run_script(op.get_bind(), "services.groupement", "migrations/opportunites.sql")
