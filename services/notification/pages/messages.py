"""The demonstration's mailbox: what the local mail server has kept. It does not exist elsewhere."""

from email.message import EmailMessage

from flask import Blueprint, Response, render_template

from shared.kernel.errors import NotFoundError
from shared.ops import courriels
from shared.web.access import public
from shared.web.context import context
from shared.web.pagination import decouper, page_demandee

messages = Blueprint("messages", __name__, url_prefix="/messages")
MAXIMUM = 500
BAC_A_SABLE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'"
)


def _dossier_de_demonstration() -> None:
    """These messages hold secret links: nobody reads them outside a demonstration."""
    if context().settings.production:
        raise NotFoundError("Cette page n’existe qu’en démonstration.", code="demo_seulement")


@messages.get("")
@public
def liste() -> str:
    """What was sent, newest first."""
    _dossier_de_demonstration()
    recus = courriels.liste(context().settings.data_dir, limite=MAXIMUM)
    return render_template("notification/messages.html", page=decouper(recus, page_demandee()))


@messages.get("/<nom>")
@public
def message(nom: str) -> str:
    """One message: headers, text, and the HTML in a frame that can do nothing."""
    _dossier_de_demonstration()
    recu = courriels.lire(context().settings.data_dir, nom)
    texte = partie(recu.message, "plain")
    entetes = [(cle, str(valeur)) for cle, valeur in recu.message.items()]
    return render_template("notification/message.html", recu=recu, texte=texte, entetes=entetes)


@messages.get("/<nom>/html")
@public
def en_html(nom: str) -> Response:
    """The HTML part alone, sandboxed by its own policy."""
    _dossier_de_demonstration()
    recu = courriels.lire(context().settings.data_dir, nom)
    reponse = Response(partie(recu.message, "html"), mimetype="text/html")
    reponse.headers["Content-Security-Policy"] = BAC_A_SABLE
    return reponse


def partie(message: EmailMessage, genre: str) -> str:
    """Text of one of the two bodies; empty when the message has none."""
    corps = message.get_body((genre,))
    return str(corps.get_content()) if isinstance(corps, EmailMessage) else ""
