"""One debt, one case: the invoice that was rejected and those deposited again in its place.

The law counts from the invoice that is paid; the supplier has been waiting since the first one.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.kernel.clock import PARIS
from shared.kernel.montant import Montant


@dataclass(frozen=True, slots=True)
class Dette:
    """What tells a debt: its number, its contract or what it quotes, its amount."""

    numero: str
    marche: str | None
    references: frozenset[str]
    montant_ttc: Montant
    citees: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Entree:
    """An invoice entered a state: who has held it since."""

    le: dt.datetime
    detenteur: str
    numero: str = ""
    etat: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Detention:
    """A stretch during which one party held the case; `au` is None while it lasts."""

    detenteur: str
    du: dt.datetime
    au: dt.datetime | None
    duree: dt.timedelta


@dataclass(frozen=True, slots=True)
class Delais:
    """`reglementaire`: as the law counts; `vecu`: from the first deposit to the money, in days.

    Before the payment both run until today; `reglementaire` is None while there is no start.
    """

    premier_depot: dt.date
    reglementaire: int | None
    vecu: int
    payee_le: dt.date | None

    @property
    def ecart(self) -> int | None:
        """Days that the legal figure does not show."""
        return None if self.reglementaire is None else self.vecu - self.reglementaire


def lien(nouvelle: Dette, rejetee: Dette) -> str | None:
    """Say why a new invoice claims the same debt as a rejected one; None when nothing tells."""
    if rejetee.numero in nouvelle.citees:
        return f"Elle cite la facture rejetée {rejetee.numero}."
    if nouvelle.numero == rejetee.numero:
        return "Elle porte le numéro d’une facture rejetée."
    if nouvelle.montant_ttc != rejetee.montant_ttc:
        return None
    if nouvelle.marche is not None and nouvelle.marche == rejetee.marche:
        return f"Même marché et même montant que la facture rejetée {rejetee.numero}."
    if nouvelle.references & rejetee.references:
        return f"Mêmes références et même montant que la facture rejetée {rejetee.numero}."
    return None


def detentions(
    entrees: Sequence[Entree], maintenant: dt.datetime, argent: dt.datetime | None
) -> list[Detention]:
    """Turn a history in order into stretches; neighbours of the same holder are one.

    The last stretch ends when the money leaves, or lasts.
    """
    bornes = [*_changements(entrees)]
    if not bornes:
        return []
    fin = max(argent or maintenant, bornes[-1].le)
    fermees = [
        Detention(avant.detenteur, avant.le, apres.le, apres.le - avant.le)
        for avant, apres in pairwise(bornes)
    ]
    derniere = bornes[-1]
    if argent is not None:
        return fermees
    return [*fermees, Detention(derniere.detenteur, derniere.le, None, fin - derniere.le)]


def _changements(entrees: Sequence[Entree]) -> Iterable[Entree]:
    precedent: str | None = None
    for entree in entrees:
        if entree.detenteur != precedent:
            yield entree
        precedent = entree.detenteur


def par_detenteur(stretches: Iterable[Detention]) -> dict[str, dt.timedelta]:
    """Time that each party held the case, all its stretches together, longest first."""
    sommes: dict[str, dt.timedelta] = {}
    for detention in stretches:
        deja = sommes.get(detention.detenteur, dt.timedelta())
        sommes[detention.detenteur] = deja + detention.duree
    return dict(sorted(sommes.items(), key=lambda paire: (-paire[1], paire[0])))


def mesurer(
    premier_depot: dt.datetime,
    depart: dt.date | None,
    payee_le: dt.date | None,
    aujourdhui: dt.date,
) -> Delais:
    """Both delays of a case, in days of Paris."""
    premier = premier_depot.astimezone(PARIS).date()
    fin = payee_le or aujourdhui
    return Delais(
        premier_depot=premier,
        reglementaire=None if depart is None else max(0, (fin - depart).days),
        vecu=max(0, (fin - premier).days),
        payee_le=payee_le,
    )
