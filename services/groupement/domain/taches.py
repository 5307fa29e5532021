"""« À faire » : what awaits somebody, by due date; what has none comes last."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from shared.kernel.clock import fin_de_jour


@dataclass(frozen=True, slots=True)
class Tache:
    """One thing to do: the page where it is done, until when, what happens otherwise."""

    titre: str
    action: str
    url: str
    echeance: dt.datetime | None = None
    sinon: str = ""
    faite: bool = False

    def en_retard(self, maintenant: dt.datetime) -> bool:
        return not self.faite and self.echeance is not None and self.echeance < maintenant


def au_soir(jour: dt.date | None) -> dt.datetime | None:
    """A day as a due date: until its end, in Paris."""
    return fin_de_jour(jour) if jour else None


def ordonner(taches: Iterable[Tache]) -> list[Tache]:
    """The most urgent first; the same ones always in the same order."""
    loin = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(taches, key=lambda x: (x.echeance or loin, x.titre, x.url))
