"""Chapter 1: a member's software triggers the purchase, members answer, needs become lots."""

import io
import json
import uuid
from typing import Any

import requests

from services.story import groupe
from services.story.navigateur import TIMEOUT, Page
from services.story.recit import Recit
from services.story.trame import LIEU, PALETTES, Trame
from shared.ops import demo

CONDITIONNEMENTS = [
    {"nom": "ramette", "contient": "500"},
    {"nom": "carton", "contient": "2500"},
    {"nom": "palette", "contient": "60000"},
]
PAPIER = {
    "code": "PAPIER-A4-80",
    "designation": "Papier A4 80 g",
    "lot": 1,
    "unite_base": "feuille",
    "prix_estime_ht": "0.0076",
    "conditionnements": CONDITIONNEMENTS,
    "conditionnement_achat": "palette",
}
ENVELOPPES = {
    "code": "ENV-C5",
    "designation": "Enveloppes C5",
    "lot": 2,
    "unite_base": "pièce",
    "prix_estime_ht": "0.03",
    "conditionnements": [{"nom": "boîte", "contient": "500"}],
    "conditionnement_achat": "boîte",
}


def raconter(recit: Recit, trame: Trame) -> None:
    """From the trigger to the frozen perimeter."""
    declencher(recit, trame)
    ouvrir(recit, trame)
    repondre(recit, trame)
    consolider(recit, trame)
    groupe.supposer(recit, trame)
    recommencer(recit, trame)
    lancer(recit, trame)


def demander(recit: Recit, siret: str, jeton: str, type_: str, data: dict[str, Any]) -> Any:
    """Send a member's request and wait for its outcome."""
    url = f"{recit.base}/groupement/api/v1/evenements"
    session = requests.Session()
    session.trust_env = False
    session.headers["Authorization"] = f"Bearer {jeton}"
    evenement = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "type": type_,
        "source": f"urn:siret:{siret}:achats",
        "time": "2026-01-12T08:00:00Z",
        "datacontenttype": "application/json",
        "data": data,
    }
    for _ in range(2):
        reponse = session.post(
            url,
            data=json.dumps(evenement),
            headers={"Content-Type": "application/cloudevents+json"},
            timeout=TIMEOUT,
        )
        recit.fait(f"{type_} est reçu (202)", reponse.status_code, 202)

    def sort() -> Any:
        lu = session.get(f"{url}/{evenement['id']}", timeout=TIMEOUT).json()
        return lu if lu.get("reponse") else None

    return recit.attendre(f"la réponse à {type_}", sort)["reponse"]


def declencher(recit: Recit, trame: Trame) -> None:
    recit.etape("Le logiciel du SDIS 07 demande un achat groupé de papier, par un événement")
    recit.le("2026-01-12")
    reponse = demander(
        recit,
        demo.SDIS.siret,
        demo.JETONS["sdis"],
        "membre.achat.demande.v1",
        {
            "reference_membre": "SDIS-2026-17",
            "objet": "Papier et enveloppes 2026",
            "famille": "Papier",
            "cpv": "30197630",
            "nature": "FOURNITURES",
            "lieu": "07",
            "montant_estime_ht": "65880.00",
            "articles": [PAPIER, ENVELOPPES],
        },
    )
    recit.fait(
        "la demande envoyée deux fois compte une fois, acceptée",
        reponse["type"],
        "membre.achat.acceptee.v1",
    )
    trame.achat_id = reponse["data"]["achat_id"]
    trame.reference = reponse["data"]["achat_reference"]
    public = recit.en_tant_que("public")
    recit.attendre(
        "l’achat à venir",
        lambda: public.ouvrir("/programmation").contient("Papier et enveloppes 2026"),
    )
    recit.fait(f"l’achat {trame.reference} paraît dans les achats à venir")


