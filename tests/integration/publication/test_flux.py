"""Feeds and exports: valid formats, stable identifiers, as many rows as the screen counts."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from icalendar import Calendar
from lxml import etree
from python_calamine import CalamineWorkbook

from services.publication.pages import flux as flux_pages
from services.publication.usecases.annuler_avis import annuler_consultation
from services.publication.usecases.inscrire_programme import NouveauProgramme, inscrire_programme
from services.publication.usecases.rectifier_avis import rectifier_avis
from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from tests.integration.publication.monde import DEPARTEMENT, LIMITE, SIRET, minimal, publier

pytestmark = pytest.mark.db
A = {"a": "http://www.w3.org/2005/Atom"}


def _atom(reponse: Any) -> Any:
    assert reponse.mimetype == "application/atom+xml"
    return etree.fromstring(reponse.data)


def _textes(arbre: Any, chemin: str) -> list[str]:
    return [str(element.text) for element in arbre.findall(chemin, A)]


def test_atom_has_what_rfc_4287_requires(tx: Transactions, client: Callable[..., Any]) -> None:
    avis = publier(tx, minimal(description="Tonte\x0b & <taille>"))
    flux = _atom(client("publication").get("/avis.atom"))
    assert etree.QName(flux).localname == "feed"
    for element in ("id", "title", "updated", "author/a:name"):
        assert len(flux.findall(f"a:{element}", A)) == 1
    liens = {lien.get("rel"): lien.get("href") for lien in flux.findall("a:link", A)}
    assert liens["self"] == "http://localhost:8000/avis.atom"
    (entree,) = flux.findall("a:entry", A)
    assert _textes(entree, "a:id") == [avis.id.urn]
    assert _textes(entree, "a:updated") == ["2026-03-02T08:00:00+00:00"]
    for instant in _textes(flux, ".//a:updated"):
        assert dt.datetime.fromisoformat(instant).tzinfo
    assert entree.find("a:link", A).get("href") == avis.url
    assert "Tonte & <taille>" in _textes(entree, "a:summary")[0]


def test_a_corrected_entry_keeps_its_id_and_changes_its_date(
    tx: Transactions, clock: FrozenClock, client: Callable[..., Any]
) -> None:
    avis = publier(tx)
    avant = _atom(client("publication").get("/avis.atom"))
    clock.advance(dt.timedelta(days=1))
    with tx.begin() as uow:
        rectifier_avis(uow, avis.consultation_id, SIRET, {"objet": "Espaces verts"}, "Titre")
    apres = _atom(client("publication").get("/avis.atom"))
    assert _textes(avant, "a:entry/a:id") == _textes(apres, "a:entry/a:id")
    assert _textes(avant, "a:entry/a:updated") < _textes(apres, "a:entry/a:updated")
    assert _textes(apres, "a:entry/a:title")[0].startswith("[Rectifié] Espaces verts")


def test_a_long_feed_is_cut_in_linked_pages(
    tx: Transactions, client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flux_pages, "PAR_FLUX", 10)
    for n in range(13):
        publier(tx, minimal(objet=f"Avis {n}"))
    visiteur = client("publication")
    premiere = _atom(visiteur.get("/avis.atom?q=avis"))
    suite = premiere.find("a:link[@rel='next']", A).get("href")
    assert suite == "http://localhost:8000/avis.atom?q=avis&page=2"
    seconde = _atom(visiteur.get(suite))
    assert seconde.find("a:link[@rel='next']", A) is None
    ids = _textes(premiere, "a:entry/a:id") + _textes(seconde, "a:entry/a:id")
    assert len(set(ids)) == 13


def test_an_empty_feed_is_still_a_feed(client: Callable[..., Any]) -> None:
    flux = _atom(client("publication").get("/avis.atom"))
    assert flux.findall("a:entry", A) == []
    assert len(_textes(flux, "a:updated")) == 1


def _evenements(reponse: Any) -> list[Any]:
    assert reponse.mimetype == "text/calendar"
    calendrier = Calendar.from_ical(reponse.data)
    assert calendrier["VERSION"] == "2.0"
    assert calendrier["PRODID"]
    return list(calendrier.walk("VEVENT"))


def test_ical_puts_each_deadline_in_the_diary(
    tx: Transactions, clock: FrozenClock, client: Callable[..., Any]
) -> None:
    avis = publier(tx)
    annule = publier(tx, minimal(objet="Annulé"))
    clock.advance(dt.timedelta(days=1))
    with tx.begin() as uow:
        annuler_consultation(uow, annule.consultation_id, SIRET, "Motif")
    visiteur = client("publication")
    (evenement,) = _evenements(visiteur.get("/avis.ics"))
    assert evenement["UID"] == f"{avis.id}@localhost"
    assert evenement.decoded("DTSTART") == LIMITE
    assert evenement["URL"] == avis.url
    (seul,) = _evenements(visiteur.get(f"/avis/{annule.id}.ics"))
    assert (seul["STATUS"], seul["SEQUENCE"]) == ("CANCELLED", 1)


def test_C3_the_programme_is_a_calendar_of_whole_days(
    tx: Transactions, client: Callable[..., Any]
) -> None:
    with tx.begin() as uow:
        for objet, jour in (("Daté", dt.date(2026, 6, 1)), ("Sans date", None)):
            inscrire_programme(
                uow,
                NouveauProgramme(
                    objet=objet,
                    cpv="39160000",
                    lieu="07",
                    acheteur=DEPARTEMENT,
                    publication_prevue_le=jour,
                ),
            )
    visiteur = client("publication")
    (evenement,) = _evenements(visiteur.get("/programmation.ics"))
    assert evenement.decoded("DTSTART") == dt.date(2026, 6, 1)
    assert evenement["STATUS"] == "TENTATIVE"
    lignes = _csv(visiteur.get("/programmation.csv"))
    assert [ligne["Objet"] for ligne in lignes] == ["Daté", "Sans date"]


def _csv(reponse: Any) -> list[dict[str, str]]:
    assert reponse.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(reponse.data.decode("utf-8-sig")), delimiter=";"))


def _classeur(reponse: Any) -> list[Any]:
    classeur = CalamineWorkbook.from_filelike(io.BytesIO(reponse.data))
    return classeur.get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("filtres", ["", "?q=vert", "?lieu=07019&etat=tous", "?cpv=30", "?q=zzz"])
def test_exports_hold_as_many_rows_as_the_screen_counts(
    tx: Transactions, clock: FrozenClock, client: Callable[..., Any], filtres: str
) -> None:
    for n in range(25):
        publier(tx, minimal(objet=f"Espaces verts {n}"))
    publier(tx, minimal(objet="Papier", cpv="30197630", lieu="26"))
    visiteur = client("publication")
    separateur = "&" if filtres else "?"
    api = visiteur.get(f"/publication/api/v1/avis{filtres}{separateur}par=5").json
    total = api["total"]
    assert len(_csv(visiteur.get(f"/avis.csv{filtres}"))) == total
    assert len(_classeur(visiteur.get(f"/avis.ods{filtres}"))) == total + 1
    assert len(_classeur(visiteur.get(f"/avis.xlsx{filtres}"))) == total + 1
    en_json = visiteur.get(f"/avis.json{filtres}").json
    assert en_json["total"] == len(en_json["avis"]) == total
    assert len(_evenements(visiteur.get(f"/avis.ics{filtres}"))) == total
    assert len(_atom(visiteur.get(f"/avis.atom{filtres}")).findall("a:entry", A)) == total


def test_a_title_is_never_a_formula(tx: Transactions, client: Callable[..., Any]) -> None:
    publier(tx, minimal(objet="=HYPERLINK(1)"))
    (ligne,) = _csv(client("publication").get("/avis.csv"))
    assert ligne["Objet"] == "'=HYPERLINK(1)"
    assert ligne["Montant estimé HT"] == "45000,00"
    assert ligne["Date limite"] == "2026-03-23 12:00:00", "heure de Paris"
