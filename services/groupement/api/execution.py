"""Contracts in force over JSON: what a member gives, answers, closes, receives; amendments."""

import uuid
from collections.abc import Mapping
from typing import Any

from services.groupement import tables as t
from services.groupement.api.schemas import AchatFiltre
from services.groupement.api.schemas_execution import (
    AvenantSchema,
    ClotureSchema,
    LiberationSchema,
    LivraisonsSchema,
    MarcheSchema,
    NouveauTransfertSchema,
    NouvelAvenantSchema,
    ReponseSchema,
    SubstitutionSchema,
    SubstitutionsSchema,
    TransfertSchema,
    TransfertsSchema,
)
from services.groupement.domain.achats import exiger_coordonnateur
from services.groupement.queries import execution, mouvements
from services.groupement.usecases.conclure_avenant import (
    NouveauPrix,
    NouvelAvenant,
    conclure_avenant,
)
from services.groupement.usecases.liberer_commande import clore_commande
from services.groupement.usecases.substituer import repondre_substitution
from services.groupement.usecases.transferer_quota import (
    NouveauTransfert,
    proposer_transfert,
    repondre_transfert,
    retirer_transfert,
)
from shared.web.access import allow, current_user
from shared.web.context import context, reading, transaction
from shared.web.idempotence import idempotent
from shared.web.stricte import BlueprintStrict

LECTEURS = ("api", "agent", "coordonnateur")
api = BlueprintStrict(
    "groupement_execution_api",
    __name__,
    url_prefix="/groupement/api/v1",
    description="Exécution : livraisons, transferts de parts, substitutions, avenants",
)


@api.get("/marches/<uuid:marche_id>")
@api.response(200, MarcheSchema)
@allow(*LECTEURS)
def marche(marche_id: uuid.UUID) -> dict[str, Any]:
    """Lire un marché du groupement, ses lignes et ses avenants"""
    with reading() as session:
        lu = mouvements.marche_visible(session, marche_id, current_user().siret)
        avenants = [
            a for a in mouvements.avenants(session, lu.achat_id) if a.marche_id == marche_id
        ]
    champs = {c.key: getattr(lu, c.key) for c in t.Contrat.__table__.columns}
    return {**champs, "lignes": lu.lignes, "avenants": avenants}


@api.post("/marches/<uuid:marche_id>/avenants")
@idempotent
@api.arguments(NouvelAvenantSchema)
@api.response(201, AvenantSchema)
@allow("api", "coordonnateur")
def conclure(demande: Mapping[str, Any], marche_id: uuid.UUID) -> t.Avenant:
    """Enregistrer un avenant (coordonnateur)

    Refus 409 `modification_interdite` quand le cumul dépasse la limite légale, avec
    `details.cumul_ht` ; 422 `avis_cao_requis` quand l’avis de la commission manque.
    """
    prix = tuple(NouveauPrix(**ligne) for ligne in demande["prix"])
    nouvel = NouvelAvenant(marche_id=marche_id, **{**demande, "prix": prix})
    siret = current_user().siret
    with transaction() as uow:
        lu = mouvements.marche_visible(uow.session, marche_id, siret)
        exiger_coordonnateur(siret, lu.achat.coordonnateur)
        return conclure_avenant(uow, nouvel, context().parametres)


@api.post("/commandes/<uuid:commande_id>/cloture")
@idempotent
@api.arguments(ClotureSchema)
@api.response(200, LiberationSchema)
@allow("api", "agent")
def clore(demande: Mapping[str, Any], commande_id: uuid.UUID) -> t.Liberation:
    """Clore une commande avant qu’elle soit complète : le reste retourne à la part"""
    with transaction() as uow:
        return clore_commande(
            uow,
            commande_id,
            demande["motif"],
            siret=current_user().siret,
            quantite=demande["quantite"],
        )


