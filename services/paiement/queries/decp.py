"""Open data of contracts, read: what is due, what is missing, what was published."""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from services.paiement.domain import decp as regle
from services.paiement.domain.avance import EtatAvance
from services.paiement.domain.decp import Acte, Contrat, Fiche, Modification
from services.paiement.tables import (
    Avenant,
    DecpActe,
    DecpComplement,
    DecpVersion,
    Marche,
)
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.kernel.parametres import ParametreManquant, Parametres
from shared.web.pagination import Page, decouper

SEUIL, SEUIL_LISTE, DELAI = "decp_seuil_ht", "decp_liste_seuil_ht", "decp_publication_mois"


@dataclass(frozen=True, slots=True)
class Dossier:
    """A contract seen from its duty to publish."""

    marche: Marche
    champs: dict[str, Any]
    actes: Sequence[DecpActe]
    avenants: Sequence[Avenant]
    versions: Sequence[DecpVersion]
    avant_le: dt.date

    @property
    def contrat(self) -> Contrat:
        m = self.marche
        avance = m.avance
        accordee = avance is not None and avance.etat != EtatAvance.REFUSEE
        return Contrat(
            reference=m.reference,
            acheteur_siret=m.acheteur_siret,
            objet=m.objet,
            cpv=m.cpv,
            montant_ht=m.montant_ht,
            duree_mois=m.duree_mois,
            notifie_le=m.date_notification,
            titulaire_siret=m.titulaire_siret,
            taux_avance=avance.taux if avance is not None and accordee else None,
        )

    @property
    def manques(self) -> Sequence[str]:
        return [] if self.versions else regle.manques(self.contrat, self.champs)

    @property
    def derniere(self) -> DecpVersion | None:
        return self.versions[-1] if self.versions else None

    def fiche(self, le: dt.date) -> Fiche | None:
        """The record as it would be published that day; none while something is missing."""
        if self.derniere is not None:
            initiale = json.loads(self.derniere.fiche, parse_float=Decimal)
        elif self.manques:
            return None
        else:
            initiale = regle.fiche(self.contrat, self.champs, le)
        return regle.completer(initiale, self._modifications(), self._actes(), le)

    def _modifications(self) -> list[Modification]:
        montant, suite = self.marche.montant_ht, []
        for avenant in self.avenants:
            montant += avenant.montant_ht
            suite.append(Modification(avenant.signe_le, montant, avenant.fin_le))
        return suite

    def _actes(self) -> list[Acte]:
        return [
            Acte(a.siret, a.duree_mois, a.notifie_le, a.montant_ht, a.variation) for a in self.actes
        ]

    def etat(self, le: dt.date) -> str:
        """Where the publication stands: PUBLIEE, EN_RETARD, PRETE or A_COMPLETER."""
        if self.versions:
            return "PUBLIEE"
        if le > self.avant_le:
            return "EN_RETARD"
        return "A_COMPLETER" if self.manques else "PRETE"


def dossier(
    session: Session, parametres: Parametres, marche_id: uuid.UUID, acheteur: str
) -> Dossier:
    """One contract of a buyer that has to be published."""
    marche = session.scalar(
        _marches().where(Marche.id == marche_id, Marche.acheteur_siret == acheteur)
    )
    if marche is None or not soumis(marche, parametres):
        raise NotFoundError(
            "Ce marché n’existe pas, ou ses données n’ont pas à être publiées.",
            code="marche_inconnu",
        )
    return _dossiers(session, parametres, [marche])[0]


def soumis(marche: Marche, parametres: Parametres) -> bool:
    """Whether a contract has to be published; the duty starts with the rows of its threshold."""
    seuil = _valeur(parametres, SEUIL, marche.date_notification)
    return seuil is not None and marche.montant_ht.decimal >= seuil


def _valeur(parametres: Parametres, code: str, le: dt.date) -> Decimal | None:
    try:
        return Decimal(parametres.valeur(code, le).valeur)
    except ParametreManquant:
        return None


