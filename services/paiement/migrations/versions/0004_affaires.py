"""Invoices of one debt, matching line by line, exceptions.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import MontantType

revision = "0004"
down_revision = "0003"


ETATS = (
    "'DEPOSEE', 'EN_COURS_ACHEMINEMENT', 'MISE_A_DISPOSITION', 'A_RECYCLER', 'SUSPENDUE',"
    " 'COMPLETEE', 'SERVICE_FAIT', 'MANDATEE', 'MISE_A_DISPOSITION_COMPTABLE', 'COMPTABILISEE',"
    " 'MISE_EN_PAIEMENT', 'REJETEE'"
)
QUANTITE = sa.Numeric(precision=18, scale=6)


def upgrade() -> None:
    _affaires()
    _statuts()
    _lignes()
    _reglages()
    _litiges()
    op.execute(sa.text(_BORNES))
    op.execute(sa.text(_TRANSITIONS))


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


def _statuts() -> None:
    for table in ("facture", "passage_facture"):
        nom = op.f(f"ck_{table}_etat")
        op.drop_constraint(nom, table)
        op.create_check_constraint(nom, table, f"etat IN ({ETATS})")
    op.add_column("passage_facture", sa.Column("code", sa.BigInteger(), nullable=True))
    op.add_column("passage_facture", sa.Column("motif", sa.Text(), nullable=True))
    op.add_column("facture", sa.Column("montant_paye", MontantType(), nullable=True))
    op.execute("UPDATE facture SET montant_paye = a_payer WHERE payee_le IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_facture_montant_paye"),
        "facture",
        "(payee_le IS NULL) = (montant_paye IS NULL)",
    )


def _lignes() -> None:
    op.create_table(
        "ligne_facture",
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("designation", sa.Text(), nullable=False),
        sa.Column("article_acheteur", sa.Text(), nullable=True),
        sa.Column("article_vendeur", sa.Text(), nullable=True),
        sa.Column("quantite", QUANTITE, nullable=False),
        sa.Column("prix_ht", QUANTITE, nullable=False),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=True),
        sa.Column("commandee", QUANTITE, nullable=False),
        sa.Column("recue", QUANTITE, nullable=False),
        sa.Column("deja_facturee", QUANTITE, nullable=False),
        sa.Column("prix_commande", QUANTITE, nullable=True),
        sa.Column("ecarts", JSONB(), nullable=False),
        sa.Column("ecart_ht", MontantType(), nullable=False),
        sa.CheckConstraint(
            "issue IN ('SANS_OBJET', 'CONFORME', 'ATTENTE', 'ECART')",
            name=op.f("ck_ligne_facture_issue"),
        ),
        sa.CheckConstraint(
            "(issue = 'ECART') = (ecarts <> '[]'::jsonb)", name=op.f("ck_ligne_facture_ecarts")
        ),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_ligne_facture_facture_id")
        ),
        sa.PrimaryKeyConstraint("facture_id", "rang", name=op.f("pk_ligne_facture")),
    )
    op.create_table(
        "exception_facture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("ouverte_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ecart_ht", MontantType(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column("decidee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acteur", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "decision IN ('ACCEPTEE', 'CONTESTEE', 'REJETEE', 'LEVEE')",
            name=op.f("ck_exception_facture_decision"),
        ),
        sa.CheckConstraint(
            "(decision IS NULL) = (decidee_le IS NULL) AND (decision IS NULL) = (motif IS NULL)",
            name=op.f("ck_exception_facture_decidee"),
        ),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_exception_facture_facture_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_facture")),
    )
    op.create_index(
        op.f("ix_exception_facture_facture_id"), "exception_facture", ["facture_id"]
    )
    op.create_index(
        "uq_exception_ouverte",
        "exception_facture",
        ["facture_id"],
        unique=True,
        postgresql_where=sa.text("decision IS NULL"),
    )


def _reglages() -> None:
    op.create_table(
        "reglage_reception",
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("tolerance_prix", QUANTITE, nullable=False),
        sa.Column("tolerance_quantite", QUANTITE, nullable=False),
        sa.Column("tolerance_montant", MontantType(), nullable=False),
        sa.Column("niveau_br_fr", sa.Text(), nullable=False),
        sa.Column("exigence", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "niveau_br_fr IN ('BLOQUER', 'AVERTIR', 'IGNORER')",
            name=op.f("ck_reglage_reception_niveau_br_fr"),
        ),
        sa.CheckConstraint(
            "exigence IN ('NONE', 'SERVICE', 'ENGAGEMENT', 'SERVICE_OR_ENGAGEMENT',"
            " 'SERVICE_AND_ENGAGEMENT')",
            name=op.f("ck_reglage_reception_exigence"),
        ),
        sa.CheckConstraint(
            "tolerance_prix BETWEEN 0 AND 1 AND tolerance_quantite BETWEEN 0 AND 1"
            " AND tolerance_montant >= 0",
            name=op.f("ck_reglage_reception_tolerances"),
        ),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"],
            ["acheteur.siret"],
            name=op.f("fk_reglage_reception_acheteur_siret"),
        ),
        sa.PrimaryKeyConstraint("acheteur_siret", name=op.f("pk_reglage_reception")),
    )
    op.create_table(
        "service_destinataire",
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=False),
        sa.Column("engagement_requis", sa.Boolean(), nullable=False),
        sa.CheckConstraint("code <> ''", name=op.f("ck_service_destinataire_code")),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"],
            ["acheteur.siret"],
            name=op.f("fk_service_destinataire_acheteur_siret"),
        ),
        sa.PrimaryKeyConstraint(
            "acheteur_siret", "code", name=op.f("pk_service_destinataire")
        ),
    )


def _litiges() -> None:
    op.create_table(
        "avoir",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("fournisseur_siret", sa.Text(), nullable=False),
        sa.Column("numero", sa.Text(), nullable=False),
        sa.Column("annee", sa.BigInteger(), nullable=False),
        sa.Column("emis_le", sa.Date(), nullable=False),
        sa.Column("montant_ht", MontantType(), nullable=False),
        sa.Column("montant_ttc", MontantType(), nullable=False),
        sa.Column("lignes", JSONB(), nullable=False),
        sa.Column("depose_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("montant_ttc > 0", name=op.f("ck_avoir_montant_ttc")),
        sa.ForeignKeyConstraint(["facture_id"], ["facture.id"], name=op.f("fk_avoir_facture_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avoir")),
        sa.UniqueConstraint("empreinte", name=op.f("uq_avoir_empreinte")),
        sa.UniqueConstraint(
            "fournisseur_siret",
            "annee",
            "numero",
            name=op.f("uq_avoir_fournisseur_siret_annee_numero"),
        ),
    )
    op.create_index(op.f("ix_avoir_facture_id"), "avoir", ["facture_id"])
    op.create_table(
        "contestation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("montant_ttc", MontantType(), nullable=False),
        sa.Column("couvert", MontantType(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("ouverte_le", sa.Date(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("close_le", sa.Date(), nullable=True),
        sa.Column("payee_le", sa.Date(), nullable=True),
        sa.Column("jours_retard", sa.BigInteger(), nullable=True),
        sa.Column("taux_interet", QUANTITE, nullable=True),
        sa.Column("interets", MontantType(), nullable=True),
        sa.Column("indemnite", MontantType(), nullable=True),
        sa.CheckConstraint("issue IN ('AVOIR', 'ADMISE')", name=op.f("ck_contestation_issue")),
        sa.CheckConstraint(
            "montant_ttc > 0 AND couvert BETWEEN 0 AND montant_ttc",
            name=op.f("ck_contestation_montants"),
        ),
        sa.CheckConstraint(
            "(issue IS NULL) = (close_le IS NULL)", name=op.f("ck_contestation_close")
        ),
        sa.CheckConstraint(
            "payee_le IS NULL OR issue = 'ADMISE'", name=op.f("ck_contestation_payee")
        ),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_contestation_facture_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contestation")),
    )
    op.create_index(op.f("ix_contestation_facture_id"), "contestation", ["facture_id"])


_BORNES = """
CREATE FUNCTION borner_avoirs() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    plafond numeric;
BEGIN
    SELECT montant_ttc INTO plafond FROM facture WHERE id = NEW.facture_id FOR UPDATE;
    IF (SELECT sum(montant_ttc) FROM avoir WHERE facture_id = NEW.facture_id) > plafond THEN
        RAISE EXCEPTION 'avoirs au-dela de la facture %', NEW.facture_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER borner_avoirs AFTER INSERT OR UPDATE ON avoir
    FOR EACH ROW EXECUTE FUNCTION borner_avoirs();
