"""Lots cut again, classes and floors of members, calls to complete a pack.

Revision ID: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import MontantType
from shared.db.sql import run_script

revision = "0009"
down_revision = "0008"

_CPV_DU_LOT = """
UPDATE article SET cpv = lot.cpv FROM lot
 WHERE lot.achat_id = article.achat_id AND lot.numero = article.lot
"""
_DECOUPAGE_D_ALORS = """
ALTER TABLE consolidation DISABLE TRIGGER consolidation_figee;
UPDATE consolidation c SET decoupage = jsonb_build_object(
  'lots', (SELECT coalesce(jsonb_agg(jsonb_build_object(
             'numero', numero, 'objet', objet, 'cpv', cpv) ORDER BY numero), '[]')
             FROM lot WHERE lot.achat_id = c.achat_id),
  'articles', (SELECT coalesce(jsonb_object_agg(code, jsonb_build_object(
                 'lot', article.lot, 'lieux', '{}'::jsonb)), '{}')
                 FROM article WHERE article.achat_id = c.achat_id));
ALTER TABLE consolidation ENABLE TRIGGER consolidation_figee;
"""

_SANS_CLASSE_NI_PLANCHER = """
ALTER TABLE convention DISABLE TRIGGER USER;
UPDATE convention SET clauses = clauses || '{"priorites": [], "planchers": []}';
ALTER TABLE convention ENABLE TRIGGER USER;
"""


def upgrade() -> None:
    vide = sa.text("'{}'")
    op.add_column("article", sa.Column("cpv", sa.Text(), nullable=True))
    op.execute(_CPV_DU_LOT)
    op.alter_column("article", "cpv", nullable=False)
    op.add_column(
        "article", sa.Column("lots_par_lieu", JSONB(), nullable=False, server_default=vide)
    )
    op.alter_column("article", "lots_par_lieu", server_default=None)
    op.add_column(
        "consolidation", sa.Column("decoupage", JSONB(), nullable=False, server_default=vide)
    )
    op.get_bind().exec_driver_sql(_DECOUPAGE_D_ALORS)
    op.alter_column("consolidation", "decoupage", server_default=None)
    op.create_table(
        "decoupage",
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("methode", sa.Text(), nullable=False),
        sa.Column("plafond_ht", MontantType(), nullable=True),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("motif_lot_unique", sa.Text(), nullable=True),
        sa.Column("avant", JSONB(), nullable=False),
        sa.Column("apres", JSONB(), nullable=False),
        sa.Column("redemandees", JSONB(), nullable=False),
        sa.Column("recensement", sa.BigInteger(), nullable=True),
        sa.Column("fait_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "methode IN ('FAMILLE', 'LIEU', 'MONTANT', 'UNIQUE')",
            name=op.f("ck_decoupage_methode"),
        ),
        sa.CheckConstraint(
            "motif_lot_unique IN ('PRESTATIONS_INDISSOCIABLES', 'PILOTAGE', 'CONCURRENCE', "
            "'EXECUTION', 'INFRUCTUEUX')",
            name=op.f("ck_decoupage_motif_lot_unique"),
        ),
        sa.CheckConstraint("numero > 0", name=op.f("ck_decoupage_numero")),
        sa.CheckConstraint("length(btrim(motif)) > 0", name=op.f("ck_decoupage_motif")),
        sa.CheckConstraint(
            "(redemandees <> '{}') = (recensement IS NOT NULL)",
            name=op.f("ck_decoupage_redemandees"),
        ),
        sa.CheckConstraint(
            "(methode = 'MONTANT') = (plafond_ht IS NOT NULL)",
            name=op.f("ck_decoupage_plafond"),
        ),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_decoupage_achat_id")),
        sa.PrimaryKeyConstraint("achat_id", "numero", name=op.f("pk_decoupage")),
    )
    op.get_bind().exec_driver_sql(_SANS_CLASSE_NI_PLANCHER)
    run_script(op.get_bind(), "services.groupement", "migrations/lots.sql")