def lister(session: Session, parametres: Parametres, acheteur: str, page: int) -> Page[Dossier]:
    """Contracts of a buyer to publish: those not published first, by due date."""
    marches = session.scalars(
        _marches().where(Marche.acheteur_siret == acheteur).order_by(Marche.date_notification)
    ).all()
    dossiers = _dossiers(session, parametres, [m for m in marches if soumis(m, parametres)])
    dossiers.sort(key=lambda d: (bool(d.versions), d.avant_le, d.marche.reference))
    return decouper(dossiers, page)


def tous(session: Session, parametres: Parametres) -> list[Dossier]:
    """Every contract to publish of this instance, for its jobs."""
    marches = session.scalars(_marches().order_by(Marche.date_notification, Marche.id)).all()
    return _dossiers(session, parametres, [m for m in marches if soumis(m, parametres)])


def _marches() -> Any:
    return select(Marche).options(joinedload(Marche.avance), joinedload(Marche.acheteur))


def _dossiers(session: Session, parametres: Parametres, marches: Sequence[Marche]) -> list[Dossier]:
    ids = [marche.id for marche in marches]
    complements = _par_marche(session, DecpComplement, DecpComplement.saisi_le, ids)
    actes = _par_marche(session, DecpActe, DecpActe.notifie_le, ids)
    avenants = _par_marche(session, Avenant, Avenant.numero, ids)
    versions = _par_marche(session, DecpVersion, DecpVersion.version, ids)
    return [
        Dossier(
            marche=marche,
            champs=complements[marche.id][0].champs if marche.id in complements else {},
            actes=actes.get(marche.id, []),
            avenants=avenants.get(marche.id, []),
            versions=versions.get(marche.id, []),
            avant_le=_avant_le(marche, parametres),
        )
        for marche in marches
    ]


def _avant_le(marche: Marche, parametres: Parametres) -> dt.date:
    mois = int(parametres.valeur(DELAI, marche.date_notification).valeur)
    return regle.a_publier_avant(marche.date_notification, mois)


def _par_marche(
    session: Session, table: Any, ordre: Any, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, list[Any]]:
    groupes: dict[uuid.UUID, list[Any]] = {}
    lignes = session.scalars(select(table).where(table.marche_id.in_(ids)).order_by(ordre))
    for ligne in lignes:
        groupes.setdefault(ligne.marche_id, []).append(ligne)
    return groupes


def publiees(session: Session, annee: int | None = None) -> Sequence[str]:
    """The latest text of every record of this instance, by notification."""
    derniere = (
        select(DecpVersion.marche_id, func.max(DecpVersion.version).label("version"))
        .group_by(DecpVersion.marche_id)
        .subquery()
    )
    requete = (
        select(DecpVersion.fiche)
        .join(
            derniere,
            (derniere.c.marche_id == DecpVersion.marche_id)
            & (derniere.c.version == DecpVersion.version),
        )
        .join(Marche, Marche.id == DecpVersion.marche_id)
        .order_by(Marche.date_notification, Marche.reference)
    )
    if annee is not None:
        requete = requete.where(func.extract("year", Marche.date_notification) == annee)
    return session.scalars(requete).all()


@dataclass(frozen=True, slots=True)
class Ligne:
    """A contract of the yearly list; the postcode is blank until somebody gives it."""

    marche: Marche
    code_postal: str


def liste_annuelle(session: Session, parametres: Parametres, annee: int) -> list[Ligne]:
    """Contracts of a year between the two thresholds, whatever the buyer of this instance."""
    marches = session.scalars(
        _marches()
        .where(func.extract("year", Marche.date_notification) == annee)
        .order_by(Marche.date_notification, Marche.reference)
    ).all()
    retenus = [m for m in marches if _dans_la_liste(m, parametres)]
    complements = _par_marche(
        session, DecpComplement, DecpComplement.saisi_le, [m.id for m in retenus]
    )
    return [Ligne(m, _code_postal(complements.get(m.id))) for m in retenus]


def _code_postal(complements: Sequence[DecpComplement] | None) -> str:
    return str(complements[0].champs.get("titulaire_code_postal") or "") if complements else ""


def _dans_la_liste(marche: Marche, parametres: Parametres) -> bool:
    plancher = _valeur(parametres, SEUIL_LISTE, marche.date_notification)
    return (
        plancher is not None
        and marche.montant_ht >= Montant(plancher)
        and not soumis(marche, parametres)
    )