"""

_TRANSITIONS = """
CREATE FUNCTION verifier_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.etat, NEW.etat) NOT IN (
        ('DEPOSEE', 'EN_COURS_ACHEMINEMENT'),
        ('DEPOSEE', 'MISE_A_DISPOSITION'),
        ('EN_COURS_ACHEMINEMENT', 'MISE_A_DISPOSITION'),
        ('EN_COURS_ACHEMINEMENT', 'A_RECYCLER'),
        ('EN_COURS_ACHEMINEMENT', 'REJETEE'),
        ('MISE_A_DISPOSITION', 'SUSPENDUE'),
        ('MISE_A_DISPOSITION', 'A_RECYCLER'),
        ('MISE_A_DISPOSITION', 'REJETEE'),
        ('MISE_A_DISPOSITION', 'SERVICE_FAIT'),
        ('MISE_A_DISPOSITION', 'MANDATEE'),
        ('A_RECYCLER', 'MISE_A_DISPOSITION'),
        ('SUSPENDUE', 'COMPLETEE'),
        ('COMPLETEE', 'MISE_A_DISPOSITION'),
        ('SERVICE_FAIT', 'SUSPENDUE'),
        ('SERVICE_FAIT', 'MANDATEE'),
        ('MANDATEE', 'MISE_A_DISPOSITION_COMPTABLE'),
        ('MANDATEE', 'COMPTABILISEE'),
        ('MANDATEE', 'MISE_EN_PAIEMENT'),
        ('MISE_A_DISPOSITION_COMPTABLE', 'COMPTABILISEE'),
        ('MISE_A_DISPOSITION_COMPTABLE', 'MISE_EN_PAIEMENT'),
        ('COMPTABILISEE', 'MISE_EN_PAIEMENT')
    ) THEN
        RAISE EXCEPTION 'transition interdite de % a %', OLD.etat, NEW.etat
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER verifier_transition BEFORE UPDATE OF etat ON facture
    FOR EACH ROW WHEN (OLD.etat IS DISTINCT FROM NEW.etat)
    EXECUTE FUNCTION verifier_transition();
"""
