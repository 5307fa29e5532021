"""Programmes of purchasing cards, statements and their reconciliation.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import MontantType

revision = "0005"
down_revision = "0004"

_JAMAIS_REECRIT = """
CREATE FUNCTION cartes_jamais_reecrit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

_OPERATION_ECRITE = """
CREATE FUNCTION operation_carte_ecrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.annulee_le IS NOT NULL
     OR to_jsonb(OLD) - '{annulee_le,motif_annulation}'::text[]
        <> to_jsonb(NEW) - '{annulee_le,motif_annulation}'::text[] THEN
    RAISE EXCEPTION 'an operation can only be cancelled, once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$
"""

# Décret 2023-209, art. 3: a contract with an advance is not executed by card, nor the reverse.
_CARTE_OU_AVANCE = """
CREATE FUNCTION carte_ou_avance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM avance WHERE marche_id = NEW.marche_id AND etat <> 'REFUSEE')
     AND EXISTS (SELECT 1 FROM operation_carte
                 WHERE marche_id = NEW.marche_id AND autorisee AND annulee_le IS NULL) THEN
    RAISE EXCEPTION 'a contract with an advance is not executed by card'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""


# Only the state of a statement moves; it closes when no line waits for a decision.
_RELEVE_ECRIT = """
CREATE FUNCTION releve_ecrit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(OLD) - '{etat,clos_le,paye_le}'::text[]
     <> to_jsonb(NEW) - '{etat,clos_le,paye_le}'::text[] THEN
    RAISE EXCEPTION 'a statement is written once' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.etat = 'IMPORTE' AND NEW.etat <> 'IMPORTE' AND EXISTS (
       SELECT 1 FROM suivi_ligne WHERE releve_id = NEW.id AND decidee_le IS NULL) THEN
    RAISE EXCEPTION 'a statement closes when every line is decided'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$
"""

_RELEVE_JUSTE = """
CREATE FUNCTION releve_juste() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  lignes record;
BEGIN
  SELECT count(*) AS nombre, coalesce(sum(montant_ttc), 0) AS total INTO lignes
    FROM ligne_releve WHERE releve_id = NEW.id;
  IF lignes.nombre <> NEW.nombre OR lignes.total <> NEW.total
     OR lignes.nombre <> (SELECT count(*) FROM suivi_ligne WHERE releve_id = NEW.id) THEN
    RAISE EXCEPTION 'the lines of a statement add up to its total'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$
