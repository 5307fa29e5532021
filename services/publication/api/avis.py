"""Routes of the API under `/publication/api/v1`."""

import uuid
from collections.abc import Mapping
from typing import Any

from services.publication import queries
from services.publication.api.schemas import (
    AvisComplet,
    PageAvis,
    PageProgramme,
    PaginationSchema,
)
from services.publication.domain.valeurs import Organisation
from services.publication.presentation import avis_detail, avis_resume, programme_public
from services.publication.schemas import (
    AvisNouveauSchema,
    MotifSchema,
    RechercheApiSchema,
    RectificationSchema,
    criteres,
    modifications,
    preparation,
)
from services.publication.tables import Avis
from services.publication.usecases.annuler_avis import annuler_consultation
from services.publication.usecases.chargement import consultation_de_l_avis
from services.publication.usecases.publier_avis import publier_avis_direct
from services.publication.usecases.rectifier_avis import rectifier_avis
from shared.messaging.uow import UnitOfWork
from shared.web.access import allow, current_user, public
from shared.web.context import context, reading, transaction
from shared.web.idempotence import idempotent
from shared.web.pagination import Page, decouper
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "publication_api", __name__, url_prefix="/publication/api/v1", description="Guichet unique"
)


def _page(page: Page[Any], cle: str, lignes: list[Any]) -> dict[str, Any]:
    return {
        "total": page.total,
        "page": page.numero,
        "pages": page.pages,
        "par": page.par,
        cle: lignes,
    }


@api.get("/avis")
@api.arguments(RechercheApiSchema, location="query")
@api.response(200, PageAvis)
@public
def lister(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Chercher parmi les avis"""
    maintenant = context().clock.now()
    with reading() as session:
        page = queries.chercher(
            session, criteres(demande), maintenant, demande["page"], demande["par"]
        )
        return _page(page, "avis", [avis_resume(avis, maintenant) for avis in page.items])


@api.get("/avis/<uuid:avis_id>")
@api.response(200, AvisComplet)
@api.alt_response(404, description="Avis inconnu")
@public
def lire(avis_id: uuid.UUID) -> dict[str, Any]:
    """Lire un avis, ses lots et son historique"""
    with reading() as session:
        avis, consultation = queries.avis_publie(session, avis_id)
        return avis_detail(avis, consultation, context().clock.now())


@api.get("/programmation")
@api.arguments(PaginationSchema, location="query")
@api.response(200, PageProgramme)
@public
def programmation(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lire les achats à venir"""
    with reading() as session:
        entrees = queries.programmation(session, context().clock.today().replace(day=1))
        page = decouper(entrees, demande["page"], demande["par"])
        lignes = [programme_public(programme, avis) for programme, avis in page.items]
        return _page(page, "programmation", lignes)


@api.post("/avis")
@idempotent
@api.arguments(AvisNouveauSchema)
@api.response(201, AvisComplet)
@allow("coordonnateur")
def publier(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Publier un avis de procédure adaptée ou formalisée

    Sous le seuil de publicité, l’objet, le CPV, la date limite, le lieu, le contact et le montant
    estimé suffisent. À partir du seuil, la réponse 422 nomme chaque champ qui manque.
    """
    moi = current_user()
    with transaction() as uow:
        parution = publier_avis_direct(
            uow,
            context().parametres,
            preparation(demande),
            Organisation(moi.siret, moi.organisation),
            public_url=context().settings.public_url,
        )
        return {
            **_detail(uow, parution.avis),
            "avertissements": list(parution.avertissements),
        }


@api.post("/avis/<uuid:avis_id>/rectifications")
@idempotent
@api.arguments(RectificationSchema)
@api.response(201, AvisComplet)
@api.alt_response(404, description="Avis inconnu")
@api.alt_response(409, description="Avis clos ou annulé")
@allow("coordonnateur")
def rectifier(demande: Mapping[str, Any], avis_id: uuid.UUID) -> dict[str, Any]:
    """Rectifier un avis publié : une nouvelle version, avec ce qui change"""
    siret = current_user().siret
    with transaction() as uow:
        consultation = consultation_de_l_avis(uow, avis_id, siret)
        avis = rectifier_avis(uow, consultation.id, siret, modifications(demande), demande["motif"])
        return _detail(uow, avis)


@api.post("/avis/<uuid:avis_id>/annulation")
@idempotent
@api.arguments(MotifSchema)
@api.response(200, AvisComplet)
@api.alt_response(404, description="Avis inconnu")
@api.alt_response(409, description="Avis déjà annulé, ou marché déjà notifié")
@allow("coordonnateur")
def annuler(demande: Mapping[str, Any], avis_id: uuid.UUID) -> dict[str, Any]:
    """Annuler un avis et sa consultation"""
    siret = current_user().siret
    with transaction() as uow:
        consultation = consultation_de_l_avis(uow, avis_id, siret)
        annuler_consultation(uow, consultation.id, siret, demande["motif"])
        return _detail(uow, uow.session.get_one(Avis, avis_id))


def _detail(uow: UnitOfWork, avis: Avis) -> dict[str, Any]:
    """The notice as it is after this change, before the commit."""
    uow.session.flush()
    uow.session.expire(avis, ["versions"])
    relu, consultation = queries.avis_publie(uow.session, avis.id)
    return avis_detail(relu, consultation, uow.clock.now())
