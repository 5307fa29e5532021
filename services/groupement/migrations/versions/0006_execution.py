"""Execution in depth: deliveries that add up, quotas that move, amendments, closing.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op

from shared.db.base import MontantType
from shared.db.sql import run_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("contrat", sa.Column("montant_initial_ht", MontantType(), nullable=True))
    op.execute("UPDATE contrat SET montant_initial_ht = montant_ht")
    op.alter_column("contrat", "montant_initial_ht", nullable=False)
    op.add_column(
        "contrat",
        sa.Column("tolerance", sa.Numeric(5, 4), nullable=False, server_default="0.05"),
    )
    op.create_check_constraint(op.f("ck_contrat_tolerance"), "contrat", "tolerance BETWEEN 0 AND 1")
    op.add_column("quota", sa.Column("initiale", sa.Numeric(18, 6), nullable=True))
    op.execute("UPDATE quota SET initiale = quantite")
    op.alter_column("quota", "initiale", nullable=False)
    op.add_column("contrat_ligne", sa.Column("remplace_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_contrat_ligne_remplace_id"),
        "contrat_ligne",
        "contrat_ligne",
        ["remplace_id"],
        ["id"],
    )
    op.drop_constraint(op.f("uq_contrat_ligne_marche_id_ligne_id"), "contrat_ligne")
    op.create_unique_constraint(
        op.f("uq_contrat_ligne_marche_id_ligne_id_article"),
        "contrat_ligne",
        ["marche_id", "ligne_id", "article"],
    )
    op.drop_constraint(op.f("ck_part_part"), "part")
    op.create_check_constraint(op.f("ck_part_part"), "part", "abs(part) <= demande")
    _receptions()
    _mouvements()
    _modifications()
    _reglement()
    run_script(op.get_bind(), "services.groupement", "migrations/execution.sql")


def _receptions() -> None:
    """A delivery, its reverse entry and the surplus it gives are rows that add up."""
    op.add_column(
        "reception", sa.Column("genre", sa.Text(), nullable=False, server_default="LIVRAISON")
    )
    op.alter_column("reception", "genre", server_default=None)
    op.add_column("reception", sa.Column("origine_id", sa.Uuid(), nullable=True))
    op.add_column("reception", sa.Column("motif", sa.Text(), nullable=True))
    op.add_column("reception", sa.Column("annoncee", sa.Numeric(18, 6), nullable=True))
    op.execute("UPDATE reception SET annoncee = quantite")
    op.alter_column("reception", "annoncee", nullable=False)
    op.create_foreign_key(
        op.f("fk_reception_origine_id"), "reception", "reception", ["origine_id"], ["id"]
    )
    op.drop_constraint(op.f("uq_reception_contrat_ligne_id_bon_livraison"), "reception")
    op.drop_constraint(op.f("ck_reception_quantites"), "reception")
    op.create_check_constraint(
        op.f("ck_reception_genre"),
        "reception",
        "genre IN ('LIVRAISON', 'CONTREPASSATION', 'ATTRIBUTION')",
    )
    op.create_check_constraint(
        op.f("ck_reception_quantites"),
        "reception",
        "CASE genre "
        "WHEN 'LIVRAISON' THEN quantite > 0 AND non_affecte >= 0 AND annoncee >= quantite "
        "WHEN 'CONTREPASSATION' THEN quantite < 0 AND non_affecte <= 0 "
        "ELSE quantite = 0 AND non_affecte < 0 END",
    )
    op.create_check_constraint(
        op.f("ck_reception_origine"), "reception", "(genre = 'LIVRAISON') = (origine_id IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_reception_motif"), "reception", "genre = 'LIVRAISON' OR motif IS NOT NULL"
    )
    op.create_index(
        "ix_reception_contrepassee",
        "reception",
        ["origine_id"],
        unique=True,
        postgresql_where=sa.text("genre = 'CONTREPASSATION'"),
    )


def _mouvements() -> None:
    """What moves around orders and quotas."""
    op.create_table('anomalie',
    sa.Column('reception_id', sa.Uuid(), nullable=False),
    sa.Column('genre', sa.Text(), nullable=False),
    sa.Column('quantite', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('motif', sa.Text(), nullable=False),
    sa.CheckConstraint("genre IN ('MANQUANT', 'CASSE', 'REFUSE')", name=op.f('ck_anomalie_genre')),
    sa.CheckConstraint("quantite > 0 AND motif <> ''", name=op.f('ck_anomalie_valeurs')),
    sa.ForeignKeyConstraint(['reception_id'], ['reception.id'], name=op.f('fk_anomalie_reception_id')),
    sa.PrimaryKeyConstraint('reception_id', 'genre', name=op.f('pk_anomalie'))
    )
    op.create_table('liberation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('commande_id', sa.Uuid(), nullable=False),
    sa.Column('genre', sa.Text(), nullable=False),
    sa.Column('quantite', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('motif', sa.Text(), nullable=False),
    sa.Column('explication', sa.Text(), nullable=False),
    sa.Column('reception_id', sa.Uuid(), nullable=True),
    sa.Column('le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.CheckConstraint("genre IN ('CLOTURE', 'AVOIR', 'SUBSTITUTION')", name=op.f('ck_liberation_genre')),
    sa.CheckConstraint("quantite > 0 AND motif <> ''", name=op.f('ck_liberation_valeurs')),
    sa.ForeignKeyConstraint(['commande_id'], ['commande.id'], name=op.f('fk_liberation_commande_id')),
    sa.ForeignKeyConstraint(['reception_id'], ['reception.id'], name=op.f('fk_liberation_reception_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_liberation'))
    )
    op.create_index(op.f('ix_liberation_commande_id'), 'liberation', ['commande_id'], unique=False)
    op.create_table('transfert_quota',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contrat_ligne_id', sa.Uuid(), nullable=False),
    sa.Column('genre', sa.Text(), nullable=False),
    sa.Column('de_siret', sa.Text(), nullable=True),
    sa.Column('vers_siret', sa.Text(), nullable=True),
    sa.Column('quantite', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('motif', sa.Text(), nullable=False),
    sa.Column('etat', sa.Text(), nullable=False),
    sa.Column('propose_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('propose_par', sa.Text(), nullable=False),
    sa.Column('repondu_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('repondu_par', sa.Text(), nullable=True),
    sa.Column('reception_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(etat = 'PROPOSE') = (repondu_le IS NULL)", name=op.f('ck_transfert_quota_repondu')),
    sa.CheckConstraint("CASE genre WHEN 'SURPLUS' THEN de_siret IS NULL AND vers_siret IS NOT NULL AND reception_id IS NOT NULL WHEN 'SUBSTITUTION' THEN de_siret IS NOT NULL AND vers_siret IS NULL ELSE de_siret IS NOT NULL AND vers_siret IS NOT NULL AND de_siret <> vers_siret END", name=op.f('ck_transfert_quota_parties')),
    sa.CheckConstraint("etat IN ('PROPOSE', 'ACCEPTE', 'REFUSE', 'RETIRE')", name=op.f('ck_transfert_quota_etat')),
    sa.CheckConstraint("genre IN ('ACCORD', 'COORDINATION', 'SURPLUS', 'SUBSTITUTION')", name=op.f('ck_transfert_quota_genre')),
    sa.CheckConstraint('quantite > 0', name=op.f('ck_transfert_quota_quantite')),
    sa.ForeignKeyConstraint(['contrat_ligne_id'], ['contrat_ligne.id'], name=op.f('fk_transfert_quota_contrat_ligne_id')),
    sa.ForeignKeyConstraint(['de_siret'], ['organisation.siret'], name=op.f('fk_transfert_quota_de_siret')),
    sa.ForeignKeyConstraint(['reception_id'], ['reception.id'], name=op.f('fk_transfert_quota_reception_id')),
    sa.ForeignKeyConstraint(['vers_siret'], ['organisation.siret'], name=op.f('fk_transfert_quota_vers_siret')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfert_quota'))
    )
    op.create_index('ix_transfert_quota_ligne', 'transfert_quota', ['contrat_ligne_id', 'etat'], unique=False)
    op.create_table('livraison_prevue',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contrat_ligne_id', sa.Uuid(), nullable=False),
    sa.Column('numero', sa.BigInteger(), nullable=False),
    sa.Column('prevue_le', sa.Date(), nullable=False),
    sa.Column('motif', sa.Text(), nullable=False),
    sa.Column('annoncee_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['contrat_ligne_id'], ['contrat_ligne.id'], name=op.f('fk_livraison_prevue_contrat_ligne_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_livraison_prevue'))
    )
    op.create_index('ix_livraison_prevue_ligne', 'livraison_prevue', ['contrat_ligne_id', 'numero'], unique=True)


def _modifications() -> None:
    """Amendments, prices and substitutions."""
    op.create_table('avenant',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('numero', sa.BigInteger(), nullable=False),
    sa.Column('motif', sa.Text(), nullable=False),
    sa.Column('objet', sa.Text(), nullable=False),
    sa.Column('montant_ht', MontantType(), nullable=False),
    sa.Column('signe_le', sa.Date(), nullable=False),
    sa.Column('cumul_part', sa.Numeric(precision=9, scale=6), nullable=False),
    sa.Column('total_part', sa.Numeric(precision=9, scale=6), nullable=False),
    sa.Column('avis_cao_le', sa.Date(), nullable=True),
    sa.Column('fin_le', sa.Date(), nullable=True),
    sa.Column('explication', sa.Text(), nullable=False),
    sa.Column('enregistre_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.CheckConstraint("motif IN ('CLAUSE_REEXAMEN', 'PRESTATIONS_NECESSAIRES', 'CIRCONSTANCES_IMPREVUES', 'SUBSTITUTION_TITULAIRE', 'NON_SUBSTANTIELLE', 'FAIBLE_MONTANT')", name=op.f('ck_avenant_motif')),
    sa.CheckConstraint("numero > 0 AND objet <> ''", name=op.f('ck_avenant_valeurs')),
    sa.ForeignKeyConstraint(['marche_id'], ['contrat.marche_id'], name=op.f('fk_avenant_marche_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_avenant')),
    sa.UniqueConstraint('marche_id', 'numero', name=op.f('uq_avenant_marche_id_numero'))
    )
    op.create_table('prix_ligne',
    sa.Column('contrat_ligne_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('prix_unitaire_ht', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('effet_le', sa.Date(), nullable=False),
    sa.Column('avenant_id', sa.Uuid(), nullable=False),
    sa.CheckConstraint('version > 1 AND prix_unitaire_ht >= 0', name=op.f('ck_prix_ligne_valeurs')),
    sa.ForeignKeyConstraint(['avenant_id'], ['avenant.id'], name=op.f('fk_prix_ligne_avenant_id')),
    sa.ForeignKeyConstraint(['contrat_ligne_id'], ['contrat_ligne.id'], name=op.f('fk_prix_ligne_contrat_ligne_id')),
    sa.PrimaryKeyConstraint('contrat_ligne_id', 'version', name=op.f('pk_prix_ligne'))
    )
    op.create_index(op.f('ix_prix_ligne_avenant_id'), 'prix_ligne', ['avenant_id'], unique=False)
    op.create_table('substitution',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contrat_ligne_id', sa.Uuid(), nullable=False),
    sa.Column('article', sa.Text(), nullable=False),
    sa.Column('designation', sa.Text(), nullable=False),
    sa.Column('prix_unitaire_ht', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('motif', sa.Text(), nullable=False),
    sa.Column('reponse_avant', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proposee_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.Column('close_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('nouvelle_ligne_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("prix_unitaire_ht >= 0 AND motif <> ''", name=op.f('ck_substitution_valeurs')),
    sa.CheckConstraint('nouvelle_ligne_id IS NULL OR close_le IS NOT NULL', name=op.f('ck_substitution_close')),
    sa.ForeignKeyConstraint(['contrat_ligne_id'], ['contrat_ligne.id'], name=op.f('fk_substitution_contrat_ligne_id')),
    sa.ForeignKeyConstraint(['nouvelle_ligne_id'], ['contrat_ligne.id'], name=op.f('fk_substitution_nouvelle_ligne_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_substitution'))
    )
    op.create_index(op.f('ix_substitution_contrat_ligne_id'), 'substitution', ['contrat_ligne_id'], unique=False)
    op.create_table('reponse_substitution',
    sa.Column('substitution_id', sa.Uuid(), nullable=False),
    sa.Column('siret', sa.Text(), nullable=False),
    sa.Column('reponse', sa.Text(), nullable=False),
    sa.Column('repondu_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.CheckConstraint("reponse IN ('ACCEPTE', 'REFUSE', 'SILENCE')", name=op.f('ck_reponse_substitution_reponse')),
    sa.ForeignKeyConstraint(['siret'], ['organisation.siret'], name=op.f('fk_reponse_substitution_siret')),
    sa.ForeignKeyConstraint(['substitution_id'], ['substitution.id'], name=op.f('fk_reponse_substitution_substitution_id')),
    sa.PrimaryKeyConstraint('substitution_id', 'siret', name=op.f('pk_reponse_substitution'))
    )


def _reglement() -> None:
    """Fees shared, and the closing."""
    op.create_table('frais',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('genre', sa.Text(), nullable=False),
    sa.Column('montant_ht', MontantType(), nullable=False),
    sa.Column('cle', sa.Text(), nullable=False),
    sa.Column('motif', sa.Text(), nullable=False),
    sa.Column('reception_id', sa.Uuid(), nullable=True),
    sa.Column('le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.CheckConstraint("cle IN ('AU_MONTANT', 'A_LA_QUANTITE', 'PARTS_EGALES', 'POURCENTAGES')", name=op.f('ck_frais_cle')),
    sa.CheckConstraint("genre IN ('FRAIS', 'TRANSPORT', 'REMISE', 'PENALITE', 'REFACTION')", name=op.f('ck_frais_genre')),
    sa.CheckConstraint("montant_ht <> 0 AND motif <> ''", name=op.f('ck_frais_valeurs')),
    sa.ForeignKeyConstraint(['marche_id'], ['contrat.marche_id'], name=op.f('fk_frais_marche_id')),
    sa.ForeignKeyConstraint(['reception_id'], ['reception.id'], name=op.f('fk_frais_reception_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_frais'))
    )
    op.create_index(op.f('ix_frais_marche_id'), 'frais', ['marche_id'], unique=False)
    op.create_table('part_frais',
    sa.Column('frais_id', sa.Uuid(), nullable=False),
    sa.Column('siret', sa.Text(), nullable=False),
    sa.Column('montant_ht', MontantType(), nullable=False),
    sa.Column('explication', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['frais_id'], ['frais.id'], name=op.f('fk_part_frais_frais_id')),
    sa.ForeignKeyConstraint(['siret'], ['organisation.siret'], name=op.f('fk_part_frais_siret')),
    sa.PrimaryKeyConstraint('frais_id', 'siret', name=op.f('pk_part_frais'))
    )
    op.create_table('solde',
    sa.Column('achat_id', sa.Uuid(), nullable=False),
    sa.Column('solde_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('montant_ht', MontantType(), nullable=False),
    sa.Column('renonciation_paiement', sa.Text(), nullable=True),
    sa.Column('renonciation_evaluation', sa.Text(), nullable=True),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['achat_id'], ['achat.id'], name=op.f('fk_solde_achat_id')),
    sa.PrimaryKeyConstraint('achat_id', name=op.f('pk_solde'))
    )