def ouvrir(recit: Recit, trame: Trame) -> None:
    recit.etape("La coordonnatrice ouvre l’appel à besoins")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    page = coordonnatrice.ouvrir(f"{trame.achat}/recensement")
    page = coordonnatrice.envoyer(
        page, "/recensement", {"cloture_jour": "2026-01-26", "cloture_heure": "17:00"}
    )
    recit.fait("l’appel est ouvert", page.contient("Recensement ouvert"))
    exploitation = recit.en_tant_que("exploitation")
    recit.attendre(
        "les messages aux membres",
        lambda: all(
            exploitation.ouvrir("/messages").contient(membre.courriel) for membre in demo.MEMBRES
        ),
    )
    recit.fait("chacun des cinq membres a reçu un message")


def repondre(recit: Recit, trame: Trame) -> None:
    recit.etape("Les membres répondent : formulaire, tableur, événement, « 5 à 7 »")
    _formulaire(recit, trame, "coordonnatrice", "40", "palette")
    _tableur(recit, trame)
    _formulaire(recit, trame, "agent-sdea", "2 400", "ramette")
    reponse = demander(
        recit,
        demo.VIVARAIS_HABITAT.siret,
        demo.JETONS["vivarais"],
        "membre.besoin.declare.v1",
        {
            "reference_membre": "VH-2026-03",
            "achat_reference": trame.reference,
            "article": "PAPIER-A4-80",
            "quantite": "600000",
            "unite": "feuille",
            "lieu": LIEU,
        },
    )
    recit.fait(
        "Vivarais Habitat déclare 600 000 feuilles par événement",
        (reponse["type"], reponse["data"].get("quantite_base")),
        ("membre.besoin.acceptee.v1", "600000"),
    )
    refus = demander(
        recit,
        demo.VIVARAIS_HABITAT.siret,
        demo.JETONS["vivarais"],
        "membre.besoin.declare.v1",
        {
            "reference_membre": "VH-2026-04",
            "achat_reference": trame.reference,
            "article": "PAPIER-A4-80",
            "quantite": "12",
            "unite": "litre",
        },
    )
    recit.fait(
        "des litres de papier sont refusés, avec le champ fautif",
        (refus["type"], refus["data"]["motifs"][0]["champ"]),
        ("membre.besoin.refusee.v1", "unite"),
    )
    _formulaire(recit, trame, "agente-aubenas", "5 à 7", "palette")


def _formulaire(recit: Recit, trame: Trame, persona: str, quantite: str, unite: str) -> None:
    gens = recit.en_tant_que(persona)
    page = gens.ouvrir(f"{trame.achat}/besoins")
    rang = _rang(page, "PAPIER-A4-80")
    champs = {f"quantite-{rang}": quantite, f"unite-{rang}": unite, f"lieu-{rang}": LIEU}
    page = gens.envoyer(page, "/besoins", champs)
    recit.fait(f"{persona} déclare {quantite} {unite}(s)", page.contient("1 besoin"))


def _rang(page: Page, article: str) -> str:
    """The row of the form where an article is declared."""
    champ = "//h2[@id=$ancre]/following::input[starts-with(@name, 'quantite-')][1]/@name"
    [nom] = page.textes(champ, ancre=f"article-{article}")
    return nom.removeprefix("quantite-")


def _tableur(recit: Recit, trame: Trame) -> None:
    """A spreadsheet saved by an old Excel: Latin-1, semicolons, other headings."""
    gens = recit.en_tant_que("agent-sdis")
    texte = f"Référence;Qté;Unités;Site\nPAPIER-A4-80;720;carton;{LIEU}\n".encode("latin-1")
    for essai, attendu in (("premier", "1 besoin"), ("second", "Aucun changement")):
        page = gens.envoyer(
            gens.ouvrir(f"{trame.achat}/besoins/import"),
            "/import",
            fichiers={"fichier": ("besoins.csv", io.BytesIO(texte), "text/csv")},
        )
        if essai == "premier":
            page = gens.envoyer(page, "/confirmer")
            recit.fait(
                "le tableur du SDIS (720 cartons, Latin-1) est repris", page.contient(attendu)
            )
        else:
            recit.fait("le même fichier, une seconde fois, ne change rien", page.contient(attendu))


