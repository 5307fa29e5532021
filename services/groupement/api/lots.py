"""Cuttings into lots over JSON: those applied, and another one."""

import uuid
from collections.abc import Mapping
from typing import Any

from services.groupement import tables as t
from services.groupement.api.schemas_lots import (
    DecoupageSchema,
    DecoupagesSchema,
    NouveauDecoupageSchema,
)
from services.groupement.domain.achats import exiger_coordonnateur
from services.groupement.domain.decoupage import Coupe
from services.groupement.queries.achats import achat_visible
from services.groupement.queries.decoupages import appliques
from services.groupement.usecases.redecouper import NouveauDecoupage, redecouper
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction
from shared.web.idempotence import idempotent
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "groupement_lots_api",
    __name__,
    url_prefix="/groupement/api/v1",
    description="Découpage en lots",
)


@api.get("/achats/<uuid:achat_id>/decoupages")
@api.response(200, DecoupagesSchema)
@allow("api", "agent", "coordonnateur")
def lister(achat_id: uuid.UUID) -> dict[str, Any]:
    """Lister les découpages appliqués à un achat, le dernier d’abord

    Un membre ne voit, des réponses redemandées, que la sienne.
    """
    siret = current_user().siret
    with reading() as session:
        achat = achat_visible(session, achat_id, siret)
        faits = appliques(session, achat_id)
    vue = None if achat.coordonnateur == siret else siret
    return {"decoupages": [_decoupage(fait, vue) for fait in faits]}


@api.post("/achats/<uuid:achat_id>/decoupages")
@idempotent
@api.arguments(NouveauDecoupageSchema)
@api.response(201, DecoupageSchema)
@allow("api", "coordonnateur")
def appliquer(demande: Mapping[str, Any], achat_id: uuid.UUID) -> dict[str, Any]:
    """Redécouper les lots entre la clôture du recensement et le lancement (coordonnateur)

    Un achat consolidé l’est de nouveau aussitôt, sous un nouveau numéro. Quand des réponses sont
    à redemander, le recensement est rouvert jusqu’à `cloture_le` ; sans cette date, 422
    `cloture_requise`. Refus 409 : `lots_figes`, `decoupage_identique`, `apercu_perime`,
    `reponses_a_redemander` (consolider d’abord).
    """
    siret, ici = current_user().siret, context()
    nouveau = NouveauDecoupage(
        Coupe(demande["methode"], demande["plafond_ht"]),
        demande["motif"],
        demande["motif_lot_unique"],
        demande["cloture_le"],
        demande["empreinte"],
    )
    with transaction() as uow:
        achat = achat_visible(uow.session, achat_id, siret)
        exiger_coordonnateur(siret, achat.coordonnateur)
        fait = redecouper(uow, achat_id, nouveau, ici.parametres, site=ici.settings.public_url)
        return _decoupage(fait, None)


def _decoupage(fait: t.Decoupage, siret: str | None) -> dict[str, Any]:
    """A cutting as one organisation may see it (None: as the coordinator does)."""
    champs = {c.key: getattr(fait, c.key) for c in t.Decoupage.__table__.columns}
    return {
        **champs,
        "lots_avant": fait.avant["lots"],
        "lots": fait.apres["lots"],
        "redemandees": {s: n for s, n in fait.redemandees.items() if siret in {None, s}},
    }
