"""Readability is computed, never hoped for."""

import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import ValidationError
from shared.web import theme
from shared.web.statique import DOSSIER

FEUILLE = (DOSSIER / "app.css").read_text(encoding="utf-8")
COMMUNS = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})", FEUILLE))
couleurs = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


def couleur(nom: str) -> str:
    valeur = COMMUNS.get(nom, nom)
    return "#" + "".join(2 * c for c in valeur[1:]) if len(valeur) == 4 else valeur


def test_contrast_of_the_extremes() -> None:
    assert theme.contraste("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contraste("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("texte", "fond"),
    [
        ("encre", "fond"), ("encre", "fond2"), ("gris", "fond"), ("gris", "fond2"),
        ("err", "fond"), ("err", "err-p"), ("ok-f", "ok-p"), ("alerte-f", "alerte-p"),
        ("encre", "ok-p"), ("encre", "alerte-p"), ("encre", "err-p"), ("encre", "info-p"),
        ("#3d464e", "#e9edf0"), ("gris", "#eff2f4"), ("fond", "encre"),
    ],
)  # fmt: skip
def test_common_texts_are_readable(texte: str, fond: str) -> None:
    assert theme.contraste(couleur(texte), couleur(fond)) >= theme.CONTRASTE_TEXTE


@pytest.mark.parametrize(
    ("trace", "fond"),
    [
        ("trait-f", "fond"), ("alerte", "#dde3e8"), ("ok", "#dde3e8"), ("#8a5a00", "#dde3e8"),
        ("alerte", "fond"), ("encre", "alerte"), ("focus", "encre"),
    ],
)  # fmt: skip
def test_strokes_and_bars_are_visible(trace: str, fond: str) -> None:
    seuil = 2.0 if (trace, fond) == ("encre", "alerte") else theme.CONTRASTE_GRAPHIQUE
    assert theme.contraste(couleur(trace), couleur(fond)) >= seuil


def test_pairs_named_here_are_those_of_the_sheet() -> None:
    assert {"encre", "gris", "err", "ok", "alerte", "focus", "trait-f"} <= COMMUNS.keys()
    for litteral in ("#3d464e", "#e9edf0", "#dde3e8", "#8a5a00", "#eff2f4"):
        assert litteral in FEUILLE


@given(couleurs)
def test_every_accepted_accent_gives_readable_pages(accent: str) -> None:
    try:
        theme.verifier_accent(accent)
    except ValidationError:
        return
    jetons = theme.jetons(accent)
    assert theme.contraste(accent, "#ffffff") >= 4.5
    assert theme.contraste(accent, jetons["accent-p"]) >= 4.5
    assert theme.contraste(jetons["accent-f"], jetons["accent-p"]) >= 4.5
    assert theme.contraste("#ffffff", jetons["accent-f"]) >= 4.5
    for rang in range(1, 7):
        assert theme.contraste(jetons[f"t{rang}"], jetons[f"h{rang}"]) >= 4.5, rang
    assert theme.contraste(jetons["h5"], "#ffffff") >= 3


@given(couleurs)
def test_levels_grow_darker(accent: str) -> None:
    jetons = theme.jetons(accent)
    luminances = [theme.luminance(jetons[f"h{rang}"]) for rang in range(1, 7)]
    assert luminances == sorted(luminances, reverse=True)


def test_default_accent_is_accepted() -> None:
    assert theme.verifier_accent(f" {theme.ACCENT.upper()} ") == theme.ACCENT


@pytest.mark.parametrize("accent", ["#ffcc00", "#7fb2c0", "#ffffff"])
def test_pale_accent_is_refused_with_its_contrast(accent: str) -> None:
    with pytest.raises(ValidationError, match=r"contraste de \d.*4.5.*plus sombre") as refus:
        theme.verifier_accent(accent)
    assert refus.value.code == "accent_illisible"


@pytest.mark.parametrize("accent", ["bleu", "#12345", "#1234567", "url(x)", "#17525f;}"])
def test_anything_but_a_colour_is_refused(accent: str) -> None:
    with pytest.raises(ValidationError, match="écrivez une couleur"):
        theme.verifier_accent(accent)


def test_sheet_of_the_instance_holds_every_token_it_must() -> None:
    utilises = set(re.findall(r"var\(--([a-z0-9-]+)\)", FEUILLE))
    definis = COMMUNS.keys() | theme.jetons(theme.ACCENT).keys()
    autres = {"r", "ombre", "police", "e1", "e2", "e3", "e4", "e5", "e6"}
    assert utilises <= definis | autres


def test_weight_budgets() -> None:
    assert len(gzip.compress(FEUILLE.encode())) < 7_000
    scripts = [(DOSSIER / nom).read_bytes() for nom in ("app.js", "debut.js")]
    assert sum(map(len, scripts)) < 1_000
