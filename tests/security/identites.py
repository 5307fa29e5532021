"""The people and the software that knock on every door."""

from dataclasses import dataclass
from typing import Any

from shared.ops import demo

DEHORS = demo.Organisation("90070006300010", "Commune hors du groupement", "dehors@exemple.exemple")


@dataclass(frozen=True, slots=True)
class Identite:
    """Who is asking: an organisation and roles, or a token (`jeton`), or nobody."""

    nom: str
    organisation: demo.Organisation | None = None
    roles: tuple[str, ...] = ()
    jeton: str | None = None

    def __str__(self) -> str:
        return self.nom

    @property
    def siret(self) -> str:
        return self.organisation.siret if self.organisation else ""

    def entetes(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.jeton}"} if self.jeton else {}

    def session(self) -> dict[str, Any]:
        if self.organisation is None or self.jeton:
            return {}
        return demo.Persona(self.nom, self.nom, self.organisation, self.roles).en_session()


IDENTITES = (
    Identite("anonyme"),
    Identite("membre", demo.SDIS, ("agent",)),
    Identite("autre membre", demo.AUBENAS, ("agent",)),
    Identite("coordonnateur", demo.DEPARTEMENT, ("coordonnateur", "agent")),
    Identite("membre qui coordonne ailleurs", demo.SDIS, ("coordonnateur",)),
    Identite("agent du dehors", DEHORS, ("agent",)),
    Identite("coordonnateur du dehors", DEHORS, ("coordonnateur", "agent")),
    Identite("finances", demo.DEPARTEMENT, ("finances",)),
    Identite("porteur de carte", demo.SDIS, ("porteur",)),
    Identite("exploitation", demo.DEPARTEMENT, ("exploitation",)),
    Identite("entreprise", demo.PAPETERIE, ("entreprise",)),
    Identite("logiciel du membre", demo.SDIS, ("api",), jeton="ess_essai_sdis"),
    Identite("logiciel du dehors", DEHORS, ("api",), jeton="ess_essai_dehors"),
    Identite("jeton inconnu", demo.SDIS, (), jeton="ess_inconnu"),
)
