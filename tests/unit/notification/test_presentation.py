import pytest

from services.notification.pages.presentation import duree, secable


@pytest.mark.parametrize(
    ("secondes", "texte"),
    [
        (None, "–"),
        (-0.2, "0 ms"),
        (0.0124, "12 ms"),
        (3.44, "3,4 s"),
        (300, "5 min"),
        (7500, "2 h 05"),
        (3 * 86400, "3 j"),
    ],
)
def test_a_delay_is_told_at_human_scale(secondes: float | None, texte: str) -> None:
    assert duree(secondes).replace("\u00a0", " ") == texte


def test_a_type_breaks_after_its_dots_and_nothing_else_passes() -> None:
    assert secable("a.b.v1") == "a.<wbr>b.<wbr>v1"
    assert secable("<b>.c") == "&lt;b&gt;.<wbr>c"
