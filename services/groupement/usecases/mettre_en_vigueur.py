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
)
from shared.messaging.uow import UnitOfWork


def mettre_en_vigueur(uow: UnitOfWork, convention_id: uuid.UUID, debut: dt.date) -> None:
    """Let the convention bind those who voted it; the version before ends on that day."""
    convention = convention_verrouillee(uow, convention_id)
    lue = convention_de(uow.session, convention_id)
    conventions.exiger_signatures(lue, debut)
    convention.etat = conventions.franchir(lue.etat, EtatConvention.EN_VIGUEUR).value
    convention.debut = debut
    _remplacer_la_precedente(uow, convention)
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


def _remplacer_la_precedente(uow: UnitOfWork, convention: t.Convention) -> None:
    uow.session.execute(
        sa.update(t.Convention)
        .where(
            t.Convention.nom == convention.nom,
            t.Convention.id != convention.id,
            t.Convention.etat == EtatConvention.EN_VIGUEUR.value,
            t.Convention.fin.is_(None),
            t.Convention.debut < convention.debut,
        )
        .values(fin=convention.debut)
    )
