"""What is claimed of the import, on real files: big ones, odd ones, wrong ones."""

import io
import re
import time
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter

from services.groupement import tables as t
from services.groupement.domain.articles import Article
from services.groupement.pages.tableur import deballer, emballer
from tests.integration.groupement.monde import AUB, Monde, achat
from tests.integration.groupement.test_pages_besoins import _html, envoyer, quantites
from tests.kit.web import lisible
from tests.unit.groupement.monde import PAPIER

TITRES = ("Code article", "QTE", "Tolerance", "Unité", "SITE", "Date souhaitée", "IMPUTATION")


def xlsx(lignes: Sequence[Sequence[object]], titres: Sequence[str] = TITRES) -> bytes:
    sortie = io.BytesIO()
    with xlsxwriter.Workbook(sortie, {"in_memory": True, "strings_to_formulas": False}) as classeur:
        feuille = classeur.add_worksheet()
        for rang, ligne in enumerate([titres, *lignes]):
            feuille.write_row(rang, 0, ligne)
    return sortie.getvalue()


def confirmer(monde: Monde, client: Any, apercu: Any) -> Any:
    champs = {
        nom: _html(apercu.text.split(f'name="{nom}" value="')[1].split('"')[0])
        for nom in ("contenu", "empreinte")
    }
    return client.post(
        achat(monde, "/besoins/import/confirmer"), data=champs, follow_redirects=True
    )


