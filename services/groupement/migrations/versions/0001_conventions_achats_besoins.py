"""Organisations, conventions, purchases, needs.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint

from shared.db.base import MontantType
from shared.messaging.migrations import create_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_tables(op.get_bind())
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "compteur",
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("annee", sa.BigInteger(), nullable=False),
        sa.Column("dernier", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nom", "annee", name=op.f("pk_compteur")),
    )
    op.create_table(
        "organisation",
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("classe", sa.Text(), nullable=False),
        sa.Column("courriel", sa.Text(), nullable=True),
        sa.Column("lieu_livraison", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "classe IN ('ETAT', 'COLLECTIVITE', 'EPS', 'OPH', 'ENTREPRISE_PUBLIQUE', 'ENTITE_ADJUDICATRICE', 'AUTRE_POUVOIR_ADJUDICATEUR')",
            name=op.f("ck_organisation_classe"),
        ),
        sa.CheckConstraint("siret ~ '^\\d{14}$'", name=op.f("ck_organisation_siret")),
        sa.PrimaryKeyConstraint("siret", name=op.f("pk_organisation")),
    )
    op.create_table(
        "acces_membre",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=False),
        sa.Column("jeton_hash", sa.Text(), nullable=False),
        sa.Column("utilisateur_amqp", sa.Text(), nullable=True),
        sa.Column("evenements", ARRAY(sa.Text()), nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoque_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["siret"], ["organisation.siret"], name=op.f("fk_acces_membre_siret")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acces_membre")),
        sa.UniqueConstraint("jeton_hash", name=op.f("uq_acces_membre_jeton_hash")),
    )
    op.create_index(
        "ix_acces_membre_siret",
        "acces_membre",
        ["siret"],
        unique=False,
        postgresql_where=sa.text("revoque_le IS NULL"),
    )
    op.create_index(
        "uq_acces_membre_amqp",
        "acces_membre",
        ["utilisateur_amqp"],
        unique=True,
        postgresql_where=sa.text("revoque_le IS NULL"),
    )
    op.create_table(
        "agent",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("fonction", sa.Text(), nullable=False),
        sa.Column("roles", ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["siret"], ["organisation.siret"], name=op.f("fk_agent_siret")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
    )
    op.create_index(op.f("ix_agent_siret"), "agent", ["siret"], unique=False)
    op.create_table(
        "convention",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("coordonnateur", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("debut", sa.Date(), nullable=True),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "etat IN ('BROUILLON', 'EN_SIGNATURE') OR debut IS NOT NULL",
            name=op.f("ck_convention_en_vigueur_datee"),
        ),
        sa.CheckConstraint(
            "etat IN ('BROUILLON', 'EN_SIGNATURE', 'EN_VIGUEUR', 'SUSPENDUE', 'RESILIEE', 'EXPIREE')",
            name=op.f("ck_convention_etat"),
        ),
        sa.CheckConstraint(
            "mode IN ('PASSATION', 'PASSATION_SIGNATURE', 'INTEGREE')",
            name=op.f("ck_convention_mode"),
        ),
        sa.CheckConstraint("fin > debut", name=op.f("ck_convention_duree")),
        sa.ForeignKeyConstraint(
            ["coordonnateur"], ["organisation.siret"], name=op.f("fk_convention_coordonnateur")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convention")),
        sa.UniqueConstraint("nom", "version", name=op.f("uq_convention_nom_version")),
    )
    op.create_table(
        "achat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("famille", sa.Text(), nullable=False),
        sa.Column("cpv", sa.Text(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("lieu", sa.Text(), nullable=False),
        sa.Column("convention_id", sa.Uuid(), nullable=False),
        sa.Column("coordonnateur", sa.Text(), nullable=False),
        sa.Column("demandeur", sa.Text(), nullable=False),
        sa.Column("reference_membre", sa.Text(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("duree_mois", sa.BigInteger(), nullable=False),
        sa.Column("avance_taux", sa.Numeric(precision=5, scale=4), nullable=False),
        sa.Column("montant_estime_ht", MontantType(), nullable=True),
        sa.Column("publication_prevue_le", sa.Date(), nullable=True),
        sa.Column("recensement", sa.BigInteger(), nullable=False),
        sa.Column("cloture_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lance_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("motif_abandon", sa.Text(), nullable=True),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(etat = 'ABANDONNE') = (motif_abandon IS NOT NULL)", name=op.f("ck_achat_motif")
        ),
        sa.CheckConstraint(
            "etat <> 'RECENSEMENT_OUVERT' OR (recensement > 0 AND cloture_le IS NOT NULL)",
            name=op.f("ck_achat_cloture"),
        ),
        sa.CheckConstraint(
            "etat IN ('PROJET', 'RECENSEMENT_OUVERT', 'RECENSEMENT_CLOS', 'CONSOLIDE', 'LANCE', 'ATTRIBUE', 'NOTIFIE', 'EN_EXECUTION', 'SOLDE', 'ABANDONNE')",
            name=op.f("ck_achat_etat"),
        ),
        sa.CheckConstraint(
            "nature IN ('FOURNITURES', 'SERVICES', 'TRAVAUX', 'SERVICES_SOCIAUX')",
            name=op.f("ck_achat_nature"),
        ),
        sa.CheckConstraint("avance_taux BETWEEN 0 AND 1", name=op.f("ck_achat_avance")),
        sa.CheckConstraint("duree_mois > 0", name=op.f("ck_achat_duree")),
        sa.ForeignKeyConstraint(
            ["convention_id"], ["convention.id"], name=op.f("fk_achat_convention_id")
        ),
        sa.ForeignKeyConstraint(
            ["coordonnateur"], ["organisation.siret"], name=op.f("fk_achat_coordonnateur")
        ),
        sa.ForeignKeyConstraint(
            ["demandeur"], ["organisation.siret"], name=op.f("fk_achat_demandeur")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_achat")),
        sa.UniqueConstraint(
            "demandeur", "reference_membre", name=op.f("uq_achat_demandeur_reference_membre")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_achat_reference")),
    )
    op.create_index("ix_achat_etat", "achat", ["etat", "cloture_le"], unique=False)
    op.create_table(
        "adhesion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("convention_id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("deliberation_le", sa.Date(), nullable=True),
        sa.Column("effet_le", sa.Date(), nullable=True),
        sa.Column("fin_le", sa.Date(), nullable=True),
        ExcludeConstraint(
            (sa.column("convention_id"), "="),
            (sa.column("siret"), "="),
            (sa.text("daterange(effet_le, fin_le)"), "&&"),
            where=sa.text("effet_le IS NOT NULL"),
            using="gist",
            name="ex_adhesion_sejours",
        ),
        sa.CheckConstraint(
            "(deliberation_le IS NULL) = (effet_le IS NULL)", name=op.f("ck_adhesion_decidee")
        ),
        sa.CheckConstraint("effet_le >= deliberation_le", name=op.f("ck_adhesion_effet")),
        sa.CheckConstraint("fin_le > effet_le", name=op.f("ck_adhesion_fin")),
        sa.ForeignKeyConstraint(
            ["convention_id"], ["convention.id"], name=op.f("fk_adhesion_convention_id")
        ),
        sa.ForeignKeyConstraint(["siret"], ["organisation.siret"], name=op.f("fk_adhesion_siret")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adhesion")),
    )
    op.create_index(
        "uq_adhesion_invitation",
        "adhesion",
        ["convention_id", "siret"],
        unique=True,
        postgresql_where=sa.text("effet_le IS NULL"),
    )
    op.create_table(
        "lot",
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("cpv", sa.Text(), nullable=False),
        sa.CheckConstraint("numero > 0", name=op.f("ck_lot_numero")),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_lot_achat_id")),
        sa.PrimaryKeyConstraint("achat_id", "numero", name=op.f("pk_lot")),
    )
    op.create_table(
        "participation",
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("reponse", sa.Text(), nullable=False),
        sa.Column("engagement_max_ht", MontantType(), nullable=True),
        sa.Column("repondu_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("perimetre", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "NOT perimetre OR reponse = 'PARTICIPE'", name=op.f("ck_participation_perimetre")
        ),
        sa.CheckConstraint(
            "reponse IN ('PARTICIPE', 'DECLINE', 'SILENCE')", name=op.f("ck_participation_reponse")
        ),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_participation_achat_id")),
        sa.ForeignKeyConstraint(
            ["siret"], ["organisation.siret"], name=op.f("fk_participation_siret")
        ),
        sa.PrimaryKeyConstraint("achat_id", "siret", name=op.f("pk_participation")),
    )
    op.create_index("ix_participation_siret", "participation", ["siret"], unique=False)
    op.create_table(
        "article",
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("designation", sa.Text(), nullable=False),
        sa.Column("lot", sa.BigInteger(), nullable=False),
        sa.Column("unite_base", sa.Text(), nullable=False),
        sa.Column("prix_estime_ht", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("conditionnements", JSONB(), nullable=False),
        sa.Column("conditionnement_achat", sa.Text(), nullable=False),
        sa.CheckConstraint("prix_estime_ht >= 0", name=op.f("ck_article_prix")),
        sa.ForeignKeyConstraint(
            ["achat_id", "lot"],
            ["lot.achat_id", "lot.numero"],
            name=op.f("fk_article_achat_id_lot"),
        ),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_article_achat_id")),
        sa.PrimaryKeyConstraint("achat_id", "code", name=op.f("pk_article")),
    )
    op.create_table(
        "besoin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("achat_id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("lieu", sa.Text(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("unite", sa.Text(), nullable=False),
        sa.Column("tolerance", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("quantite_base", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("tolerance_base", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("canal", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("declare_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "canal IN ('formulaire', 'tableur', 'evenement', 'api')", name=op.f("ck_besoin_canal")
        ),
        sa.CheckConstraint("quantite >= 0 AND tolerance >= 0", name=op.f("ck_besoin_quantites")),
        sa.CheckConstraint(
            "quantite_base >= 0 AND tolerance_base >= 0", name=op.f("ck_besoin_quantites_base")
        ),
        sa.ForeignKeyConstraint(
            ["achat_id", "article"],
            ["article.achat_id", "article.code"],
            name=op.f("fk_besoin_achat_id_article"),
        ),
        sa.ForeignKeyConstraint(["achat_id"], ["achat.id"], name=op.f("fk_besoin_achat_id")),
        sa.ForeignKeyConstraint(["siret"], ["organisation.siret"], name=op.f("fk_besoin_siret")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_besoin")),
        sa.UniqueConstraint(
            "achat_id",
            "siret",
            "article",
            "lieu",
            name=op.f("uq_besoin_achat_id_siret_article_lieu"),
        ),
    )
    op.create_index(op.f("ix_besoin_siret"), "besoin", ["siret"], unique=False)
    op.create_table(
        "increment_besoin",
        sa.Column("besoin_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("recensement", sa.BigInteger(), nullable=False),
        sa.Column("increment_base", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("unite", sa.Text(), nullable=False),
        sa.Column("tolerance", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("canal", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["besoin_id"], ["besoin.id"], name=op.f("fk_increment_besoin_besoin_id")
        ),
        sa.PrimaryKeyConstraint("besoin_id", "version", name=op.f("pk_increment_besoin")),
    )
