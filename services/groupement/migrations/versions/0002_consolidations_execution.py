"""Consolidations, contracts, quotas, orders, receipts; the invariants of all tables.

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
        "consolidation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("recensement", sa.BigInteger(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("montant_estime_ht", MontantType(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("publicite", sa.Text(), nullable=False),
        sa.Column("explication", sa.Text(), nullable=False),
        sa.Column("seuils", JSONB(), nullable=False),
        sa.Column("faite_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_consolidation_achat_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consolidation")),
        sa.UniqueConstraint("achat_id", "numero", name=op.f("uq_consolidation_achat_id_numero")),
    )
    op.create_table(
        "contrat",
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.BigInteger(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("titulaire_siret", sa.Text(), nullable=False),
        sa.Column("titulaire_nom", sa.Text(), nullable=False),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("notifie_le", sa.Date(), nullable=False),
        sa.Column("fin_le", sa.Date(), nullable=False),
        sa.CheckConstraint("fin_le > notifie_le", name=op.f("ck_contrat_duree")),
        sa.CheckConstraint("montant_ht >= 0", name=op.f("ck_contrat_montant")),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_contrat_achat_id")),
        sa.PrimaryKeyConstraint("marche_id", name=op.f("pk_contrat")),
        sa.UniqueConstraint("achat_id", "lot", name=op.f("uq_contrat_achat_id_lot")),
        sa.UniqueConstraint("reference", name=op.f("uq_contrat_reference")),
    )
    op.create_table(
        "ligne",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consolidation_id", sa.Uuid(), nullable=False),
        sa.Column("lot", sa.BigInteger(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("designation", sa.Text(), nullable=False),
        sa.Column("lieu", sa.Text(), nullable=False),
        sa.Column("unite_base", sa.Text(), nullable=False),
        sa.Column("quantite_base", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("conditionnement", sa.Text(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("non_affecte_base", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("montant_estime_ht", MontantType(), nullable=False),
        sa.CheckConstraint("non_affecte_base >= 0", name=op.f("ck_ligne_non_affecte")),
        sa.CheckConstraint("quantite_base > 0 AND quantite > 0", name=op.f("ck_ligne_quantites")),
        sa.ForeignKeyConstraint(
            ["consolidation_id"], ["consolidation.id"], name=op.f("fk_ligne_consolidation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne")),
        sa.UniqueConstraint(
            "consolidation_id",
            "article",
            "lieu",
            name=op.f("uq_ligne_consolidation_id_article_lieu"),
        ),
    )
    op.create_table(
        "paiement",
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.Text(), nullable=False),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("montant_ttc", MontantType(), nullable=False),
        sa.Column("payee_le", sa.Date(), nullable=False),
        sa.Column("echeance_le", sa.Date(), nullable=False),
        sa.Column("delai_jours", sa.BigInteger(), nullable=False),
        sa.Column("interets", MontantType()),
        sa.Column("indemnite", MontantType(), nullable=False),
        sa.ForeignKeyConstraint(
            ["marche_id"], ["contrat.marche_id"], name=op.f("fk_paiement_marche_id")
        ),
        sa.PrimaryKeyConstraint("facture_id", name=op.f("pk_paiement")),
    )
    op.create_index(op.f("ix_paiement_marche_id"), "paiement", ["marche_id"], unique=False)
    op.create_table(
        "contrat_ligne",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("ligne_id", sa.Uuid(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("designation", sa.Text(), nullable=False),
        sa.Column("lieu", sa.Text(), nullable=False),
        sa.Column("conditionnement", sa.Text(), nullable=False),
        sa.Column("entier", sa.Boolean(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("prix_unitaire_ht", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.CheckConstraint(
            "quantite > 0 AND prix_unitaire_ht >= 0", name=op.f("ck_contrat_ligne_valeurs")
        ),
        sa.ForeignKeyConstraint(["ligne_id"], ["ligne.id"], name=op.f("fk_contrat_ligne_ligne_id")),
        sa.ForeignKeyConstraint(
            ["marche_id"], ["contrat.marche_id"], name=op.f("fk_contrat_ligne_marche_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contrat_ligne")),
        sa.UniqueConstraint(
            "marche_id", "ligne_id", name=op.f("uq_contrat_ligne_marche_id_ligne_id")
        ),
    )
    op.create_table(
        "composition",
        sa.Column("ligne_id", sa.Uuid(), nullable=False),
        sa.Column("besoin_id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("quantite_base", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("complement_base", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("besoin_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "quantite_base > 0 AND complement_base >= 0", name=op.f("ck_composition_quantites")
        ),
        sa.ForeignKeyConstraint(
            ["besoin_id"], ["besoin.id"], name=op.f("fk_composition_besoin_id")
        ),
        sa.ForeignKeyConstraint(["ligne_id"], ["ligne.id"], name=op.f("fk_composition_ligne_id")),
        sa.ForeignKeyConstraint(
            ["siret"], ["organisation.siret"], name=op.f("fk_composition_siret")
        ),
        sa.PrimaryKeyConstraint("ligne_id", "besoin_id", name=op.f("pk_composition")),
    )
    op.create_index(op.f("ix_composition_besoin_id"), "composition", ["besoin_id"], unique=False)
    op.create_table(
        "quota",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contrat_ligne_id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("montant_max_ht", MontantType(), nullable=False),
        sa.CheckConstraint("quantite >= 0 AND montant_max_ht >= 0", name=op.f("ck_quota_valeurs")),
        sa.ForeignKeyConstraint(
            ["contrat_ligne_id"], ["contrat_ligne.id"], name=op.f("fk_quota_contrat_ligne_id")
        ),
        sa.ForeignKeyConstraint(["siret"], ["organisation.siret"], name=op.f("fk_quota_siret")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota")),
        sa.UniqueConstraint(
            "contrat_ligne_id", "siret", name=op.f("uq_quota_contrat_ligne_id_siret")
        ),
    )
    op.create_index(op.f("ix_quota_siret"), "quota", ["siret"], unique=False)
    op.create_table(
        "reception",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contrat_ligne_id", sa.Uuid(), nullable=False),
        sa.Column("bon_livraison", sa.Text(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("demande", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("non_affecte", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("recue_le", sa.Date(), nullable=False),
        sa.Column("enregistree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "quantite > 0 AND non_affecte >= 0", name=op.f("ck_reception_quantites")
        ),
        sa.ForeignKeyConstraint(
            ["contrat_ligne_id"], ["contrat_ligne.id"], name=op.f("fk_reception_contrat_ligne_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception")),
        sa.UniqueConstraint(
            "contrat_ligne_id",
            "bon_livraison",
            name=op.f("uq_reception_contrat_ligne_id_bon_livraison"),
        ),
    )
    op.create_index(
        op.f("ix_reception_contrat_ligne_id"), "reception", ["contrat_ligne_id"], unique=False
    )
    op.create_table(
        "commande",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("quota_id", sa.Uuid(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("prix_unitaire_ht", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("canal", sa.Text(), nullable=False),
        sa.Column("reference_membre", sa.Text(), nullable=True),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("passee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("annulee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(etat = 'ANNULEE') = (annulee_le IS NOT NULL)", name=op.f("ck_commande_annulee")
        ),
        sa.CheckConstraint(
            "(etat = 'ANNULEE') = (motif IS NOT NULL)", name=op.f("ck_commande_motif")
        ),
        sa.CheckConstraint(
            "canal IN ('formulaire', 'tableur', 'evenement', 'api')", name=op.f("ck_commande_canal")
        ),
        sa.CheckConstraint("etat IN ('PASSEE', 'ANNULEE')", name=op.f("ck_commande_etat")),
        sa.CheckConstraint("quantite > 0", name=op.f("ck_commande_quantite")),
        sa.ForeignKeyConstraint(["quota_id"], ["quota.id"], name=op.f("fk_commande_quota_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commande")),
        sa.UniqueConstraint(
            "quota_id", "reference_membre", name=op.f("uq_commande_quota_id_reference_membre")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_commande_reference")),
    )
    op.create_index("ix_commande_quota", "commande", ["quota_id", "etat"], unique=False)
    op.create_table(
        "part",
        sa.Column("reception_id", sa.Uuid(), nullable=False),
        sa.Column("commande_id", sa.Uuid(), nullable=False),
        sa.Column("demande", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("part", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("explication", sa.Text(), nullable=False),
        sa.CheckConstraint("part BETWEEN 0 AND demande", name=op.f("ck_part_part")),
        sa.ForeignKeyConstraint(["commande_id"], ["commande.id"], name=op.f("fk_part_commande_id")),
        sa.ForeignKeyConstraint(
            ["reception_id"], ["reception.id"], name=op.f("fk_part_reception_id")
        ),
        sa.PrimaryKeyConstraint("reception_id", "commande_id", name=op.f("pk_part")),
    )
    op.create_index(op.f("ix_part_commande_id"), "part", ["commande_id"], unique=False)
    run_script(op.get_bind(), "services.groupement", "migrations/invariants.sql")
