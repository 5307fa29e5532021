"""Limits of payment by body, advances by regime, guarantees.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

from shared.db.base import MontantType

revision = "0003"
down_revision = "0002"

DERNIERE_RECUPERATION = """
CREATE FUNCTION recuperation_avance_tenue() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE versee numeric; rendue numeric;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        RAISE EXCEPTION 'recuperation_avance: entries are never edited' USING ERRCODE = '23514';
    END IF;
    SELECT montant INTO versee FROM avance
        WHERE id = NEW.avance_id AND etat = 'VERSEE' FOR UPDATE;
    SELECT coalesce(sum(montant), 0) INTO rendue FROM recuperation_avance
        WHERE avance_id = NEW.avance_id;
    IF versee IS NULL OR rendue + NEW.montant > versee THEN
        RAISE EXCEPTION 'recuperation_avance: more than the advance' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recuperation_avance_tenue BEFORE INSERT OR UPDATE OR DELETE
    ON recuperation_avance FOR EACH ROW EXECUTE FUNCTION recuperation_avance_tenue();
"""
ETAT_IMMUABLE = """
CREATE FUNCTION etat_liquidatif_immuable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.verse_le IS NOT NULL
        OR (to_jsonb(NEW) - 'verse_le') <> (to_jsonb(OLD) - 'verse_le') THEN
        RAISE EXCEPTION 'etat_liquidatif: a statement is never edited' USING ERRCODE = '23514';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER etat_liquidatif_immuable BEFORE UPDATE OR DELETE
    ON etat_liquidatif FOR EACH ROW EXECUTE FUNCTION etat_liquidatif_immuable();
