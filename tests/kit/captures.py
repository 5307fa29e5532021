"""Renews the pictures of the documentation, from the real pages: `make captures`."""

import sys
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, sync_playwright

from tests.kit.browser import OPTIONS, trouver_chromium, visiteur
from tests.kit.plateforme import Site, plateforme

IMAGES = Path(__file__).parents[2] / "docs" / "images"
OCTETS_MAX = 300_000
CAPTURES = {
    "guichet": (None, "/", ".liste"),
    "recensement": ("coordonnatrice", "/groupement/recensement", ".defile"),
    "factures": ("finances", "/paiement/factures", "tbody tr:nth-child(9)"),
}
"""Name of the picture: who looks, at which page, down to the end of which block."""
MARGE = 12


def capturer(navigateur: Browser, site: Site, nom: str) -> int:
    """Take one picture, 1280 pixels wide; return its weight."""
    persona, chemin, bloc = CAPTURES[nom]
    page = visiteur(navigateur)
    if persona:
        page.goto(f"{site.adresse}/connexion")
        page.locator(f"button[value={persona}]").click()
    page.goto(site.adresse + chemin)
    cadre = page.locator(bloc).first.bounding_box()
    if cadre is None:
        raise SystemExit(f"{chemin} : pas de bloc {bloc}")
    fichier = IMAGES / f"{nom}.png"
    bas = cadre["y"] + cadre["height"] + (0 if "tr" in bloc else MARGE)
    octets = page.screenshot(
        full_page=True, clip=FloatRect(x=0, y=0, width=1280, height=round(bas))
    )
    page.context.close()
    return fichier.write_bytes(octets)


def main() -> int:
    """Renew every picture; fail when one is too heavy for a README."""
    with plateforme() as site, sync_playwright() as pilote:
        chromium = pilote.chromium.launch(executable_path=trouver_chromium(), args=OPTIONS)
        poids = {nom: capturer(chromium, site, nom) for nom in CAPTURES}
        chromium.close()
    for nom, octets in poids.items():
        print(f"docs/images/{nom}.png : {octets / 1000:.0f} ko")
    return int(max(poids.values()) > OCTETS_MAX)


if __name__ == "__main__":
    sys.exit(main())
