"""Purchasing cards over HTTP: cards, receipts, statements and their decisions."""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from services.paiement.domain.releve import EtatLigne
from services.paiement.gateways.releves.formats import formats
from services.paiement.gateways.releves.lecture import empreinte_de, lire
from services.paiement.pages.acces import personne, siret
from services.paiement.queries import cartes as lectures
from services.paiement.queries import programmes
from services.paiement.queries import releves as lectures_releves
from services.paiement.schemas.cartes import (
    CartesSchema,
    DecisionDemande,
    LigneReleveSchema,
    LignesDemandees,
    PageLignes,
    PieceSchema,
    ReleveSchema,
)
from services.paiement.tables import PieceCarte, Releve, SuiviLigne
from services.paiement.tables.cartes import Nature
from services.paiement.usecases.decider_lignes import (
    Ref,
    approuver_ligne,
    approuver_rapprochees,
    clore_releve,
    contester_ligne,
    repondre_contestation,
)
from services.paiement.usecases.importer_releve import Envoi, importer_releve
from services.paiement.usecases.recus import Piece, deposer_piece
from shared.kernel.errors import ValidationError
from shared.web.access import allow
from shared.web.context import context, reading, transaction
from shared.web.idempotence import idempotent
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "paiement_cartes",
    __name__,
    url_prefix="/paiement/api/v1",
    description="Cartes d’achat, reçus et relevés d’opérations",
)
MULTIPART = {
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["fichier"],
                "properties": {
                    "fichier": {"type": "string", "format": "binary"},
                    "nature": {"type": "string", "enum": ["RECU", "FACTURE"]},
                    "recu_le": {"type": "string", "format": "date"},
                },
            }
        }
    },
    "required": True,
}


@api.get("/cartes")
@api.response(200, CartesSchema)
@allow("finances", "porteur")
def lister() -> dict[str, Any]:
    """Lister les cartes de l’organisation et ce qu’elles ont dépensé ce mois"""
    with reading() as session:
        cartes = lectures.lister(session, siret())
        depenses = lectures.depenses_du_mois(session, cartes, context().clock.today())
        lignes = [
            {
                **{k: getattr(c, k) for k in _COPIES},
                "etat": c.etat,
                "depense_periode": depenses[c.id],
            }
            for c in cartes
        ]
    return {"total": len(lignes), "cartes": lignes}


_COPIES = (
    *("id", "programme_id", "porteur", "fin_numero", "expire_le"),
    *("plafond_transaction", "plafond_periode", "plafond_fournisseur"),
)


@api.post("/cartes/operations/<uuid:operation_id>/pieces")
@idempotent
@api.doc(requestBody=MULTIPART)
@api.response(201, PieceSchema)
@api.alt_response(404, description="Opération inconnue de l’appelant")
@allow("finances", "porteur")
def deposer(operation_id: uuid.UUID) -> PieceCarte:
    """Déposer le reçu ou la facture d’une opération (PDF, JPEG ou PNG)

    Le même fichier déposé deux fois ne fait qu’une pièce. Le dernier reçu en retard rétablit la
    carte qu’il avait fait suspendre.
    """
    nom, octets = _fichier()
    nature = request.form.get("nature", Nature.RECU.value)
    if nature not in set(Nature):
        raise _faute("nature", "Choisissez RECU ou FACTURE.")
    with transaction() as uow:
        return deposer_piece(uow, operation_id, siret(), Piece(Nature(nature), nom, octets))


