"""Make a convention enforceable from a date."""

import datetime as dt
import uuid

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.domain import conventions
from services.groupement.domain.conventions import EtatConvention
from services.groupement.usecases.commun import (
    acteur,
    convention_de,
    convention_verrouillee,
    organisations,
    verrouille,
)
from services.groupement.usecases.expirer_convention import expirer
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.errors import ValidationError
from shared.messaging.uow import UnitOfWork


def mettre_en_vigueur(uow: UnitOfWork, convention_id: uuid.UUID, debut: dt.date) -> None:
    """Let the convention bind those who voted it; the version before ends on that day."""
    convention = convention_verrouillee(uow, convention_id)
    lue = convention_de(uow.session, convention_id)
    conventions.exiger_signatures(lue, debut)
    etat = conventions.franchir(lue.etat, EtatConvention.EN_VIGUEUR)
    precedente = _precedente(uow, convention)
    if precedente:
        conventions.exiger_unanimite(_attendus(uow, lue, precedente), debut)
        _remplacer(uow, precedente, debut)
    convention.etat, convention.debut, convention.etat_le = etat.value, debut, uow.clock.now()
    convention.fin = _terme(convention)
    uow.session.flush()
    if precedente and debut <= uow.clock.today():
        expirer(uow, precedente)
    membres = organisations(uow.session, (a.siret for a in lue.adhesions if a.effet_le))
    donnees = {
        "convention_id": convention.id,
        "version": convention.version,
        "nom": convention.nom,
        "coordonnateur": acteur(membres[convention.coordonnateur]),
        "mode": convention.mode,
        "membres": [acteur(membres[siret]) for siret in sorted(membres)],
        "le": debut,
    }
    uow.audit("convention.en_vigueur", str(convention.id), donnees)
    uow.emit("groupement.convention.entree_en_vigueur.v1", subject=str(convention.id), data=donnees)


def _terme(convention: t.Convention) -> dt.date | None:
    """Day after the last one of a convention signed for some months."""
    mois = convention.clauses.duree_mois
    assert convention.debut is not None
    return ajouter_mois(convention.debut, mois) if mois else None


def _precedente(uow: UnitOfWork, convention: t.Convention) -> t.Convention | None:
    """The version still bound, which an amendment replaces."""
    vivantes = [EtatConvention.EN_VIGUEUR.value, EtatConvention.SUSPENDUE.value]
    return verrouille(
        uow,
        sa.select(t.Convention)
        .where(
            t.Convention.nom == convention.nom,
            t.Convention.version < convention.version,
            t.Convention.etat.in_(vivantes),
        )
        .order_by(t.Convention.version.desc())
        .limit(1),
    )


def _attendus(
    uow: UnitOfWork, lue: conventions.Convention, precedente: t.Convention
) -> list[conventions.Adhesion]:
    """Members invited to the amendment, but those who are leaving the version it replaces."""
    avant = convention_de(uow.session, precedente.id)
    partants = {a.siret for a in avant.adhesions if a.retrait_notifie_le}
    return [a for a in lue.adhesions if a.effet_le or a.siret not in partants]


def _remplacer(uow: UnitOfWork, precedente: t.Convention, debut: dt.date) -> None:
    if precedente.debut is None or debut <= precedente.debut:
        raise ValidationError(
            "Un avenant prend effet après la version qu’il remplace.",
            code="avenant_anterieur",
            champs={"debut": f"Choisissez une date après le {precedente.debut:%d/%m/%Y}."},
        )
    if precedente.fin is None or precedente.fin > debut:
        precedente.fin = debut
    uow.session.flush()
