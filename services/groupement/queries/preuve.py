"""« Refaire le calcul »: from what a consolidation kept of its inputs, the same lines again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.consolidation import Consolidation
from services.groupement.domain.decoupage import lots_traces, replacer
from services.groupement.domain.lignes import Decision, Ligne
from services.groupement.domain.mesures import Cle, Mesure, cumuler, ecrire, micros, trace
from services.groupement.domain.releve import Releve, Somme
from services.groupement.queries import sommes
from services.groupement.usecases.commun import articles_de


@dataclass(frozen=True, slots=True)
class Preuve:
    """What was kept beside what the same inputs give now."""

    refaite: Consolidation
    identique: bool
    lignes: int
    differentes: tuple[str, ...]


def refaire(session: Session, faite: t.Consolidation) -> Preuve:
    """Compute again from the needs that were counted, and compare line by line."""
    places = faite.decoupage["articles"]
    catalogue = {
        article.code: replacer(article, places.get(article.code))
        for article in articles_de(session, faite.achat_id)
    }
    decisions = decisions_de(faite)
    releve = Releve(catalogue, decisions)
    sommes.sommer(session, sommes.compositions(faite.id), releve.noter)
    for retiree in faite.decisions:
        if "besoins" in retiree:
            releve.noter(_somme(retiree))
    refaite = releve.consolider(lots_traces(faite.decoupage))
    gardees = _gardees(session, faite)
    differentes = _differences(gardees, refaite.lignes)
    identique = not differentes and refaite.empreinte == faite.empreinte
    return Preuve(refaite, identique, len(gardees), differentes)


def decisions_de(faite: t.Consolidation) -> dict[Cle, Decision]:
    """What was decided of the lines below a supplier's minimum."""
    return {_cle(d): Decision(d["decision"]) for d in faite.decisions}


def _cle(decision: Mapping[str, Any]) -> Cle:
    return decision["article"], decision["lieu"]


def _somme(retiree: Mapping[str, Any]) -> Somme:
    """A line withdrawn, from the needs that it kept."""
    mesures = sorted(
        Mesure(
            besoin["siret"],
            besoin["id"],
            micros(Decimal(besoin["quantite_base"])),
            micros(Decimal(besoin["tolerance_base"])),
        )
        for besoin in retiree["besoins"]
    )
    tolerants = [mesure for mesure in mesures if mesure.tolerance]
    return Somme(*_cle(retiree), cumuler(mesures), trace(map(ecrire, mesures)), tolerants)


_Figures = tuple[int, Decimal, Decimal, Decimal, Decimal]


def _gardees(session: Session, faite: t.Consolidation) -> dict[Cle, _Figures]:
    ligne = t.Ligne
    requete = sa.select(
        ligne.article,
        ligne.lieu,
        ligne.lot,
        ligne.quantite_base,
        ligne.quantite,
        ligne.non_affecte_base,
        ligne.montant_estime_ht,
    ).where(ligne.consolidation_id == faite.id)
    return {
        (article, lieu): (lot, base, quantite, reste, montant.decimal)
        for article, lieu, lot, base, quantite, reste, montant in session.execute(requete)
    }


def _differences(gardees: Mapping[Cle, _Figures], refaites: Sequence[Ligne]) -> tuple[str, ...]:
    recalculees: Mapping[Cle, _Figures] = {
        (x.article, x.lieu): (
            x.lot,
            x.quantite_base,
            x.quantite,
            x.non_affecte_base,
            x.montant_ht.decimal,
        )
        for x in refaites
    }
    cles: Iterable[Cle] = sorted({*gardees, *recalculees})
    return tuple(
        f"{article}, {lieu}"
        for article, lieu in cles
        if gardees.get((article, lieu)) != recalculees.get((article, lieu))
    )
