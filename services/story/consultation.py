"""Chapter 2: the notice in the single window, suppliers told once, award and notification."""

from urllib.parse import urlsplit

import lxml.etree

from services.story.navigateur import Navigateur
from services.story.recit import Recit
from services.story.trame import Trame
from shared.ops import demo

OBJET = "Papier et enveloppes 2026"
CONCERNEES = {demo.PAPETERIE.courriel, demo.BUREAU.courriel}
"""Suppliers of the demonstration whose alerts match; Cévennes Fournitures sells elsewhere."""
ATOM = "{http://www.w3.org/2005/Atom}"


def raconter(recit: Recit, trame: Trame) -> None:
    """From the launched purchase to the notified contracts."""
    preparer(recit, trame)
    publier(recit, trame)
    rectifier(recit, trame)
    attribuer(recit, trame)


def preparer(recit: Recit, trame: Trame) -> None:
    recit.etape("La consultation est prête, avec ses lots")
    coordonnatrice = recit.en_tant_que("coordonnatrice")

    def trouver() -> str:
        page = coordonnatrice.ouvrir("/consultations")
        return page.lien(OBJET) if page.contient(OBJET) else ""

    trame.consultation = urlsplit(recit.attendre("la consultation", trouver)).path
    page = coordonnatrice.ouvrir(trame.consultation)
    recit.fait(
        "l’achat lancé est devenu une consultation de deux lots",
        page.contient("Papier A4", "Enveloppes", "47 880,00 €", "18 000,00 €"),
    )


def publier(recit: Recit, trame: Trame) -> None:
    recit.etape("L’avis paraît ; chaque entreprise concernée est prévenue une fois")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    page = coordonnatrice.ouvrir(f"{trame.consultation}/preparer")
    coordonnatrice.envoyer(
        page,
        "/preparer",
        {
            "date_limite": "2026-02-23T12:00",
            "contact": demo.DEPARTEMENT.courriel,
            "description": "Papier A4 80 g et enveloppes C5 pour cinq acheteurs.",
            "criteres": "Prix 60 %, valeur technique 30 %, environnement 10 %",
            "duree_mois": "12",
        },
    )
    page = coordonnatrice.ouvrir(f"{trame.consultation}/publier")
    page = coordonnatrice.envoyer(page, "/publier")
    trame.avis_id = urlsplit(page.lien("AVIS-")).path.rsplit("/", 1)[-1]
    _fenetres(recit, trame)
    _destinataires(recit, "Nouvel avis", CONCERNEES)


def _fenetres(recit: Recit, trame: Trame) -> None:
    public = recit.en_tant_que("public")
    chemin = f"/avis/{trame.avis_id}"
    recit.fait("il est au guichet unique", public.ouvrir("/avis?q=enveloppes").contient(OBJET))
    atom = lxml.etree.fromstring(public.lire("/avis.atom?q=enveloppes").encode())
    titres = [entree.findtext(f"{ATOM}title") for entree in atom.iter(f"{ATOM}entry")]
    recit.fait("dans le flux Atom", any(OBJET in (titre or "") for titre in titres))
    ics = public.lire("/avis.ics?q=enveloppes").replace("\r\n ", "")
    recit.fait("dans l’agenda iCalendar, à sa date limite", OBJET in ics and "20260223T" in ics)
    avis = public.json("/avis.json", q="enveloppes")["avis"]
    recit.fait("et en JSON", [a["url"].endswith(chemin) for a in avis], [True])
    page = public.ouvrir(chemin)
    recit.fait(
        "l’avis dit ses lots, ses cinq acheteurs et l’avance",
        page.contient("Papier A4", "Enveloppes", "Vivarais Habitat", "5 %"),
    )


def _destinataires(recit: Recit, sujet: str, attendus: set[str]) -> None:
    """Who received a message about the notice, and how many each."""
    exploitation = recit.en_tant_que("exploitation")
    recus = recit.attendre(
        f"« {sujet} »",
        lambda: _au_moins(len(attendus), _courriels(exploitation, sujet)),
    )
    recit.fait(f"« {sujet} » : une fois, à qui cela concerne", sorted(recus), sorted(attendus))


def _au_moins(nombre: int, recus: list[str]) -> list[str]:
    return recus if len(recus) >= nombre else []


def _courriels(gens: Navigateur, sujet: str) -> list[str]:
    """The recipients of the messages whose subject tells `sujet` about our purchase."""
    page = gens.ouvrir("/messages")
    sujets = page.textes("//tbody/tr/th")
    destinataires = page.textes("//tbody/tr/td[@data-l='Destinataire']")
    return [
        destinataire
        for lu, destinataire in zip(sujets, destinataires, strict=True)
        if sujet in lu and OBJET in lu
    ]


def rectifier(recit: Recit, trame: Trame) -> None:
    recit.etape("La date limite est repoussée : tous ceux qui savaient sont prévenus")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    recit.le("2026-02-10")
    page = coordonnatrice.ouvrir(f"{trame.consultation}/rectifier")
    coordonnatrice.envoyer(
        page, "/rectifier", {"date_limite": "2026-02-24T12:00", "motif": "Délai allongé d’un jour"}
    )
    page = recit.en_tant_que("public").ouvrir(f"/avis/{trame.avis_id}")
    recit.fait("l’avis montre sa correction datée", page.contient("Délai allongé d’un jour"))
    _destinataires(recit, "Avis rectifié", CONCERNEES)


def attribuer(recit: Recit, trame: Trame) -> None:
    recit.etape("Le lot papier est attribué puis notifié ; les quotas s’ouvrent")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    recit.le("2026-02-25")
    page = coordonnatrice.ouvrir(f"{trame.consultation}/lots/1/attribuer")
    [prix] = [nom for nom in page.formulaire("/attribuer").fields if nom.startswith("prix_")]
    coordonnatrice.envoyer(
        page,
        "/attribuer",
        {
            "siret": demo.PAPETERIE.siret,
            "nom": demo.PAPETERIE.nom,
            "courriel": demo.PAPETERIE.courriel,
            "pme": "oui",
            "offres_recues": "3",
            "attribue_le": "2026-02-25",
            "taux_tva": "0.20",
            prix: "456",
        },
    )
    recit.le("2026-02-27")
    page = coordonnatrice.ouvrir(f"{trame.consultation}/lots/1/notifier")
    page = coordonnatrice.envoyer(page, "/notifier", {"date_notification": "2026-02-27"})
    recit.fait(
        "le marché de 47 880 € HT est notifié",
        page.contient("47 880,00 €", demo.PAPETERIE.nom, "Notifié le 27 février 2026"),
    )