def test_every_column_is_read_whatever_its_heading_and_the_same_file_twice_changes_nothing(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    fichier = xlsx(
        [
            ["PAPIER-A4-80", 5, 2, "palettes", "Aubenas", "du 01/04/2026 au 30/04/2026", 6064],
            ["env-dl", "3", "", "boîte", "Aubenas", "mai 2026", "6068"],
        ]
    )
    apercu = envoyer(monde, aubenas, fichier)
    assert "2 à créer" in lisible(apercu)
    assert "5 à 7 palettes, du 01/04/2026 au 30/04/2026, imputation 6064" in lisible(apercu)
    assert "2 besoins importés" in lisible(confirmer(monde, aubenas, apercu))
    with monde.transactions.read() as session:
        lus = {b.article: b for b in session.scalars(sa.select(t.Besoin))}
    assert (lus["PAPIER-A4-80"].tolerance, lus["PAPIER-A4-80"].imputation) == (2, "6064")
    assert lus["ENV-DL"].souhaite_au.isoformat() == "2026-05-31"
    assert "2 identiques" in lisible(envoyer(monde, aubenas, fichier))


def test_wrong_types_are_told_line_by_line_and_stop_only_their_line(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    fichier = xlsx(
        [
            ["PAPIER-A4-80", True, "", "palette", "A", "", ""],
            ["PAPIER-A4-80", "beaucoup", "", "palette", "B", "", ""],
            ["PAPIER-A4-80", -3, "", "palette", "C", "", ""],
            ["PAPIER-A4-80", 5, "", "litre", "D", "", ""],
            ["PAPIER-A4-80", 5, "x", "palette", "E", "", ""],
            ["PAPIER-A4-80", 5, "", "palette", "F", "un jour", ""],
            ["PAPIER-A4-80", 5, "", "palette", "G", "", "z" * 61],
            [12, 5, "", "palette", "H", "", ""],
            ["PAPIER-A4-80", "1e9", "", "palette", "I", "", ""],
            ["PAPIER-A4-80", 2, "", "palette", "J", "", ""],
        ]
    )
    apercu = envoyer(monde, aubenas, fichier)
    assert apercu.status_code == 200
    assert "1 à créer, 0 à modifier, 0 identiques, 9 en erreur, sur 10 lignes" in lisible(apercu)
    confirmer(monde, aubenas, apercu)
    assert quantites(monde) == {("PAPIER-A4-80", "J"): 2}


def test_a_zero_needs_its_reason_in_the_file(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", lieu="Aubenas")
    titres = ("article", "quantité", "lieu", "motif du retrait")
    sans = envoyer(monde, aubenas, xlsx([["PAPIER-A4-80", 0, "Aubenas", ""]], titres))
    assert "retirez ce besoin en donnant le motif" in lisible(sans)
    avec = envoyer(monde, aubenas, xlsx([["PAPIER-A4-80", 0, "Aubenas", "stock"]], titres))
    confirmer(monde, aubenas, avec)
    assert quantites(monde) == {("PAPIER-A4-80", "Aubenas"): 0}


def test_latin_1_with_semicolons_and_accents_is_read(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    fichier = "Référence;Qté;Période;Site\r\nPAPIER-A4-80;5;février 2027;Crèche\r\n"
    apercu = envoyer(monde, aubenas, fichier.encode("latin-1"))
    assert "du 01/02/2027 au 28/02/2027" in lisible(apercu)
    assert "Crèche" in lisible(apercu)


def test_cells_that_look_like_formulas_leave_neutralised_and_come_back_the_same(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    envoye = xlsx([["PAPIER-A4-80", 5, "", "palette", "=1+1", "", "@cmd"]])
    confirmer(monde, aubenas, envoyer(monde, aubenas, envoye))
    for extension in ("xlsx", "csv", "ods"):
        modele = aubenas.get(achat(monde, f"/besoins/modele.{extension}")).data
        if extension == "csv":
            assert ";'=1+1;" in modele.decode("utf-8-sig")
        assert "1 identiques" in lisible(envoyer(monde, aubenas, modele)), extension


def test_the_model_offers_the_units_of_each_article_and_the_known_places(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", lieu="Aubenas")
    modele = aubenas.get(achat(monde, "/besoins/modele.xlsx")).data
    feuille = zipfile.ZipFile(io.BytesIO(modele)).read("xl/worksheets/sheet1.xml").decode()
    regles = dict(re.findall(r'sqref="(\w+)"[^>]*><formula1>([^<]*)<', feuille))
    assert regles["E2"] == '"enveloppe,boîte"'
    assert regles["E3"] == '"feuille,ramette,carton,palette"'
    assert regles["F3"] == '"Aubenas,Privas"'


def test_what_was_packed_comes_back_and_nothing_else() -> None:
    lignes = [(2, {"article": "A", "quantite": "5"})]
    assert deballer(emballer(lignes)) == lignes
    for autre in ("", "{", "AAAA", "🐝"):
        with pytest.raises(ValueError):
            deballer(autre)


def test_ten_thousand_lines_are_previewed_then_written_and_one_more_is_refused(
    monde: Monde, aubenas: Any
) -> None:
    monde.convention()
    monde.achat(articles=_articles(100))
    monde.ouvrir()
    lignes = [
        [f"A{n % 100:03d}", n % 7 + 1, "", "palette", f"Site {n // 100}"] for n in range(10_000)
    ]
    depart = time.monotonic()
    apercu = envoyer(monde, aubenas, xlsx(lignes, TITRES[:5]))
    vu = time.monotonic()
    assert "10 000 à créer" in lisible(apercu)
    assert "200 lignes affichées sur 10 000" in lisible(apercu)
    assert len(apercu.data) < 1_000_000
    fait = confirmer(monde, aubenas, apercu)
    ecrit = time.monotonic()
    assert "10000 besoins importés" in lisible(fait)
    assert len(quantites(monde)) == 10_000
    print(f"10 000 lignes : aperçu {vu - depart:.1f} s, écriture {ecrit - vu:.1f} s")
    trop = envoyer(monde, aubenas, xlsx([*lignes, ["A000", 1, "", "palette", "Z"]], TITRES[:5]))
    assert trop.status_code == 422
    assert "Limitez le fichier à 10000 lignes" in lisible(trop)


def _articles(nombre: int) -> tuple[Article, ...]:
    return tuple(
        Article(
            f"A{n:03d}",
            f"Article {n}",
            1,
            PAPIER.unite_base,
            PAPIER.prix_estime_ht,
            PAPIER.conditionnements,
            PAPIER.conditionnement_achat,
        )
        for n in range(nombre)
    )
