"""Routes of the API under `/paiement/api/v1`."""

import uuid
from collections.abc import Mapping
from typing import Any

from flask import request, url_for

from services.paiement.api.presentation import (
    facture_complete,
    facture_resume,
    marche_resume,
    statuts,
)
from services.paiement.gateways.efacture.examen import examiner
from services.paiement.pages.acces import perimetre, personne, siret
from services.paiement.queries import factures as lectures
from services.paiement.queries import marches
from services.paiement.queries.factures import Filtre
from services.paiement.schemas.api import (
    DemandeOperation,
    FactureComplete,
    FacturesDemandees,
    MarcheSchema,
    OperationSchema,
    PageFactures,
    PageMarches,
    PaginationSchema,
    StatutsSchema,
)
from services.paiement.tables import OperationCarte
from services.paiement.usecases.autoriser_operation import Demande, autoriser_operation
from services.paiement.usecases.deposer_facture import Envoi, deposer_facture
from services.paiement.usecases.lois import lois
from services.paiement.usecases.suivi import horloge_de
from shared.kernel.errors import ValidationError
from shared.web.access import allow, current_user
from shared.web.context import reading, transaction
from shared.web.idempotence import idempotent
from shared.web.pagination import Page
from shared.web.stricte import BlueprintStrict

api = BlueprintStrict(
    "paiement_api", __name__, url_prefix="/paiement/api/v1", description="Factures, marchés, cartes"
)
XML_OU_PDF = {
    "content": {
        type_: {"schema": {"type": "string", "format": "binary"}}
        for type_ in ("application/xml", "application/pdf")
    }
    | {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["fichier"],
                "properties": {"fichier": {"type": "string", "format": "binary"}},
            }
        }
    },
    "required": True,
}


def _page(page: Page[Any], cle: str, lignes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"total": page.total, "page": page.numero, "pages": page.pages, cle: lignes}


@api.post("/factures")
@idempotent
@api.doc(requestBody=XML_OU_PDF)
@api.response(201, FactureComplete)
@api.alt_response(200, schema=FactureComplete, description="Ce fichier était déjà déposé")
@api.alt_response(409, description="Numéro déjà utilisé par ce fournisseur cette année")
@allow("finances", "entreprise")
def deposer() -> tuple[dict[str, Any], int, dict[str, str]]:
    """Déposer une facture CII, UBL ou Factur-X

    Le même fichier déposé deux fois donne la même facture (200). Une facture lisible mais non
    conforme à EN 16931 est gardée : son `etat` est `REJETEE`, avec ses motifs dans `anomalies`.
    Un fichier qui n’est pas une facture, ou qui n’est pas pour cet acheteur, est refusé (422).
    """
    nom, octets = _fichier()
    examen = examiner(octets)
    moi = {"fournisseur" if current_user().entreprise else "acheteur": siret()}
    with transaction() as uow:
        depot = deposer_facture(uow, Envoi(nom, octets, **moi), examen)
        corps = facture_complete(depot.facture)
        adresse = url_for("paiement_api.lire", facture_id=depot.facture.id)
    return corps, 201 if depot.nouvelle else 200, {"Location": adresse}


def _fichier() -> tuple[str, bytes]:
    """The file, alone in the body or as the part `fichier` of a form."""
    if request.mimetype == "multipart/form-data":
        fichier = request.files.get("fichier")
        if fichier is None:
            raise ValidationError(
                "Joignez la facture.",
                code="fichier_manquant",
                champs={"fichier": "Ce champ est obligatoire."},
            )
        return fichier.filename or "facture", fichier.read()
    return "facture", request.get_data()


@api.get("/factures")
@api.arguments(FacturesDemandees, location="query")
@api.response(200, PageFactures)
@allow("finances", "coordonnateur", "entreprise")
def lister(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lister ses factures, par jours restants"""
    with reading() as session:
        filtre = Filtre(demande["etat"], demande["q"])
        page = lectures.lister(session, perimetre(), filtre, demande["page"])
        return _page(page, "factures", [facture_resume(f) for f in page.items])


@api.get("/factures/<uuid:facture_id>")
@api.response(200, FactureComplete)
@api.alt_response(404, description="Facture inconnue de l’appelant")
@allow("finances", "coordonnateur", "entreprise")
def lire(facture_id: uuid.UUID) -> dict[str, Any]:
    """Lire une facture et le résultat de son contrôle"""
    with reading() as session:
        return facture_complete(lectures.lire(session, facture_id, perimetre()))


@api.get("/factures/<uuid:facture_id>/statuts")
@api.response(200, StatutsSchema)
@api.alt_response(404, description="Facture inconnue de l’appelant")
@allow("finances", "coordonnateur", "entreprise")
def suivre(facture_id: uuid.UUID) -> dict[str, Any]:
    """Qui détient la facture depuis quand, et comment son délai se calcule"""
    with reading() as session:
        facture = lectures.lire(session, facture_id, perimetre())
        return statuts(facture, horloge_de(facture, lois(session)))


@api.get("/marches")
@api.arguments(PaginationSchema, location="query")
@api.response(200, PageMarches)
@allow("finances", "coordonnateur", "agent", "entreprise")
def marches_connus(demande: Mapping[str, Any]) -> dict[str, Any]:
    """Lister les marchés signés, détenus ou exécutés par l’appelant"""
    with reading() as session:
        page = marches.lister(session, siret(), demande["page"])
        return _page(page, "marches", [marche_resume(m) for m in page.items])


@api.get("/marches/<uuid:marche_id>")
@api.response(200, MarcheSchema)
@api.alt_response(404, description="Marché inconnu de l’appelant")
@allow("finances", "coordonnateur", "agent", "entreprise")
def marche(marche_id: uuid.UUID) -> dict[str, Any]:
    """Lire un marché et son avance"""
    with reading() as session:
        return marche_resume(marches.compte(session, marche_id, siret()).marche)


@api.post("/cartes/<uuid:carte_id>/autorisations")
@idempotent
@api.arguments(DemandeOperation)
@api.response(201, OperationSchema)
@api.alt_response(404, description="Carte inconnue de l’appelant")
@allow("finances", "porteur")
def autoriser(demande: Mapping[str, Any], carte_id: uuid.UUID) -> OperationCarte:
    """Demander l’autorisation d’une opération par carte

    Autorisée ou refusée, l’opération est gardée ; la réponse donne chaque contrôle dans l’ordre.
    """
    with transaction() as uow:
        return autoriser_operation(uow, carte_id, siret(), Demande(**demande), personne())
