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


def test_a_file_is_read_line_by_line_with_loose_headers() -> None:
    apercu = lire(
        [
            ["Besoins 2026", None],
            ["CODE ARTICLE", "Libellé", "Qté", "Unités", "lieu DE livraison"],
            ["papier-a4-80", "peu importe", 720.0, "cartons", "Privas"],
            ["ENV-DL", "", "5 à 7", "boîtes", ""],
            ["INCONNU", "", 3, "", ""],
            ["", "", "", "", ""],
            ["PAPIER-A4-80", "", "3", "litres", "Tournon"],
        ],
        ARTICLES,
        {},
    )
    assert [(ligne.numero, ligne.changement) for ligne in apercu.lignes] == [
        (3, Changement.CREATION),
        (4, Changement.CREATION),
        (5, Changement.ERREUR),
        (7, Changement.ERREUR),
    ]
    assert "INCONNU" in apercu.lignes[2].erreur
    assert len(apercu.a_ecrire) == 2


def test_the_same_file_twice_changes_nothing() -> None:
    fichier = [["article", "quantite", "unite", "lieu"], ["PAPIER-A4-80", 720, "carton", "Privas"]]
    (ligne,) = lire(fichier, ARTICLES, connu(720)).lignes
    assert ligne.changement is Changement.IDENTIQUE
    (ligne,) = lire(fichier, ARTICLES, connu(700)).lignes
    assert ligne.changement is Changement.MODIFICATION
    assert ligne.avant is not None
    assert ligne.avant.quantite == 700


def test_a_line_said_twice_is_an_error_not_a_sum() -> None:
    fichier = [["article", "quantite"], ["ENV-DL", 3], ["ENV-DL", 4]]
    apercu = lire(fichier, ARTICLES, {})
    assert [ligne.changement for ligne in apercu.lignes] == [
        Changement.CREATION,
        Changement.ERREUR,
    ]
    assert apercu.compte(Changement.ERREUR) == 1


def test_numbers_keep_the_writing_of_the_spreadsheet() -> None:
    fichier = [["article", "quantite", "unite"], ["PAPIER-A4-80", 0.2, "palette"]]
    (ligne,) = lire(fichier, ARTICLES, {}).lignes
    assert ligne.declaration is not None
    assert ligne.declaration.quantite == Decimal("0.2")


def test_a_file_without_headers_or_too_long_is_refused() -> None:
    with pytest.raises(ValidationError, match="modèle"):
        lire([["a", "b"], ["PAPIER-A4-80", 3]], ARTICLES, {})
    with pytest.raises(ValidationError, match="lignes"):
        lire([["article", "quantite"], *[["ENV-DL", 1]] * (LIGNES_MAX + 1)], ARTICLES, {})


def test_the_model_comes_back_unchanged() -> None:
    connus = connu(720)
    table = modele(ARTICLES.values(), connus)
    assert table[0] == list(COLONNES)
    (ligne,) = lire(table, ARTICLES, connus).lignes
    assert ligne.changement is Changement.IDENTIQUE
