"""Spreadsheets out and in: what a person's office software does with them."""

import csv
import datetime as dt
import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from shared.kernel.errors import NotFoundError, ValidationError
from shared.kernel.montant import Montant
from shared.web import imports
from shared.web.exports import Tableau, exporter, modele_xlsx, neutraliser
from shared.web.fields import QuantiteField

COLONNES = {"article": ["Désignation", "Produit"], "quantite": ["Qté"], "lieu": []}
TOUS = ("csv", "xlsx", "ods")
PIEGES = ["=1+1", "+33 4", "-2+3", "@SUM(A1)", "\tx", "\r=1", " =1", "\n=1"]


def tableau(*lignes: tuple[object, ...]) -> Tableau:
    return Tableau("Besoins", ["Désignation", "Qté", "Lieu"], lignes)  # type: ignore[arg-type]


@pytest.mark.parametrize("texte", PIEGES)
def test_formulas_are_neutralised(texte: str) -> None:
    assert neutraliser(texte) == f"'{texte}"


@pytest.mark.parametrize("texte", ["papier", "3 - 2", "a=b", "'cité'", ""])
def test_plain_texts_are_left_alone(texte: str) -> None:
    assert neutraliser(texte) == texte


@pytest.mark.parametrize("extension", TOUS)
def test_no_cell_of_an_export_is_a_formula(extension: str) -> None:
    fichier = exporter(tableau(("=cmd|' /C calc'!A0", 1, "@x")), extension)
    if extension == "csv":
        _, cellules = csv.reader(io.StringIO(fichier.contenu.decode("utf-8-sig")), delimiter=";")
        assert cellules[0].startswith("'=")
        assert cellules[2].startswith("'@")
        return
    with zipfile.ZipFile(io.BytesIO(fichier.contenu)) as archive:
        for nom in archive.namelist():
            contenu = archive.read(nom)
            assert b"<f>" not in contenu
            assert b"table:formula" not in contenu
        assert any(b"'=cmd" in archive.read(nom) or b"&#x27;=cmd" in archive.read(nom)
                   or b"&apos;=cmd" in archive.read(nom) for nom in archive.namelist())  # fmt: skip


@pytest.mark.parametrize("extension", TOUS)
def test_what_is_written_is_read_back(extension: str) -> None:
    lignes = [
        ("Papier A4 « 80 g » ; blanc", Decimal("12.5"), "Privas"),
        ("=piège", 720, None),
        ("œuvre – l’été", Montant("1234.50"), dt.date(2026, 3, 2)),
    ]
    fichier = exporter(tableau(*lignes), extension)
    lues = imports.lire(fichier.contenu, COLONNES, requises=["article", "quantite"])
    assert [ligne.numero for ligne in lues] == [2, 3, 4]
    assert [ligne.valeurs["article"] for ligne in lues] == [ligne[0] for ligne in lignes]
    quantites = [QuantiteField().deserialize(ligne.valeurs["quantite"]) for ligne in lues]
    assert quantites == [Decimal("12.5"), Decimal(720), Decimal("1234.5")]
    assert lues[2].valeurs["lieu"] == "2026-03-02"


def test_csv_is_what_french_spreadsheets_expect() -> None:
    contenu = exporter(tableau(("é", Decimal("12.50"), None)), "csv").contenu
    assert contenu == "\ufeffDésignation;Qté;Lieu\r\né;12,50;\r\n".encode()


def test_instants_are_written_in_paris_time() -> None:
    instant = dt.datetime(2026, 7, 1, 22, 30, tzinfo=dt.UTC)
    assert b"2026-07-02 00:30:00" in exporter(tableau((instant, 1, "")), "csv").contenu


def test_unknown_format_and_long_ods() -> None:
    with pytest.raises(NotFoundError):
        exporter(tableau(), "pdf")
    with pytest.raises(ValidationError, match="Choisissez CSV"):
        exporter(Tableau("x", ["a"], ([1] for _ in range(20_001))), "ods")


def test_export_is_sent_as_an_attachment_with_its_name() -> None:
    from shared.web.exports import telecharger

    reponse = telecharger(exporter(tableau(), "ods"))
    assert reponse.headers["Content-Disposition"] == "attachment; filename=Besoins.ods"
    assert reponse.mimetype == "application/vnd.oasis.opendocument.spreadsheet"