"""


def upgrade() -> None:
    _limites()
    _avances()
    _horloge()


def _limites() -> None:
    op.add_column("acheteur", sa.Column("courriel_finances", sa.Text(), nullable=True))
    op.add_column("acheteur", sa.Column("comptable_jours", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_acheteur_comptable_jours"), "acheteur", "comptable_jours BETWEEN 1 AND 29"
    )
    op.add_column(
        "facture",
        sa.Column(
            "avance_recuperee", MontantType(), nullable=False, server_default=sa.text("0")
        ),
    )
    op.create_check_constraint(
        op.f("ck_facture_avance_recuperee"),
        "facture",
        "avance_recuperee BETWEEN 0 AND greatest(a_payer, 0)",
    )


def _avances() -> None:
    for colonne in (
        sa.Column("forme", sa.Text(), nullable=False, server_default="MARCHE"),
        sa.Column("cible", sa.Text(), nullable=False, server_default=""),
        sa.Column("garantie_type", sa.Text(), nullable=True),
        sa.Column("garantie_recue_le", sa.Date(), nullable=True),
        sa.Column("base_ttc", MontantType(), nullable=True),
        sa.Column("clause_fin", sa.Numeric(18, 6), nullable=True),
        sa.Column("commencement_le", sa.Date(), nullable=True),
        sa.Column("motif_refus", sa.Text(), nullable=True),
    ):
        op.add_column("avance", colonne)
    op.execute(
        "UPDATE avance SET base_ttc = round(m.montant_ht * (1 + m.taux_tva), 2), "
        "commencement_le = m.date_notification FROM marche m WHERE m.id = avance.marche_id"
    )
    for colonne in ("base_ttc", "commencement_le"):
        op.alter_column("avance", colonne, nullable=False)
    for colonne in ("forme", "cible"):
        op.alter_column("avance", colonne, server_default=None)
    op.drop_constraint("uq_avance_marche_id", "avance")
    op.create_unique_constraint(op.f("uq_avance_marche_id_cible"), "avance", ["marche_id", "cible"])
    op.drop_constraint("ck_avance_montant", "avance")
    for nom, regle in (
        ("forme", "forme IN ('MARCHE', 'TRANCHE', 'BON_DE_COMMANDE', 'ACCORD_CADRE_AVEC_MINIMUM')"),
        ("garantie_type", "garantie_type IN ('PREMIERE_DEMANDE', 'CAUTION')"),
        ("montant", "montant > 0 AND taux > 0 AND base_ttc >= montant"),
        ("garantie", "etat <> 'VERSEE' OR NOT garantie OR garantie_recue_le <= versee_le"),
        ("garantie_recue", "(garantie_type IS NULL) = (garantie_recue_le IS NULL)"),
        ("clause_fin", "clause_fin > 0 AND clause_fin <= 1"),
    ):
        op.create_check_constraint(op.f(f"ck_avance_{nom}"), "avance", regle)
    op.create_table(
        "recuperation_avance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("avance_id", sa.Uuid(), nullable=False),
        sa.Column("piece_id", sa.Uuid(), nullable=False),
        sa.Column("piece", sa.Text(), nullable=False),
        sa.Column("execute_ttc", MontantType(), nullable=False),
        sa.Column("montant", MontantType(), nullable=False),
        sa.Column("solde", sa.Boolean(), nullable=False),
        sa.Column("le", sa.Date(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("inscrite_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("montant > 0", name=op.f("ck_recuperation_avance_montant")),
        sa.ForeignKeyConstraint(
            ["avance_id"], ["avance.id"], name=op.f("fk_recuperation_avance_avance_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recuperation_avance")),
        sa.UniqueConstraint(
            "avance_id", "piece_id", name=op.f("uq_recuperation_avance_avance_id_piece_id")
        ),
    )
    op.create_index("ix_recuperation_avance_piece", "recuperation_avance", ["piece_id"])
    op.execute(DERNIERE_RECUPERATION)


def _horloge() -> None:
    op.create_table(
        "depart_facture",
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("origine", sa.Text(), nullable=False),
        sa.Column("le", sa.Date(), nullable=True),
        sa.Column("demandee_le", sa.Date(), nullable=True),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("saisi_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "origine IN ('NOTIFICATION', 'RECEPTION', 'NON_PROUVEE', 'SOUS_TRAITANT', "
            "'SOLDE_TRAVAUX')",
            name=op.f("ck_depart_facture_origine"),
        ),
        sa.CheckConstraint(
            "le IS NOT NULL OR origine IN ('NON_PROUVEE', 'SOUS_TRAITANT')",
            name=op.f("ck_depart_facture_le"),
        ),
        sa.CheckConstraint(
            "(origine = 'SOUS_TRAITANT') = (demandee_le IS NOT NULL)",
            name=op.f("ck_depart_facture_demandee_le"),
        ),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_depart_facture_facture_id")
        ),
        sa.PrimaryKeyConstraint("facture_id", name=op.f("pk_depart_facture")),
    )
    op.create_table(
        "alerte_echeance",
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("echeance_le", sa.Date(), nullable=False),
        sa.Column("jours", sa.BigInteger(), nullable=False),
        sa.Column("donnee_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("jours > 0", name=op.f("ck_alerte_echeance_jours")),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_alerte_echeance_facture_id")
        ),
        sa.PrimaryKeyConstraint(
            "facture_id", "echeance_le", "jours", name=op.f("pk_alerte_echeance")
        ),
    )
    op.create_table(
        "etat_liquidatif",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.Text(), nullable=False),
        sa.Column("facture_id", sa.Uuid(), nullable=False),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("principal_ttc", MontantType(), nullable=False),
        sa.Column("echeance_le", sa.Date(), nullable=False),
        sa.Column("payee_le", sa.Date(), nullable=False),
        sa.Column("jours_retard", sa.BigInteger(), nullable=False),
        sa.Column("taux", sa.Numeric(18, 6), nullable=False),
        sa.Column("interets", MontantType(), nullable=False),
        sa.Column("indemnite", MontantType(), nullable=False),
        sa.Column("a_verser_avant_le", sa.Date(), nullable=False),
        sa.Column("etabli_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verse_le", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "jours_retard > 0 AND jours_retard = payee_le - echeance_le",
            name=op.f("ck_etat_liquidatif_retard"),
        ),
        sa.CheckConstraint(
            "interets >= 0 AND indemnite >= 0", name=op.f("ck_etat_liquidatif_montants")
        ),
        sa.CheckConstraint("verse_le >= payee_le", name=op.f("ck_etat_liquidatif_verse_le")),
        sa.ForeignKeyConstraint(
            ["facture_id"], ["facture.id"], name=op.f("fk_etat_liquidatif_facture_id")
        ),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"], ["acheteur.siret"], name=op.f("fk_etat_liquidatif_acheteur_siret")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_etat_liquidatif")),
        sa.UniqueConstraint("facture_id", name=op.f("uq_etat_liquidatif_facture_id")),
        sa.UniqueConstraint("numero", name=op.f("uq_etat_liquidatif_numero")),
    )
    op.create_index(
        "ix_etat_liquidatif_a_verser",
        "etat_liquidatif",
        ["acheteur_siret", "a_verser_avant_le"],
        postgresql_where=sa.text("verse_le IS NULL"),
    )
    op.execute(ETAT_IMMUABLE)
