"""Chapter 3: each member orders its share; a short delivery is shared and explained."""

from urllib.parse import urlsplit

from services.story.recit import Recit
from services.story.trame import PALETTES, PARTS, Trame


def raconter(recit: Recit, trame: Trame) -> None:
    """From the quotas to the shares of the delivery."""
    commander(recit, trame)
    recevoir(recit, trame)


def commander(recit: Recit, trame: Trame) -> None:
    recit.etape("Chaque membre commande dans la limite de sa part")
    for persona, palettes in PALETTES.items():
        gens = recit.en_tant_que(persona)

        def lien(persona: str = persona) -> str:
            page = recit.en_tant_que(persona).ouvrir(f"{trame.achat}/parts")
            return page.lien("Commander") if page.contient("Commander") else ""

        chemin = urlsplit(recit.attendre(f"la part de {persona}", lien)).path
        refusee = gens.envoyer(
            gens.ouvrir(chemin), "/commander", {"quantite": str(palettes + 1)}, statut=422
        )
        recit.fait(
            f"{persona} : {palettes + 1} palettes sont refusées, le reste est dit",
            refusee.contient(str(palettes)),
        )
        page = gens.envoyer(refusee, "/commander", {"quantite": str(palettes)})
        recit.fait(f"{persona} commande ses {palettes} palettes", page.contient("CMD-2026-"))


def recevoir(recit: Recit, trame: Trame) -> None:
    recit.etape("Soixante palettes arrivent pour cent cinq commandées")
    recit.le("2026-03-02")
    coordonnatrice = recit.en_tant_que("coordonnatrice")
    page = coordonnatrice.ouvrir(f"{trame.achat}/reception")
    [ligne] = page.options("/reception", "ligne")
    coordonnatrice.envoyer(
        page,
        "/reception",
        {
            "ligne": ligne,
            "bon_livraison": "BL-118",
            "quantite": "60",
            "recue_le": "2026-03-02",
        },
    )
    for persona, part in PARTS.items():
        page = recit.en_tant_que(persona).ouvrir(f"{trame.achat}/parts")
        recit.fait(
            f"{persona} en reçoit {part}, et voit pourquoi",
            page.contient(
                f"{part} palettes sur {PALETTES[persona]}",
                f"{PALETTES[persona]} sur 105 : la part exacte",
            ),
        )
