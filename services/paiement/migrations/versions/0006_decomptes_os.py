"""Certificates of payment, retention, service orders.

Revision ID: 0006
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import MontantType
from shared.db.sql import run_script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table('conditions_marche',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('rang', sa.BigInteger(), nullable=False),
    sa.Column('methode', sa.Text(), nullable=False),
    sa.Column('debut_le', sa.Date(), nullable=False),
    sa.Column('retenue', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('garantie_mois', sa.BigInteger(), nullable=False),
    sa.Column('sur_demande', sa.Boolean(), nullable=False),
    sa.Column('reception_le', sa.Date(), nullable=True),
    sa.Column('reserves', sa.Boolean(), nullable=False),
    sa.Column('reserves_levees_le', sa.Date(), nullable=True),
    sa.Column('garantie', sa.Text(), nullable=True),
    sa.Column('garantie_recue_le', sa.Date(), nullable=True),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.Column('le', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("garantie IN ('PREMIERE_DEMANDE', 'CAUTION')", name=op.f('ck_conditions_marche_garantie')),
    sa.CheckConstraint("methode IN ('MOIS', 'JOURS', 'CONSTAT')", name=op.f('ck_conditions_marche_methode')),
    sa.CheckConstraint('(garantie IS NULL) = (garantie_recue_le IS NULL)', name=op.f('ck_conditions_marche_garantie_recue')),
    sa.CheckConstraint('NOT reserves OR reception_le IS NOT NULL', name=op.f('ck_conditions_marche_reserves')),
    sa.CheckConstraint('reserves_levees_le IS NULL OR (reserves AND reserves_levees_le >= reception_le)', name=op.f('ck_conditions_marche_reserves_levees')),
    sa.CheckConstraint('retenue BETWEEN 0 AND 1 AND garantie_mois >= 0', name=op.f('ck_conditions_marche_retenue')),
    sa.ForeignKeyConstraint(['marche_id'], ['marche.id'], name=op.f('fk_conditions_marche_marche_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_conditions_marche')),
    sa.UniqueConstraint('marche_id', 'rang', name=op.f('uq_conditions_marche_marche_id_rang'))
    )
    op.create_table('decompte',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('numero', sa.BigInteger(), nullable=False),
    sa.Column('genre', sa.Text(), nullable=False),
    sa.Column('du', sa.Date(), nullable=False),
    sa.Column('au', sa.Date(), nullable=False),
    sa.Column('objet', sa.Text(), nullable=False),
    sa.Column('taux_tva', sa.Numeric(precision=18, scale=6), nullable=False),
    sa.Column('travaux_ht', MontantType(), nullable=False),
    sa.Column('revision_ht', MontantType(), nullable=False),
    sa.Column('primes_ht', MontantType(), nullable=False),
    sa.Column('tva', MontantType(), nullable=False),
    sa.Column('ttc', MontantType(), nullable=False),
    sa.Column('retenue', MontantType(), nullable=False),
    sa.Column('avance', MontantType(), nullable=False),
    sa.Column('sous_traitants_ttc', MontantType(), nullable=False),
    sa.Column('penalites', MontantType(), nullable=False),
    sa.Column('net', MontantType(), nullable=False),
    sa.Column('avertissements', JSONB(), nullable=False),
    sa.Column('etat', sa.Text(), nullable=False),
    sa.CheckConstraint("etat IN ('PREPARE', 'VALIDE', 'TRANSMIS', 'ABANDONNE')", name=op.f('ck_decompte_etat')),
    sa.CheckConstraint("genre <> 'CORRECTIF' OR objet <> ''", name=op.f('ck_decompte_objet')),
    sa.CheckConstraint("genre IN ('ACOMPTE', 'CORRECTIF', 'SOLDE', 'RETENUE')", name=op.f('ck_decompte_genre')),
    sa.CheckConstraint('net = ttc - retenue - avance - sous_traitants_ttc - penalites', name=op.f('ck_decompte_net')),
    sa.CheckConstraint('numero > 0 AND au >= du', name=op.f('ck_decompte_periode')),
    sa.CheckConstraint('ttc = travaux_ht + revision_ht + primes_ht + tva', name=op.f('ck_decompte_ttc')),
    sa.ForeignKeyConstraint(['marche_id'], ['marche.id'], name=op.f('fk_decompte_marche_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decompte')),
    sa.UniqueConstraint('marche_id', 'numero', name=op.f('uq_decompte_marche_id_numero'))
    )
    op.create_index('uq_decompte_en_cours', 'decompte', ['marche_id'], unique=True, postgresql_where=sa.text("etat = 'PREPARE'"))
    op.create_index('uq_decompte_solde', 'decompte', ['marche_id'], unique=True, postgresql_where=sa.text("genre = 'SOLDE' AND etat <> 'ABANDONNE'"))
    op.create_table('ordre_service',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('numero', sa.BigInteger(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('objet', sa.Text(), nullable=False),
    sa.Column('texte', sa.Text(), nullable=False),
    sa.Column('autorite', sa.Text(), nullable=False),
    sa.Column('emetteur', sa.Text(), nullable=False),
    sa.Column('validation_le', sa.Date(), nullable=True),
    sa.Column('effet_le', sa.Date(), nullable=False),
    sa.Column('jours', sa.BigInteger(), nullable=True),
    sa.Column('montant_ht', MontantType(), nullable=True),
    sa.Column('emis_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('etat', sa.Text(), nullable=False),
    sa.Column('courriel', sa.Text(), nullable=True),
    sa.Column('notifie_le', sa.Date(), nullable=True),
    sa.Column('accuse_le', sa.Date(), nullable=True),
    sa.Column('presume', sa.Boolean(), nullable=False),
    sa.Column('observations_avant', sa.Date(), nullable=True),
    sa.CheckConstraint("CASE type WHEN 'DELAI' THEN jours IS NOT NULL AND jours > 0 ELSE jours IS NULL END", name=op.f('ck_ordre_service_jours')),
    sa.CheckConstraint("CASE type WHEN 'PRIX' THEN montant_ht IS NOT NULL AND montant_ht <> 0 ELSE montant_ht IS NULL END", name=op.f('ck_ordre_service_montant_ht')),
    sa.CheckConstraint("autorite IN ('ACHETEUR', 'MAITRE_OEUVRE')", name=op.f('ck_ordre_service_autorite')),
    sa.CheckConstraint("etat IN ('EMIS', 'ANNULE') OR (notifie_le IS NOT NULL AND courriel IS NOT NULL)", name=op.f('ck_ordre_service_notifie')),
    sa.CheckConstraint("etat IN ('EMIS', 'NOTIFIE', 'ACCUSE', 'OBSERVATIONS', 'EXECUTE', 'REFUSE', 'ANNULE')", name=op.f('ck_ordre_service_etat')),
    sa.CheckConstraint("etat IN ('EMIS', 'NOTIFIE', 'ANNULE') OR (accuse_le IS NOT NULL AND observations_avant IS NOT NULL)", name=op.f('ck_ordre_service_accuse')),
    sa.CheckConstraint("numero > 0 AND objet <> '' AND emetteur <> ''", name=op.f('ck_ordre_service_valeurs')),
    sa.CheckConstraint("type IN ('DEMARRAGE', 'SUSPENSION', 'REPRISE', 'PRIX', 'DELAI', 'INSTRUCTION')", name=op.f('ck_ordre_service_type')),
    sa.ForeignKeyConstraint(['marche_id'], ['marche.id'], name=op.f('fk_ordre_service_marche_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ordre_service')),
    sa.UniqueConstraint('marche_id', 'numero', name=op.f('uq_ordre_service_marche_id_numero'))
    )
    op.create_table('sous_traitant',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('marche_id', sa.Uuid(), nullable=False),
    sa.Column('siret', sa.Text(), nullable=False),
    sa.Column('nom', sa.Text(), nullable=False),
    sa.Column('prestation', sa.Text(), nullable=False),
    sa.Column('montant_ttc', MontantType(), nullable=False),
    sa.Column('paiement_direct', sa.Boolean(), nullable=False),
    sa.Column('acceptee_le', sa.Date(), nullable=False),
    sa.CheckConstraint("siret ~ '^\\d{14}$'", name=op.f('ck_sous_traitant_siret')),
    sa.CheckConstraint('montant_ttc > 0', name=op.f('ck_sous_traitant_montant_ttc')),
    sa.ForeignKeyConstraint(['marche_id'], ['marche.id'], name=op.f('fk_sous_traitant_marche_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sous_traitant')),
    sa.UniqueConstraint('marche_id', 'siret', name=op.f('uq_sous_traitant_marche_id_siret'))
    )
    op.create_index(op.f('ix_sous_traitant_marche_id'), 'sous_traitant', ['marche_id'], unique=False)
    op.create_table('ligne_decompte',
    sa.Column('decompte_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('libelle', sa.Text(), nullable=False),
    sa.Column('formule', sa.Text(), nullable=False),
    sa.Column('montant', MontantType(), nullable=False),
    sa.Column('phrase', sa.Text(), nullable=False),
    sa.CheckConstraint("code ~ '^[a-n]$'", name=op.f('ck_ligne_decompte_code')),
    sa.ForeignKeyConstraint(['decompte_id'], ['decompte.id'], name=op.f('fk_ligne_decompte_decompte_id')),
    sa.PrimaryKeyConstraint('decompte_id', 'code', name=op.f('pk_ligne_decompte'))
    )
    op.create_table('part_sous_traitant',
    sa.Column('decompte_id', sa.Uuid(), nullable=False),
    sa.Column('sous_traitant_id', sa.Uuid(), nullable=False),
    sa.Column('montant_ttc', MontantType(), nullable=False),
    sa.CheckConstraint('montant_ttc > 0', name=op.f('ck_part_sous_traitant_montant_ttc')),
    sa.ForeignKeyConstraint(['decompte_id'], ['decompte.id'], name=op.f('fk_part_sous_traitant_decompte_id')),
    sa.ForeignKeyConstraint(['sous_traitant_id'], ['sous_traitant.id'], name=op.f('fk_part_sous_traitant_sous_traitant_id')),
    sa.PrimaryKeyConstraint('decompte_id', 'sous_traitant_id', name=op.f('pk_part_sous_traitant'))
    )
    op.create_table('passage_decompte',
    sa.Column('decompte_id', sa.Uuid(), nullable=False),
    sa.Column('rang', sa.BigInteger(), nullable=False),
    sa.Column('etat', sa.Text(), nullable=False),
    sa.Column('le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.CheckConstraint("etat IN ('PREPARE', 'VALIDE', 'TRANSMIS', 'ABANDONNE')", name=op.f('ck_passage_decompte_etat')),
    sa.ForeignKeyConstraint(['decompte_id'], ['decompte.id'], name=op.f('fk_passage_decompte_decompte_id')),
    sa.PrimaryKeyConstraint('decompte_id', 'rang', name=op.f('pk_passage_decompte'))
    )
    op.create_table('passage_ordre',
    sa.Column('ordre_id', sa.Uuid(), nullable=False),
    sa.Column('rang', sa.BigInteger(), nullable=False),
    sa.Column('etat', sa.Text(), nullable=False),
    sa.Column('le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acteur', sa.Text(), nullable=False),
    sa.Column('motif', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.CheckConstraint("(etat = 'REFUSE') = (motif IS NOT NULL)", name=op.f('ck_passage_ordre_refus')),
    sa.CheckConstraint("etat IN ('EMIS', 'NOTIFIE', 'ACCUSE', 'OBSERVATIONS', 'EXECUTE', 'REFUSE', 'ANNULE')", name=op.f('ck_passage_ordre_etat')),
    sa.CheckConstraint("motif IN ('SECURITE', 'LEGALITE', 'SANS_PRIX')", name=op.f('ck_passage_ordre_motif')),
    sa.ForeignKeyConstraint(['ordre_id'], ['ordre_service.id'], name=op.f('fk_passage_ordre_ordre_id')),
    sa.PrimaryKeyConstraint('ordre_id', 'rang', name=op.f('pk_passage_ordre'))
    )
    run_script(op.get_bind(), "services.paiement", "migrations/decomptes.sql")
    run_script(op.get_bind(), "services.paiement", "migrations/ordres.sql")
