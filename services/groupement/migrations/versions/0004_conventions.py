"""Conventions as code: clauses, legal kinds, votes, withdrawals, own coordination of a purchase.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.sql import run_script

revision = "0004"
down_revision = "0003"

DEFAUT = """{
  "objet": "l’achat de fournitures et de services courants", "permanente": true,
  "duree_mois": null, "coordinations": [], "mode_par_achat": false,
  "remuneration": "GRATUITE", "forfait_annuel": null, "cle": "AU_MONTANT", "pourcentages": {},
  "strategie": "PRORATA", "preavis_mois": 6, "charge_retrait": "MEMBRES_RESTANTS",
  "arrivee": "APPELS_OUVERTS", "cao": "COORDONNATEUR",
  "evenements": ["membre.achat.demande.v1", "membre.besoin.declare.v1",
                 "membre.commande.demande.v1", "membre.participation.declare.v1"],
  "delai_reponse_jours": 0, "conciliation_jours": 30,
  "tribunal": "tribunal administratif territorialement compétent", "mandat_epci": false
}"""
FORMES = (
    "COMMUNE", "DEPARTEMENT", "REGION", "EPCI", "SYNDICAT_MIXTE", "SDIS", "CCAS",
    "ETABLISSEMENT_LOCAL", "OPH", "MEDICO_SOCIAL", "ETAT", "ETRANGER", "PRIVE",
)


def upgrade() -> None:
    _organisations()
    _conventions()
    _adhesions()
    op.add_column("achat", sa.Column("mode", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_achat_mode"), "achat", "mode IN ('PASSATION', 'PASSATION_SIGNATURE', 'INTEGREE')"
    )
    run_script(op.get_bind(), "services.groupement", "migrations/conventions.sql")


def _organisations() -> None:
    op.add_column(
        "organisation",
        sa.Column("forme", sa.Text(), nullable=False, server_default="ETABLISSEMENT_LOCAL"),
    )
    op.add_column(
        "organisation",
        sa.Column("a_cao", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    liste = ", ".join(f"'{forme}'" for forme in FORMES)
    op.create_check_constraint(
        op.f("ck_organisation_forme"), "organisation", f"forme IN ({liste})"
    )


def _conventions() -> None:
    op.add_column("convention", sa.Column("clauses", JSONB(), nullable=True))
    op.add_column("convention", sa.Column("etat_le", sa.DateTime(timezone=True), nullable=True))
    op.add_column("convention", sa.Column("motif", sa.Text(), nullable=True))
    op.execute(
        sa.text(
            "UPDATE convention SET etat_le = now(), "
            "clauses = CAST(:defaut AS jsonb) || jsonb_build_object('mode', mode)"
        ).bindparams(defaut=DEFAUT)
    )
    op.alter_column("convention", "clauses", nullable=False)
    op.alter_column("convention", "etat_le", nullable=False)
    op.create_check_constraint(
        op.f("ck_convention_motif"),
        "convention",
        "etat NOT IN ('SUSPENDUE', 'RESILIEE') OR btrim(motif) <> ''",
    )
    op.create_check_constraint(
        op.f("ck_convention_mode_des_clauses"), "convention", "clauses ->> 'mode' = mode"
    )
    op.execute(
        "ALTER TABLE convention ADD CONSTRAINT ex_convention_versions EXCLUDE USING gist "
        "(nom WITH =, daterange(debut, fin) WITH &&) WHERE (etat IN ('EN_VIGUEUR', 'SUSPENDUE'))"
    )


def _adhesions() -> None:
    for nom, genre in (
        ("deliberation_numero", sa.Text()),
        ("document", sa.Text()),
        ("retrait_notifie_le", sa.Date()),
        ("retrait_motif", sa.Text()),
        ("retire_le", sa.DateTime(timezone=True)),
    ):
        op.add_column("adhesion", sa.Column(nom, genre, nullable=True))
    op.create_check_constraint(
        op.f("ck_adhesion_retrait"),
        "adhesion",
        "(retrait_notifie_le IS NULL) = (retrait_motif IS NULL) AND "
        "(retrait_notifie_le IS NULL OR fin_le > retrait_notifie_le)",
    )
    op.create_check_constraint(
        op.f("ck_adhesion_retire"), "adhesion", "retire_le IS NULL OR fin_le IS NOT NULL"
    )
