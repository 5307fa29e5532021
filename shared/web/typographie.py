"""French spaces, put where they belong so that no author has to type them.

A narrow no-break space before « ; ! ? » and between thousands, a no-break space before « : » and
inside « guillemets ».
"""

import re
from typing import Final

_FINES = re.compile(r" (?=[;!?](?:[\s»).,…]|$))|(?<=\d) (?=\d{3}(?!\d))")
_INSECABLES = re.compile(r" (?=:(?:[\s«]|$)|»)|(?<=«) ")
_BALISE = re.compile(r"(<[^>]*>)")
_OUVRANTE = re.compile(r"<(script|style|textarea|pre|code|svg)\b", re.IGNORECASE)
NBSP: Final = "\N{NO-BREAK SPACE}"
NNBSP: Final = "\N{NARROW NO-BREAK SPACE}"


def typographier(texte: str) -> str:
    """Replace the ordinary spaces that French forbids to break at."""
    return _INSECABLES.sub(NBSP, _FINES.sub(NNBSP, texte))


def typographier_html(html: str) -> str:
    """The same on the text of a page; tags, scripts, code and typed values are left alone."""
    resultat: list[str] = []
    fermante = ""
    for morceau in _BALISE.split(html):
        if not morceau.startswith("<"):
            resultat.append(morceau if fermante else typographier(morceau))
            continue
        resultat.append(morceau)
        if fermante:
            fermante = "" if morceau.lower() == fermante else fermante
        elif (ouvrante := _OUVRANTE.match(morceau)) and not morceau.endswith("/>"):
            fermante = f"</{ouvrante[1].lower()}>"
    return "".join(resultat)