@api.get("/livraisons")
@api.arguments(AchatFiltre, location="query")
@api.response(200, LivraisonsSchema)
@allow(*LECTEURS)
def livraisons(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lister ce que l’organisation a reçu, chaque part avec son calcul"""
    with reading() as session:
        parts = execution.parts_recues(session, current_user().siret, demande["achat_id"])
        return {"livraisons": [_livraison(part) for part in parts]}


def _livraison(part: t.Part) -> dict[str, Any]:
    reception = part.reception
    return {
        "reception_id": part.reception_id,
        "commande_id": part.commande_id,
        "genre": reception.genre,
        "article": part.commande.quota.ligne.article,
        "bon_livraison": reception.bon_livraison,
        "recue_le": reception.recue_le,
        "quantite": reception.quantite,
        "demande": part.demande,
        "part": part.part,
        "explication": part.explication,
    }


@api.get("/transferts")
@api.arguments(AchatFiltre, location="query")
@api.response(200, TransfertsSchema)
@allow(*LECTEURS)
def transferts(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lister les transferts que l’organisation donne ou reçoit"""
    with reading() as session:
        lus = mouvements.transferts(
            session, siret=current_user().siret, achat_id=demande["achat_id"]
        )
    return {"transferts": lus}


@api.post("/transferts")
@idempotent
@api.arguments(NouveauTransfertSchema)
@api.response(201, TransfertSchema)
@allow("api", "agent")
def proposer(demande: Mapping[str, Any]) -> t.TransfertQuota:
    """Proposer une partie de sa part à un autre membre

    Refus 409 `transfert_impossible` avec ce qui est cessible dans `details.cessible`.
    """
    with transaction() as uow:
        return proposer_transfert(uow, NouveauTransfert(de=current_user().siret, **demande))


@api.post("/transferts/<uuid:transfert_id>/reponse")
@idempotent
@api.arguments(ReponseSchema)
@api.response(200, TransfertSchema)
@allow("api", "agent")
def repondre(demande: Mapping[str, Any], transfert_id: uuid.UUID) -> t.TransfertQuota:
    """Accepter ou refuser une part proposée"""
    with transaction() as uow:
        return repondre_transfert(
            uow, transfert_id, current_user().siret, accepte=demande["accepte"]
        )


@api.post("/transferts/<uuid:transfert_id>/retrait")
@idempotent
@api.response(200, TransfertSchema)
@allow("api", "agent")
def retirer(transfert_id: uuid.UUID) -> t.TransfertQuota:
    """Retirer une proposition à laquelle personne n’a répondu"""
    with transaction() as uow:
        return retirer_transfert(uow, transfert_id, current_user().siret)


@api.get("/substitutions")
@api.arguments(AchatFiltre, location="query")
@api.response(200, SubstitutionsSchema)
@allow(*LECTEURS)
def substitutions(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lister les articles proposés en remplacement de ceux de l’organisation"""
    siret = current_user().siret
    with reading() as session:
        lues = mouvements.substitutions(session, siret=siret, achat_id=demande["achat_id"])
        return {"substitutions": [_substitution(lue, siret) for lue in lues]}


@api.post("/substitutions/<uuid:substitution_id>/reponse")
@idempotent
@api.arguments(ReponseSchema)
@api.response(200, SubstitutionSchema)
@allow("api", "agent")
def repondre_a(demande: Mapping[str, Any], substitution_id: uuid.UUID) -> dict[str, Any]:
    """Accepter ou refuser l’article proposé ; sans réponse, il est refusé"""
    siret = current_user().siret
    with transaction() as uow:
        mouvements.substitution_de(uow.session, substitution_id, siret)
        repondre_substitution(uow, substitution_id, siret, accepte=demande["accepte"])
        return _substitution(mouvements.substitution_de(uow.session, substitution_id, siret), siret)


def _substitution(lue: t.Substitution, siret: str) -> dict[str, Any]:
    champs = {c.key: getattr(lue, c.key) for c in t.Substitution.__table__.columns}
    sienne = next((r.reponse for r in lue.reponses if r.siret == siret), None)
    return {**champs, "reponse": sienne}
