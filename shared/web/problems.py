"""Refusals and failures, said once: RFC 9457 problem+json for machines, a page for people."""

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import marshmallow as ma
from flask import Flask, Response, g, json, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from shared.kernel.errors import ContractError, DomainError, EssaimError, TemporaryError
from shared.web.access import est_api
from shared.web.messages import en_dictionnaire

TYPE_MEDIA: Final = "application/problem+json"
URN: Final = "urn:essaim:probleme:"
journal = logging.getLogger("essaim.web")

_HTTP: Final[Mapping[int, tuple[str, str, str]]] = {
    400: ("requete_invalide", "Requête invalide", "La requête n’a pas pu être lue."),
    401: (
        "non_authentifie",
        "Authentification requise",
        "Connectez-vous, ou présentez un jeton valide.",
    ),
    403: ("interdit", "Accès refusé", "Votre rôle ne permet pas cette action."),
    404: (
        "introuvable",
        "Page introuvable",
        "L’adresse est peut-être incomplète, ou le document a été retiré.",
    ),
    405: (
        "methode_non_permise",
        "Méthode non permise",
        "Cette adresse n’accepte pas cette méthode.",
    ),
    406: ("format_indisponible", "Format indisponible", "Ce format n’est pas proposé."),
    409: ("conflit", "Action impossible", "L’état actuel ne permet plus cette action."),
    413: ("trop_volumineux", "Envoi trop volumineux", "L’envoi dépasse la taille permise."),
    415: ("type_non_accepte", "Type non accepté", "Ce type de contenu n’est pas accepté."),
    422: ("saisie_invalide", "Saisie à corriger", "Une ou plusieurs valeurs sont à corriger."),
    429: ("trop_de_requetes", "Trop de requêtes", "Patientez un instant avant de recommencer."),
    500: (
        "erreur_interne",
        "Erreur inattendue",
        "L’incident est enregistré. Rien n’a été modifié ; vous pouvez réessayer.",
    ),
    503: (
        "indisponible",
        "Service momentanément indisponible",
        "Réessayez dans quelques instants.",
    ),
}


class ProblemSchema(ma.Schema):
    """Problem details (RFC 9457) with the faulty fields."""

    type = ma.fields.String(required=True, metadata={"example": f"{URN}quota_depasse"})
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    instance = ma.fields.String()
    erreurs = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())
    details = ma.fields.Dict(keys=ma.fields.String())


@dataclass(frozen=True, slots=True)
class Probleme:
    """One refusal, before it becomes JSON or a page."""

    status: int
    code: str
    titre: str
    detail: str
    erreurs: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    entetes: Mapping[str, str] = field(default_factory=dict)

    def en_json(self) -> dict[str, Any]:
        corps: dict[str, Any] = {
            "type": f"{URN}{self.code}",
            "title": self.titre,
            "status": self.status,
            "detail": self.detail,
            "instance": request.path,
        }
        if self.erreurs:
            corps["erreurs"] = dict(self.erreurs)
        if self.details:
            corps["details"] = {nom: _en_texte(valeur) for nom, valeur in self.details.items()}
        return corps


def _en_texte(valeur: Any) -> Any:
    return valeur.isoformat() if isinstance(valeur, dt.date) else valeur


def _de_http(erreur: HTTPException) -> Probleme:
    status = erreur.code or 500
    code, titre, detail = _HTTP.get(status, ("erreur", erreur.name, erreur.name))
    donnees: Mapping[str, Any] = getattr(erreur, "data", None) or {}
    erreurs = en_dictionnaire(donnees.get("messages", {}), _sans_emplacement)
    detail = erreurs.pop("", "") or donnees.get("message") or detail
    entetes = {
        nom: valeur for nom, valeur in erreur.get_headers() if nom in ("Allow", "Retry-After")
    }
    return Probleme(status, code, titre, detail, erreurs, entetes=entetes)


def _sans_emplacement(champ: str) -> str:
    """Drop webargs' location (`json.`, `query.`) in front of the field."""
    tete, _, reste = champ.partition(".")
    return reste if tete in {"json", "query", "form", "files", "headers", "path"} else champ


def _du_domaine(erreur: EssaimError) -> Probleme:
    status = 422 if isinstance(erreur, ContractError) else erreur.status
    titre = _HTTP.get(status, _HTTP[422])[1] if status != 404 else "Introuvable"
    entetes = {"Retry-After": "5"} if isinstance(erreur, TemporaryError) else {}
    return Probleme(
        status, erreur.code, titre, erreur.message, erreur.champs, erreur.details, entetes
    )


def _incident(erreur: Exception) -> Probleme:
    indisponible = isinstance(erreur, OperationalError | PoolTimeout)
    journal.error(
        "Erreur non prévue", exc_info=erreur, extra={"correlation_id": g.get("requete_id")}
    )
    status = 503 if indisponible else 500
    code, titre, detail = _HTTP[status]
    return Probleme(
        status, code, titre, detail, entetes={"Retry-After": "5"} if indisponible else {}
    )


def probleme_de(erreur: Exception) -> Probleme:
    """Say any exception as a problem; what is not foreseen is logged with its stack."""
    if isinstance(erreur, DomainError | ContractError | TemporaryError):
        return _du_domaine(erreur)
    if isinstance(erreur, HTTPException):
        return _de_http(erreur)
    return _incident(erreur)


def veut_json() -> bool:
    """API paths and clients that prefer JSON get problem+json."""
    if est_api(request.path):
        return True
    acceptes = request.accept_mimetypes
    return (
        acceptes.best_match(["text/html", "application/json", TYPE_MEDIA], "text/html")
        != "text/html"
    )


def repondre(probleme: Probleme) -> Response:
    """Answer with a problem, in the form the client reads."""
    if veut_json():
        reponse = Response(json.dumps(probleme.en_json()), probleme.status, mimetype=TYPE_MEDIA)
    else:
        reponse = Response(
            render_template("kit/erreur.html", probleme=probleme, reference=g.get("requete_id")),
            probleme.status,
            mimetype="text/html",
        )
    reponse.headers.extend(probleme.entetes)
    if probleme.status == 401:
        reponse.headers["WWW-Authenticate"] = "Bearer"
    return reponse


def _traiter(erreur: Exception) -> Response | HTTPException:
    if isinstance(erreur, HTTPException) and (erreur.code or 500) < 400:
        return erreur
    return repondre(probleme_de(erreur))


def installer(app: Flask) -> None:
    """One handler for every error of the application."""
    app.register_error_handler(Exception, _traiter)
