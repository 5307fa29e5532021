"""Signing in and out: an OpenID Connect provider, or the personas of the demonstration."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from flask import Blueprint, abort, flash, redirect, render_template, request, session
from werkzeug.wrappers import Response

from shared.kernel.errors import ValidationError
from shared.kernel.identifiants import formater_siret, valider_siret
from shared.ops.context import ServiceContext
from shared.ops.demo import PERSONAS
from shared.ops.settings import Settings
from shared.web.access import (
    ROLES,
    fermer_session,
    ouvrir_session,
    public,
)
from shared.web.navigation import accueil_de
from shared.web.oidc import ConnexionRefusee, Fournisseur

Droits = Callable[[Mapping[str, Any], str], Collection[str]]
RETOUR: Final = "/connexion/retour"


def adresse_sure(suite: str) -> str:
    """Keep only a path of this site; anything else leads to the user's own home."""
    morceaux = urlsplit(suite)
    sure = suite.startswith("/") and not suite.startswith(("//", "/\\"))
    return suite if sure and not morceaux.netloc and not morceaux.scheme else ""


def identite_de(
    revendications: Mapping[str, Any], settings: Settings, droits: Droits
) -> dict[str, Any]:
    """What the session holds of a provider's claims: no name, no e-mail."""
    try:
        siret = valider_siret(str(revendications.get("siret", "")))
    except ValidationError as erreur:
        raise ConnexionRefusee(
            "Votre fournisseur d’identité ne transmet pas de SIRET valide : demandez à votre "
            "organisation de le renseigner."
        ) from erreur
    chez_nous = siret == settings.instance_siret
    return {
        "id": revendications.get("uid") or revendications["sub"],
        "nom": "Agent" if chez_nous else "Compte professionnel",
        "siret": siret,
        "organisation": settings.instance_nom if chez_nous else f"SIRET {formater_siret(siret)}",
        "roles": droits(revendications, siret),
    }


def droits_declares(instance_siret: str) -> Droits:
    """Roles as the provider states them (claim `roles`); without any, the least of them."""

    def droits(revendications: Mapping[str, Any], siret: str) -> Collection[str]:
        annonces = revendications.get("roles", ())
        connus = (ROLES - {"api"}).intersection(
            annonces if isinstance(annonces, list | tuple) else ()
        )
        return connus or {"agent" if siret == instance_siret else "entreprise"}

    return droits


def blueprint(context: ServiceContext, *, droits: Droits | None = None) -> Blueprint:
    """Pages of `/connexion`; `droits` gives the roles of a person from its claims and SIRET."""
    settings = context.settings
    regles = droits or droits_declares(settings.instance_siret)
    fournisseur = _fournisseur(settings)
    personas = {} if fournisseur or settings.production else PERSONAS
    retour = urljoin(settings.public_url, RETOUR)
    connexion = Blueprint("connexion", __name__)

    @connexion.get("/connexion")
    @public
    def choisir() -> str:
        return render_template(
            "kit/connexion.html",
            personas=personas.values(),
            fournisseur=fournisseur is not None,
            suite=adresse_sure(request.args.get("suite", "")),
        )

    @connexion.post("/connexion")
    @public
    def entrer() -> Response:
        persona = personas.get(request.form.get("persona", ""))
        if persona is None:
            abort(404)
        ouvrir_session(persona.en_session())
        return _partir(request.form.get("suite", ""), persona.roles)

    @connexion.get("/connexion/oidc")
    @public
    def partir() -> Response:
        if fournisseur is None:
            abort(404)
        depart = fournisseur.demarrer(retour)
        session["oidc"] = {**depart.etat, "suite": adresse_sure(request.args.get("suite", ""))}
        return redirect(depart.url, 302)

    @connexion.get(RETOUR)
    @public
    def revenir() -> Response:
        etat = session.pop("oidc", None)
        if fournisseur is None or etat is None or request.args.get("state") != etat["state"]:
            raise ConnexionRefusee(
                "Cette connexion a expiré. Recommencez depuis la page Connexion."
            )
        adresse = f"{retour}?{request.query_string.decode('ascii', 'replace')}"
        revendications = fournisseur.terminer(retour, adresse, etat)
        identite = identite_de(revendications, settings, regles)
        ouvrir_session(identite)
        return _partir(etat["suite"], identite["roles"])

    @connexion.post("/deconnexion")
    @public
    def sortir() -> Response:
        fermer_session()
        flash("Vous êtes déconnecté.", "ok")
        return redirect("/", 303)

    return connexion


def _fournisseur(settings: Settings) -> Fournisseur | None:
    if not settings.oidc_issuer:
        return None
    return Fournisseur(
        settings.oidc_issuer, settings.oidc_client_id or "", settings.oidc_client_secret
    )


def _partir(suite: str, roles: Collection[str]) -> Response:
    return redirect(adresse_sure(suite) or accueil_de(roles), 303)
