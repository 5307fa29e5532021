"""Reads for pages, feeds and the API. Notices are public; preparations belong to their buyer."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from services.publication.domain.programme import EtatProgramme
from services.publication.domain.recherche import Criteres, Etat, Tri
from services.publication.tables import Avis, Consultation, Programme
from shared.kernel.clock import PARIS
from shared.kernel.errors import NotFoundError
from shared.kernel.identifiants import cpv_racine
from shared.kernel.lieux import departement_de, est_departement
from shared.web.pagination import Page, paginate

_FRANCAIS = cast(literal("french"), REGCONFIG)
UN_JOUR = dt.timedelta(days=1)


def selection(criteres: Criteres, instant: dt.datetime) -> Select[Avis]:
    """The notices that meet every criterion, in the order asked."""
    return select(Avis).where(*_conditions(criteres, instant)).order_by(*_ordre(criteres, instant))


def chercher(
    session: Session, criteres: Criteres, instant: dt.datetime, page: int, par: int
) -> Page[Avis]:
    """One page of a search: rows are sorted and cut by their ids alone, then read."""
    ids = selection(criteres, instant).with_only_columns(Avis.id, maintain_column_froms=True)
    numeros: Page[uuid.UUID] = paginate(session, ids, page, par)
    lus = {
        avis.id: avis for avis in session.scalars(select(Avis).where(Avis.id.in_(numeros.items)))
    }
    return Page(
        [lus[avis_id] for avis_id in numeros.items],
        numeros.total,
        numeros.numero,
        numeros.pages,
        numeros.par,
    )


def toutes(session: Session, criteres: Criteres, instant: dt.datetime) -> Iterator[Avis]:
    """Every result of a search, for exports: the very rows that the screen counts."""
    return session.scalars(selection(criteres, instant).execution_options(yield_per=500))


def derniere_mise_a_jour(session: Session) -> dt.datetime | None:
    """When the list last changed."""
    return session.scalar(select(func.max(Avis.maj_le)))


def _conditions(criteres: Criteres, instant: dt.datetime) -> list[ColumnElement[bool]]:
    possibles: list[ColumnElement[bool] | None] = [
        _mots(criteres.mots) if criteres.mots else None,
        _cpv(criteres.cpv) if criteres.cpv else None,
        _lieu(criteres.lieu) if criteres.lieu else None,
        Avis.acheteur_siret == criteres.acheteur if criteres.acheteur else None,
        Avis.nature.in_(criteres.natures) if criteres.natures else None,
        Avis.montant_estime_ht >= criteres.montant_min if criteres.montant_min else None,
        Avis.montant_estime_ht <= criteres.montant_max if criteres.montant_max else None,
        Avis.date_limite >= _debut(criteres.cloture_du) if criteres.cloture_du else None,
        Avis.date_limite < _debut(criteres.cloture_au + UN_JOUR) if criteres.cloture_au else None,
        _etat(criteres.etat, instant),
        Avis.groupe.is_(True) if criteres.groupes else None,
    ]
    return [condition for condition in possibles if condition is not None]


def _requete_texte(mots: Sequence[str]) -> ColumnElement[Any]:
    """Every word, by its stem or its beginning. Words are plain letters and digits."""
    return func.to_tsquery(_FRANCAIS, " & ".join(f"{mot}:*" for mot in mots))


def _mots(mots: Sequence[str]) -> ColumnElement[bool]:
    """Empty words alone (« le », « de ») filter nothing."""
    requete = _requete_texte(mots)
    return or_(func.numnode(requete) == 0, Avis.vecteur.op("@@")(requete))


def _cpv(prefixe: str) -> ColumnElement[bool]:
    code = func.unnest(Avis.codes_cpv).column_valued("code")
    return select(literal(1)).where(code.startswith(cpv_racine(prefixe), autoescape=True)).exists()


def _lieu(code: str) -> ColumnElement[bool]:
    """A département holds its communes; a commune is concerned by what covers its département."""
    if est_departement(code):
        return Avis.lieu.startswith(code, autoescape=True)
    return Avis.lieu.in_((code, departement_de(code)))


def _etat(etat: Etat, instant: dt.datetime) -> ColumnElement[bool] | None:
    ouvert = and_(Avis.date_limite > instant, Avis.annule_le.is_(None))
    return {Etat.OUVERTS: ouvert, Etat.CLOS: ~ouvert, Etat.TOUS: None}[etat]


def _debut(jour: dt.date) -> dt.datetime:
    return dt.datetime.combine(jour, dt.time.min, tzinfo=PARIS)


def _ordre(criteres: Criteres, instant: dt.datetime) -> list[Any]:
    recents: list[Any] = [Avis.publie_le.desc(), Avis.id.desc()]
    match criteres.tri:
        case Tri.CLOTURE:
            passes = case((Avis.date_limite > instant, 0), else_=1)
            return [passes, Avis.date_limite, Avis.id]
        case Tri.MONTANT:
            return [Avis.montant_estime_ht.desc().nulls_last(), *recents]
        case Tri.PERTINENCE if criteres.mots:
            rang = func.ts_rank(Avis.vecteur, _requete_texte(criteres.mots))
            return [rang.desc(), *recents]
        case _:
            return recents


def _distincts(colonne: InstrumentedAttribute[str]) -> Select[str]:
    """Distinct values of an indexed column, one index probe each: the table is never read whole."""
    suite = select(func.min(colonne).label("valeur")).cte("suite", recursive=True)
    suivante = select(func.min(colonne)).where(colonne > suite.c.valeur).scalar_subquery()
    suite = suite.union_all(select(suivante).where(suite.c.valeur.is_not(None)))
    return select(suite.c.valeur).where(suite.c.valeur.is_not(None))


def acheteurs(session: Session) -> list[tuple[str, str]]:
    """Buyers that have published, by name."""
    sirets = _distincts(Avis.acheteur_siret).subquery()
    nom = select(func.max(Avis.acheteur_nom)).where(Avis.acheteur_siret == sirets.c.valeur)
    lignes = session.execute(select(sirets.c.valeur, nom.scalar_subquery()))
    return sorted(((siret, nom) for siret, nom in lignes), key=lambda acheteur: acheteur[1])


def lieux(session: Session) -> list[str]:
    """Codes of the places where something has been published."""
    return sorted(session.scalars(_distincts(Avis.lieu)))


def avis_publie(session: Session, avis_id: uuid.UUID) -> tuple[Avis, Consultation]:
    """A notice with its history, and its consultation; raise `NotFoundError`."""
    avis = session.scalar(
        select(Avis).where(Avis.id == avis_id).options(selectinload(Avis.versions))
    )
    if avis is None:
        raise NotFoundError("Cet avis n’existe pas, ou n’est plus publié.", code="avis_inconnu")
    return avis, session.get_one(Consultation, avis.consultation_id)


def programmation(session: Session, depuis: dt.date) -> list[tuple[Programme, Avis | None]]:
    """Purchases expected from a day on, or without a date, with the notice once published."""
    prevu = or_(
        Programme.publication_prevue_le >= depuis, Programme.publication_prevue_le.is_(None)
    )
    requete = (
        select(Programme, Avis)
        .outerjoin(Consultation, Consultation.programme_id == Programme.id)
        .outerjoin(Avis, Avis.consultation_id == Consultation.id)
        .where(prevu)
        .order_by(Programme.publication_prevue_le.asc().nulls_last(), Programme.objet)
    )
    return [(programme, avis) for programme, avis in session.execute(requete)]


def a_venir(session: Session, aujourd_hui: dt.date, combien: int) -> list[Programme]:
    """The next purchases of the programme, soonest first."""
    requete = (
        select(Programme)
        .where(
            Programme.etat.in_((EtatProgramme.ENVISAGEE, EtatProgramme.CONFIRMEE)),
            Programme.publication_prevue_le >= aujourd_hui,
        )
        .order_by(Programme.publication_prevue_le, Programme.objet)
        .limit(combien)
    )
    return list(session.scalars(requete))


def programme_de(session: Session, programme_id: uuid.UUID, siret: str) -> Programme:
    """One entry of this buyer; raise `NotFoundError`."""
    requete = select(Programme).where(
        Programme.id == programme_id, Programme.acheteur_siret == siret
    )
    programme = session.scalar(requete)
    if programme is None:
        raise NotFoundError("Cet achat à venir n’existe pas.", code="programme_inconnu")
    return programme


def consultations_de(session: Session, siret: str, page: int) -> Page[Consultation]:
    """Consultations of one buyer, newest first."""
    requete = (
        select(Consultation)
        .where(Consultation.acheteur_siret == siret)
        .order_by(Consultation.cree_le.desc(), Consultation.id.desc())
    )
    return paginate(session, requete, page)


def consultation_de(session: Session, consultation_id: uuid.UUID, siret: str) -> Consultation:
    """One consultation of this buyer; that of another does not exist for it."""
    requete = select(Consultation).where(
        Consultation.id == consultation_id, Consultation.acheteur_siret == siret
    )
    consultation = session.scalar(requete)
    if consultation is None:
        raise NotFoundError("Cette consultation n’existe pas.", code="consultation_inconnue")
    return consultation
