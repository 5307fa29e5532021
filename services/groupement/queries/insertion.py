"""Banks of insertion hours: what each firm owes, has done, and what its hours discharge."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from services.groupement import tables as t
from services.groupement.domain.achats import exiger_coordonnateur
from services.groupement.domain.banque_heures import (
    EtatHeures,
    Prevision,
    Solde,
    penalite,
    prevoir,
)
from services.groupement.domain.quanta import sobre
from services.groupement.queries import marches
from services.groupement.queries.marches import MarcheVu
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant

VIVANTES = (EtatHeures.DECLAREE.value, EtatHeures.VALIDEE.value)


@dataclass(frozen=True, slots=True)
class MarcheDeBanque:
    """One contract of the bank: what it asks for, what its own hours and the others' gave it."""

    clause: t.ClauseInsertion
    contrat: t.Contrat
    achat: t.Achat
    propres: Decimal
    venues_d_ailleurs: Decimal
    jour: dt.date

    @property
    def solde(self) -> Solde:
        return Solde(self.clause.heures_dues, self.propres + self.venues_d_ailleurs)

    @property
    def prevision(self) -> Prevision | None:
        return prevoir(self.solde, self.contrat.notifie_le, self.contrat.fin_le, self.jour)

    @property
    def penalite(self) -> Montant:
        """What the clause would cost if the forecast came true; never applied by itself."""
        manque = self.prevision.manque if self.prevision else 0
        return penalite(manque, self.clause.penalite_horaire)


@dataclass(frozen=True, slots=True)
class Banque:
    """Every contract and every declaration of one firm that the reader may see."""

    siret: str
    nom: str
    marches: Sequence[MarcheDeBanque]
    declarations: Sequence[t.HeuresInsertion]

    @property
    def dues(self) -> int:
        return sum(m.clause.heures_dues for m in self.marches)

    @property
    def engagees(self) -> Decimal:
        """Hours declared or validated, weighed."""
        return _somme(h.comptees for h in self.declarations if h.etat in VIVANTES)

    @property
    def realisees(self) -> Decimal:
        """Hours validated, weighed."""
        return _somme(h.comptees for h in self.declarations if h.etat == EtatHeures.VALIDEE)

    @property
    def affectees(self) -> Decimal:
        return _somme(a.heures for h in self.declarations for a in h.affectations)

    @property
    def disponibles(self) -> Decimal:
        """Validated hours that discharge nothing yet."""
        return self.realisees - self.affectees


def _somme(heures: Iterable[Decimal]) -> Decimal:
    return sobre(sum(heures, Decimal()))


def lisibles(siret: str, *, entreprise: bool) -> sa.Select[t.Contrat, t.Achat]:
    """A firm reads its own contracts, a member those of its group."""
    if not entreprise:
        return marches.visibles(siret)
    return (
        sa.select(t.Contrat, t.Achat)
        .join(t.Achat, t.Achat.id == t.Contrat.achat_id)
        .where(t.Contrat.titulaire_siret == siret)
        .order_by(t.Contrat.fin_le.desc(), t.Contrat.reference)
    )


def banques(
    session: Session, siret: str, jour: dt.date, *, entreprise: bool = False
) -> list[Banque]:
    """One bank per firm that has a social clause, by name."""
    lus = session.execute(
        lisibles(siret, entreprise=entreprise)
        .join(t.ClauseInsertion, t.ClauseInsertion.marche_id == t.Contrat.marche_id)
        .add_columns(t.ClauseInsertion)
    ).all()
    marche_ids = [contrat.marche_id for contrat, _, _ in lus]
    declarations = _declarations(session, marche_ids)
    recues = _recues(session, marche_ids)
    par_firme: dict[tuple[str, str], list[MarcheDeBanque]] = defaultdict(list)
    for contrat, achat, clause in lus:
        propres, autres = recues[contrat.marche_id]
        par_firme[contrat.titulaire_siret, contrat.titulaire_nom].append(
            MarcheDeBanque(clause, contrat, achat, propres, autres, jour)
        )
    return [
        Banque(firme, nom, siens, [h for h in declarations if h.titulaire_siret == firme])
        for (firme, nom), siens in sorted(par_firme.items(), key=lambda item: item[0][1])
    ]


def banque(
    session: Session, titulaire: str, siret: str, jour: dt.date, *, entreprise: bool = False
) -> Banque:
    """The bank of one firm; unknown to those who share no contract with it."""
    for lue in banques(session, siret, jour, entreprise=entreprise):
        if lue.siret == titulaire:
            return lue
    raise NotFoundError(
        "Cette entreprise n’a pas de banque d’heures d’insertion.", code="banque_inconnue"
    )


def declaration(
    session: Session, declaration_id: uuid.UUID, siret: str
) -> tuple[t.HeuresInsertion, MarcheVu]:
    """One declaration with its contract; unknown outside the group."""
    lue = session.get(t.HeuresInsertion, declaration_id)
    if lue is None:
        raise NotFoundError("Cette déclaration n’existe pas.", code="declaration_inconnue")
    return lue, marches.marche_visible(session, lue.marche_id, siret)


def exiger_declarable(session: Session, marche_id: uuid.UUID, siret: str) -> None:
    """A firm declares on its own contracts, the coordinator on those it conducts."""
    contrat = session.get(t.Contrat, marche_id)
    if contrat is None or contrat.titulaire_siret != siret:
        vu = marches.marche_visible(session, marche_id, siret)
        exiger_coordonnateur(siret, vu.achat.coordonnateur)


def _declarations(session: Session, marche_ids: Sequence[uuid.UUID]) -> Sequence[t.HeuresInsertion]:
    requete = (
        sa.select(t.HeuresInsertion)
        .where(t.HeuresInsertion.marche_id.in_(marche_ids))
        .options(selectinload(t.HeuresInsertion.affectations))
        .order_by(t.HeuresInsertion.debut.desc(), t.HeuresInsertion.reference.desc())
    )
    return session.scalars(requete).all()


def _recues(
    session: Session, marche_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, tuple[Decimal, Decimal]]:
    """Hours that each contract received: from its own declarations, from those of others."""
    sienne = t.HeuresInsertion.marche_id == t.AffectationHeures.marche_id
    requete = (
        sa.select(t.AffectationHeures.marche_id, sienne, sa.func.sum(t.AffectationHeures.heures))
        .join(t.HeuresInsertion, t.HeuresInsertion.id == t.AffectationHeures.declaration_id)
        .where(t.AffectationHeures.marche_id.in_(marche_ids))
        .group_by(t.AffectationHeures.marche_id, sienne)
    )
    sommes = {(id_, propre): sobre(somme) for id_, propre, somme in session.execute(requete)}
    return {
        id_: (sommes.get((id_, True), Decimal()), sommes.get((id_, False), Decimal()))
        for id_ in marche_ids
    }
