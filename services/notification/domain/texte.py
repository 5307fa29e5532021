"""Words as a supplier means them: accents, case and the plural do not count."""

import re
import unicodedata

_MOT = re.compile(r"[a-z0-9]+")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae"})
_VIDES = "a au aux avec ce ces d dans de des du en et l la le les ou par pour s sans sur un une"
MOTS_VIDES = frozenset(_VIDES.split())
_PLUS_COURT = 4  # shorter words are left alone: bus, gaz, bois keep their last letter
_BASE = 3  # what must remain before an ending is folded


def mots(texte: str) -> list[str]:
    """Words of a text in reading order: lower case, no accent, empty words dropped."""
    plat = unicodedata.normalize("NFKD", texte.translate(_LIGATURES)).casefold()
    sans_accent = "".join(lettre for lettre in plat if not unicodedata.combining(lettre))
    return [mot for mot in _MOT.findall(sans_accent) if mot not in MOTS_VIDES]


def radical(mot: str) -> str:
    """Fold the French plural: final `s` or `x`, then `-al`, `-ail` and `-au` onto one ending.

    `papiers` meets `papier`, `travaux` meets `travail`, `journaux` meets `journal`, `bureaux`
    meets `bureau`. Nothing else is folded: `local` and `locale`, or `imprimer` and `imprimante`,
    stay different, so that an alert never says more than what the supplier wrote.
    """
    if len(mot) < _PLUS_COURT or not mot.isalpha():
        return mot
    singulier = mot[:-1] if mot[-1] in "sx" else mot
    for fin in ("ail", "al", "au"):
        if singulier.endswith(fin) and len(singulier) - len(fin) >= _BASE:
            return singulier.removesuffix(fin) + "a"
    return singulier


def radicaux(texte: str) -> frozenset[str]:
    """Folded words of a text; a keyword is found when all of its own are among them."""
    return frozenset(radical(mot) for mot in mots(texte))
