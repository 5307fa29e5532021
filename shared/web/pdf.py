"""Tagged PDF (PDF/UA-1) from our own HTML, when the optional extra `pdf` is installed.

WeasyPrint is imported at the first use: without it, and without Pango, every other page works.
It reads no address: a document is drawn from what the page already holds.
"""

from functools import cache
from typing import Any

from shared.kernel.errors import DomainError


@cache
def _atelier() -> Any | None:
    try:
        import weasyprint  # noqa: PLC0415 -- optional: Pango may be missing too (OSError)
    except (ImportError, OSError):
        return None
    return weasyprint


def disponible() -> bool:
    """Tell whether a PDF can be drawn here."""
    return _atelier() is not None


def ecrire(html: str) -> bytes:
    """Draw a page with its structure, language and title for assistive technologies."""
    atelier = _atelier()
    if atelier is None:
        raise DomainError("Le PDF n’est pas installé ici.", code="pdf_absent")
    document = atelier.HTML(string=html, url_fetcher=_refuser)
    corps: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return corps


def _refuser(url: str, *_: Any, **__: Any) -> dict[str, Any]:
    raise ValueError(f"adresse non lue : {url}")
