"""Call the members for their needs."""

import datetime as dt
import uuid

from services.groupement import tables as t
from services.groupement.domain.achats import EtatAchat
from services.groupement.usecases.commun import (
    achat_verrouille,
    acteur,
    articles_de,
    avancer,
    convention_de,
    organisations,
)
from shared.kernel.errors import ConflictError, ValidationError
from shared.messaging.uow import UnitOfWork


def ouvrir_recensement(
    uow: UnitOfWork, achat_id: uuid.UUID, cloture_le: dt.datetime, *, site: str
) -> None:
    """Open the first call; every member of the convention is told until when it may answer."""
    achat = achat_verrouille(uow, achat_id)
    if not articles_de(uow.session, achat_id):
        raise ConflictError(
            "Décrivez au moins un article avant d’ouvrir le recensement.", code="achat_sans_article"
        )
    avancer(uow, achat, EtatAchat.RECENSEMENT_OUVERT, cloture_le=cloture_le)
    appeler(uow, achat, cloture_le, site=site)


def appeler(
    uow: UnitOfWork,
    achat: t.Achat,
    cloture_le: dt.datetime,
    *,
    site: str,
    motif: str | None = None,
) -> None:
    """Number the call, set its deadline and tell every member."""
    if cloture_le <= uow.clock.now():
        raise ValidationError(
            "La clôture du recensement doit être à venir.",
            code="cloture_passee",
            champs={"cloture_le": "Choisissez une date à venir."},
        )
    achat.recensement += 1
    achat.cloture_le = cloture_le
    convention = convention_de(uow.session, achat.convention_id)
    consultes = convention.consultes(uow.clock.today())
    membres = organisations(uow.session, (a.siret for a in consultes))
    uow.emit(
        "groupement.recensement.ouvert.v1",
        subject=str(achat.id),
        data={
            "achat_id": achat.id,
            "reference": achat.reference,
            "objet": achat.objet,
            "numero": achat.recensement,
            "cloture_le": cloture_le,
            "membres": [
                {**acteur(membres[siret]), "courriel": membres[siret].courriel}
                for siret in sorted(membres)
            ],
            "url": f"{site}/groupement/achats/{achat.id}/besoins",
            "motif": motif,
        },
    )
