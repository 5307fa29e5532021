"""Call the members for their needs."""

import datetime as dt
import uuid
from collections.abc import Collection

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.domain.appels import Plancher, rappels
from services.groupement.domain.clauses import exiger_delai_de_reponse
from services.groupement.usecases.commun import (
    achat_verrouille,
    acteur,
    articles_de,
    avancer,
    clauses_de,
    convention_de,
    organisations,
)
from shared.kernel.errors import ConflictError, ValidationError
from shared.messaging.uow import UnitOfWork


def ouvrir_recensement(
    uow: UnitOfWork,
    achat_id: uuid.UUID,
    cloture_le: dt.datetime,
    *,
    site: str,
    plancher: Plancher | None = None,
) -> None:
    """Open the first call; every member of the convention is told until when it may answer."""
    achat = achat_verrouille(uow, achat_id)
    if not articles_de(uow.session, achat_id):
        raise ConflictError(
            "Décrivez au moins un article avant d’ouvrir le recensement.", code="achat_sans_article"
        )
    avancer(uow, achat, EtatAchat.RECENSEMENT_OUVERT, cloture_le=cloture_le)
    appeler(uow, achat, cloture_le, site=site, plancher=plancher)


def appeler(
    uow: UnitOfWork,
    achat: t.Achat,
    cloture_le: dt.datetime,
    *,
    site: str,
    motif: str | None = None,
    plancher: Plancher | None = None,
) -> None:
    """Number the call, set its deadline, plan its reminders and tell every member."""
    if cloture_le <= uow.clock.now():
        raise ValidationError(
            "La clôture du recensement doit être à venir.",
            code="cloture_passee",
            champs={"cloture_le": "Choisissez une date à venir."},
        )
    achat.recensement += 1
    achat.cloture_le = cloture_le
    exiger_delai_de_reponse(clauses_de(uow.session, achat.id), (cloture_le - uow.clock.now()).days)
    _inscrire(uow, achat, motif, plancher)
    uow.emit(
        "groupement.recensement.ouvert.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "objet": achat.objet,
            "numero": achat.recensement,
            "cloture_le": cloture_le,
            "membres": membres_a_prevenir(uow, achat),
            "url": adresse_des_besoins(achat, site),
            "motif": motif,
        },
    )


def membres_a_prevenir(
    uow: UnitOfWork, achat: t.Achat, seulement: Collection[str] | None = None
) -> list[dict[str, str | None]]:
    """Those whom the call concerns, or some of them, with the address to write to."""
    convention = convention_de(uow.session, achat.convention_id)
    sirets = {a.siret for a in convention.consultes(uow.clock.today())}
    if seulement is not None:
        sirets &= set(seulement)
    membres = organisations(uow.session, sirets)
    return [
        {**acteur(membres[siret]), "courriel": membres[siret].courriel} for siret in sorted(membres)
    ]


def adresse_des_besoins(achat: t.Achat, site: str) -> str:
    return f"{site}/groupement/achats/{achat.id}/besoins"


def _inscrire(
    uow: UnitOfWork, achat: t.Achat, motif: str | None, plancher: Plancher | None
) -> None:
    """Keep the call as it was opened, and the reminders still to come."""
    maintenant, cloture_le = uow.clock.now(), achat.cloture_le or uow.clock.now()
    uow.session.add(
        t.Appel(
            achat_id=achat.id,
            numero=achat.recensement,
            ouvert_le=maintenant,
            cloture_prevue_le=cloture_le,
            motif=motif,
            minimum_ht=plancher.minimum_ht if plancher else None,
            politique=plancher.politique.value if plancher else None,
            prolongation_jours=plancher.prolongation_jours if plancher else None,
        )
    )
    uow.session.flush()
    for jours, le in rappels(maintenant, cloture_le).items():
        uow.session.add(
            t.Rappel(achat_id=achat.id, numero=achat.recensement, jours=jours, du_le=le)
        )
    uow.session.flush()
