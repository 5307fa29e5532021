"""Open calls as the coordinator drives them: answers, amount, minimum, reminders."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.seuils import Cadre
from services.groupement.domain.suivi import Reponse
from services.groupement.queries.achats import visibles
from services.groupement.usecases.clore_recensement import montant_retenu
from services.groupement.usecases.commun import convention_de, organisation
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres


@dataclass(frozen=True, slots=True)
class Attendu:
    """A member that has not answered, when it was last reminded, and how."""

    siret: str
    nom: str
    courriel: str | None
    relance_le: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Suivi:
    """One open call: where it stands today."""

    achat: t.Achat
    appel: t.Appel | None
    consultes: int
    attendus: list[Attendu]
    montant: Montant
    procedure: str
    prochain_rappel: dt.datetime | None

    @property
    def repondus(self) -> int:
        return self.consultes - len(self.attendus)


@dataclass(frozen=True, slots=True)
class Journal:
    """One line of the reminders' journal."""

    le: dt.datetime
    nom: str
    acteur: str
    automatique: bool


def suivis(session: Session, siret: str, parametres: Parametres, jour: dt.date) -> list[Suivi]:
    """Calls that the organisation coordinates, the most urgent first."""
    requete = (
        visibles(siret, etat=EtatAchat.RECENSEMENT_OUVERT.value)
        .where(t.Achat.coordonnateur == siret)
        .order_by(None)
        .order_by(t.Achat.cloture_le, t.Achat.reference)
    )
    return [suivi(session, achat, parametres, jour) for achat in session.scalars(requete).all()]


def suivi(session: Session, achat: t.Achat, parametres: Parametres, jour: dt.date) -> Suivi:
    """Where one call stands."""
    consultes = convention_de(session, achat.convention_id).consultes(jour)
    sirets = {a.siret for a in consultes}
    montant = montant_retenu(session, achat.id)
    classe = ClasseAcheteur(organisation(session, achat.coordonnateur).classe)
    cadre = Cadre(parametres, jour, classe, Nature(achat.nature))
    return Suivi(
        achat,
        session.get(t.Appel, (achat.id, achat.recensement)),
        len(sirets),
        _attendus(session, achat.id, sirets),
        montant,
        cadre.decider(montant).procedure.value,
        session.scalar(
            sa.select(sa.func.min(t.Rappel.du_le)).where(
                t.Rappel.achat_id == achat.id, t.Rappel.traite_le.is_(None)
            )
        ),
    )


def _attendus(session: Session, achat_id: uuid.UUID, sirets: set[str]) -> list[Attendu]:
    dit = sa.exists().where(
        t.Participation.achat_id == achat_id,
        t.Participation.siret == t.Organisation.siret,
        t.Participation.reponse != Reponse.SILENCE.value,
    )
    derniere = (
        sa.select(sa.func.max(t.Relance.le))
        .where(t.Relance.achat_id == achat_id, t.Relance.siret == t.Organisation.siret)
        .scalar_subquery()
    )
    requete = (
        sa.select(t.Organisation.siret, t.Organisation.nom, t.Organisation.courriel, derniere)
        .where(t.Organisation.siret.in_(sirets), ~dit)
        .order_by(t.Organisation.nom)
    )
    return [Attendu(*ligne) for ligne in session.execute(requete)]


def relances_de(session: Session, achat_id: uuid.UUID) -> list[Journal]:
    """Every reminder sent for a purchase, newest first."""
    requete = (
        sa.select(t.Relance.le, t.Organisation.nom, t.Relance.acteur, t.Relance.automatique)
        .join(t.Organisation, t.Organisation.siret == t.Relance.siret)
        .where(t.Relance.achat_id == achat_id)
        .order_by(t.Relance.le.desc(), t.Organisation.nom)
    )
    return [Journal(*ligne) for ligne in session.execute(requete)]


def appels_de(session: Session, achat_id: uuid.UUID) -> Sequence[t.Appel]:
    """Every call of a purchase, newest first."""
    requete = sa.select(t.Appel).where(t.Appel.achat_id == achat_id)
    return session.scalars(requete.order_by(t.Appel.numero.desc())).all()
