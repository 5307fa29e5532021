"""The demonstration world: real names of public authorities, fictitious SIRETs and people."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Organisation:
    """A buyer or a supplier of the demonstration."""

    siret: str
    nom: str
    courriel: str
    pme: bool = False


DEPARTEMENT = Organisation(
    "90070001400013", "Département de l’Ardèche", "achats@departement07.exemple"
)
SDIS = Organisation("90070002200016", "SDIS 07", "achats@sdis07.exemple")
SDEA = Organisation("90070003000019", "SDEA", "achats@sdea.exemple")
VIVARAIS_HABITAT = Organisation(
    "90070004800011", "Vivarais Habitat", "achats@vivarais-habitat.exemple"
)
AUBENAS = Organisation("90070005500016", "Commune d’Aubenas", "mairie@aubenas.exemple")
PRIVAS = Organisation("90070007100013", "Commune de Privas", "mairie@privas.exemple")
"""Known to the platform, in no group yet: it may be invited."""
MEMBRES = (DEPARTEMENT, SDIS, SDEA, VIVARAIS_HABITAT, AUBENAS)

PAPETERIE = Organisation(
    "91070001200016", "Papeterie du Coiron", "contact@papeterie-coiron.exemple", pme=True
)
BUREAU = Organisation("91070002000019", "Bureau Vivarais", "offres@bureau-vivarais.exemple")
CEVENNES = Organisation(
    "91070003800011", "Cévennes Fournitures", "commercial@cevennes-fournitures.exemple", pme=True
)
FOURNISSEURS = (PAPETERIE, BUREAU, CEVENNES)


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to enter the demonstration as; never offered when a login provider is set."""

    id: str
    libelle: str
    organisation: Organisation
    roles: tuple[str, ...]

    def en_session(self) -> dict[str, Any]:
        """What the signed session cookie holds: no name of a person, no e-mail."""
        return {
            "id": self.id,
            "nom": self.libelle,
            "siret": self.organisation.siret,
            "organisation": self.organisation.nom,
            "roles": list(self.roles),
        }


PERSONAS = {
    persona.id: persona
    for persona in (
        Persona("coordonnatrice", "Coordonnatrice", DEPARTEMENT, ("coordonnateur", "agent")),
        Persona("agent-sdis", "Agent des achats", SDIS, ("agent", "porteur")),
        Persona("agent-sdea", "Agente des achats", SDEA, ("agent",)),
        Persona("agent-vivarais", "Agent des achats", VIVARAIS_HABITAT, ("agent",)),
        Persona("agente-aubenas", "Secrétaire de mairie", AUBENAS, ("agent",)),
        Persona("agente-privas", "Direction des services", PRIVAS, ("agent",)),
        Persona("finances", "Finances", DEPARTEMENT, ("finances",)),
        Persona("entreprise", "Entreprise", PAPETERIE, ("entreprise",)),
        Persona("exploitation", "Exploitation", DEPARTEMENT, ("exploitation",)),
    )
}

JETONS = {"sdis": "ess_demo_sdis07", "vivarais": "ess_demo_vivarais_habitat"}
"""Tokens of two members' own software, known to all; groupement's seed alone creates them."""
