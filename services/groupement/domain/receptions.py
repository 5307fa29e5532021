"""Sharing a delivery back between the members who wait for it, each share with its reason (D8)."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.groupement.domain import repartition
from services.groupement.domain.quanta import exposant
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.repartition import ESPACE, nombre


@dataclass(frozen=True, slots=True)
class Attente:
    """A live order and what it still waits for; `ordre` is its place in time."""

    commande: str
    siret: str
    ordre: int
    attendu: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """What one order receives, and why."""

    commande: str
    siret: str
    demande: Decimal
    part: Decimal
    explication: str


@dataclass(frozen=True, slots=True)
class Repartition:
    """A delivery shared: Σ parts + non_affecte = quantite, exactly."""

    quantite: Decimal
    demande: Decimal
    parts: tuple[Part, ...]
    non_affecte: Decimal


PRORATA = repartition.Regle()


def par_membre(attentes: Iterable[Attente]) -> dict[str, Decimal]:
    """What each member waits for, all its orders added; those served wait for nothing."""
    poids: dict[str, Decimal] = {}
    for attente in attentes:
        if attente.attendu > 0:
            poids[attente.siret] = poids.get(attente.siret, Decimal()) + attente.attendu
    return poids


def repartir(
    quantite: Decimal,
    attentes: Iterable[Attente],
    conditionnement: str = "",
    regle: repartition.Regle = PRORATA,
) -> Repartition:
    """Share between members by what they wait for; inside a member, oldest order first.

    `regle` names each member by its SIRET. What exceeds every expectation belongs to nobody: it is
    returned as `non_affecte`.
    """
    if quantite <= 0:
        raise ValidationError(
            "La quantité livrée est positive.",
            code="quantite_invalide",
            champs={"quantite": "Indiquez la quantité inscrite sur le bon de livraison."},
        )
    ouvertes = sorted((a for a in attentes if a.attendu > 0), key=lambda a: (a.siret, a.ordre))
    if not ouvertes:
        raise ConflictError("Aucune commande n’attend de livraison.", code="rien_attendu")
    demande = sum((a.attendu for a in ouvertes), Decimal())
    distribue = min(quantite, demande)
    parts = _par_membre(distribue, ouvertes, conditionnement, regle)
    return Repartition(quantite, demande, tuple(parts), quantite - distribue)


def _par_membre(
    total: Decimal,
    attentes: Sequence[Attente],
    conditionnement: str,
    regle: repartition.Regle,
) -> list[Part]:
    poids = par_membre(attentes)
    calculs = repartition.repartir(
        total,
        Decimal(1).scaleb(exposant((total, *poids.values()))),
        regle.demandes(poids),
        regle.strategie,
        motif=regle.motif,
        unite=accorder(conditionnement, total),
    )
    _exiger_attendu(calculs)
    parts = []
    for calcul in calculs:
        siennes = [a for a in attentes if a.siret == calcul.cle]
        phrase = f"{calcul.motif} {regle.raisons.get(calcul.cle, '')}".rstrip()
        parts += _plus_anciennes_d_abord(calcul.quantite, siennes, phrase)
    return parts


def _exiger_attendu(calculs: Iterable[repartition.Part]) -> None:
    """Figures fixed by hand give nobody more than it waits for."""
    champs = {
        f"parts.{i}.quantite": f"Au plus {nombre(c.poids)}{ESPACE}: ce que ce membre attend."
        for i, c in enumerate(calculs)
        if c.quantite > c.poids
    }
    if champs:
        message = "Une part fixée dépasse ce que le membre attend."
        raise ValidationError(message, code="part_au_dela_de_l_attendu", champs=champs)


def accorder(nom: str, quantite: Decimal) -> str:
    """Plural of a packaging's name; French counts from two."""
    tete, espace, suite = nom.partition(" ")
    symbole = len(tete) <= 2 or tete != tete.lower()
    if quantite < 2 or symbole or tete.endswith(("s", "x", "z")):
        return nom
    return f"{tete}{'x' if tete.endswith('eau') else 's'}{espace}{suite}"


def _plus_anciennes_d_abord(recu: Decimal, attentes: Sequence[Attente], phrase: str) -> list[Part]:
    parts = []
    if len(attentes) > 1:
        phrase += (
            f" Vos {len(attentes)} commandes sont servies de la plus ancienne à la plus récente."
        )
    for attente in attentes:
        servi = min(recu, attente.attendu)
        recu -= servi
        parts.append(Part(attente.commande, attente.siret, attente.attendu, servi, phrase))
    return parts


def exiger_date(recue_le: dt.date, notifie_le: dt.date, aujourd_hui: dt.date) -> None:
    """A delivery happens after the contract is notified, and not in the future."""
    if notifie_le <= recue_le <= aujourd_hui:
        return
    raise ValidationError(
        "La date de livraison se situe entre la notification du marché et aujourd’hui.",
        code="date_invalide",
        champs={"recue_le": "Indiquez le jour inscrit sur le bon de livraison."},
    )