"""


def _ecrites_une_fois(*tables: str) -> None:
    for table in tables:
        op.execute(
            f"CREATE TRIGGER {table}_jamais_reecrit BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION cartes_jamais_reecrit()"
        )


def _programmes() -> None:
    op.create_table(
        "programme_carte",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("acheteur_siret", sa.Text(), nullable=False),
        sa.Column("emetteur", sa.Text(), nullable=False),
        sa.Column("compte", sa.Text(), nullable=False),
        sa.Column("banque", sa.Text(), nullable=False),
        sa.Column("jours_recu", sa.BigInteger(), nullable=False),
        sa.Column("courriel", sa.Text(), nullable=True),
        sa.Column("ouvert_le", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "jours_recu BETWEEN 1 AND 90", name=op.f("ck_programme_carte_jours_recu")
        ),
        sa.ForeignKeyConstraint(
            ["acheteur_siret"], ["acheteur.siret"], name=op.f("fk_programme_carte_acheteur_siret")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme_carte")),
        sa.UniqueConstraint(
            "acheteur_siret",
            "emetteur",
            "compte",
            name=op.f("uq_programme_carte_acheteur_siret_emetteur_compte"),
        ),
    )
    op.create_table(
        "designation_carte",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("personne", sa.Text(), nullable=False),
        sa.Column("fonction", sa.Text(), nullable=False),
        sa.Column("depuis_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fin_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('ORDONNATEUR', 'RESPONSABLE_PROGRAMME_CARTE', 'PORTEUR', 'APPROBATEUR', "
            "'COMPTABLE')",
            name=op.f("ck_designation_carte_role"),
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme_carte.id"], name=op.f("fk_designation_carte_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_designation_carte")),
    )
    op.create_index(
        "uq_designation_carte_en_cours",
        "designation_carte",
        ["programme_id", "role", "personne"],
        unique=True,
        postgresql_where=sa.text("fin_le IS NULL"),
    )
    op.create_table(
        "ligne_budgetaire",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("exercice", sa.BigInteger(), nullable=False),
        sa.Column("compte", sa.Text(), nullable=False),
        sa.Column("libelle", sa.Text(), nullable=False),
        sa.Column("montant", MontantType(), nullable=False),
        sa.CheckConstraint("compte ~ '^\\d{2,10}$'", name=op.f("ck_ligne_budgetaire_compte")),
        sa.CheckConstraint("montant >= 0", name=op.f("ck_ligne_budgetaire_montant")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme_carte.id"], name=op.f("fk_ligne_budgetaire_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne_budgetaire")),
        sa.UniqueConstraint(
            "programme_id",
            "exercice",
            "compte",
            name=op.f("uq_ligne_budgetaire_programme_id_exercice_compte"),
        ),
    )


def _cartes() -> None:
    # Cards given before programmes existed enter one of their buyer's.
    op.execute(
        "INSERT INTO programme_carte (id, acheteur_siret, emetteur, compte, banque, jours_recu, "
        "ouvert_le) SELECT gen_random_uuid(), acheteur_siret, 'Émetteur à préciser', "
        "'à préciser', 'essaim', 15, min(creee_le) FROM carte GROUP BY acheteur_siret"
    )
    op.add_column("carte", sa.Column("programme_id", sa.Uuid(), nullable=True))
    op.add_column("carte", sa.Column("porteur_id", sa.Text(), nullable=True))
    op.add_column("carte", sa.Column("courriel", sa.Text(), nullable=True))
    op.add_column("carte", sa.Column("etat", sa.Text(), nullable=True))
    op.add_column("carte", sa.Column("suspension", sa.Text(), nullable=True))
    op.add_column("carte", sa.Column("ligne_id", sa.Uuid(), nullable=True))
    op.add_column("carte", sa.Column("mcc_exclus", JSONB(), nullable=True))
    op.execute(
        "UPDATE carte SET mcc_exclus = '[]', "
        "etat = CASE WHEN active THEN 'ACTIVE' ELSE 'SUSPENDUE' END, "
        "suspension = CASE WHEN active THEN NULL ELSE 'DECISION' END, "
        "programme_id = (SELECT p.id FROM programme_carte p "
        "WHERE p.acheteur_siret = carte.acheteur_siret)"
    )
    for colonne in ("programme_id", "etat", "mcc_exclus"):
        op.alter_column("carte", colonne, nullable=False)
    op.drop_column("carte", "active")
    op.create_foreign_key(
        op.f("fk_carte_programme_id"), "carte", "programme_carte", ["programme_id"], ["id"]
    )
    op.create_foreign_key(
        op.f("fk_carte_ligne_id"), "carte", "ligne_budgetaire", ["ligne_id"], ["id"]
    )
    op.create_index(op.f("ix_carte_programme_id"), "carte", ["programme_id"], unique=False)
    op.create_check_constraint(
        op.f("ck_carte_etat"), "carte", "etat IN ('A_ACTIVER', 'ACTIVE', 'SUSPENDUE', 'OPPOSEE')"
    )
    op.create_check_constraint(
        op.f("ck_carte_suspension"), "carte", "suspension IN ('DECISION', 'RECU_MANQUANT')"
    )
    op.create_check_constraint(
        op.f("ck_carte_suspendue"), "carte", "(etat = 'SUSPENDUE') = (suspension IS NOT NULL)"
    )
    op.create_table(
        "passage_carte",
        sa.Column("carte_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "etat IN ('A_ACTIVER', 'ACTIVE', 'SUSPENDUE', 'OPPOSEE')",
            name=op.f("ck_passage_carte_etat"),
        ),
        sa.ForeignKeyConstraint(["carte_id"], ["carte.id"], name=op.f("fk_passage_carte_carte_id")),
        sa.PrimaryKeyConstraint("carte_id", "rang", name=op.f("pk_passage_carte")),
    )
    op.create_table(
        "plafond_categorie",
        sa.Column("carte_id", sa.Uuid(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("plafond", MontantType(), nullable=False),
        sa.CheckConstraint("genre IN ('CPV', 'MCC')", name=op.f("ck_plafond_categorie_genre")),
        sa.CheckConstraint("code ~ '^(\\d{8}|\\d{4})$'", name=op.f("ck_plafond_categorie_code")),
        sa.CheckConstraint("plafond >= 0", name=op.f("ck_plafond_categorie_plafond")),
        sa.ForeignKeyConstraint(
            ["carte_id"], ["carte.id"], name=op.f("fk_plafond_categorie_carte_id")
        ),
        sa.PrimaryKeyConstraint("carte_id", "genre", "code", name=op.f("pk_plafond_categorie")),
    )


def _operations() -> None:
    op.add_column("operation_carte", sa.Column("code", sa.Text(), nullable=True))
    op.execute("UPDATE operation_carte SET code = upper(right(replace(id::text, '-', ''), 12))")
    op.alter_column("operation_carte", "code", nullable=False)
    op.add_column("operation_carte", sa.Column("mcc", sa.Text(), nullable=True))
    op.add_column("operation_carte", sa.Column("commande_id", sa.Uuid(), nullable=True))
    op.add_column("operation_carte", sa.Column("ligne_id", sa.Uuid(), nullable=True))
    op.add_column(
        "operation_carte", sa.Column("annulee_le", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("operation_carte", sa.Column("motif_annulation", sa.Text(), nullable=True))
    op.create_unique_constraint(op.f("uq_operation_carte_code"), "operation_carte", ["code"])
    op.create_foreign_key(
        op.f("fk_operation_carte_commande_id"),
        "operation_carte",
        "commande",
        ["commande_id"],
        ["id"],
    )
    op.create_foreign_key(
        op.f("fk_operation_carte_ligne_id"),
        "operation_carte",
        "ligne_budgetaire",
        ["ligne_id"],
        ["id"],
    )
    op.create_index(
        op.f("ix_operation_carte_ligne_id"), "operation_carte", ["ligne_id"], unique=False
    )
    op.create_check_constraint(
        op.f("ck_operation_carte_motif_annulation"),
        "operation_carte",
        "(annulee_le IS NULL) = (motif_annulation IS NULL)",
    )
    op.create_check_constraint(
        op.f("ck_operation_carte_annulee"), "operation_carte", "annulee_le IS NULL OR autorisee"
    )
    op.create_table(
        "piece_carte",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("nature", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("mimetype", sa.Text(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("deposee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.CheckConstraint("nature IN ('RECU', 'FACTURE')", name=op.f("ck_piece_carte_nature")),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation_carte.id"], name=op.f("fk_piece_carte_operation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_piece_carte")),
        sa.UniqueConstraint(
            "operation_id", "empreinte", name=op.f("uq_piece_carte_operation_id_empreinte")
        ),
    )


def _releves() -> None:
    op.create_table(
        "releve",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.Text(), nullable=False),
        sa.Column("emetteur", sa.Text(), nullable=False),
        sa.Column("du", sa.Date(), nullable=False),
        sa.Column("au", sa.Date(), nullable=False),
        sa.Column("total", MontantType(), nullable=False),
        sa.Column("nombre", sa.BigInteger(), nullable=False),
        sa.Column("fichier", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("recu_le", sa.Date(), nullable=False),
        sa.Column("echeance_le", sa.Date(), nullable=False),
        sa.Column("importe_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("clos_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paye_le", sa.Date(), nullable=True),
        sa.CheckConstraint("etat IN ('IMPORTE', 'CLOS', 'PAYE')", name=op.f("ck_releve_etat")),
        sa.CheckConstraint("(etat = 'IMPORTE') = (clos_le IS NULL)", name=op.f("ck_releve_clos")),
        sa.CheckConstraint("(etat = 'PAYE') = (paye_le IS NOT NULL)", name=op.f("ck_releve_paye")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme_carte.id"], name=op.f("fk_releve_programme_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releve")),
        sa.UniqueConstraint("programme_id", "numero", name=op.f("uq_releve_programme_id_numero")),
        sa.UniqueConstraint(
            "programme_id", "empreinte", name=op.f("uq_releve_programme_id_empreinte")
        ),
    )
    op.create_table(
        "ligne_releve",
        sa.Column("releve_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("carte", sa.Text(), nullable=False),
        sa.Column("autorisation", sa.Text(), nullable=True),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("accepteur_siret", sa.Text(), nullable=True),
        sa.Column("accepteur_nom", sa.Text(), nullable=False),
        sa.Column("mcc", sa.Text(), nullable=True),
        sa.Column("montant_ht", MontantType(), nullable=True),
        sa.Column("montant_tva", MontantType(), nullable=True),
        sa.Column("montant_ttc", MontantType(), nullable=False),
        sa.Column("niveau", sa.Text(), nullable=False),
        sa.Column("marche", sa.Text(), nullable=True),
        sa.Column("brute", JSONB(), nullable=False),
        sa.CheckConstraint("niveau IN ('1', '1BIS', '3')", name=op.f("ck_ligne_releve_niveau")),
        sa.CheckConstraint(
            "accepteur_siret ~ '^\\d{14}$'", name=op.f("ck_ligne_releve_accepteur_siret")
        ),
        sa.CheckConstraint("carte ~ '^\\d{4}$'", name=op.f("ck_ligne_releve_carte")),
        sa.CheckConstraint("montant_ttc <> 0", name=op.f("ck_ligne_releve_montant_ttc")),
        sa.ForeignKeyConstraint(
            ["releve_id"], ["releve.id"], name=op.f("fk_ligne_releve_releve_id")
        ),
        sa.PrimaryKeyConstraint("releve_id", "rang", name=op.f("pk_ligne_releve")),
    )
    op.create_table(
        "article_releve",
        sa.Column("releve_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("numero", sa.BigInteger(), nullable=False),
        sa.Column("designation", sa.Text(), nullable=False),
        sa.Column("quantite", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("prix_unitaire_ht", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.Column("taux_tva", sa.Numeric(precision=18, scale=6), nullable=False),
        sa.ForeignKeyConstraint(
            ["releve_id", "rang"],
            ["ligne_releve.releve_id", "ligne_releve.rang"],
            name=op.f("fk_article_releve_releve_id_rang"),
        ),
        sa.PrimaryKeyConstraint("releve_id", "rang", "numero", name=op.f("pk_article_releve")),
    )
    op.create_table(
        "suivi_ligne",
        sa.Column("releve_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.BigInteger(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=True),
        sa.Column("ecarts", JSONB(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column("decidee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decidee_par", sa.Text(), nullable=True),
        sa.Column("reponse", sa.Text(), nullable=True),
        sa.Column("issue", sa.Text(), nullable=True),
        sa.Column("repondue_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "etat IN ('RAPPROCHEE', 'EXCEPTION', 'APPROUVEE', 'CONTESTEE', 'RETIREE')",
            name=op.f("ck_suivi_ligne_etat"),
        ),
        sa.CheckConstraint("issue IN ('RETIREE', 'MAINTENUE')", name=op.f("ck_suivi_ligne_issue")),
        sa.CheckConstraint(
            "(etat IN ('RAPPROCHEE', 'EXCEPTION')) = (decidee_le IS NULL)",
            name=op.f("ck_suivi_ligne_decidee"),
        ),
        sa.CheckConstraint(
            "etat <> 'CONTESTEE' OR motif IS NOT NULL", name=op.f("ck_suivi_ligne_contestee")
        ),
        sa.CheckConstraint(
            "(reponse IS NULL) = (issue IS NULL)", name=op.f("ck_suivi_ligne_reponse")
        ),
        sa.ForeignKeyConstraint(
            ["operation_id"], ["operation_carte.id"], name=op.f("fk_suivi_ligne_operation_id")
        ),
        sa.ForeignKeyConstraint(
            ["releve_id", "rang"],
            ["ligne_releve.releve_id", "ligne_releve.rang"],
            name=op.f("fk_suivi_ligne_releve_id_rang"),
        ),
        sa.PrimaryKeyConstraint("releve_id", "rang", name=op.f("pk_suivi_ligne")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_suivi_ligne_operation_id")),
    )
    op.create_index(
        "ix_suivi_ligne_exceptions",
        "suivi_ligne",
        ["releve_id", "rang"],
        unique=False,
        postgresql_where=sa.text("etat = 'EXCEPTION'"),
    )


def upgrade() -> None:
    _programmes()
    _cartes()
    _operations()
    _releves()
    for fonction in (
        _JAMAIS_REECRIT,
        _OPERATION_ECRITE,
        _CARTE_OU_AVANCE,
        _RELEVE_ECRIT,
        _RELEVE_JUSTE,
    ):
        op.execute(fonction)
    _ecrites_une_fois("passage_carte", "piece_carte", "ligne_releve", "article_releve")
    op.execute(
        "CREATE TRIGGER releve_ecrit BEFORE UPDATE ON releve "
        "FOR EACH ROW EXECUTE FUNCTION releve_ecrit()"
    )
    op.execute(
        "CREATE TRIGGER releve_garde BEFORE DELETE ON releve "
        "FOR EACH ROW EXECUTE FUNCTION cartes_jamais_reecrit()"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER releve_juste AFTER INSERT ON releve DEFERRABLE "
        "INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION releve_juste()"
    )
    op.execute(
        "CREATE TRIGGER operation_carte_ecrite BEFORE UPDATE ON operation_carte "
        "FOR EACH ROW EXECUTE FUNCTION operation_carte_ecrite()"
    )
    op.execute(
        "CREATE TRIGGER operation_carte_gardee BEFORE DELETE ON operation_carte "
        "FOR EACH ROW EXECUTE FUNCTION cartes_jamais_reecrit()"
    )
    for table in ("avance", "operation_carte"):
        op.execute(
            f"CREATE CONSTRAINT TRIGGER {table}_carte_ou_avance AFTER INSERT OR UPDATE ON {table} "
            "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION carte_ou_avance()"
        )
