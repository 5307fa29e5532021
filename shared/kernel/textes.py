"""How words are compared, whatever their case, accents and punctuation."""

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss"})
_SEPARATEURS = re.compile(r"[^a-z0-9]+")


def normaliser(texte: str) -> str:
    """Lower case, no accent, words separated by one space: the form both sides are compared in.

    Done here rather than by a database extension, which a server may not offer.
    """
    plat = unicodedata.normalize("NFKD", texte.translate(_LIGATURES)).casefold()
    sans_accent = "".join(c for c in plat if not unicodedata.combining(c))
    return _SEPARATEURS.sub(" ", sans_accent).strip()
