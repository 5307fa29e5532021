"""A refused form says what, where, and loses nothing of what was typed."""

import io
import re

import lxml.html
import pytest
from marshmallow import Schema
from werkzeug.datastructures import FileStorage, MultiDict

from shared.kernel.errors import ConflictError, DomainError
from shared.web.forms import GLOBAL, Form
from tests.kit.vitrine import BesoinForm
from tests.kit.web import ClientWeb

URL = "/groupement/besoins"
BON = {"objet": " Papier A4 ", "quantite": "2 400", "unite": "ramette", "lots": ["1", "2"]}


def poster(client: ClientWeb, **valeurs: object) -> tuple[int, lxml.html.HtmlElement]:
    reponse = client.entrer("agent-sdis").post(URL, data=valeurs)
    return reponse.status_code, lxml.html.fromstring(reponse.text or "<p/>")


def test_a_good_form_is_loaded() -> None:
    form = BesoinForm.bind(MultiDict({**BON, "livraison": "", "_csrf": "x", "bouton": ""}))
    assert form.valid
    assert form.data["objet"] == "Papier A4"
    assert str(form.data["quantite"]) == "2400"
    assert form.data["lots"] == ["1", "2"]
    assert form.data["ferme"] is False
    assert "livraison" not in form.data


def test_a_ticked_box_is_a_yes(client: ClientWeb) -> None:
    page = lxml.html.fromstring(client.entrer("agent-sdis").get(URL).text)
    (envoye,) = page.xpath("//input[@id='ferme']/@value")
    assert BesoinForm.bind(MultiDict({**BON, "ferme": envoye})).data["ferme"] is True


def test_blank_is_absent() -> None:
    form = BesoinForm.bind(MultiDict({**BON, "objet": "   "}))
    assert form.errors == {"objet": "Ce champ est obligatoire."}


def test_an_upload_is_a_field() -> None:
    fichier = FileStorage(io.BytesIO(b"a"), filename="besoins.csv")
    assert BesoinForm.bind(MultiDict(BON), {"tableur": fichier}).data["tableur"] is fichier
    vide = FileStorage(io.BytesIO(b""), filename="")
    assert "tableur" not in BesoinForm.bind(MultiDict(BON), {"tableur": vide}).data
    assert BesoinForm.bind(MultiDict({**BON, "tableur": "texte"})).errors == {
        "tableur": "Choisissez un fichier."
    }


def test_a_refusal_of_the_domain_lands_on_its_fields() -> None:
    form = BesoinForm.bind(MultiDict(BON))
    form.reject(DomainError("Non.", champs={"quantite": "Il ne reste que 3."}))
    assert form.errors == {"quantite": "Il ne reste que 3."}
    form.reject(ConflictError("Le recensement est clos."))
    assert form.errors[GLOBAL] == "Le recensement est clos."
    assert not form.valid


def test_the_first_showing_proposes_values_and_accuses_nobody(client: ClientWeb) -> None:
    page = lxml.html.fromstring(client.entrer("agent-sdis").get(URL).text)
    assert page.findtext(".//title") == "Déclarer mes besoins – Département de l’Ardèche"
    assert not page.xpath("//*[@aria-invalid]")
    assert page.xpath("//select[@id='unite']/option[@selected]/@value") == ["carton"]
    assert page.xpath("//input[@name='lots'][@checked]/@value") == ["2"]
    assert page.xpath("//input[@id='quantite']/@value") == ["720"]


def test_a_refused_form_keeps_values_and_points_at_faults(client: ClientWeb) -> None:
    status, page = poster(client, objet="<b", quantite="beaucoup", unite="carton", lots="1")
    assert status == 422
    assert page.findtext(".//title").startswith("Erreur\u00a0: ")
    resume = page.xpath("//div[@class='resume-err']")[0]
    assert resume.get("role") == "alert"
    assert resume.get("tabindex") == "-1"
    assert "2 erreurs" in resume.findtext("h2")
    liens = {a.get("href")[1:]: a.text_content() for a in resume.iter("a")}
    assert liens["quantite"].startswith("Quantité\u00a0: Saisissez une quantité.")
    for champ in liens:
        saisie = page.get_element_by_id(champ)
        assert saisie.get("aria-invalid") == "true"
        decrit = saisie.get("aria-describedby").split()
        assert f"e-{champ}" in decrit
        assert all(page.get_element_by_id(ident) is not None for ident in decrit)
    assert page.get_element_by_id("quantite").get("value") == "beaucoup"
    assert page.get_element_by_id("objet").get("value") == "<b"
    assert page.xpath("//input[@name='lots'][@checked]/@value") == ["1"]


def test_one_error_is_singular(client: ClientWeb) -> None:
    _, page = poster(client, **{**BON, "objet": ""})
    assert "1 erreur" in page.xpath("//div[@class='resume-err']/h2/text()")[0]
    assert "erreurs" not in page.xpath("//div[@class='resume-err']/h2/text()")[0]


def test_a_good_form_redirects(client: ClientWeb) -> None:
    reponse = client.entrer("agent-sdis").post(URL, data=BON)
    assert (reponse.status_code, reponse.location) == (303, "/groupement/")


def test_every_input_has_a_label(client: ClientWeb) -> None:
    _, page = poster(client)
    for saisie in page.xpath("//main//input[@type!='hidden']|//main//select|//main//textarea"):
        enfant_de_label = saisie.getparent().tag == "label"
        assert enfant_de_label or page.xpath(f"//label[@for='{saisie.get('id')}']"), saisie.get(
            "id"
        )


def test_ids_are_unique(client: ClientWeb) -> None:
    _, page = poster(client)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_a_form_is_a_schema_that_ignores_what_it_does_not_know() -> None:
    assert issubclass(Form, Schema)
    assert BesoinForm.bind({**BON, "autre": "x"}).valid


@pytest.mark.parametrize("macro", ["champ", "choix", "cases", "zone_texte", "fichier", "case"])
def test_the_kit_has_every_macro_of_the_brief(app: object, macro: str) -> None:
    gabarits = app.jinja_env.get_template("kit/macros.html").module  # type: ignore[attr-defined]
    assert callable(getattr(gabarits, macro))
    assert re.match(r"[a-z_]+$", macro)
