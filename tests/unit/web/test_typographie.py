"""French spaces, by code point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web.typographie import typographier, typographier_html

NB, FINE = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("Attention : oui", f"Attention{NB}: oui"),
        ("oui ; non", f"oui{FINE}; non"),
        ("2 400 ou 1 234 567", f"2{FINE}400 ou 1{FINE}234{FINE}567"),
        ("le 12 2026, lots 1 2 3", "le 12 2026, lots 1 2 3"),
        ("Déjà ?", f"Déjà{FINE}?"),
        ("« mot »", f"«{NB}mot{NB}»"),
        ("Quoi ? Rien !", f"Quoi{FINE}? Rien{FINE}!"),
        (f"déjà{NB}: bien", f"déjà{NB}: bien"),
        ("12:30 http://x a ?b=1 :id", "12:30 http://x a ?b=1 :id"),
        ("(« vrai » ?)", f"(«{NB}vrai{NB}»{FINE}?)"),
    ],
)
def test_spaces(texte: str, attendu: str) -> None:
    assert typographier(texte) == attendu


def test_only_the_text_of_a_page_is_touched() -> None:
    page = (
        '<p title="a : b">x : <b>« </b>y »</p><script>a ? b : c</script>'
        "<textarea>a : b</textarea><code>x ; y</code><p>z ;</p>"
    )
    assert typographier_html(page) == (
        f'<p title="a : b">x{NB}: <b>«{NB}</b>y{NB}»</p><script>a ? b : c</script>'
        f"<textarea>a : b</textarea><code>x ; y</code><p>z{FINE};</p>"
    )


@given(st.text())
def test_nothing_but_spaces_changes_and_once_is_enough(texte: str) -> None:
    fait = typographier(texte)
    assert fait.replace(NB, " ").replace(FINE, " ") == texte.replace(NB, " ").replace(FINE, " ")
    assert typographier(fait) == fait
