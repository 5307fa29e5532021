"""Yearly definitions of needs, contracts flagged innovative, and the indicator of each year."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.groupement import tables as t
from services.groupement.domain.innovation import MarcheNotifie, Taux, taux
from services.groupement.queries import marches
from shared.kernel.parametres import Parametres

OBJECTIF = "innovation_objectif_part"


@dataclass(frozen=True, slots=True)
class MarcheSignale:
    """A contract and what the coordinator said of it, if anything."""

    contrat: t.Contrat
    achat: t.Achat
    innovation: t.Innovation | None

    @property
    def innovant(self) -> bool:
        return self.innovation is not None and self.innovation.innovant


@dataclass(frozen=True, slots=True)
class Annee:
    """The indicator of one year: contracts notified in it, the target of the day it ends."""

    annee: int
    taux: Taux
    objectif: Decimal

    @property
    def atteint(self) -> bool:
        return self.taux.atteint(self.objectif)


def marches_signales(session: Session, siret: str) -> list[MarcheSignale]:
    """Contracts of the group, the latest notified first."""
    requete = (
        marches.visibles(siret)
        .outerjoin(t.Innovation, t.Innovation.marche_id == t.Contrat.marche_id)
        .add_columns(t.Innovation)
        .order_by(None)
        .order_by(t.Contrat.notifie_le.desc(), t.Contrat.reference)
    )
    return [MarcheSignale(*ligne) for ligne in session.execute(requete)]


def annees(signales: Sequence[MarcheSignale], parametres: Parametres) -> list[Annee]:
    """One indicator per year of notification, the latest first."""
    presentes = sorted({m.contrat.notifie_le.year for m in signales}, reverse=True)
    return [
        Annee(
            annee,
            taux(
                MarcheNotifie(m.contrat.montant_initial_ht, m.innovant)
                for m in signales
                if m.contrat.notifie_le.year == annee
            ),
            parametres.valeur(OBJECTIF, dt.date(annee, 12, 31)).valeur,
        )
        for annee in presentes
    ]


def definitions(session: Session, siret: str) -> Sequence[t.DefinitionBesoins]:
    """The organisation's own definitions, and those approved by the members of its group."""
    groupes = sa.select(t.Adhesion.convention_id).where(t.Adhesion.siret == siret)
    voisins = sa.select(t.Adhesion.siret).where(t.Adhesion.convention_id.in_(groupes))
    requete = (
        sa.select(t.DefinitionBesoins)
        .join(t.DefinitionBesoins.organisation)
        .where(
            sa.or_(
                t.DefinitionBesoins.siret == siret,
                sa.and_(
                    t.DefinitionBesoins.siret.in_(voisins),
                    t.DefinitionBesoins.etat == "APPROUVEE",
                ),
            )
        )
        .options(joinedload(t.DefinitionBesoins.organisation))
        .order_by(t.DefinitionBesoins.annee.desc(), t.Organisation.nom)
    )
    return session.scalars(requete).all()


def definition(session: Session, siret: str, annee: int) -> t.DefinitionBesoins | None:
    return session.get(t.DefinitionBesoins, (siret, annee))
