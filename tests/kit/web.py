"""A test client that fills the form token in, as the page's own form would."""

import secrets
from typing import Any

import lxml.html
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.ops.demo import PERSONAS
from shared.web import csrf
from shared.web.access import est_api


def lisible(reponse: TestResponse) -> str:
    """Visible text of a page, every kind of space made one ordinary space."""
    return " ".join(lxml.html.fromstring(reponse.text).text_content().split())


class ClientWeb(FlaskClient):
    """Posts of forms carry the token of the session; `sans_jeton=True` leaves it out."""

    def entrer(self, persona: str) -> "ClientWeb":
        """Sign in as a persona of the demonstration."""
        with self.session_transaction() as session:
            session.update(PERSONAS[persona].en_session())
        return self

    def jeton(self) -> str:
        """A form token of this client's session."""
        with self.session_transaction() as session:
            session.setdefault("csrf", secrets.token_hex(csrf.TAILLE))
            return csrf.masquer(session["csrf"])

    def open(self, *args: Any, sans_jeton: bool = False, **kwargs: Any) -> TestResponse:
        formulaire = kwargs.get("method") == "POST" and "json" not in kwargs
        if formulaire and not sans_jeton and isinstance(args[0], str) and not est_api(args[0]):
            donnees = kwargs.get("data") or {}
            if isinstance(donnees, dict):
                kwargs["data"] = {csrf.CHAMP: self.jeton(), **donnees}
        return super().open(*args, **kwargs)