@pytest.mark.parametrize("separateur", [";", ",", "\t"])
@pytest.mark.parametrize("encodage", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_of_any_office_software_is_read(separateur: str, encodage: str) -> None:
    texte = f"DESIGNATION{separateur}qte{separateur}Inconnu\r\nPapier recyclé{separateur}5\r\n"
    (ligne,) = imports.lire(texte.encode(encodage), COLONNES, requises=["article"])
    assert ligne.valeurs == {"article": "Papier recyclé", "quantite": "5"}


@pytest.mark.parametrize("titre", ["désignation", "DESIGNATION ", "Désignation.", "Article"])
def test_headings_meet_whatever_their_accents_or_case(titre: str) -> None:
    (ligne,) = imports.lire(f"{titre};x\na;1\n".encode(), COLONNES)
    assert ligne.valeurs == {"article": "a"}


def test_blank_lines_keep_the_numbers_that_people_see() -> None:
    contenu = b"\n\narticle;quantite\n\nA;1\n;\nB;2\n"
    assert [x.numero for x in imports.lire(contenu, COLONNES)] == [5, 7]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValidationError, match=r"quantite.*téléchargez le modèle") as refus:
        imports.lire(b"article\nA\n", COLONNES, requises=["article", "quantite"])
    assert refus.value.code == "colonnes_manquantes"


@pytest.mark.parametrize(
    ("contenu", "code"),
    [
        (b"", "fichier_vide"), (b" \n ", "fichier_vide"), (b";;\n;", "fichier_vide"),
        (b"PK\x03\x04abc", "fichier_illisible"), (b"%PDF-1.7\x00\x00", "fichier_illisible"),
        (b"\x89PNG\r\n\x1a\n\x00", "fichier_illisible"), (b'a;"b\n', "fichier_illisible"),
        (b"x" * (imports.TAILLE_MAX + 1), "fichier_trop_gros"),
    ],
)  # fmt: skip
def test_what_is_no_spreadsheet_is_refused(contenu: bytes, code: str) -> None:
    with pytest.raises(ValidationError) as refus:
        imports.lire(contenu, COLONNES)
    assert refus.value.code == code


def test_a_zip_that_is_no_workbook_or_a_bomb_is_refused() -> None:
    for taille, code in ((10, "fichier_illisible"), (101 * 1024 * 1024, "fichier_trop_gros")):
        tampon = io.BytesIO()
        with zipfile.ZipFile(tampon, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/vide.xml", b"0" * taille)
        with pytest.raises(ValidationError) as refus:
            imports.lire(tampon.getvalue(), COLONNES)
        assert refus.value.code == code


def test_too_many_rows_are_refused_not_cut() -> None:
    lignes = "".join("A;1\n" for _ in range(imports.LIGNES_MAX + 1))
    with pytest.raises(ValidationError, match="plusieurs fois"):
        imports.lire(f"article;quantite\n{lignes}".encode(), COLONNES)
    assert len(imports.lire(f"article;quantite\n{lignes[4:]}".encode(), COLONNES)) == 20_000


class LigneSchema(Schema):
    article = fields.String(required=True)
    quantite = QuantiteField(required=True)


def test_every_faulty_row_is_told_and_hides_no_other() -> None:
    contenu = b"article;quantite\nA;12,5\n;3\nB;beaucoup\nC;2 400\n"
    bonnes, erreurs = imports.charger(imports.lire(contenu, COLONNES), LigneSchema())
    assert [(n, v["quantite"]) for n, v in bonnes] == [(2, Decimal("12.5")), (5, Decimal(2400))]
    assert [(e.numero, e.champ) for e in erreurs] == [(3, "article"), (4, "quantite")]
    assert erreurs[0].message == "Ce champ est obligatoire."


def test_the_template_is_read_back_with_its_headings() -> None:
    fichier = modele_xlsx("Modèle", ["Désignation", "Qté", "Lieu"], {"Lieu": ["Privas", "Aubenas"]})
    assert imports.lire(fichier.contenu, COLONNES, requises=["article", "quantite", "lieu"]) == []
    with zipfile.ZipFile(io.BytesIO(fichier.contenu)) as archive:
        assert b"Privas,Aubenas" in archive.read("xl/worksheets/sheet1.xml")


@given(st.text(max_size=60))
def test_a_csv_cell_survives_whatever_it_holds(texte: str) -> None:
    propre = "".join(c for c in texte if c.isprintable()).strip()
    if not propre or propre.startswith("'"):
        return
    fichier = exporter(tableau((propre, 1, "")), "csv")
    (ligne,) = imports.lire(fichier.contenu, COLONNES)
    assert ligne.valeurs["article"] == propre


@given(st.binary(max_size=400))
def test_no_bytes_can_break_the_reader(contenu: bytes) -> None:
    try:
        imports.lire(contenu, COLONNES)
    except ValidationError:
        return
