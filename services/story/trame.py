"""What the chapters hand to one another."""

from dataclasses import dataclass, field

PALETTES = {
    "coordonnatrice": 40,
    "agent-sdis": 30,
    "agent-sdea": 20,
    "agent-vivarais": 10,
    "agente-aubenas": 5,
}
"""What each member needs, by the persona who answers for it."""

PARTS = {
    "coordonnatrice": 23,
    "agent-sdis": 17,
    "agent-sdea": 11,
    "agent-vivarais": 6,
    "agente-aubenas": 3,
}
"""The shares of a delivery of 60 for 105 asked."""

LIEU = "Plateforme logistique de Privas"


@dataclass
class Trame:
    """Addresses that appear as the story goes."""

    achat_id: str = ""
    reference: str = ""
    consultation: str = ""
    avis_id: str = ""
    marche_id: str = ""
    facture: str = ""
    tardive: str = ""
    contrat: str = field(default="")

    @property
    def achat(self) -> str:
        return f"/groupement/achats/{self.achat_id}"
