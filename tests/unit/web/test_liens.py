import pytest

from shared.kernel.errors import NotFoundError
from shared.web.liens import lire, signer


def test_a_signed_link_gives_back_its_value() -> None:
    assert lire("secret", "evaluation", signer("secret", "evaluation", "marché 7")) == "marché 7"


@pytest.mark.parametrize(
    ("secret", "usage", "fin"),
    [("autre", "evaluation", ""), ("secret", "paiement", ""), ("secret", "evaluation", "x")],
)
def test_another_secret_another_use_or_a_touched_link_leads_nowhere(
    secret: str, usage: str, fin: str
) -> None:
    jeton = signer("secret", "evaluation", "7") + fin
    with pytest.raises(NotFoundError) as refus:
        lire(secret, usage, jeton)
    assert refus.value.code == "lien_invalide"
