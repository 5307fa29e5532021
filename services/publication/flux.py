"""Notices and forward programme in open formats: Atom (RFC 4287), iCalendar (RFC 5545), tables."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from icalendar import Calendar, Event
from lxml import etree

from services.publication.domain.programme import LIBELLES, EtatProgramme
from services.publication.presentation import NATURES, PROCEDURES, etat
from services.publication.tables import Avis, Programme
from shared.kernel.lieux import annuaire
from shared.kernel.parametres import Nature
from shared.web import formats
from shared.web.exports import Tableau

ATOM = "http://www.w3.org/2005/Atom"
ESPACES: dict[str | None, str] = {None: ATOM}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
CPV = "http://publications.europa.eu/resource/authority/cpv/cpv"
ORIGINE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
UN_JOUR = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adresses:
    """Where a feed lives: itself, the page it follows, the next page of the feed."""

    racine: str
    soi: str
    page: str
    suivante: str | None = None


def atom(
    avis: Sequence[Avis], adresses: Adresses, auteur: str, maj_le: dt.datetime | None
) -> bytes:
    """A feed of notices; the id of an entry is that of its notice, whatever its version."""
    feed = etree.Element(f"{{{ATOM}}}feed", {XML_LANG: "fr"}, nsmap=ESPACES)  # type: ignore[arg-type]  # None names the default one
    _texte(feed, "id", adresses.soi)
    _texte(feed, "title", f"Avis et consultations – {auteur}")
    _texte(feed, "updated", (maj_le or ORIGINE).isoformat())
    _texte(etree.SubElement(feed, f"{{{ATOM}}}author"), "name", auteur)
    _lien(feed, "self", adresses.soi, "application/atom+xml")
    _lien(feed, "alternate", adresses.page, "text/html")
    if adresses.suivante:
        _lien(feed, "next", adresses.suivante, "application/atom+xml")
    for un in avis:
        _entree(feed, un)
    return etree.tostring(feed, encoding="utf-8", xml_declaration=True)


def _entree(feed: etree._Element, avis: Avis) -> None:
    entree = etree.SubElement(feed, f"{{{ATOM}}}entry")
    _texte(entree, "id", avis.id.urn)
    _texte(entree, "title", f"{_marque(avis)}{avis.objet} – {annuaire().nom(avis.lieu)}")
    _texte(entree, "published", avis.publie_le.isoformat())
    _texte(entree, "updated", avis.maj_le.isoformat())
    _texte(etree.SubElement(entree, f"{{{ATOM}}}author"), "name", avis.acheteur_nom)
    _lien(entree, "alternate", avis.url, "text/html")
    for code in avis.codes_cpv:
        etree.SubElement(entree, f"{{{ATOM}}}category", {"term": code, "scheme": CPV})
    _texte(entree, "summary", _resume(avis))


def _marque(avis: Avis) -> str:
    if avis.annule_le is not None:
        return "[Annulé] "
    return "[Rectifié] " if avis.version > 1 else ""


def _resume(avis: Avis) -> str:
    montant = formats.eur0(avis.montant_estime_ht)
    nature = NATURES[Nature(avis.nature)].lower()
    phrases = [
        f"Référence {avis.reference}.",
        f"{PROCEDURES[avis.procedure]}, {nature}, montant estimé {montant} HT.",
        f"Réponse avant le {formats.instant(avis.date_limite)}.",
    ]
    if avis.motif_annulation:
        phrases.append(f"Annulé\u00a0: {avis.motif_annulation}")
    elif avis.description:
        phrases.append(avis.description)
    return _lisible(" ".join(phrases))


def _texte(parent: etree._Element, nom: str, texte: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}{nom}").text = _lisible(texte)


def _lisible(texte: str) -> str:
    """XML 1.0 forbids control characters, which a description may have caught by copy."""
    return "".join(c for c in texte if c >= " " or c in "\n\t")


def _lien(parent: etree._Element, rel: str, href: str, genre: str) -> None:
    etree.SubElement(parent, f"{{{ATOM}}}link", {"rel": rel, "href": href, "type": genre})


def calendrier_avis(avis: Iterable[Avis], nom: str, domaine: str) -> bytes:
    """One event per notice, at its deadline; a later version replaces the earlier one."""
    calendrier = _calendrier(nom)
    for un in avis:
        evenement = Event()
        evenement.add("uid", f"{un.id}@{domaine}")
        evenement.add("dtstamp", un.maj_le)
        evenement.add("last-modified", un.maj_le)
        evenement.add("sequence", un.version - 1)
        evenement.add("dtstart", un.date_limite.astimezone(dt.UTC))
        evenement.add("summary", f"Date limite\u00a0: {un.objet}")
        evenement.add("location", annuaire().nom(un.lieu))
        evenement.add("description", _resume(un))
        evenement.add("url", un.url)
        evenement.add("status", "CONFIRMED" if un.annule_le is None else "CANCELLED")
        calendrier.add_component(evenement)
    return bytes(calendrier.to_ical())


_STATUTS_ICAL = {
    EtatProgramme.ENVISAGEE: "TENTATIVE",
    EtatProgramme.CONFIRMEE: "CONFIRMED",
    EtatProgramme.LANCEE: "CONFIRMED",
    EtatProgramme.ABANDONNEE: "CANCELLED",
}


def calendrier_programme(
    entrees: Iterable[tuple[Programme, Avis | None]], nom: str, adresse: str, domaine: str
) -> bytes:
    """One whole-day event per dated purchase to come."""
    calendrier = _calendrier(nom)
    for programme, avis in entrees:
        if programme.publication_prevue_le is None:
            continue
        evenement = Event()
        evenement.add("uid", f"{programme.id}@{domaine}")
        evenement.add("dtstamp", programme.maj_le)
        evenement.add("dtstart", programme.publication_prevue_le)
        evenement.add("dtend", programme.publication_prevue_le + UN_JOUR)
        evenement.add("summary", f"Publication prévue\u00a0: {programme.objet}")
        evenement.add("location", annuaire().nom(programme.lieu))
        evenement.add("description", _etat_programme(programme))
        evenement.add("url", avis.url if avis else adresse)
        evenement.add("status", _STATUTS_ICAL[EtatProgramme(programme.etat)])
        evenement.add("transp", "TRANSPARENT")
        calendrier.add_component(evenement)
    return bytes(calendrier.to_ical())


def _etat_programme(programme: Programme) -> str:
    libelle = LIBELLES[EtatProgramme(programme.etat)]
    return (
        f"{libelle}. {programme.acheteur_nom}, montant estimé "
        f"{formats.eur0(programme.montant_estime_ht)} HT. Intention sans engagement."
    )


def _calendrier(nom: str) -> Calendar:
    calendrier = Calendar()
    calendrier.add("prodid", "-//Essaim//publication//FR")
    calendrier.add("version", "2.0")
    calendrier.add("method", "PUBLISH")
    calendrier.add("x-wr-calname", nom)
    return calendrier


def tableau_avis(avis: Iterable[Avis], instant: dt.datetime) -> Tableau:
    """Notices as rows; amounts and dates stay amounts and dates."""
    colonnes = (
        "Référence",
        "Objet",
        "Acheteur",
        "SIRET acheteur",
        "Nature",
        "Procédure",
        "CPV",
        "Code lieu",
        "Lieu",
        "Montant estimé HT",
        "Achat groupé",
        "Lots",
        "Publié le",
        "Date limite",
        "État",
        "Version",
        "Adresse",
    )
    lignes = (
        (
            un.reference,
            un.objet,
            un.acheteur_nom,
            un.acheteur_siret,
            NATURES[Nature(un.nature)],
            PROCEDURES[un.procedure],
            un.cpv,
            un.lieu,
            annuaire().nom(un.lieu),
            un.montant_estime_ht,
            un.groupe,
            un.nombre_lots,
            un.publie_le,
            un.date_limite,
            str(etat(un, instant)),
            un.version,
            un.url,
        )
        for un in avis
    )
    return Tableau("avis", colonnes, lignes)


def tableau_programme(entrees: Iterable[tuple[Programme, Avis | None]]) -> Tableau:
    """The forward programme as rows."""
    colonnes = (
        "Objet",
        "État",
        "Acheteur",
        "Nature",
        "CPV",
        "Lieu",
        "Publication prévue",
        "Montant estimé HT",
        "Avis",
    )
    lignes = (
        (
            programme.objet,
            LIBELLES[EtatProgramme(programme.etat)],
            programme.acheteur_nom,
            NATURES[Nature(programme.nature)],
            programme.cpv,
            annuaire().nom(programme.lieu),
            programme.publication_prevue_le,
            programme.montant_estime_ht,
            avis.url if avis else None,
        )
        for programme, avis in entrees
    )
    return Tableau("achats-a-venir", colonnes, lignes)
