"""Buyers, contracts and advances, orders and receipts, invoices, cards, entered parameters.

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
        "acces_api",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoque_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('finances', 'porteur', 'entreprise')", name=op.f("ck_acces_api_role")
        ),
        sa.CheckConstraint("siret ~ '^\\d{14}$'", name=op.f("ck_acces_api_siret")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acces_api")),
        sa.UniqueConstraint("empreinte", name=op.f("uq_acces_api_empreinte")),
    )
    op.create_table(
        "acheteur",
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("classe", sa.Text(), nullable=False),
        sa.Column("depenses_reelles", MontantType(), nullable=True),
        sa.CheckConstraint(
            "classe IN ('ETAT', 'COLLECTIVITE', 'EPS', 'OPH', 'ENTREPRISE_PUBLIQUE', 'ENTITE_ADJUDICATRICE', 'AUTRE_POUVOIR_ADJUDICATEUR')",
            name=op.f("ck_acheteur_classe"),
        ),
        sa.CheckConstraint("siret ~ '^\\d{14}$'", name=op.f("ck_acheteur_siret")),
        sa.PrimaryKeyConstraint("siret", name=op.f("pk_acheteur")),
    )
    op.create_table(
        "commande",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("membre_siret", sa.Text(), nullable=False),
        sa.Column("membre_nom", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("conditionnement", sa.Text(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("prix_unitaire_ht", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("passee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("annulee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("motif_annulation", sa.Text(), nullable=True),
        sa.CheckConstraint("membre_siret ~ '^\\d{14}$'", name=op.f("ck_commande_membre_siret")),
        sa.CheckConstraint(
            "(annulee_le IS NULL) = (motif_annulation IS NULL)",
            name=op.f("ck_commande_motif_annulation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commande")),
        sa.UniqueConstraint("reference", name=op.f("uq_commande_reference")),
    )
    op.create_index(op.f("ix_commande_marche_id"), "commande", ["marche_id"], unique=False)
    op.create_table(
        "parametre_saisi",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valeur", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("saisi_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("reference <> ''", name=op.f("ck_parametre_saisi_reference")),
        sa.CheckConstraint("au >= du", name=op.f("ck_parametre_saisi_periode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parametre_saisi")),
    )
    op.create_index(
        "ix_parametre_saisi_code", "parametre_saisi", ["code", "saisi_le"], unique=False
    )
    op.create_table(
        "reception",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("conditionnement", sa.Text(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("demande", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("recue_le", sa.Date(), nullable=False),
        sa.CheckConstraint("quantite > 0", name=op.f("ck_reception_quantite")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception")),
    )
    op.create_index(op.f("ix_reception_marche_id"), "reception", ["marche_id"], unique=False)
    op.create_table(
        "carte",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("porteur", sa.Text(), nullable=False),
        sa.Column("fin_numero", sa.Text(), nullable=False),
        sa.Column("expire_le", sa.Date(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("porteur_actif", sa.Boolean(), nullable=False),
        sa.Column("plafond_transaction", MontantType(), nullable=False),
        sa.Column("plafond_periode", MontantType(), nullable=False),
        sa.Column("plafond_fournisseur", MontantType(), nullable=False),
        sa.Column("budget_annuel", MontantType(), nullable=True),
        sa.Column("familles_exclues", JSONB(), nullable=False),
        sa.Column("creee_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("fin_numero ~ '^\\d{4}$'", name=op.f("ck_carte_fin_numero")),
        sa.CheckConstraint(
            "plafond_transaction > 0 AND plafond_periode > 0 AND plafond_fournisseur > 0",
            name=op.f("ck_carte_plafonds"),
        ),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"], ["acheteur.siret"], name=op.f("fk_carte_acheteur_siret")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carte")),
    )
    op.create_index(op.f("ix_carte_acheteur_siret"), "carte", ["acheteur_siret"], unique=False)
    op.create_table(
        "fournisseur_reference",
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.CheckConstraint("siret ~ '^\\d{14}$'", name=op.f("ck_fournisseur_reference_siret")),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"],
            ["acheteur.siret"],
            name=op.f("fk_fournisseur_reference_acheteur_siret"),
        ),
        sa.PrimaryKeyConstraint("acheteur_siret", "siret", name=op.f("pk_fournisseur_reference")),
    )
    op.create_table(
        "marche",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("numero_engagement", sa.Text(), nullable=False),
        sa.Column("achat_id", sa.Uuid(), nullable=True),
        sa.Column("lot", sa.BigInteger(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("cpv", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("titulaire_siret", sa.Text(), nullable=False),
        sa.Column("titulaire_nom", sa.Text(), nullable=False),
        sa.Column("titulaire_pme", sa.Boolean(), nullable=False),
        sa.Column("titulaire_courriel", sa.Text(), nullable=True),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("taux_tva", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("duree_mois", sa.BigInteger(), nullable=False),
        sa.Column("date_lancement", sa.Date(), nullable=False),
        sa.Column("date_notification", sa.Date(), nullable=False),
        sa.Column("travaux", sa.Boolean(), nullable=False),
        sa.CheckConstraint("titulaire_siret ~ '^\\d{14}$'", name=op.f("ck_marche_titulaire_siret")),
        sa.CheckConstraint("duree_mois > 0", name=op.f("ck_marche_duree_mois")),
        sa.CheckConstraint("montant_ht >= 0", name=op.f("ck_marche_montant_ht")),
        sa.CheckConstraint("taux_tva >= 0", name=op.f("ck_marche_taux_tva")),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"], ["acheteur.siret"], name=op.f("fk_marche_acheteur_siret")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marche")),
        sa.UniqueConstraint("numero_engagement", name=op.f("uq_marche_numero_engagement")),
        sa.UniqueConstraint("reference", name=op.f("uq_marche_reference")),
    )
    op.create_index(op.f("ix_marche_acheteur_siret"), "marche", ["acheteur_siret"], unique=False)
    op.create_index(op.f("ix_marche_titulaire_siret"), "marche", ["titulaire_siret"], unique=False)
    op.create_table(
        "part_reception",
        sa.Column("reception_id", sa.Uuid(), nullable=False),
        sa.Column("commande_id", sa.Uuid(), nullable=False),
        sa.Column("membre_siret", sa.Text(), nullable=False),
        sa.Column("membre_nom", sa.Text(), nullable=False),
        sa.Column("part", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.CheckConstraint(
            "membre_siret ~ '^\\d{14}$'", name=op.f("ck_part_reception_membre_siret")
        ),
        sa.ForeignKeyConstraint(
            ["reception_id"], ["reception.id"], name=op.f("fk_part_reception_reception_id")
        ),
        sa.PrimaryKeyConstraint("reception_id", "commande_id", name=op.f("pk_part_reception")),
    )
    op.create_index("ix_part_reception_membre", "part_reception", ["membre_siret"], unique=False)
    op.create_table(
        "avance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("obligatoire", sa.Boolean(), nullable=False),
        sa.Column("garantie", sa.Boolean(), nullable=False),
        sa.Column("taux", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("assiette_ttc", MontantType(), nullable=False),
        sa.Column("montant", MontantType(), nullable=False),
        sa.Column("motifs", JSONB(), nullable=False),
        sa.Column("payable_avant_le", sa.Date(), nullable=False),
        sa.Column("acceptee_le", sa.Date(), nullable=True),
        sa.Column("versee_le", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(etat = 'VERSEE') = (versee_le IS NOT NULL)", name=op.f("ck_avance_versee")
        ),
        sa.CheckConstraint(
            "etat IN ('PROPOSEE', 'ACCEPTEE', 'VERSEE', 'REFUSEE')", name=op.f("ck_avance_etat")
        ),
        sa.CheckConstraint("montant > 0 AND taux > 0", name=op.f("ck_avance_montant")),
        sa.ForeignKeyConstraint(["marche_id"], ["marche.id"], name=op.f("fk_avance_marche_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avance")),
        sa.UniqueConstraint("marche_id", name=op.f("uq_avance_marche_id")),
    )
    op.create_table(
        "facture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.Text(), nullable=False),
        sa.Column("annee", sa.BigInteger(), nullable=False),
        sa.Column("emise_le", sa.Date(), nullable=False),
        sa.Column("fournisseur_siret", sa.Text(), nullable=False),
        sa.Column("fournisseur_nom", sa.Text(), nullable=False),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("marche_id", sa.Uuid(), nullable=True),
        sa.Column("reference_contrat", sa.Text(), nullable=True),
        sa.Column("reference_commande", sa.Text(), nullable=True),
        sa.Column("code_service", sa.Text(), nullable=True),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("montant_tva", MontantType(), nullable=False),
        sa.Column("montant_ttc", MontantType(), nullable=False),
        sa.Column("a_payer", MontantType(), nullable=False),
        sa.Column("tva", JSONB(), nullable=False),
        sa.Column("lignes", sa.BigInteger(), nullable=False),
        sa.Column("ibans", JSONB(), nullable=False),
        sa.Column("syntaxe", sa.Text(), nullable=False),
        sa.Column("conteneur", sa.Text(), nullable=False),
        sa.Column("profil", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("anomalies", JSONB(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("depuis_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deposee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recue_le", sa.Date(), nullable=False),
        sa.Column("executee_le", sa.Date(), nullable=True),
        sa.Column("service_fait_le", sa.Date(), nullable=True),
        sa.Column("suspendue_le", sa.Date(), nullable=True),
        sa.Column("motif_suspension", sa.Text(), nullable=True),
        sa.Column("pieces_demandees", sa.Text(), nullable=True),
        sa.Column("completee_le", sa.Date(), nullable=True),
        sa.Column("motif_rejet", sa.Text(), nullable=True),
        sa.Column("depart_le", sa.Date(), nullable=True),
        sa.Column("echeance_le", sa.Date(), nullable=True),
        sa.Column("retard_signale_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mandatee_le", sa.Date(), nullable=True),
        sa.Column("payee_le", sa.Date(), nullable=True),
        sa.Column("delai_jours", sa.BigInteger(), nullable=True),
        sa.Column("jours_retard", sa.BigInteger(), nullable=True),
        sa.Column("taux_interet", sa.Numeric(precision=18, scale=6), nullable=True),
        sa.Column("interets", MontantType(), nullable=True),
        sa.Column("indemnite", MontantType(), nullable=True),
        sa.CheckConstraint(
            "(etat = 'MISE_EN_PAIEMENT') = (payee_le IS NOT NULL)", name=op.f("ck_facture_payee")
        ),
        sa.CheckConstraint("conteneur IN ('XML', 'PDF')", name=op.f("ck_facture_conteneur")),
        sa.CheckConstraint(
            "etat <> 'REJETEE' OR motif_rejet IS NOT NULL", name=op.f("ck_facture_rejetee")
        ),
        sa.CheckConstraint(
            "etat <> 'SUSPENDUE' OR echeance_le IS NULL", name=op.f("ck_facture_suspendue")
        ),
        sa.CheckConstraint(
            "etat <> 'SUSPENDUE' OR suspendue_le IS NOT NULL", name=op.f("ck_facture_motif")
        ),
        sa.CheckConstraint(
            "etat IN ('DEPOSEE', 'MISE_A_DISPOSITION', 'SUSPENDUE', 'COMPLETEE', 'SERVICE_FAIT', 'MANDATEE', 'MISE_EN_PAIEMENT', 'REJETEE')",
            name=op.f("ck_facture_etat"),
        ),
        sa.CheckConstraint(
            "fournisseur_siret ~ '^\\d{14}$'", name=op.f("ck_facture_fournisseur_siret")
        ),
        sa.CheckConstraint(
            "syntaxe IN ('CII', 'UBL', 'UBL_AVOIR')", name=op.f("ck_facture_syntaxe")
        ),
        sa.CheckConstraint(
            "verdict <> 'valide' OR montant_ttc = montant_ht + montant_tva",
            name=op.f("ck_facture_montant_ttc"),
        ),
        sa.CheckConstraint(
            "verdict IN ('valide', 'invalide', 'indetermine')", name=op.f("ck_facture_verdict")
        ),
        sa.CheckConstraint("annee = extract(year FROM emise_le)", name=op.f("ck_facture_annee")),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"], ["acheteur.siret"], name=op.f("fk_facture_acheteur_siret")
        ),
        sa.ForeignKeyConstraint(["marche_id"], ["marche.id"], name=op.f("fk_facture_marche_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_facture")),
        sa.UniqueConstraint("empreinte", name=op.f("uq_facture_empreinte")),
    )
    op.create_index(
        "ix_facture_a_payer",
        "facture",
        ["echeance_le"],
        unique=False,
        postgresql_where=sa.text("etat NOT IN ('MISE_EN_PAIEMENT', 'REJETEE')"),
    )
    op.create_index(
        "ix_facture_acheteur", "facture", ["acheteur_siret", "etat", "echeance_le"], unique=False
    )
    op.create_index(
        op.f("ix_facture_fournisseur_siret"), "facture", ["fournisseur_siret"], unique=False
    )
    op.create_index(op.f("ix_facture_marche_id"), "facture", ["marche_id"], unique=False)
    op.create_index(
        "uq_facture_numero_par_fournisseur",
        "facture",
        ["fournisseur_siret", "annee", "numero"],
        unique=True,
        postgresql_where=sa.text("etat <> 'REJETEE'"),
    )
    op.create_table(
        "operation_carte",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("carte_id", sa.Uuid(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("accepteur_siret", sa.Text(), nullable=False),
        sa.Column("accepteur_nom", sa.Text(), nullable=False),
        sa.Column("montant_ttc", MontantType(), nullable=False),
        sa.Column("cpv", sa.Text(), nullable=True),
        sa.Column("marche_id", sa.Uuid(), nullable=True),
        sa.Column("motif_travaux", sa.Text(), nullable=False),
        sa.Column("autorisee", sa.Boolean(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column("explication", sa.Text(), nullable=False),
        sa.Column("controles", JSONB(), nullable=False),
        sa.Column("reste_periode", MontantType(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "accepteur_siret ~ '^\\d{14}$'", name=op.f("ck_operation_carte_accepteur_siret")
        ),
        sa.CheckConstraint("autorisee = (motif IS NULL)", name=op.f("ck_operation_carte_motif")),
        sa.CheckConstraint("montant_ttc > 0", name=op.f("ck_operation_carte_montant_ttc")),
        sa.ForeignKeyConstraint(
            ["carte_id"], ["carte.id"], name=op.f("fk_operation_carte_carte_id")
        ),
        sa.ForeignKeyConstraint(
            ["marche_id"], ["marche.id"], name=op.f("fk_operation_carte_marche_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_carte")),
    )
    op.create_index(
        "ix_operation_carte_depenses",
        "operation_carte",
        ["carte_id", "jour"],
        unique=False,
        postgresql_where=sa.text("autorisee"),
    )
    op.create_index(
        op.f("ix_operation_carte_marche_id"), "operation_carte", ["marche_id"], unique=False
    )
    op.create_index(
        "ix_operation_carte_recentes", "operation_carte", ["carte_id", "le"], unique=False
    )
    op.create_table(
        "fichier_facture",
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_fichier_facture_facture_id")
        ),
        sa.PrimaryKeyConstraint("facture_id", name=op.f("pk_fichier_facture")),
    )
    op.create_table(
        "passage_facture",
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("detenteur", sa.Text(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "etat IN ('DEPOSEE', 'MISE_A_DISPOSITION', 'SUSPENDUE', 'COMPLETEE', 'SERVICE_FAIT', 'MANDATEE', 'MISE_EN_PAIEMENT', 'REJETEE')",
            name=op.f("ck_passage_facture_etat"),
        ),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_passage_facture_facture_id")
        ),
        sa.PrimaryKeyConstraint("facture_id", "rang", name=op.f("pk_passage_facture")),
    )
    op.create_table(
        "rapprochement",
        sa.Column("reception_id", sa.Uuid(), nullable=False),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_rapprochement_facture_id")
        ),
        sa.ForeignKeyConstraint(
            ["reception_id"], ["reception.id"], name=op.f("fk_rapprochement_reception_id")
        ),
        sa.PrimaryKeyConstraint("reception_id", "acheteur_siret", name=op.f("pk_rapprochement")),
    )
    op.create_index(
        op.f("ix_rapprochement_facture_id"), "rapprochement", ["facture_id"], unique=False
    )
