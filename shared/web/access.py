"""Who may call which view: nothing is open unless the view says so.

A decorator only marks the view; the check runs before the request, outside the view, so that the
order of decorators can never weaken it. `create_app` refuses to start with an unmarked view.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, abort, current_app, g, redirect, request, session
from werkzeug.wrappers import Response as WerkzeugResponse

ROLES = frozenset(
    {"agent", "coordonnateur", "finances", "porteur", "exploitation", "entreprise", "api"}
)
MARQUE = "__acces__"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Utilisateur:
    """Who is asking. `nom` is a function (« Agente des achats »), never the name of a person."""

    id: str
    nom: str
    siret: str
    organisation: str
    roles: frozenset[str]

    @property
    def entreprise(self) -> bool:
        return "entreprise" in self.roles

    @property
    def connecte(self) -> bool:
        return bool(self.roles)

    def a(self, *roles: str) -> bool:
        """Tell whether one of `roles` is held."""
        return not self.roles.isdisjoint(roles)


ANONYME = Utilisateur("anonyme", "", "", "", frozenset())
Jetons = Callable[[str], Utilisateur | None]


class AccesNonDeclare(RuntimeError):
    """A view was registered without `@public` or `@allow`."""


def public(view: F) -> F:
    """Open the view to everybody, signed in or not."""
    setattr(view, MARQUE, frozenset())
    return view


def allow(*roles: str) -> Callable[[F], F]:
    """Open the view to the holders of at least one of `roles`."""
    if not roles or not ROLES.issuperset(roles):
        raise ValueError(f"Rôles inconnus : {sorted(set(roles) - ROLES) or 'aucun rôle'}.")

    def marquer(view: F) -> F:
        setattr(view, MARQUE, frozenset(roles))
        return view

    return marquer


def ouvrir(app: Flask, endpoint: str) -> None:
    """Make public a view that comes from a library and could not be marked at its source."""
    vue = app.view_functions[endpoint]

    @public
    @wraps(vue)
    def ouverte(*args: Any, **kwargs: Any) -> Any:
        return vue(*args, **kwargs)

    app.view_functions[endpoint] = ouverte


def roles_de(view: Callable[..., Any], methode: str) -> frozenset[str] | None:
    """Roles a view asks for; the empty set when it is public, None when it says nothing."""
    classe = getattr(view, "view_class", None)
    if classe is None:
        return getattr(view, MARQUE, None)
    propre = getattr(getattr(classe, methode.lower(), None), MARQUE, None)
    return getattr(classe, MARQUE, None) if propre is None else propre


def verifier_declarations(app: Flask) -> None:
    """Refuse to build an application in which a view forgot to say who may call it."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for methode in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            if roles_de(view, methode) is None:
                raise AccesNonDeclare(
                    f"{methode} {rule.rule} ({rule.endpoint}) : ajoutez @public ou @allow(…)."
                )


def current_user() -> Utilisateur:
    """Return the user of this request, `ANONYME` when nobody is signed in."""
    connu: Utilisateur = g.get("utilisateur", ANONYME)
    return connu


def ouvrir_session(identite: Mapping[str, Any]) -> None:
    """Start a fresh session; nothing of the previous one survives."""
    session.clear()
    session.permanent = True
    for cle in ("id", "nom", "siret", "organisation"):
        session[cle] = str(identite[cle])
    session["roles"] = _roles_connus(identite["roles"])


def fermer_session() -> None:
    session.clear()


def est_api(chemin: str) -> bool:
    """Tell an API path (`/<service>/api/v1/…`) from a page."""
    return "/api/v" in chemin


def _roles_connus(roles: Iterable[str]) -> list[str]:
    return sorted(ROLES.intersection(roles) - {"api"})


def _de_la_session() -> Utilisateur:
    if not session.get("roles"):
        return ANONYME
    return Utilisateur(
        id=session["id"],
        nom=session["nom"],
        siret=session["siret"],
        organisation=session["organisation"],
        roles=frozenset(session["roles"]),
    )


def jeton_presente() -> str | None:
    """Return the bearer token of the request, if any."""
    genre, _, jeton = request.headers.get("Authorization", "").partition(" ")
    return jeton.strip() if genre.lower() == "bearer" else None


def _identifier(jetons: Jetons | None) -> None:
    jeton = jeton_presente()
    if jeton is None or not est_api(request.path):
        g.utilisateur = _de_la_session()
        return
    g.utilisateur = (jetons(jeton) if jetons else None) or ANONYME
    if not g.utilisateur.connecte:
        abort(401)


def _autoriser() -> Response | WerkzeugResponse | None:
    if request.endpoint is None:
        return None
    roles = roles_de(current_app.view_functions[request.endpoint], request.method)
    if request.method == "OPTIONS" or roles == frozenset():
        return None
    if roles is not None and current_user().a(*roles):
        return None
    if current_user().connecte:
        abort(403)
    if est_api(request.path) or request.method != "GET":
        abort(401)
    return redirect(f"/connexion?{_suite()}", 302)


def _suite() -> str:
    return urlencode({"suite": request.full_path.rstrip("?")})


def installer(app: Flask, jetons: Jetons | None) -> None:
    """Identify, then authorise, every request of `app`."""

    @app.before_request
    def controler() -> Response | WerkzeugResponse | None:
        _identifier(jetons)
        return _autoriser()

    app.jinja_env.globals["utilisateur"] = current_user
