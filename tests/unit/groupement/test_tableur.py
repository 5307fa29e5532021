from decimal import Decimal

import pytest

from services.groupement.domain.besoins import Changement, Connu, declarer, mesurer
from services.groupement.domain.tableur import COLONNES, LIGNES_MAX, lire, modele
from shared.kernel.errors import ValidationError
from tests.unit.groupement.monde import ENVELOPPES, PAPIER

ARTICLES = {article.code: article for article in (PAPIER, ENVELOPPES)}


def connu(quantite: int, unite: str = "carton") -> dict[tuple[str, str], Connu]:
    declaration = declarer(PAPIER, Decimal(quantite), unite, Decimal(0), "Privas")
    return {(PAPIER.code, "Privas"): Connu(declaration, 1, mesurer(declaration, PAPIER))}


def lignes(*textes: str) -> list[tuple[int, dict[str, str]]]:
    """`article|quantite|unite|lieu`, numbered as in a file with its headings."""
    champs = ("article", "quantite", "unite", "lieu")
    return [
        (numero, dict(zip(champs, texte.split("|"), strict=False)))
        for numero, texte in enumerate(textes, start=2)
    ]


def test_a_file_is_read_line_by_line() -> None:
    apercu = lire(
        lignes(
            "papier-a4-80|720|cartons|Privas",
            "ENV-DL|5 à 7|boîtes|",
            "INCONNU|3",
            "ENV-DL||boîte|Tournon",
            "PAPIER-A4-80|3|litres|Tournon",
        ),
        ARTICLES,
        {},
    )
    assert [(ligne.numero, ligne.changement) for ligne in apercu.lignes] == [
        (2, Changement.CREATION),
        (3, Changement.CREATION),
        (4, Changement.ERREUR),
        (6, Changement.ERREUR),
    ]
    assert "INCONNU" in apercu.lignes[2].erreur
    assert len(apercu.a_ecrire) == 2


def test_the_same_file_twice_changes_nothing() -> None:
    fichier = lignes("PAPIER-A4-80|720|carton|Privas")
    (ligne,) = lire(fichier, ARTICLES, connu(720)).lignes
    assert ligne.changement is Changement.IDENTIQUE
    (ligne,) = lire(fichier, ARTICLES, connu(700)).lignes
    assert ligne.changement is Changement.MODIFICATION
    assert ligne.avant is not None
    assert ligne.avant.quantite == 700


def test_a_line_said_twice_is_an_error_not_a_sum() -> None:
    apercu = lire(lignes("ENV-DL|3", "ENV-DL|4"), ARTICLES, {})
    assert [ligne.changement for ligne in apercu.lignes] == [
        Changement.CREATION,
        Changement.ERREUR,
    ]
    assert apercu.compte(Changement.ERREUR) == 1


def test_decimals_are_written_with_a_comma_or_a_point() -> None:
    for texte in ("0,2", "0.2"):
        (ligne,) = lire(lignes(f"PAPIER-A4-80|{texte}|palette"), ARTICLES, {}).lignes
        assert ligne.declaration is not None
        assert ligne.declaration.quantite == Decimal("0.2")


def test_a_file_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValidationError) as refus:
        lire(lignes(*["ENV-DL|1"] * (LIGNES_MAX + 1)), ARTICLES, {})
    assert "fichier" in refus.value.champs


def test_the_print_of_a_preview_tells_what_will_be_written() -> None:
    fichier = lignes("PAPIER-A4-80|720|carton|Privas")
    premier = lire(fichier, ARTICLES, {}).empreinte
    assert lire(fichier, ARTICLES, {}).empreinte == premier
    assert lire(fichier, ARTICLES, connu(700)).empreinte != premier


CHAMPS = (
    "article", "", "quantite", "tolerance", "unite", "lieu", "souhaite", "imputation", "motif", "",
)  # fmt: skip
"""What each heading of the model is read as."""


def test_the_model_comes_back_unchanged() -> None:
    connus = connu(720)
    table = modele(ARTICLES.values(), connus)
    assert [len(ligne) for ligne in table] == [len(COLONNES)] * 2
    rendu = [(n, dict(zip(CHAMPS, ligne, strict=True))) for n, ligne in enumerate(table, start=2)]
    (ligne,) = lire(rendu, ARTICLES, connus).lignes
    assert ligne.changement is Changement.IDENTIQUE
