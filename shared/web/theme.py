"""Colours of an instance, computed from one accent and guaranteed readable (WCAG 2.2, 1.4.3)."""

import colorsys
import re
from typing import Final

from shared.kernel.errors import ValidationError

ENCRE: Final = "#1a2026"
BLANC: Final = "#ffffff"
ACCENT: Final = "#17525f"
CONTRASTE_TEXTE: Final = 4.5
CONTRASTE_GRAPHIQUE: Final = 3.0
LUMINANCE_PALE: Final = 0.86
SATURATION_MAX: Final = 0.42
# One luminance per level of the heat map; between 0.18 and 0.27 neither ink nor white is readable.
NIVEAUX: Final = (0.88, 0.74, 0.58, 0.41, 0.15, 0.055)
_HEX = re.compile(r"#[0-9a-f]{6}")


def luminance(couleur: str) -> float:
    """Relative luminance of `#rrggbb`, from 0 (black) to 1 (white)."""
    rouge, vert, bleu = (_lineaire(int(couleur[i : i + 2], 16) / 255) for i in (1, 3, 5))
    return 0.2126 * rouge + 0.7152 * vert + 0.0722 * bleu


def _lineaire(canal: float) -> float:
    valeur: float = canal / 12.92 if canal <= 0.04045 else ((canal + 0.055) / 1.055) ** 2.4
    return valeur


def contraste(une: str, autre: str) -> float:
    """Contrast ratio of two colours, from 1 to 21."""
    clair, sombre = sorted((luminance(une), luminance(autre)), reverse=True)
    return (clair + 0.05) / (sombre + 0.05)


def _canaux(couleur: str) -> tuple[int, int, int]:
    return int(couleur[1:3], 16), int(couleur[3:5], 16), int(couleur[5:7], 16)


def a_la_luminance(couleur: str, cible: float) -> str:
    """The same hue, lightened or darkened until its luminance is `cible`; tints stay soft."""
    teinte, clarte, saturation = colorsys.rgb_to_hls(*(canal / 255 for canal in _canaux(couleur)))
    if cible > luminance(couleur):
        saturation = min(saturation, SATURATION_MAX)
    bas, haut = 0.0, 1.0
    for _ in range(24):
        clarte = (bas + haut) / 2
        trop_clair = luminance(_hex(teinte, clarte, saturation)) > cible
        bas, haut = (bas, clarte) if trop_clair else (clarte, haut)
    return _hex(teinte, bas, saturation)


def _hex(teinte: float, clarte: float, saturation: float) -> str:
    canaux = colorsys.hls_to_rgb(teinte, clarte, saturation)
    return "#" + "".join(f"{round(canal * 255):02x}" for canal in canaux)


def texte_sur(fond: str) -> str:
    """Ink or white, whichever reads best on `fond`."""
    return max((ENCRE, BLANC), key=lambda texte: contraste(texte, fond))


def verifier_accent(accent: str) -> str:
    """Return the accent in lower case; raise `ValidationError` when text in it cannot be read."""
    couleur = accent.strip().lower()
    if not _HEX.fullmatch(couleur):
        raise ValidationError(
            f"ACCENT = « {accent} » : écrivez une couleur comme {ACCENT}.",
            code="accent_illisible",
        )
    pale = a_la_luminance(couleur, LUMINANCE_PALE)
    pire = min(contraste(couleur, BLANC), contraste(couleur, pale))
    if pire < CONTRASTE_TEXTE:
        raise ValidationError(
            f"ACCENT = {couleur} : contraste de {pire:.2f} avec les fonds clairs, "
            f"il en faut au moins {CONTRASTE_TEXTE}. Choisissez une couleur plus sombre.",
            code="accent_illisible",
        )
    return couleur


def jetons(accent: str) -> dict[str, str]:
    """Every colour token that follows the accent."""
    valeurs = {
        "accent": accent,
        "accent-f": a_la_luminance(accent, luminance(accent) * 0.5),
        "accent-p": a_la_luminance(accent, LUMINANCE_PALE),
        "accent-m": a_la_luminance(accent, 0.55),
    }
    for rang, cible in enumerate(NIVEAUX, start=1):
        fond = a_la_luminance(accent, cible)
        valeurs[f"h{rang}"] = fond
        valeurs[f"t{rang}"] = texte_sur(fond)
    return valeurs


def feuille(accent: str) -> str:
    """Style sheet of the instance, served beside the common one."""
    corps = ";".join(f"--{nom}:{valeur}" for nom, valeur in jetons(accent).items())
    return f":root{{{corps}}}\n"
