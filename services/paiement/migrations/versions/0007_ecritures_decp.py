"""Entries of the ledger, open data of contracts, batches for the finance software.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import MontantType
from shared.db.sql import run_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    _ecritures()
    _decp()
    _liquidation()
    _suivi()
    run_script(op.get_bind(), "services.paiement.migrations", "ecritures.sql")


def _ecritures() -> None:
    op.create_table(
        "mouvement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("piece", sa.Text(), nullable=False),
        sa.Column("geste", sa.Text(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=True),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column("contrepasse_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "contrepasse_id IS NULL OR motif <> ''", name=op.f("ck_mouvement_motif")
        ),
        sa.CheckConstraint(
            "contrepasse_id IS NULL OR motif IS NOT NULL", name=op.f("ck_mouvement_motif_present")
        ),
        sa.ForeignKeyConstraint(
            ["contrepasse_id"], ["mouvement.id"], name=op.f("fk_mouvement_contrepasse_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mouvement")),
        sa.UniqueConstraint(
            "piece", "geste", "rang", name=op.f("uq_mouvement_piece_geste_rang")
        ),
        sa.UniqueConstraint("contrepasse_id", name=op.f("uq_mouvement_contrepasse_id")),
    )
    op.create_index(op.f("ix_mouvement_marche_id"), "mouvement", ["marche_id"])
    op.create_index("ix_mouvement_acheteur", "mouvement", ["acheteur_siret"])
    op.create_table(
        "ecriture",
        sa.Column("mouvement_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("compte", sa.Text(), nullable=False),
        sa.Column("montant", MontantType(), nullable=False),
        sa.CheckConstraint(
            "compte IN ('MARCHE', 'ENGAGE', 'CREDITS', 'ADMIS_HT', 'ADMIS_TVA', 'AILLEURS', "
            "'AVANCE', 'RETENUE', 'PENALITE', 'INTERETS', 'DUS', 'FOURNISSEUR', 'TRESORERIE')",
            name=op.f("ck_ecriture_compte"),
        ),
        sa.CheckConstraint("montant <> 0", name=op.f("ck_ecriture_montant")),
        sa.ForeignKeyConstraint(
            ["mouvement_id"], ["mouvement.id"], name=op.f("fk_ecriture_mouvement_id")
        ),
        sa.PrimaryKeyConstraint("mouvement_id", "rang", name=op.f("pk_ecriture")),
    )
    op.create_table(
        "controle_comptes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mouvements", sa.BigInteger(), nullable=False),
        sa.Column("ecarts", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_controle_comptes")),
    )
    op.create_index(op.f("ix_controle_comptes_le"), "controle_comptes", ["le"])


def _decp() -> None:
    op.create_table(
        "decp_complement",
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("champs", JSONB(), nullable=False),
        sa.Column("saisi_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["marche_id"], ["marche.id"], name=op.f("fk_decp_complement_marche_id")
        ),
        sa.PrimaryKeyConstraint("marche_id", name=op.f("pk_decp_complement")),
    )
    op.create_table(
        "decp_acte",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("duree_mois", sa.BigInteger(), nullable=False),
        sa.Column("notifie_le", sa.Date(), nullable=False),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("variation", sa.Text(), nullable=False),
        sa.CheckConstraint("siret ~ '^\\d{14}$'", name=op.f("ck_decp_acte_siret")),
        sa.CheckConstraint(
            "montant_ht >= 1 AND duree_mois >= 1", name=op.f("ck_decp_acte_valeurs")
        ),
        sa.ForeignKeyConstraint(["marche_id"], ["marche.id"], name=op.f("fk_decp_acte_marche_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decp_acte")),
    )
    op.create_index(op.f("ix_decp_acte_marche_id"), "decp_acte", ["marche_id"])
    op.create_table(
        "decp_version",
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("publiee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fiche", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("raison", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.CheckConstraint("version > 0 AND raison <> ''", name=op.f("ck_decp_version_valeurs")),
        sa.ForeignKeyConstraint(
            ["marche_id"], ["marche.id"], name=op.f("fk_decp_version_marche_id")
        ),
        sa.PrimaryKeyConstraint("marche_id", "version", name=op.f("pk_decp_version")),
    )
    op.create_table(
        "decp_alerte",
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["marche_id"], ["marche.id"], name=op.f("fk_decp_alerte_marche_id")
        ),
        sa.PrimaryKeyConstraint("marche_id", name=op.f("pk_decp_alerte")),
    )


def _liquidation() -> None:
    op.create_table(
        "lot_liquidation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("annee", sa.BigInteger(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("numero", sa.Text(), nullable=False),
        sa.Column("total", MontantType(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "acheteur_siret ~ '^\\d{14}$'", name=op.f("ck_lot_liquidation_acheteur_siret")
        ),
        sa.CheckConstraint("rang > 0", name=op.f("ck_lot_liquidation_rang")),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"], ["acheteur.siret"], name=op.f("fk_lot_liquidation_acheteur_siret")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_liquidation")),
        sa.UniqueConstraint(
            "acheteur_siret",
            "annee",
            "rang",
            name=op.f("uq_lot_liquidation_acheteur_siret_annee_rang"),
        ),
    )
    op.create_table(
        "ligne_liquidation",
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("piece", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("facture_id", sa.Uuid(), nullable=True),
        sa.Column("donnees", JSONB(), nullable=False),
        sa.CheckConstraint(
            "nature IN ('FACTURE', 'AVANCE', 'INTERETS')",
            name=op.f("ck_ligne_liquidation_nature"),
        ),
        sa.ForeignKeyConstraint(
            ["lot_id"], ["lot_liquidation.id"], name=op.f("fk_ligne_liquidation_lot_id")
        ),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_ligne_liquidation_facture_id")
        ),
        sa.PrimaryKeyConstraint("lot_id", "rang", name=op.f("pk_ligne_liquidation")),
        sa.UniqueConstraint("piece", name=op.f("uq_ligne_liquidation_piece")),
    )


def _suivi() -> None:
    op.create_table(
        "lien_fournisseur",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("demande_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utilise_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("siret ~ '^\\d{14}$'", name=op.f("ck_lien_fournisseur_siret")),
        sa.CheckConstraint("expire_le > demande_le", name=op.f("ck_lien_fournisseur_duree")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lien_fournisseur")),
    )
    op.create_index("ix_lien_fournisseur_recents", "lien_fournisseur", ["siret", "demande_le"])
    op.create_table(
        "piece_fournisseur",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("taille", sa.BigInteger(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("deposee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_piece_fournisseur_facture_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_piece_fournisseur")),
    )
    op.create_index(
        op.f("ix_piece_fournisseur_facture_id"), "piece_fournisseur", ["facture_id"]
    )
