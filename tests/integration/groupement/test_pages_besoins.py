"""« Déclarer mes besoins », by the form and by a spreadsheet."""

import io
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from services.groupement import tables as t
from tests.integration.groupement.monde import AUB, DEP, Monde, achat
from tests.kit.web import lisible


def test_needs_are_prefilled_with_the_last_value_and_the_group_total(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    monde.declarer(DEP, "40")
    monde.declarer(AUB, "5", tolerance="2", lieu="Aubenas")
    page = aubenas.get(achat(monde, "/besoins"))
    assert 'value="5 à 7"' in page.text
    assert "Total du groupe : 2 700 000 feuilles, jusqu’à 2 820 000, 2 membres" in lisible(page)
    autre = aubenas.get(achat(monde, "/besoins?ajouter=PAPIER-A4-80"))
    assert autre.text.count('value="PAPIER-A4-80"') == 2


def test_a_need_left_empty_is_withdrawn_only_with_a_reason_and_a_wrong_one_stops_everything(
    monde: Monde, aubenas: Any
) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", lieu="Aubenas")
    lignes = {
        "article-0": "ENV-DL", "quantite-0": "beaucoup", "unite-0": "boîte", "lieu-0": "Aubenas",
        "article-1": "PAPIER-A4-80", "quantite-1": "5", "unite-1": "palette", "lieu-1": "Aubenas",
    }  # fmt: skip
    refus = aubenas.post(achat(monde, "/besoins"), data=lignes)
    assert refus.status_code == 422
    assert "n’est pas une quantité" in lisible(refus)
    assert quantites(monde) == {("PAPIER-A4-80", "Aubenas"): 5}
    lignes |= {"quantite-0": "3", "quantite-1": ""}
    vide = aubenas.post(achat(monde, "/besoins"), data=lignes)
    assert vide.status_code == 422
    assert "Retirer ce besoin" in lisible(vide)
    assert quantites(monde) == {("PAPIER-A4-80", "Aubenas"): 5}


def quantites(monde: Monde) -> dict[tuple[str, str], Decimal]:
    with monde.transactions.read() as session:
        return {
            (b.article, b.lieu): b.quantite
            for b in session.scalars(sa.select(t.Besoin).where(t.Besoin.siret == AUB))
        }


def test_rows_declared_meanwhile_do_not_shift_what_was_typed(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    saisie = {
        "article-1": "PAPIER-A4-80", "quantite-1": "5", "unite-1": "palette", "lieu-1": "Aubenas",
    }  # fmt: skip
    monde.declarer(AUB, "3", "boîte", article="ENV-DL", lieu="Privas")
    monde.declarer(AUB, "4", "boîte", article="ENV-DL", lieu="Aubenas")
    aubenas.post(achat(monde, "/besoins"), data=saisie)
    assert quantites(monde)["PAPIER-A4-80", "Aubenas"] == 5
    assert quantites(monde)["ENV-DL", "Aubenas"] == 4


def test_D4_after_the_closing_the_page_names_the_way_back(monde: Monde, aubenas: Any) -> None:
    monde.clos()
    page = lisible(aubenas.get(achat(monde, "/besoins")))
    assert "demandez au coordonnateur de le rouvrir" in page
    assert "5 à 7 palettes" in page
    refus = aubenas.post(
        achat(monde, "/besoins"),
        data={"article-0": "ENV-DL", "quantite-0": "3", "unite-0": "boîte", "lieu-0": "Aubenas"},
    )
    assert refus.status_code == 422
    assert "Rouvrir le recensement" in lisible(refus)


@pytest.mark.parametrize("extension", ["xlsx", "ods", "csv"])
def test_the_model_downloaded_and_sent_back_filled_in_is_imported_once(
    monde: Monde, aubenas: Any, extension: str
) -> None:
    monde.ouvert()
    monde.declarer(AUB, "5", tolerance="2")
    modele = aubenas.get(achat(monde, f"/besoins/modele.{extension}"))
    assert modele.headers["Content-Disposition"].endswith(f".{extension}")
    apercu = lisible(envoyer(monde, aubenas, modele.data))
    assert "1 identiques" in apercu
    assert "Aucun changement" in apercu


def envoyer(monde: Monde, aubenas: Any, contenu: bytes) -> Any:
    return aubenas.post(
        achat(monde, "/besoins/import"),
        data={"fichier": (io.BytesIO(contenu), "besoins")},
        content_type="multipart/form-data",
    )


CSV = (
    "Référence;Qté;Unités;Site\nPAPIER-A4-80;5 à 7;palette;Aubenas\nENV-DL;3;boîte;Aubenas\nX;1;;\n"
).encode("latin-1")


def test_a_spreadsheet_is_previewed_line_by_line_then_confirmed(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    apercu = envoyer(monde, aubenas, CSV)
    assert "2 à créer, 0 à modifier, 0 identiques, 1 en erreur, sur 3 lignes" in lisible(apercu)
    assert quantites(monde) == {}
    champs = {
        nom: _html(apercu.text.split(f'name="{nom}" value="')[1].split('"')[0])
        for nom in ("contenu", "empreinte")
    }
    confirme = aubenas.post(
        achat(monde, "/besoins/import/confirmer"), data=champs, follow_redirects=True
    )
    assert "2 besoins importés" in lisible(confirme)
    assert "Aucun changement" in lisible(envoyer(monde, aubenas, CSV))
    encore = aubenas.post(achat(monde, "/besoins/import/confirmer"), data=champs)
    assert "relisez les lignes" in lisible(encore)


def _html(texte: str) -> str:
    return texte.replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'")


def test_a_file_that_is_no_spreadsheet_is_refused(monde: Monde, aubenas: Any) -> None:
    monde.ouvert()
    for contenu in (b"\x00\x01\x02", b"", b"a;b\n1;2\n"):
        refus = envoyer(monde, aubenas, contenu)
        assert refus.status_code == 422, contenu
    brouille = aubenas.post(
        achat(monde, "/besoins/import/confirmer"), data={"contenu": "{", "empreinte": ""}
    )
    assert "envoyez de nouveau le fichier" in lisible(brouille)
