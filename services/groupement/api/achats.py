"""Purchases, consolidations and needs over JSON, scoped to the caller's organisation."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from services.groupement import tables as t
from services.groupement.api.schemas import (
    AchatFiltre,
    AchatQuery,
    AchatSchema,
    AchatsSchema,
    BesoinsSchema,
    BesoinSuiviSchema,
    ConsolidationSchema,
    LigneSchema,
)
from services.groupement.domain.achats import EtatAchat, etat_besoin
from services.groupement.domain.consolidation import LotPrevu
from services.groupement.domain.decoupage import lots_traces
from services.groupement.queries import achats as lectures
from services.groupement.queries import besoins as lectures_besoins
from services.groupement.queries import consolidations as lectures_consolidations
from shared.kernel.errors import NotFoundError
from shared.kernel.montant import Montant
from shared.web.access import allow, current_user
from shared.web.context import reading
from shared.web.pagination import paginate
from shared.web.stricte import BlueprintStrict

LECTEURS = ("api", "agent", "coordonnateur")
api = BlueprintStrict(
    "groupement_achats",
    __name__,
    url_prefix="/groupement/api/v1",
    description="Achats groupés et besoins",
)


@api.get("/achats")
@api.arguments(AchatQuery, location="query")
@api.response(200, AchatsSchema)
@allow(*LECTEURS)
def lister(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lister les achats des conventions de l’organisation"""
    requete = lectures.visibles(current_user().siret, etat=demande["etat"])
    with reading() as session:
        page = paginate(session, requete, demande["page"], demande["par"])
    return {
        "total": page.total,
        "page": page.numero,
        "pages": page.pages,
        "achats": page.items,
    }


@api.get("/achats/<uuid:achat_id>")
@api.response(200, AchatSchema)
@allow(*LECTEURS)
def lire(achat_id: uuid.UUID) -> t.Achat:
    """Lire un achat et ses articles"""
    with reading() as session:
        return lectures.achat_visible(session, achat_id, current_user().siret)


@api.get("/achats/<uuid:achat_id>/consolidation")
@api.response(200, ConsolidationSchema)
@allow(*LECTEURS)
def consolidation(achat_id: uuid.UUID) -> dict[str, Any]:
    """Lire la consolidation en vigueur et la composition de chaque ligne

    Le coordonnateur voit les besoins de tous ; un membre voit les quantités de tous et les siens.
    """
    siret = current_user().siret
    with reading() as session:
        achat = lectures.achat_visible(session, achat_id, siret)
        faites = lectures.consolidations(session, achat_id)
    if not faites:
        raise NotFoundError("Cet achat n’est pas encore consolidé.", code="consolidation_absente")
    vue = None if achat.coordonnateur == siret else siret
    return _consolidation(faites[0], vue)


@api.get("/achats/<uuid:achat_id>/lignes/<uuid:ligne_id>")
@api.response(200, LigneSchema)
@allow(*LECTEURS)
def ligne(achat_id: uuid.UUID, ligne_id: uuid.UUID) -> dict[str, Any]:
    """Lire une ligne et les besoins qui la composent

    Un membre voit la quantité de tous et ses propres besoins.
    """
    siret = current_user().siret
    with reading() as session:
        achat = lectures.achat_visible(session, achat_id, siret)
        lue = lectures_consolidations.ligne_composee(session, achat_id, ligne_id)
        return _ligne(lue, None if achat.coordonnateur == siret else siret)


def _consolidation(faite: t.Consolidation, siret: str | None) -> dict[str, Any]:
    """A consolidation as one organisation may see it (None: as the coordinator does)."""
    champs = {c.key: getattr(faite, c.key) for c in t.Consolidation.__table__.columns}
    lots = lots_traces(faite.decoupage)
    remplis = [(lot, [x for x in faite.lignes if x.lot == lot.numero]) for lot in lots]
    return {**champs, "lots": [_lot(lot, lignes, siret) for lot, lignes in remplis if lignes]}


def _lot(lot: LotPrevu, lignes: Sequence[t.Ligne], siret: str | None) -> dict[str, Any]:
    return {
        "numero": lot.numero,
        "objet": lot.objet,
        "cpv": lot.cpv,
        "montant_estime_ht": Montant.somme(ligne.montant_estime_ht for ligne in lignes),
        "lignes": [_ligne(ligne, siret) for ligne in lignes],
    }


def _ligne(ligne: t.Ligne, siret: str | None) -> dict[str, Any]:
    champs = {c.key: getattr(ligne, c.key) for c in t.Ligne.__table__.columns}
    siennes: Sequence[t.Composition] = [
        part for part in ligne.compositions if siret in (None, part.siret)
    ]
    return {**champs, "compositions": siennes}


@api.get("/besoins")
@api.arguments(AchatFiltre, location="query")
@api.response(200, BesoinsSchema)
@allow(*LECTEURS)
def besoins(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lister les besoins déclarés par l’organisation"""
    with reading() as session:
        siens = lectures_besoins.de_l_organisation(
            session, current_user().siret, demande["achat_id"]
        )
    return {"besoins": siens}


@api.get("/besoins/<uuid:besoin_id>")
@api.response(200, BesoinSuiviSchema)
@allow(*LECTEURS)
def besoin(besoin_id: uuid.UUID) -> dict[str, Any]:
    """Suivre un besoin jusqu’à sa ligne de lot, son prix et son état"""
    with reading() as session:
        suite = lectures_besoins.suite(session, besoin_id, current_user().siret)
    stockees = [c.key for c in t.Besoin.__table__.columns if c.computed is None]
    champs = {cle: getattr(suite.besoin, cle) for cle in stockees}
    contrat = suite.contrat_ligne
    return {
        **champs,
        "etat": etat_besoin(EtatAchat(suite.achat.etat), valide=suite.besoin.valide).value,
        "achat_reference": suite.achat.reference,
        "ligne_id": suite.ligne and suite.ligne.id,
        "lot": suite.ligne and suite.ligne.lot,
        "prix_estime_ht": suite.prix_estime_ht,
        "montant_estime_ht": suite.montant_estime_ht,
        "prix_unitaire_ht": contrat and contrat.prix_unitaire_ht,
        "conditionnement": contrat and contrat.conditionnement,
    }
