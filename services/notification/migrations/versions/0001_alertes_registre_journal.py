"""Alerts, the message ledger, the known notices, the journal.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import MontantType
from shared.messaging.migrations import create_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_tables(op.get_bind())
    op.create_table(
        "avis_connu",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("annule", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("publie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("donnees", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avis_connu")),
    )
    op.create_index(op.f("ix_avis_connu_publie_le"), "avis_connu", ["publie_le"], unique=False)
    op.create_table(
        "destinataire",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("courriel", sa.Text(), nullable=False),
        sa.Column("jeton", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "courriel = lower(courriel)", name=op.f("ck_destinataire_courriel_minuscule")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_destinataire")),
        sa.UniqueConstraint("courriel", name=op.f("uq_destinataire_courriel")),
        sa.UniqueConstraint("jeton", name=op.f("uq_destinataire_jeton")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("causation_id", sa.Text(), nullable=True),
        sa.Column("data", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_correlation_id"), "journal", ["correlation_id"], unique=False)
    op.create_index("ix_journal_recent", "journal", ["received_at", "id"], unique=False)
    op.create_index(op.f("ix_journal_subject"), "journal", ["subject"], unique=False)
    op.create_index("ix_journal_type", "journal", ["type", "received_at"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("modele", sa.Text(), nullable=False),
        sa.Column("objet_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("donnees", JSONB(), nullable=False),
        sa.Column("correlation_id", sa.Text(), nullable=False),
        sa.Column("causation_id", sa.Text(), nullable=True),
        sa.Column("inscrit_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "modele", "objet_id", "version", name=op.f("uq_message_modele_objet_id_version")
        ),
    )
    op.create_index(op.f("ix_message_inscrit_le"), "message", ["inscrit_le"], unique=False)
    op.create_index(op.f("ix_message_objet_id"), "message", ["objet_id"], unique=False)
    op.create_table(
        "abonnement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("destinataire_id", sa.Uuid(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("cpv", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("mots", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("lieux", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("departements", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("montant_min", MontantType(), nullable=True),
        sa.Column("montant_max", MontantType(), nullable=True),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("jeton_confirmation", sa.Text(), nullable=False),
        sa.Column("jeton_arret", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirme_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrete_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(etat = 'ARRETE') = (arrete_le IS NOT NULL)", name=op.f("ck_abonnement_arrete")
        ),
        sa.CheckConstraint(
            "etat <> 'ACTIF' OR confirme_le IS NOT NULL", name=op.f("ck_abonnement_confirme")
        ),
        sa.CheckConstraint(
            "etat IN ('EN_ATTENTE', 'ACTIF', 'ARRETE')", name=op.f("ck_abonnement_etat")
        ),
        sa.CheckConstraint(
            "cardinality(cpv) + cardinality(mots) > 0", name=op.f("ck_abonnement_criteres")
        ),
        sa.CheckConstraint("montant_min <= montant_max", name=op.f("ck_abonnement_montants")),
        sa.ForeignKeyConstraint(
            ["destinataire_id"], ["destinataire.id"], name=op.f("fk_abonnement_destinataire_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abonnement")),
        sa.UniqueConstraint("jeton_arret", name=op.f("uq_abonnement_jeton_arret")),
        sa.UniqueConstraint("jeton_confirmation", name=op.f("uq_abonnement_jeton_confirmation")),
    )
    op.create_index(
        op.f("ix_abonnement_destinataire_id"), "abonnement", ["destinataire_id"], unique=False
    )
    op.create_index(
        "ix_abonnement_en_attente",
        "abonnement",
        ["cree_le"],
        unique=False,
        postgresql_where=sa.text("etat = 'EN_ATTENTE'"),
    )
    op.create_index(
        "uq_abonnement_vivant",
        "abonnement",
        ["destinataire_id", "empreinte"],
        unique=True,
        postgresql_where=sa.text("etat <> 'ARRETE'"),
    )
    op.create_table(
        "remise",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("destinataire_id", sa.Uuid(), nullable=False),
        sa.Column("donnees", JSONB(), nullable=False),
        sa.Column("jeton_arret", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), server_default="A_REMETTRE", nullable=False),
        sa.Column("tentatives", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rapproche_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("essai_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remis_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("clos_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("raison", sa.Text(), nullable=True),
        sa.Column("annoncee", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "(etat = 'A_REMETTRE') = (clos_le IS NULL)", name=op.f("ck_remise_clos")
        ),
        sa.CheckConstraint(
            "(etat = 'REMIS') = (remis_le IS NOT NULL)", name=op.f("ck_remise_remis")
        ),
        sa.CheckConstraint(
            "etat IN ('A_REMETTRE', 'REMIS', 'ECHEC', 'REBOND', 'SANS_OBJET')",
            name=op.f("ck_remise_etat"),
        ),
        sa.ForeignKeyConstraint(
            ["destinataire_id"], ["destinataire.id"], name=op.f("fk_remise_destinataire_id")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_remise_message_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remise")),
        sa.UniqueConstraint("jeton_arret", name=op.f("uq_remise_jeton_arret")),
        sa.UniqueConstraint(
            "message_id", "destinataire_id", name=op.f("uq_remise_message_id_destinataire_id")
        ),
    )
    op.create_index(
        "ix_remise_a_annoncer",
        "remise",
        ["message_id"],
        unique=False,
        postgresql_where=sa.text("etat = 'REMIS' AND NOT annoncee"),
    )
    op.create_index(
        "ix_remise_a_remettre",
        "remise",
        ["essai_le", "id"],
        unique=False,
        postgresql_where=sa.text("etat = 'A_REMETTRE'"),
    )
    op.create_index(op.f("ix_remise_destinataire_id"), "remise", ["destinataire_id"], unique=False)
    op.create_table(
        "abonnement_cpv",
        sa.Column("racine", sa.Text(), nullable=False),
        sa.Column("abonnement_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["abonnement_id"],
            ["abonnement.id"],
            name=op.f("fk_abonnement_cpv_abonnement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("racine", "abonnement_id", name=op.f("pk_abonnement_cpv")),
    )
    op.create_index(
        op.f("ix_abonnement_cpv_abonnement_id"), "abonnement_cpv", ["abonnement_id"], unique=False
    )
    op.create_table(
        "abonnement_mot",
        sa.Column("pivot", sa.Text(), nullable=False),
        sa.Column("abonnement_id", sa.Uuid(), nullable=False),
        sa.Column("mot", sa.Text(), nullable=False),
        sa.Column("radicaux", sa.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["abonnement_id"],
            ["abonnement.id"],
            name=op.f("fk_abonnement_mot_abonnement_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pivot", "abonnement_id", "mot", name=op.f("pk_abonnement_mot")),
    )
    op.create_index(
        op.f("ix_abonnement_mot_abonnement_id"), "abonnement_mot", ["abonnement_id"], unique=False
    )
