"""Insertion hours, evaluations of contracts, yearly needs and innovation.

Revision ID: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from shared.db.base import MontantType
from shared.db.sql import run_script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("contrat", sa.Column("titulaire_courriel", sa.Text(), nullable=True))
    op.create_table('clause_insertion',
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('base_ht', MontantType(), nullable=False),
    sa.Column('part_main_oeuvre', sa.Numeric(precision=5, scale=4), nullable=False),
    sa.Column('effort', sa.Numeric(precision=5, scale=4), nullable=False),
    sa.Column('cout_horaire', MontantType(), nullable=False),
    sa.Column('heures_dues', sa.BigInteger(), nullable=False),
    sa.Column('coefficient_alternance', sa.Numeric(precision=4, scale=2), nullable=False),
    sa.Column('mutualisable', sa.Boolean(), nullable=False),
    sa.Column('penalite_horaire', MontantType(), nullable=False),
    sa.Column('fixee_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.CheckConstraint('coefficient_alternance >= 1 AND penalite_horaire >= 0', name=op.f('ck_clause_insertion_valeurs')),
    sa.CheckConstraint('heures_dues * cout_horaire <= base_ht * part_main_oeuvre * effort AND base_ht * part_main_oeuvre * effort < (heures_dues + 1) * cout_horaire', name=op.f('ck_clause_insertion_formule')),
    sa.ForeignKeyConstraint(['marche_id'], ['contrat.marche_id'], name=op.f('fk_clause_insertion_marche_id')),
    sa.PrimaryKeyConstraint('marche_id', name=op.f('pk_clause_insertion'))
    )
    op.create_table('heures_insertion',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('titulaire_siret', sa.Text(), nullable=False),
    sa.Column('personne', sa.Text(), nullable=False),
    sa.Column('public', sa.Text(), nullable=False),
    sa.Column('contrat_travail', sa.Text(), nullable=False),
    sa.Column('preuve', sa.Text(), nullable=False),
    sa.Column('preuve_reference', sa.Text(), nullable=False),
    sa.Column('debut', sa.Date(), nullable=False),
    sa.Column('fin', sa.Date(), nullable=False),
    sa.Column('heures', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('coefficient', sa.Numeric(precision=4, scale=2), nullable=False),
    sa.Column('etat', sa.Text(), nullable=False),
    sa.Column('motif', sa.Text(), nullable=True),
    sa.Column('declaree_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('declaree_par', sa.Text(), nullable=False),
    sa.Column('decidee_le', sa.DateTime(timezone=True), nullable=True),
    ExcludeConstraint((sa.column('titulaire_siret'), '='), (sa.column('personne'), '='), (sa.text("daterange(debut, fin, '[]')"), '&&'), where=sa.text("etat IN ('DECLAREE', 'VALIDEE')"), using='gist', name='ex_heures_insertion_personne'),
    sa.CheckConstraint("(etat = 'DECLAREE') = (decidee_le IS NULL)", name=op.f('ck_heures_insertion_decidee')),
    sa.CheckConstraint("(etat IN ('REFUSEE', 'ANNULEE')) = (motif IS NOT NULL)", name=op.f('ck_heures_insertion_motif')),
    sa.CheckConstraint("contrat_travail IN ('DROIT_COMMUN', 'STRUCTURE_INSERTION', 'APPRENTISSAGE', 'PROFESSIONNALISATION', 'CONTRAT_AIDE')", name=op.f('ck_heures_insertion_contrat_travail')),
    sa.CheckConstraint("etat IN ('DECLAREE', 'VALIDEE', 'REFUSEE', 'ANNULEE')", name=op.f('ck_heures_insertion_etat')),
    sa.CheckConstraint("personne ~ '^[A-Z0-9-]{4,20}$' AND personne ~ '\\d'", name=op.f('ck_heures_insertion_personne')),
    sa.CheckConstraint("preuve IN ('ATTESTATION_EMPLOI', 'ATTESTATION_SOCIALE', 'RECONNAISSANCE_HANDICAP', 'CONTRAT_ALTERNANCE', 'PRESCRIPTION', 'AUTRE')", name=op.f('ck_heures_insertion_preuve')),
    sa.CheckConstraint("public IN ('DEMANDEUR_EMPLOI', 'RSA', 'HANDICAP', 'JEUNE', 'SENIOR', 'REFUGIE', 'QPV')", name=op.f('ck_heures_insertion_public')),
    sa.CheckConstraint('coefficient > 0', name=op.f('ck_heures_insertion_coefficient')),
    sa.CheckConstraint('fin >= debut', name=op.f('ck_heures_insertion_periode')),
    sa.CheckConstraint("heures > 0 AND heures <= 24 * (fin - debut + 1) AND heures = round(heures, 2)", name=op.f('ck_heures_insertion_heures')),
    sa.ForeignKeyConstraint(['marche_id'], ['clause_insertion.marche_id'], name=op.f('fk_heures_insertion_marche_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_heures_insertion')),
    sa.UniqueConstraint('reference', name=op.f('uq_heures_insertion_reference'))
    )
    op.create_index(op.f('ix_heures_insertion_marche_id'), 'heures_insertion', ['marche_id'], unique=False)
    op.create_index(op.f('ix_heures_insertion_titulaire_siret'), 'heures_insertion', ['titulaire_siret'], unique=False)
    op.create_table('affectation_heures',
    sa.Column('declaration_id', sa.Uuid(), nullable=False),
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('heures', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.CheckConstraint('heures > 0', name=op.f('ck_affectation_heures_heures')),
    sa.ForeignKeyConstraint(['declaration_id'], ['heures_insertion.id'], name=op.f('fk_affectation_heures_declaration_id')),
    sa.ForeignKeyConstraint(['marche_id'], ['clause_insertion.marche_id'], name=op.f('fk_affectation_heures_marche_id')),
    sa.PrimaryKeyConstraint('declaration_id', 'marche_id', name=op.f('pk_affectation_heures'))
    )
    op.create_index('ix_affectation_heures_marche', 'affectation_heures', ['marche_id'], unique=False)
    op.create_table('grille_evaluation',
    sa.Column('convention_id', sa.Uuid(), nullable=False),
    sa.Column('criteres', JSONB(), nullable=False),
    sa.ForeignKeyConstraint(['convention_id'], ['convention.id'], name=op.f('fk_grille_evaluation_convention_id')),
    sa.PrimaryKeyConstraint('convention_id', name=op.f('pk_grille_evaluation'))
    )
    op.create_table('evaluation',
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('etat', sa.Text(), nullable=False),
    sa.Column('criteres', JSONB(), nullable=False),
    sa.Column('ouverte_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('transmise_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('courriel', sa.Text(), nullable=True),
    sa.Column('repondue_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reponse', sa.Text(), nullable=True),
    sa.Column('motif_dispense', sa.Text(), nullable=True),
    sa.CheckConstraint("(etat = 'DISPENSEE') = (motif_dispense IS NOT NULL)", name=op.f('ck_evaluation_dispensee')),
    sa.CheckConstraint("(etat = 'REPONDUE') = (reponse IS NOT NULL) AND (reponse IS NULL) = (repondue_le IS NULL)", name=op.f('ck_evaluation_repondue')),
    sa.CheckConstraint("(etat IN ('TRANSMISE', 'REPONDUE')) = (transmise_le IS NOT NULL)", name=op.f('ck_evaluation_transmise')),
    sa.CheckConstraint("etat IN ('OUVERTE', 'TRANSMISE', 'REPONDUE', 'DISPENSEE')", name=op.f('ck_evaluation_etat')),
    sa.ForeignKeyConstraint(['marche_id'], ['contrat.marche_id'], name=op.f('fk_evaluation_marche_id')),
    sa.PrimaryKeyConstraint('marche_id', name=op.f('pk_evaluation'))
    )
    op.create_table('avis_evaluation',
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('siret', sa.Text(), nullable=False),
    sa.Column('commentaire', sa.Text(), nullable=False),
    sa.Column('donne_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['marche_id'], ['evaluation.marche_id'], name=op.f('fk_avis_evaluation_marche_id')),
    sa.ForeignKeyConstraint(['siret'], ['organisation.siret'], name=op.f('fk_avis_evaluation_siret')),
    sa.PrimaryKeyConstraint('marche_id', 'siret', name=op.f('pk_avis_evaluation'))
    )
    op.create_table('note_evaluation',
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('siret', sa.Text(), nullable=False),
    sa.Column('critere', sa.Text(), nullable=False),
    sa.Column('note', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('note BETWEEN 1 AND 5', name=op.f('ck_note_evaluation_note')),
    sa.ForeignKeyConstraint(['marche_id', 'siret'], ['avis_evaluation.marche_id', 'avis_evaluation.siret'], name=op.f('fk_note_evaluation_marche_id_siret')),
    sa.PrimaryKeyConstraint('marche_id', 'siret', 'critere', name=op.f('pk_note_evaluation'))
    )
    op.create_table('definition_besoins',
    sa.Column('siret', sa.Text(), nullable=False),
    sa.Column('annee', sa.BigInteger(), nullable=False),
    sa.Column('besoins', JSONB(), nullable=False),
    sa.Column('innovation_part', sa.Numeric(precision=5, scale=4), nullable=True),
    sa.Column('etat', sa.Text(), nullable=False),
    sa.Column('approuvee_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.CheckConstraint("(etat = 'APPROUVEE') = (approuvee_le IS NOT NULL)", name=op.f('ck_definition_besoins_approuvee')),
    sa.CheckConstraint("etat = 'BROUILLON' OR (innovation_part IS NOT NULL AND besoins <> '[]')", name=op.f('ck_definition_besoins_complete')),
    sa.CheckConstraint("etat IN ('BROUILLON', 'APPROUVEE')", name=op.f('ck_definition_besoins_etat')),
    sa.CheckConstraint('innovation_part BETWEEN 0 AND 1', name=op.f('ck_definition_besoins_innovation')),
    sa.ForeignKeyConstraint(['siret'], ['organisation.siret'], name=op.f('fk_definition_besoins_siret')),
    sa.PrimaryKeyConstraint('siret', 'annee', name=op.f('pk_definition_besoins'))
    )
    op.create_table('innovation',
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('innovant', sa.Boolean(), nullable=False),
    sa.Column('motif', sa.Text(), nullable=False),
    sa.Column('le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.CheckConstraint("motif <> ''", name=op.f('ck_innovation_motif')),
    sa.ForeignKeyConstraint(['marche_id'], ['contrat.marche_id'], name=op.f('fk_innovation_marche_id')),
    sa.PrimaryKeyConstraint('marche_id', name=op.f('pk_innovation'))
    )
    run_script(op.get_bind(), "services.groupement", "migrations/insertion.sql")
