"""The life of the group around a purchase: what if, a reopening, a late joiner, a departure."""

from typing import Any
from urllib.parse import urlencode

from services.story.recit import Recit
from services.story.trame import Trame
from shared.ops import demo

CONVENTIONS = "/groupement/api/v1/conventions"
TARDIF = "agente-privas"
PARTANT = "agent-vivarais"


def raconter(recit: Recit, trame: Trame) -> None:
    """Once the contract is notified: one comes too late, another leaves and stays bound."""
    arriver_tard(recit, trame)
    partir(recit)


def supposer(recit: Recit, trame: Trame) -> None:
    recit.etape("Et si le SDIS 07 n’en était pas ?")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    autres = [m.siret for m in demo.MEMBRES if m is not demo.SDIS]
    question = urlencode([("essai", "1"), *(("membres", siret) for siret in autres)])
    page = coordonnatrice.ouvrir(f"{trame.achat}/hypotheses?{question}")
    recit.fait(
        "sans ses 30 palettes, l’ensemble passe de 65 880 € à 52 200 €",
        page.contient("65 880,00 €", "52 200,00 €"),
    )
    recit.fait("chacun voit ce qu’il paierait, avant et après", page.contient("Avant et après"))
    lue = _consolidation(recit, trame)
    recit.fait("rien n’est enregistré", lue["montant_estime_ht"], "65880.00")


def rouvrir(recit: Recit, trame: Trame) -> None:
    """Run before the launch; `recensement` closes and consolidates again."""
    recit.etape("Le recensement est rouvert, avec un motif dit à tous")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    page = coordonnatrice.envoyer(
        coordonnatrice.ouvrir(f"{trame.achat}/recensement"),
        "/recensement",
        {
            "cloture_jour": "2026-01-30",
            "cloture_heure": "17:00",
            "motif": "Aubenas précise sa fourchette.",
        },
    )
    recit.fait("un second recensement s’ouvre", page.contient("Recensement ouvert"))
    exploitation = recit.en_tant_que("exploitation")

    def prevenus() -> bool:
        sujets = exploitation.ouvrir("/messages").textes("//tbody/tr/th")
        return sum("Appel à besoins rouvert" in sujet for sujet in sujets) >= len(demo.MEMBRES)

    recit.attendre("les messages de réouverture", prevenus)
    recit.fait("chaque membre en est prévenu, avec le motif")


def verifier_la_seconde_consolidation(recit: Recit, trame: Trame, premiere: str) -> None:
    lue = _consolidation(recit, trame)
    recit.fait("la seconde consolidation porte le numéro 2", lue["numero"], 2)
    recit.fait(
        "ses entrées ont changé, son empreinte aussi : l’ancienne est gardée",
        lue["empreinte"] != premiere,
    )


def empreinte(recit: Recit, trame: Trame) -> str:
    """Fingerprint of the consolidation in force."""
    return str(_consolidation(recit, trame)["empreinte"])


def _consolidation(recit: Recit, trame: Trame) -> Any:
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    return coordonnatrice.json(f"/groupement/api/v1/achats/{trame.achat_id}/consolidation")


def arriver_tard(recit: Recit, trame: Trame) -> None:
    recit.etape("La commune de Privas rejoint le groupement, trop tard pour cet achat")
    coordonnatrice, privas = recit.en_tant_que("coordonnatrice"), recit.en_tant_que(TARDIF)
    convention = _en_vigueur(recit)
    coordonnatrice.envoyer(
        coordonnatrice.ouvrir(f"{convention}/inviter"), "/inviter", {"siret": demo.PRIVAS.siret}
    )
    privas.envoyer(
        privas.ouvrir(f"{convention}/signer"),
        "/signer",
        {
            "deliberation_le": "2026-02-26",
            "deliberation_numero": "2026-11",
            "effet_le": "2026-02-27",
        },
    )
    page = privas.ouvrir(convention)
    recit.fait("elle signe par sa propre délibération", page.contient("2026-11"))
    refusee = privas.session.post(
        f"{recit.base}/groupement/api/v1/commandes",
        json={"achat_id": trame.achat_id, "article": "PAPIER-A4-80", "quantite": "1"},
        headers={"Origin": recit.base},
        timeout=30,
    )
    recit.fait(
        "elle ne peut pas commander sur un achat lancé avant elle (409)", refusee.status_code, 409
    )
    recit.fait(
        "la règle est dite : le périmètre est figé au lancement",
        refusee.json()["type"],
        "urn:essaim:probleme:perimetre_fige",
    )


def partir(recit: Recit) -> None:
    recit.etape("Vivarais Habitat notifie son retrait, et reste tenu par le marché en cours")
    partant = recit.en_tant_que(PARTANT)
    convention = _en_vigueur(recit)
    recit.attendre(
        "la part de Vivarais Habitat",
        lambda: partant.ouvrir(f"{convention}/retrait").contient("10 palettes"),
    )
    page = partant.ouvrir(f"{convention}/retrait")
    recit.fait("sa part qui reste à commander lui est montrée", page.contient("Papier A4"))
    partant.envoyer(
        page, "/retrait", {"notifie_le": "2026-02-27", "motif": "Adhésion à une centrale d’achat."}
    )
    [sien] = [m for m in _lire(recit)["membres"] if m["siret"] == demo.VIVARAIS_HABITAT.siret]
    recit.fait(
        "le retrait prend effet au terme du préavis, six mois plus tard",
        (sien["etat"], sien["fin_le"]),
        ("RETRAIT_NOTIFIE", "2026-08-27"),
    )
    lien = recit.en_tant_que("coordonnatrice").ouvrir(convention).lien("Parts à repartager")
    recit.fait(
        "la coordonnatrice voit qui pourrait reprendre sa part",
        recit.en_tant_que("coordonnatrice").ouvrir(lien).contient("10 palettes"),
    )


def _lire(recit: Recit) -> Any:
    """The version in force, with its members."""
    conventions = recit.en_tant_que("coordonnatrice").json(CONVENTIONS)["conventions"]
    [en_vigueur] = [c for c in conventions if c["etat"] == "EN_VIGUEUR"]
    return en_vigueur


def _en_vigueur(recit: Recit) -> str:
    return f"/groupement/convention/{_lire(recit)['id']}"
