"""Forward programme, consultations, notices with their search vector, contracts awarded.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from shared.db.base import MontantType
from shared.messaging.migrations import create_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_tables(op.get_bind())
    op.create_table('compteur',
    sa.Column('serie', sa.Text(), nullable=False),
    sa.Column('annee', sa.BigInteger(), nullable=False),
    sa.Column('dernier', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('serie', 'annee', name=op.f('pk_compteur'))
    )
    op.create_table('programme',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('achat_id', sa.Uuid(), nullable=True),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('objet', sa.Text(), nullable=False),
    sa.Column('etat', sa.Text(), nullable=False),
    sa.Column('cpv', sa.Text(), nullable=False),
    sa.Column('nature', sa.Text(), nullable=False),
    sa.Column('lieu', sa.Text(), nullable=False),
    sa.Column('acheteur_siret', sa.Text(), nullable=False),
    sa.Column('acheteur_nom', sa.Text(), nullable=False),
    sa.Column('montant_estime_ht', MontantType(), nullable=True),
    sa.Column('publication_prevue_le', sa.Date(), nullable=True),
    sa.Column('motif_abandon', sa.Text(), nullable=True),
    sa.Column('cree_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('maj_le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(etat = 'ABANDONNEE') = (motif_abandon IS NOT NULL)", name=op.f('ck_programme_abandon')),
    sa.CheckConstraint("etat IN ('ENVISAGEE', 'CONFIRMEE', 'LANCEE', 'ABANDONNEE')", name=op.f('ck_programme_etat')),
    sa.CheckConstraint("nature IN ('FOURNITURES', 'SERVICES', 'TRAVAUX', 'SERVICES_SOCIAUX')", name=op.f('ck_programme_nature')),
    sa.CheckConstraint('montant_estime_ht >= 0', name=op.f('ck_programme_montant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_programme')),
    sa.UniqueConstraint('achat_id', name=op.f('uq_programme_achat_id'))
    )
    op.create_index(op.f('ix_programme_publication_prevue_le'), 'programme', ['publication_prevue_le'], unique=False)
    op.create_table('consultation',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('achat_id', sa.Uuid(), nullable=True),
    sa.Column('programme_id', sa.Uuid(), nullable=True),
    sa.Column('date_limite', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cree_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('annule_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('motif_annulation', sa.Text(), nullable=True),
    sa.Column('objet', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('nature', sa.Text(), nullable=False),
    sa.Column('procedure', sa.Text(), nullable=False),
    sa.Column('publicite', sa.Text(), nullable=False),
    sa.Column('cpv', sa.Text(), nullable=False),
    sa.Column('lieu', sa.Text(), nullable=False),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('montant_estime_ht', MontantType(), nullable=True),
    sa.Column('criteres', sa.Text(), nullable=False),
    sa.Column('modalites_remise', sa.Text(), nullable=False),
    sa.Column('duree_mois', sa.BigInteger(), nullable=True),
    sa.Column('supports', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('avance_taux', sa.Numeric(precision=7, scale=6), nullable=True),
    sa.Column('acheteur_siret', sa.Text(), nullable=False),
    sa.Column('acheteur_nom', sa.Text(), nullable=False),
    sa.Column('membres', JSONB(), nullable=False),
    sa.Column('date_lancement', sa.Date(), nullable=False),
    sa.CheckConstraint("nature IN ('FOURNITURES', 'SERVICES', 'TRAVAUX', 'SERVICES_SOCIAUX')", name=op.f('ck_consultation_nature')),
    sa.CheckConstraint('(annule_le IS NULL) = (motif_annulation IS NULL)', name=op.f('ck_consultation_annulation')),
    sa.CheckConstraint('montant_estime_ht >= 0', name=op.f('ck_consultation_montant')),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_consultation_programme_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consultation')),
    sa.UniqueConstraint('achat_id', name=op.f('uq_consultation_achat_id')),
    sa.UniqueConstraint('programme_id', name=op.f('uq_consultation_programme_id')),
    sa.UniqueConstraint('reference', name=op.f('uq_consultation_reference'))
    )
    op.create_index('ix_consultation_acheteur', 'consultation', ['acheteur_siret', 'cree_le'], unique=False)
    op.create_table('avis',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('date_limite', sa.DateTime(timezone=True), nullable=False),
    sa.Column('groupe', sa.Boolean(), nullable=False),
    sa.Column('nombre_lots', sa.BigInteger(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('publie_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('maj_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('annule_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('motif_annulation', sa.Text(), nullable=True),
    sa.Column('codes_cpv', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('titre_normalise', sa.Text(), nullable=False),
    sa.Column('texte_normalise', sa.Text(), nullable=False),
    sa.Column('vecteur', TSVECTOR(), sa.Computed("setweight(to_tsvector('french', titre_normalise), 'A') || setweight(to_tsvector('french', texte_normalise), 'B')", persisted=True), nullable=False),
    sa.Column('objet', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('nature', sa.Text(), nullable=False),
    sa.Column('procedure', sa.Text(), nullable=False),
    sa.Column('publicite', sa.Text(), nullable=False),
    sa.Column('cpv', sa.Text(), nullable=False),
    sa.Column('lieu', sa.Text(), nullable=False),
    sa.Column('contact', sa.Text(), nullable=False),
    sa.Column('montant_estime_ht', MontantType(), nullable=True),
    sa.Column('criteres', sa.Text(), nullable=False),
    sa.Column('modalites_remise', sa.Text(), nullable=False),
    sa.Column('duree_mois', sa.BigInteger(), nullable=True),
    sa.Column('supports', sa.ARRAY(sa.Text()), nullable=False),
    sa.Column('avance_taux', sa.Numeric(precision=7, scale=6), nullable=True),
    sa.Column('acheteur_siret', sa.Text(), nullable=False),
    sa.Column('acheteur_nom', sa.Text(), nullable=False),
    sa.Column('membres', JSONB(), nullable=False),
    sa.Column('date_lancement', sa.Date(), nullable=False),
    sa.CheckConstraint("nature IN ('FOURNITURES', 'SERVICES', 'TRAVAUX', 'SERVICES_SOCIAUX')", name=op.f('ck_avis_nature')),
    sa.CheckConstraint('(annule_le IS NULL) = (motif_annulation IS NULL)', name=op.f('ck_avis_annulation')),
    sa.CheckConstraint('date_limite > publie_le', name=op.f('ck_avis_echeance')),
    sa.CheckConstraint('montant_estime_ht >= 0', name=op.f('ck_avis_montant')),
    sa.CheckConstraint('version >= 1', name=op.f('ck_avis_version')),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_avis_consultation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_avis')),
    sa.UniqueConstraint('consultation_id', name=op.f('uq_avis_consultation_id')),
    sa.UniqueConstraint('reference', name=op.f('uq_avis_reference'))
    )
    op.create_index('ix_avis_acheteurs', 'avis', ['acheteur_siret', 'acheteur_nom'], unique=False)
    op.create_index('ix_avis_lieu', 'avis', ['lieu'], unique=False)
    op.create_index(op.f('ix_avis_date_limite'), 'avis', ['date_limite'], unique=False)
    op.create_index('ix_avis_recents', 'avis', ['publie_le', 'id'], unique=False)
    op.create_index('ix_avis_vecteur', 'avis', ['vecteur'], unique=False, postgresql_using='gin')
    op.create_table('lot',
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('numero', sa.BigInteger(), nullable=False),
    sa.Column('objet', sa.Text(), nullable=False),
    sa.Column('cpv', sa.Text(), nullable=False),
    sa.Column('montant_estime_ht', MontantType(), nullable=False),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_lot_consultation_id')),
    sa.PrimaryKeyConstraint('consultation_id', 'numero', name=op.f('pk_lot'))
    )
    op.create_table('ligne',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('lot', sa.BigInteger(), nullable=False),
    sa.Column('rang', sa.BigInteger(), nullable=False),
    sa.Column('article', sa.Text(), nullable=False),
    sa.Column('designation', sa.Text(), nullable=False),
    sa.Column('unite_base', sa.Text(), nullable=False),
    sa.Column('quantite_base', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('conditionnement', sa.Text(), nullable=False),
    sa.Column('quantite', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('lieu', sa.Text(), nullable=False),
    sa.CheckConstraint('quantite > 0 AND quantite_base > 0', name=op.f('ck_ligne_quantites')),
    sa.ForeignKeyConstraint(['consultation_id', 'lot'], ['lot.consultation_id', 'lot.numero'], name=op.f('fk_ligne_consultation_id_lot')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ligne')),
    sa.UniqueConstraint('consultation_id', 'lot', 'rang', name=op.f('uq_ligne_consultation_id_lot_rang'))
    )
    op.create_table('marche',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('consultation_id', sa.Uuid(), nullable=False),
    sa.Column('lot', sa.BigInteger(), nullable=False),
    sa.Column('titulaire_siret', sa.Text(), nullable=False),
    sa.Column('titulaire_nom', sa.Text(), nullable=False),
    sa.Column('titulaire_pme', sa.Boolean(), nullable=False),
    sa.Column('titulaire_courriel', sa.Text(), nullable=True),
    sa.Column('montant_ht', MontantType(), nullable=False),
    sa.Column('taux_tva', sa.Numeric(precision=7, scale=6), nullable=False),
    sa.Column('offres_recues', sa.BigInteger(), nullable=False),
    sa.Column('attribue_le', sa.Date(), nullable=False),
    sa.Column('notifie_le', sa.Date(), nullable=True),
    sa.CheckConstraint('montant_ht > 0', name=op.f('ck_marche_montant')),
    sa.CheckConstraint('notifie_le >= attribue_le', name=op.f('ck_marche_notification')),
    sa.CheckConstraint('offres_recues >= 1', name=op.f('ck_marche_offres')),
    sa.ForeignKeyConstraint(['consultation_id', 'lot'], ['lot.consultation_id', 'lot.numero'], name=op.f('fk_marche_consultation_id_lot')),
    sa.ForeignKeyConstraint(['consultation_id'], ['consultation.id'], name=op.f('fk_marche_consultation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_marche')),
    sa.UniqueConstraint('consultation_id', 'lot', name=op.f('uq_marche_consultation_id_lot')),
    sa.UniqueConstraint('reference', name=op.f('uq_marche_reference'))
    )
    op.create_index(op.f('ix_marche_titulaire_siret'), 'marche', ['titulaire_siret'], unique=False)
    op.create_table('version_avis',
    sa.Column('avis_id', sa.Uuid(), nullable=False),
    sa.Column('numero', sa.BigInteger(), nullable=False),
    sa.Column('le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.Column('motif', sa.Text(), nullable=True),
    sa.Column('contenu', JSONB(), nullable=False),
    sa.Column('changements', JSONB(), nullable=False),
    sa.ForeignKeyConstraint(['avis_id'], ['avis.id'], name=op.f('fk_version_avis_avis_id')),
    sa.PrimaryKeyConstraint('avis_id', 'numero', name=op.f('pk_version_avis'))
    )
    op.create_table('ligne_marche',
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('rang', sa.BigInteger(), nullable=False),
    sa.Column('ligne_id', sa.Uuid(), nullable=True),
    sa.Column('article', sa.Text(), nullable=False),
    sa.Column('designation', sa.Text(), nullable=False),
    sa.Column('conditionnement', sa.Text(), nullable=False),
    sa.Column('quantite', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('prix_unitaire_ht', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.CheckConstraint('quantite > 0 AND prix_unitaire_ht > 0', name=op.f('ck_ligne_marche_positifs')),
    sa.ForeignKeyConstraint(['ligne_id'], ['ligne.id'], name=op.f('fk_ligne_marche_ligne_id')),
    sa.ForeignKeyConstraint(['marche_id'], ['marche.id'], name=op.f('fk_ligne_marche_marche_id')),
    sa.PrimaryKeyConstraint('marche_id', 'rang', name=op.f('pk_ligne_marche'))
    )
