"""The public pages: what a supplier reads, filters and keeps."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import lxml.html
import pytest

from services.publication.usecases.annuler_avis import annuler_consultation
from services.publication.usecases.inscrire_programme import NouveauProgramme, inscrire_programme
from services.publication.usecases.publier_avis import publier_avis_direct
from services.publication.usecases.rectifier_avis import rectifier_avis
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from tests.integration.publication.monde import (
    DEPARTEMENT,
    LIMITE,
    PARAMETRES,
    SIRET,
    URL,
    minimal,
    publier,
)
from tests.kit.web import lisible

pytestmark = pytest.mark.db


def _inscrire(tx: Transactions, **changements: Any) -> Any:
    valeurs: dict[str, Any] = {
        "objet": "Mobilier scolaire",
        "cpv": "39160000",
        "lieu": "Privas",
        "acheteur": DEPARTEMENT,
        "publication_prevue_le": dt.date(2026, 6, 1),
    }
    with tx.begin() as uow:
        return inscrire_programme(uow, NouveauProgramme(**{**valeurs, **changements}))


def test_an_empty_window_says_what_to_do(client: Callable[..., Any]) -> None:
    visiteur = client("publication")
    assert "Aucune consultation ouverte" in lisible(visiteur.get("/"))
    assert "0 avis trouvé" in lisible(visiteur.get("/avis"))
    assert "n’est pas publiée" in lisible(visiteur.get("/programmation"))


def test_home_counts_shows_the_four_newest_and_names_the_mediator(
    tx: Transactions, clock: FrozenClock, client: Callable[..., Any]
) -> None:
    for n in range(6):
        publier(tx, minimal(objet=f"Avis numéro {n}"))
        clock.advance(dt.timedelta(hours=1))
    _inscrire(tx)
    texte = lisible(client("publication").get("/"))
    assert "6 consultations sont ouvertes" in texte
    assert [n for n in range(6) if f"Avis numéro {n}" in texte] == [2, 3, 4, 5]
    assert "Mobilier scolaire" in texte
    assert "Médiateur des marchés publics" in texte


def test_the_list_filters_without_javascript_and_as_a_fragment(
    tx: Transactions, client: Callable[..., Any]
) -> None:
    publier(tx)
    publier(tx, minimal(objet="Papier A4", cpv="30197630"))
    visiteur = client("publication")
    page = visiteur.get("/avis?q=papier")
    assert "1 avis trouvé" in lisible(page)
    fragment = visiteur.get("/avis?q=papier", headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert 'data-annonce="1 avis trouvé"' in fragment.text
    assert "Espaces verts" not in fragment.text


def test_active_filters_are_chips_that_remove_themselves_alone(
    tx: Transactions, client: Callable[..., Any]
) -> None:
    publier(tx)
    page = client("publication").get("/avis?q=verts&lieu=07019&nature=SERVICES&page=3")
    arbre = lxml.html.fromstring(page.text)
    puces = {
        " ".join(lien.text_content().split()): lien.get("href")
        for lien in arbre.xpath("//ul[@class='puces']//a")
    }
    assert puces["Retirer le filtre Aubenas"] == "/avis?q=verts&nature=SERVICES"
    assert puces["Tout effacer"] == "/avis"
    alerte = arbre.xpath("//a[starts-with(@href, '/alertes/nouvelle')]/@href")[0]
    assert alerte == "/alertes/nouvelle?mots=verts&lieux=07019"
    exports = arbre.xpath("//a[starts-with(@href, '/avis.')]/@href")
    assert "/avis.csv?q=verts&lieu=07019&nature=SERVICES" in exports


def test_what_cannot_be_read_is_said_beside_its_field_and_left_out(
    tx: Transactions, client: Callable[..., Any]
) -> None:
    publier(tx)
    reponse = client("publication").get("/avis?montant_max=beaucoup&q=verts&etat=jamais")
    assert reponse.status_code == 422
    arbre = lxml.html.fromstring(reponse.text)
    assert arbre.findtext(".//title").startswith("Erreur")
    champ = arbre.get_element_by_id("montant_max")
    assert champ.get("aria-invalid") == "true"
    assert champ.get("value") == "beaucoup"
    assert "1 avis trouvé" in lisible(reponse)


def test_a_notice_says_how_long_how_much_and_whom_to_ask(
    tx: Transactions, client: Callable[..., Any]
) -> None:
    avis = publier(tx, minimal(description="Tonte.\nTaille."))
    texte = lisible(client("publication").get(f"/avis/{avis.id}"))
    for attendu in (
        "21 jourspour répondre, avant le",
        "23 mars 2026 à 12 h",
        "45 000 €",
        "5 %",
        "Aubenas (07019)",
        "achats@departement07.exemple",
        "Médiateur des marchés publics",
    ):
        assert attendu in texte
    assert "Historique" not in texte


def test_corrections_are_dated_with_before_and_after(
    tx: Transactions, clock: FrozenClock, client: Callable[..., Any]
) -> None:
    avis = publier(tx)
    clock.advance(dt.timedelta(days=1))
    with tx.begin() as uow:
        rectifier_avis(
            uow,
            avis.consultation_id,
            SIRET,
            {"date_limite": LIMITE + dt.timedelta(days=7), "lieu": "07"},
            "Délai allongé",
        )
    page = client("publication").get(f"/avis/{avis.id}")
    texte = lisible(page)
    assert "Avis rectifié le 3 mars 2026" in texte
    assert "Motif : Délai allongé" in texte
    lignes = [
        [" ".join(case.text_content().split()) for case in ligne]
        for ligne in lxml.html.fromstring(page.text).xpath("//tbody/tr")
    ]
    assert ["Lieu d’exécution", "Aubenas (07019)", "Ardèche (07)"] in lignes
    assert [
        "Date limite de réponse",
        "23 mars 2026 à 12 h",
        "30 mars 2026 à 13 h",
    ] in lignes, "l’heure d’été a changé l’heure de Paris"


def test_a_cancelled_and_a_closed_notice_say_so(
    tx: Transactions, clock: FrozenClock, client: Callable[..., Any]
) -> None:
    annule, clos = publier(tx), publier(tx, minimal(objet="Autre"))
    with tx.begin() as uow:
        annuler_consultation(uow, annule.consultation_id, SIRET, "Crédits supprimés")
    clock.set(LIMITE)
    visiteur = client("publication")
    assert "Avis annulé le 2 mars 2026" in lisible(visiteur.get(f"/avis/{annule.id}"))
    assert "Crédits supprimés" in lisible(visiteur.get(f"/avis/{annule.id}"))
    assert "Consultation close le 23 mars 2026 à 12 h" in lisible(visiteur.get(f"/avis/{clos.id}"))
    assert "2 avis trouvés" in lisible(visiteur.get("/avis?etat=clos"))


def test_an_unknown_notice_is_a_404_page(client: Callable[..., Any]) -> None:
    reponse = client("publication").get("/avis/0198a3c0-0000-7000-8000-000000000001")
    assert reponse.status_code == 404
    assert "n’existe pas" in lisible(reponse)


@pytest.mark.parametrize("chemin", ["/", "/avis", "/programmation", "/avis.atom", "/avis.ics"])
def test_what_has_not_changed_is_not_sent_again(
    tx: Transactions, client: Callable[..., Any], chemin: str
) -> None:
    publier(tx)
    visiteur = client("publication")
    etag = visiteur.get(chemin).headers["ETag"]
    assert visiteur.get(chemin, headers={"If-None-Match": etag}).status_code == 304
    publier(tx, minimal(objet="Nouveau"))
    _inscrire(tx)
    assert visiteur.get(chemin, headers={"If-None-Match": etag}).status_code == 200


def test_a_notice_dates_its_last_change_and_its_closing(
    tx: Transactions, clock: FrozenClock, client: Callable[..., Any]
) -> None:
    avis = publier(tx)
    visiteur = client("publication")
    assert visiteur.get(f"/avis/{avis.id}").last_modified == avis.maj_le
    clock.set(LIMITE + dt.timedelta(hours=1))
    assert visiteur.get(f"/avis/{avis.id}").last_modified == LIMITE


def test_signed_in_pages_are_never_kept(tx: Transactions, client: Callable[..., Any]) -> None:
    publier(tx)
    reponse = client("publication", "coordonnatrice").get("/avis")
    assert "ETag" not in reponse.headers
    assert reponse.headers["Cache-Control"] == "no-store"


def test_C1_the_programme_links_to_the_published_notice(
    tx: Transactions, client: Callable[..., Any]
) -> None:
    programme = _inscrire(tx, publication_prevue_le=dt.date(2026, 3, 9))
    _inscrire(tx, objet="Sans date", publication_prevue_le=None)
    with tx.begin() as uow:
        avis = publier_avis_direct(
            uow, PARAMETRES, minimal(), DEPARTEMENT, public_url=URL, programme_id=programme.id
        ).avis
    page = client("publication").get("/programmation")
    assert "2 achats à venir" in lisible(page)
    ligne = lxml.html.fromstring(page.text).get_element_by_id(f"p-{programme.id}")
    assert "Lancée" in ligne.text_content()
    assert f"/avis/{avis.id}" in ligne.xpath(".//a/@href")


def test_the_strip_places_purchases_in_the_next_twelve_months(
    tx: Transactions, client: Callable[..., Any]
) -> None:
    _inscrire(tx, objet="En mars", publication_prevue_le=dt.date(2026, 3, 31))
    _inscrire(tx, objet="En février", publication_prevue_le=dt.date(2027, 2, 1))
    _inscrire(tx, objet="Trop tard", publication_prevue_le=dt.date(2027, 3, 1))
    arbre = lxml.html.fromstring(client("publication").get("/programmation").text)
    barres = {barre.findtext("a"): barre.get("class") for barre in arbre.find_class("s")}
    assert barres == {"En mars": "s c1 s3", "En février": "s c12 s1"}
    assert len(arbre.find_class("m")) == 12


def test_an_amount_at_the_band_of_the_filter_is_kept(
    tx: Transactions, client: Callable[..., Any]
) -> None:
    publier(tx, minimal(montant_estime_ht=Montant("45000")))
    visiteur = client("publication")
    assert "1 avis trouvé" in lisible(visiteur.get("/avis?montant_min=45+000&montant_max=45000"))
    assert "0 avis trouvé" in lisible(visiteur.get("/avis?montant_min=45000,01"))


def test_legal_pages_and_sign_in_belong_to_the_window(client: Callable[..., Any]) -> None:
    visiteur = client("publication")
    for chemin in ("/accessibilite", "/mentions", "/donnees-personnelles", "/plan", "/connexion"):
        assert visiteur.get(chemin).status_code == 200
