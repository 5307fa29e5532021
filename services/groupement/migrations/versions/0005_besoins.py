"""Needs, in depth: wished period, budget line, reasons, drafts, validation; calls and reminders;
opting in and out by lot.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import MontantType

revision = "0005"
down_revision = "0004"

TRACE = """
    siret || '|' || CAST(quantite_base AS TEXT)
    || CASE WHEN tolerance_base > 0 THEN '|' || CAST(tolerance_base AS TEXT) ELSE '' END
"""


def upgrade() -> None:
    _besoins()
    _appels()
    _participations()


def _besoins() -> None:
    for table in ("besoin", "increment_besoin"):
        for nom, type_ in (
            ("souhaite_du", sa.Date()),
            ("souhaite_au", sa.Date()),
            ("imputation", sa.Text()),
            ("motif", sa.Text()),
        ):
            op.add_column(table, sa.Column(nom, type_, nullable=True))
    op.add_column("besoin", sa.Column("valide_version", sa.BigInteger(), nullable=True))
    op.add_column("besoin", sa.Column("valide_le", sa.DateTime(timezone=True), nullable=True))
    op.add_column("besoin", sa.Column("valide_par", sa.Text(), nullable=True))
    op.add_column(
        "besoin",
        sa.Column("trace", sa.Text(), sa.Computed(TRACE, persisted=True), nullable=False),
    )
    op.create_index(
        "ix_besoin_lignes",
        "besoin",
        ["achat_id", "article", "lieu", "siret"],
        postgresql_include=["quantite_base", "tolerance_base", "trace"],
    )
    for nom, regle in (
        ("souhaite", "(souhaite_du IS NULL) = (souhaite_au IS NULL)"),
        ("periode", "souhaite_au >= souhaite_du"),
        ("motif", "quantite = 0 OR motif IS NULL"),
        ("valide", "valide_version <= version"),
        (
            "validation",
            "(valide_version IS NULL) = (valide_le IS NULL)"
            " AND (valide_le IS NULL) = (valide_par IS NULL)",
        ),
    ):
        op.create_check_constraint(op.f(f"ck_besoin_{nom}"), "besoin", regle)
    op.create_table(
        "brouillon",
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("lignes", JSONB(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("enregistre_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_brouillon_achat_id")),
        sa.ForeignKeyConstraint(["siret"], ["organisation.siret"], name=op.f("fk_brouillon_siret")),
        sa.PrimaryKeyConstraint("achat_id", "siret", name=op.f("pk_brouillon")),
    )


def _appels() -> None:
    op.create_table(
        "appel",
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("ouvert_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cloture_prevue_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clos_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column("minimum_ht", MontantType(), nullable=True),
        sa.Column("politique", sa.Text(), nullable=True),
        sa.Column("prolongation_jours", sa.BigInteger(), nullable=True),
        sa.Column("prolonge_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("numero > 0", name=op.f("ck_appel_numero")),
        sa.CheckConstraint("cloture_prevue_le > ouvert_le", name=op.f("ck_appel_cloture")),
        sa.CheckConstraint(
            "(minimum_ht IS NULL) = (politique IS NULL)", name=op.f("ck_appel_minimum")
        ),
        sa.CheckConstraint(
            "(politique IS NOT DISTINCT FROM 'PROLONGER') = (prolongation_jours IS NOT NULL)",
            name=op.f("ck_appel_prolongation"),
        ),
        sa.CheckConstraint("prolongation_jours > 0", name=op.f("ck_appel_jours")),
        sa.CheckConstraint(
            "politique IN ('PROLONGER', 'ANNULER')", name=op.f("ck_appel_politique")
        ),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_appel_achat_id")),
        sa.PrimaryKeyConstraint("achat_id", "numero", name=op.f("pk_appel")),
    )
    op.create_table(
        "rappel",
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("jours", sa.BigInteger(), nullable=False),
        sa.Column("du_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("traite_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["achat_id", "numero"],
            ["appel.achat_id", "appel.numero"],
            name=op.f("fk_rappel_achat_id_numero"),
        ),
        sa.PrimaryKeyConstraint("achat_id", "numero", "jours", name=op.f("pk_rappel")),
    )
    op.create_index(
        "ix_rappel_du_le", "rappel", ["du_le"], postgresql_where=sa.text("traite_le IS NULL")
    )
    op.create_table(
        "relance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("automatique", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["achat_id", "numero"],
            ["appel.achat_id", "appel.numero"],
            name=op.f("fk_relance_achat_id_numero"),
        ),
        sa.ForeignKeyConstraint(["siret"], ["organisation.siret"], name=op.f("fk_relance_siret")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relance")),
        sa.UniqueConstraint(
            "achat_id", "siret", "jour", name=op.f("uq_relance_achat_id_siret_jour")
        ),
    )


def _participations() -> None:
    op.add_column("participation", sa.Column("engagement_min_ht", MontantType(), nullable=True))
    op.create_check_constraint(
        op.f("ck_participation_engagement"),
        "participation",
        "engagement_min_ht <= engagement_max_ht",
    )
    op.create_table(
        "participation_lot",
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("lot", sa.BigInteger(), nullable=False),
        sa.Column("reponse", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reponse IN ('PARTICIPE', 'DECLINE')", name=op.f("ck_participation_lot_reponse")
        ),
        sa.ForeignKeyConstraint(
            ["achat_id", "lot"],
            ["lot.achat_id", "lot.numero"],
            name=op.f("fk_participation_lot_achat_id_lot"),
        ),
        sa.ForeignKeyConstraint(
            ["achat_id", "siret"],
            ["participation.achat_id", "participation.siret"],
            name=op.f("fk_participation_lot_achat_id_siret"),
        ),
        sa.PrimaryKeyConstraint("achat_id", "siret", "lot", name=op.f("pk_participation_lot")),
    )