def consolider(recit: Recit, trame: Trame) -> None:
    recit.etape("Les besoins sont consolidés en lots et lignes, expliqués")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    _enveloppes(recit, trame)
    coordonnatrice.envoyer(coordonnatrice.ouvrir(f"{trame.achat}/clore"), "/clore")
    page = coordonnatrice.ouvrir(f"{trame.achat}/consolider")
    recit.fait(
        "la somme, 65 880 €, impose une procédure qu’aucun membre seul n’imposerait",
        page.contient("65 880,00 €", "Procédure adaptée", "aucun membre seul ne l’imposerait"),
    )
    coordonnatrice.envoyer(page, "/consolider")
    lu = coordonnatrice.json(f"/groupement/api/v1/achats/{trame.achat_id}/consolidation")
    papier = next(
        ligne for lot in lu["lots"] for ligne in lot["lignes"] if ligne["article"] == "PAPIER-A4-80"
    )
    recit.fait("cinq unités, une ligne : 105 palettes", papier["quantite"], "105")
    recit.fait(
        "Σ des besoins = quantité de la ligne, exactement",
        sum(int(part["quantite_base"]) for part in papier["composition"]),
        105 * 60_000,
    )
    recit.fait(
        "chaque besoin se retrouve dans la ligne",
        sorted(int(part["quantite_base"]) // 60_000 for part in papier["composition"]),
        sorted(PALETTES.values()),
    )


def recommencer(recit: Recit, trame: Trame) -> None:
    """The only way back: another call, another consolidation, the first one kept."""
    premiere = groupe.empreinte(recit, trame)
    groupe.rouvrir(recit, trame)
    _formulaire(recit, trame, "agente-aubenas", "5 à 6", "palette")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    coordonnatrice.envoyer(coordonnatrice.ouvrir(f"{trame.achat}/clore"), "/clore")
    coordonnatrice.envoyer(coordonnatrice.ouvrir(f"{trame.achat}/consolider"), "/consolider")
    groupe.verifier_la_seconde_consolidation(recit, trame, premiere)


def _enveloppes(recit: Recit, trame: Trame) -> None:
    """The coordinator needs envelopes too: 600 000 pieces, 18 000 € before VAT."""
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    page = coordonnatrice.ouvrir(f"{trame.achat}/besoins")
    rang = _rang(page, "ENV-C5")
    champs = {f"quantite-{rang}": "1 200", f"unite-{rang}": "boîte", f"lieu-{rang}": LIEU}
    coordonnatrice.envoyer(page, "/besoins", champs)


def lancer(recit: Recit, trame: Trame) -> None:
    recit.etape("L’achat est lancé : le périmètre des membres est figé")
    recit.le("2026-02-02")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    page = coordonnatrice.envoyer(coordonnatrice.ouvrir(f"{trame.achat}/lancer"), "/lancer")
    recit.fait("l’achat est lancé", page.contient("Lancé"))
    refus = demander(
        recit,
        demo.SDIS.siret,
        demo.JETONS["sdis"],
        "membre.besoin.declare.v1",
        {
            "reference_membre": "SDIS-2026-18",
            "achat_reference": trame.reference,
            "article": "PAPIER-A4-80",
            "quantite": "1",
            "unite": "palette",
        },
    )
    recit.fait("un besoin tardif est refusé", refus["type"], "membre.besoin.refusee.v1")
    public = recit.en_tant_que("public")
    recit.attendre(
        "la programmation à l’état lancé", lambda: public.ouvrir("/programmation").contient("Lancé")
    )
    recit.fait("la programmation le dit lancé")
