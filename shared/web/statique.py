"""Static files of the kit: same address in every service, named by content, compressed once."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, Response, abort, request

from shared.web import theme
from shared.web.access import public

DOSSIER: Final = Path(__file__).parent / "static"
PREFIXE: Final = "/static/kit"
THEME: Final = "theme.css"
_UN_AN: Final = "public, max-age=31536000, immutable"
_COURT: Final = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class Actif:
    """One file ready to be sent."""

    contenu: bytes
    compresse: bytes
    mimetype: str
    empreinte: str


def preparer(nom: str, contenu: bytes) -> Actif:
    return Actif(
        contenu=contenu,
        compresse=gzip.compress(contenu, 9, mtime=0),
        mimetype=mimetypes.guess_type(nom)[0] or "application/octet-stream",
        empreinte=hashlib.sha256(contenu).hexdigest()[:12],
    )


def charger(accent: str) -> dict[str, Actif]:
    """Read the kit's files and add the sheet computed from the instance's accent."""
    actifs = {
        fichier.name: preparer(fichier.name, fichier.read_bytes())
        for fichier in sorted(DOSSIER.iterdir())
        if fichier.suffix in {".css", ".js", ".svg"}
    }
    actifs[THEME] = preparer(THEME, theme.feuille(accent).encode())
    return actifs


def installer(app: Flask, accent: str) -> None:
    """Serve `/static/kit/<name>` and give templates `statique(name)`."""
    actifs = charger(accent)
    kit = Blueprint("kit", __name__)

    @kit.get(f"{PREFIXE}/<nom>")
    @public
    def statique(nom: str) -> Response:
        actif = actifs.get(nom)
        if actif is None:
            abort(404)
        return _repondre(actif)

    app.register_blueprint(kit)
    app.jinja_env.globals["statique"] = lambda nom: f"{PREFIXE}/{nom}?v={actifs[nom].empreinte}"


def _repondre(actif: Actif) -> Response:
    gzip_accepte = "gzip" in request.headers.get("Accept-Encoding", "")
    corps = actif.compresse if gzip_accepte else actif.contenu
    reponse = Response(corps, mimetype=actif.mimetype)
    if gzip_accepte:
        reponse.headers["Content-Encoding"] = "gzip"
    connue = request.args.get("v") == actif.empreinte
    reponse.headers["Cache-Control"] = _UN_AN if connue else _COURT
    reponse.headers["Vary"] = "Accept-Encoding"
    reponse.set_etag(f"{actif.empreinte}{'-gz' if gzip_accepte else ''}")
    reponse.make_conditional(request)
    return reponse