@api.post("/programmes/<uuid:programme_id>/releves")
@idempotent
@api.doc(requestBody=MULTIPART)
@api.response(201, ReleveSchema)
@api.alt_response(200, schema=ReleveSchema, description="Ce relevé était déjà importé")
@api.alt_response(409, description="Ce numéro est déjà importé avec un autre contenu")
@allow("finances")
def importer(programme_id: uuid.UUID) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Importer un relevé d’opérations au format du programme

    La somme des lignes doit être le total annoncé, au centime ; sinon 422 donne l’écart.
    """
    nom, octets = _fichier()
    with reading() as session:
        banque = programmes.lire(session, programme_id, siret()).banque
    envoi = Envoi(nom, empreinte_de(octets), lire(octets, formats()[banque]), _recu_le())
    with transaction() as uow:
        importation = importer_releve(uow, programme_id, siret(), envoi, personne())
        corps = _releve(uow.session, importation.releve)
    adresse = url_for("paiement_cartes.lire_releve", releve_id=corps["id"])
    return corps, 201 if importation.nouveau else 200, {"Location": adresse}


@api.get("/releves/<uuid:releve_id>")
@api.response(200, ReleveSchema)
@api.alt_response(404, description="Relevé inconnu de l’appelant")
@allow("finances")
def lire_releve(releve_id: uuid.UUID) -> dict[str, Any]:
    """Lire un relevé et où en sont ses lignes"""
    with reading() as session:
        return _releve(session, lectures_releves.lire(session, releve_id, siret()))


@api.get("/releves/<uuid:releve_id>/lignes")
@api.arguments(LignesDemandees, location="query")
@api.response(200, PageLignes)
@api.alt_response(404, description="Relevé inconnu de l’appelant")
@allow("finances")
def lignes(demande: Mapping[str, Any], releve_id: uuid.UUID) -> dict[str, Any]:
    """Lister les lignes d’un relevé avec leur rapprochement"""
    with reading() as session:
        lectures_releves.lire(session, releve_id, siret())
        page = lectures_releves.lignes(session, releve_id, demande["etat"], demande["page"])
        return {
            "total": page.total,
            "page": page.numero,
            "pages": page.pages,
            "lignes": [_ligne(suivi) for suivi in page.items],
        }


@api.post("/releves/<uuid:releve_id>/lignes/<int:rang>/decision")
@idempotent
@api.arguments(DecisionDemande)
@api.response(200, LigneReleveSchema)
@api.alt_response(409, description="La décision de cette ligne est prise, ou impossible")
@allow("finances")
def decider(demande: Mapping[str, Any], releve_id: uuid.UUID, rang: int) -> dict[str, Any]:
    """Approuver ou contester une ligne, ou noter la réponse de l’émetteur"""
    ref, motif = Ref(releve_id, siret()), demande["motif"]
    with transaction() as uow:
        if demande["decision"] == "approuver":
            suivi = approuver_ligne(uow, ref, rang, motif, personne())
        elif demande["decision"] == "contester":
            suivi = contester_ligne(uow, ref, rang, motif, personne())
        else:
            reponse = (demande["issue"], motif)
            suivi = repondre_contestation(uow, ref, rang, reponse, personne())
        return _ligne(suivi)


@api.post("/releves/<uuid:releve_id>/approbation")
@idempotent
@api.response(200, ReleveSchema)
@api.alt_response(404, description="Relevé inconnu de l’appelant")
@allow("finances")
def approuver(releve_id: uuid.UUID) -> dict[str, Any]:
    """Approuver toutes les lignes rapprochées"""
    with transaction() as uow:
        approuver_rapprochees(uow, Ref(releve_id, siret()), personne())
        return _releve(uow.session, lectures_releves.lire(uow.session, releve_id, siret()))


@api.post("/releves/<uuid:releve_id>/cloture")
@idempotent
@api.response(200, ReleveSchema)
@api.alt_response(409, description="Des lignes restent à décider")
@allow("finances")
def clore(releve_id: uuid.UUID) -> dict[str, Any]:
    """Clore un relevé dont chaque ligne est décidée"""
    with transaction() as uow:
        releve = clore_releve(uow, Ref(releve_id, siret()), personne())
        return _releve(uow.session, releve)


def _fichier() -> tuple[str, bytes]:
    fichier = request.files.get("fichier")
    if fichier is None:
        raise _faute("fichier", "Ce champ est obligatoire.")
    return fichier.filename or "fichier", fichier.read()


def _recu_le() -> dt.date:
    """The day of receipt; today when the form does not say."""
    texte = request.form.get("recu_le")
    try:
        return dt.date.fromisoformat(texte) if texte else context().clock.today()
    except ValueError as erreur:
        raise _faute("recu_le", "Écrivez une date AAAA-MM-JJ.") from erreur


def _faute(champ: str, message: str) -> ValidationError:
    return ValidationError(
        "L’envoi est à corriger.", code="envoi_invalide", champs={champ: message}
    )


def _releve(session: Session, releve: Releve) -> dict[str, Any]:
    bilan = lectures_releves.bilans(session, [releve.id])[releve.id]
    copies = (
        *("id", "programme_id", "numero", "emetteur", "du", "au", "total"),
        *("recu_le", "echeance_le", "etat"),
    )
    return {nom: getattr(releve, nom) for nom in copies} | {
        "lignes": releve.nombre,
        "exceptions": bilan.nombre(EtatLigne.EXCEPTION),
        "a_decider": bilan.indecises,
        "approuve": bilan.montant(EtatLigne.APPROUVEE),
        "conteste": bilan.montant(EtatLigne.CONTESTEE),
    }


def _ligne(suivi: SuiviLigne) -> dict[str, Any]:
    copies = (
        *("carte", "autorisation", "jour", "accepteur_siret", "accepteur_nom"),
        *("montant_ttc", "niveau"),
    )
    return {nom: getattr(suivi.ligne, nom) for nom in copies} | {
        nom: getattr(suivi, nom) for nom in ("rang", "operation_id", "etat", "ecarts", "motif")
    }
