"""French is the source language; a service which ships an English catalogue is also in English."""

import io
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, has_request_context, request

ICI: Final = Path(__file__).parent
SOURCE: Final = "fr"
LANGUES: Final = {"fr": "Français", "en": "English"}
COOKIE: Final = "langue"
UN_AN: Final = 365 * 24 * 3600


@cache
def _catalogue(chemin: Path, langue: str) -> Translations | None:
    fichier = chemin / "locale" / langue / "LC_MESSAGES" / "messages.po"
    if not fichier.is_file():
        return None
    with fichier.open("rb") as source:
        catalogue = read_po(source, locale=langue)
    compile_ = io.BytesIO()
    write_mo(compile_, catalogue)
    compile_.seek(0)
    return Translations(compile_)


def traductions(langue: str, service: Path) -> NullTranslations:
    """Catalogue of the kit, completed by the service's own."""
    kit = _catalogue(ICI, langue)
    propre = _catalogue(service, langue)
    if kit is None or propre is None:
        return NullTranslations()
    fusion = Translations()
    fusion.merge(kit)
    fusion.merge(propre)
    return fusion


def langues_du_service(service: Path) -> list[str]:
    """Languages a visitor may choose: a page is never half translated."""
    autres = [lang for lang in LANGUES if lang != SOURCE and _catalogue(service, lang)]
    return [SOURCE, *autres]


def langue() -> str:
    """Language of this request; French outside a request."""
    return g.get("langue", SOURCE) if has_request_context() else SOURCE


def installer(app: Flask, service: Path) -> None:
    """Choose the language (`?langue=`, then the cookie) and give Jinja its catalogue."""
    langues = langues_du_service(service)

    @app.before_request
    def choisir() -> None:
        demandee = request.args.get("langue") or request.cookies.get(COOKIE, SOURCE)
        g.langue = demandee if demandee in langues else SOURCE

    @app.after_request
    def retenir(reponse: Response) -> Response:
        if request.args.get("langue") in langues:
            reponse.set_cookie(COOKIE, langue(), max_age=UN_AN, httponly=True, samesite="Lax")
        return reponse

    def gettext(message: str) -> str:
        return traductions(langue(), service).gettext(message)

    def ngettext(singulier: str, pluriel: str, nombre: int) -> str:
        return traductions(langue(), service).ngettext(singulier, pluriel, nombre)

    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True
    )
    app.jinja_env.globals.update(langue=langue, langues=[(code, LANGUES[code]) for code in langues])
