"""The legal parameters of payment as they stand on a day, the missing ones included."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.paiement.domain.interets import premier_jour
from services.paiement.tables import AccesApi, Acheteur, Facture
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.parametres import ParametreLegal, ParametreManquant, Parametres

DU_PAIEMENT = (
    "delai_paiement_jours",
    "delai_comptable_jours",
    "presomption_reception_jours",
    "reprise_delai_min_jours",
    "marge_interets_points",
    "indemnite_forfaitaire_eur",
    "interets_paiement_jours",
    "avance_seuil_ht",
    "avance_duree_mois",
    "avance_taux_min",
    "avance_taux_min_pme",
    "avance_taux_min_pme_plus_60m",
)
SEMESTRES = 5


@dataclass(frozen=True, slots=True)
class Semestre:
    """A half-year and its ECB rate, None while nobody entered it."""

    du: dt.date
    taux: ParametreLegal | None


def en_vigueur(parametres: Parametres, jour: dt.date) -> Sequence[ParametreLegal]:
    """Rows of payment that cover a day, in the order of the law."""
    rangs = {code: rang for rang, code in enumerate(DU_PAIEMENT)}
    lignes = (p for p in parametres if p.code in rangs and p.du <= jour)
    courantes = [p for p in lignes if p.au is None or jour <= p.au]
    return sorted(courantes, key=lambda p: (rangs[p.code], sorted(p.acheteurs or ())))


def semestres(parametres: Parametres, jour: dt.date) -> Sequence[Semestre]:
    """The coming half-year and the last ones, newest first."""
    prochain = ajouter_mois(premier_jour(jour), 6)
    return [_semestre(parametres, ajouter_mois(prochain, -6 * n)) for n in range(SEMESTRES)]


def _semestre(parametres: Parametres, du: dt.date) -> Semestre:
    try:
        return Semestre(du, parametres.valeur("taux_bce", du))
    except ParametreManquant:
        return Semestre(du, None)


def en_attente_de_taux(session: Session) -> int:
    """How many late payments wait for a rate before their interest is known."""
    requete = select(func.count()).select_from(Facture)
    attente = requete.where(Facture.payee_le.is_not(None), Facture.interets.is_(None))
    return session.scalar(attente) or 0


def acheteurs(session: Session) -> Sequence[Acheteur]:
    return session.scalars(select(Acheteur).order_by(Acheteur.nom)).all()


def acces(session: Session) -> Sequence[AccesApi]:
    """Accesses to the API, those still open first."""
    ordre = (AccesApi.revoque_le.is_not(None), AccesApi.cree_le.desc())
    return session.scalars(select(AccesApi).order_by(*ordre)).all()
