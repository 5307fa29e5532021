"""Reconciliation of a statement: authorisation ↔ line ↔ order ↔ receipt, and what does not agree.

Pure and ordered: the same lines and the same authorisations always give the same answer.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.paiement.domain.releve import EtatLigne, Ligne, Niveau
from shared.kernel.montant import CENTIME, Montant

FENETRE = dt.timedelta(days=10)  # between the purchase and its date on the statement


class Ecart(StrEnum):
    """Why a line waits in the queue."""

    CARTE_INCONNUE = "CARTE_INCONNUE"
    DOUBLON = "DOUBLON"
    SANS_AUTORISATION = "SANS_AUTORISATION"
    MONTANT_DIFFERENT = "MONTANT_DIFFERENT"
    COMMANDE_DIFFERENTE = "COMMANDE_DIFFERENTE"
    DETAIL_DIFFERENT = "DETAIL_DIFFERENT"
    FACTURE_ABSENTE = "FACTURE_ABSENTE"
    RECU_ABSENT = "RECU_ABSENT"


LIBELLES: Mapping[Ecart, str] = {
    Ecart.CARTE_INCONNUE: "Carte inconnue du programme",
    Ecart.DOUBLON: "Opération déjà relevée",
    Ecart.SANS_AUTORISATION: "Aucune autorisation",
    Ecart.MONTANT_DIFFERENT: "Montant différent de l’autorisation",
    Ecart.COMMANDE_DIFFERENTE: "Montant différent de la commande",
    Ecart.DETAIL_DIFFERENT: "Détail différent du total",
    Ecart.FACTURE_ABSENTE: "Facture absente (niveau 1)",
    Ecart.RECU_ABSENT: "Reçu absent",
}
REDHIBITOIRES = frozenset({Ecart.DOUBLON, Ecart.CARTE_INCONNUE, Ecart.FACTURE_ABSENTE})
"""What no reason excuses: such a line is disputed, or completed, never approved as it is."""


@dataclass(frozen=True, slots=True)
class Autorisation:
    """An authorised operation, what proves it, and whether a line already took it."""

    id: uuid.UUID
    code: str
    carte: str
    jour: dt.date
    siret: str
    montant: Montant
    prise: bool = False
    recu: bool = False
    facture: bool = False
    commande_ttc: Montant | None = None


@dataclass(frozen=True, slots=True)
class Pointage:
    """What a line was matched with, and what does not agree."""

    rang: int
    operation: uuid.UUID | None
    ecarts: tuple[Ecart, ...]

    @property
    def etat(self) -> EtatLigne:
        return EtatLigne.EXCEPTION if self.ecarts else EtatLigne.RAPPROCHEE


Cle = tuple[str, str | None, Montant]


class _Registre:
    """Authorisations by code, and by card, supplier and amount; each is taken once."""

    def __init__(self, autorisations: Iterable[Autorisation]) -> None:
        self._par_code: dict[str, Autorisation] = {}
        self._par_cle: dict[Cle, list[Autorisation]] = defaultdict(list)
        self._prises: set[uuid.UUID] = set()
        for a in sorted(autorisations, key=lambda a: (a.jour, a.code)):
            self._par_code[a.code] = a
            self._par_cle[a.carte, a.siret, a.montant].append(a)
            if a.prise:
                self._prises.add(a.id)

    def trouver(self, ligne: Ligne) -> tuple[Autorisation | None, bool]:
        """The free authorisation of a line; else whether one exists that is taken already."""
        par_code = self._par_code.get((ligne.autorisation or "").upper())
        if par_code is not None and par_code.carte == ligne.carte:
            libre = par_code.id not in self._prises
            return (par_code, False) if libre else (None, True)
        proches = [
            a
            for a in self._par_cle[ligne.carte, ligne.accepteur_siret, ligne.montant_ttc]
            if abs(ligne.jour - a.jour) <= FENETRE
        ]
        libres = [a for a in proches if a.id not in self._prises]
        return (libres[0] if libres else None), bool(proches)

    def prendre(self, autorisation: Autorisation) -> None:
        self._prises.add(autorisation.id)


def pointer(
    lignes: Sequence[Ligne], cartes: Iterable[str], autorisations: Iterable[Autorisation]
) -> list[Pointage]:
    """Match every line, in order, with an authorisation that no other line has taken."""
    connues, registre = frozenset(cartes), _Registre(autorisations)
    return [_pointer(ligne, connues, registre) for ligne in lignes]


def _pointer(ligne: Ligne, connues: frozenset[str], registre: _Registre) -> Pointage:
    if ligne.carte not in connues:
        return Pointage(ligne.rang, None, (Ecart.CARTE_INCONNUE, *_detail(ligne)))
    autorisation, deja_prise = registre.trouver(ligne)
    if autorisation is None:
        cause = Ecart.DOUBLON if deja_prise else Ecart.SANS_AUTORISATION
        return Pointage(ligne.rang, None, (cause, *_detail(ligne)))
    registre.prendre(autorisation)
    ecarts = (*_montants(ligne, autorisation), *_detail(ligne), *_preuves(ligne, autorisation))
    return Pointage(ligne.rang, autorisation.id, ecarts)


def _montants(ligne: Ligne, autorisation: Autorisation) -> Iterable[Ecart]:
    if ligne.montant_ttc != autorisation.montant:
        yield Ecart.MONTANT_DIFFERENT
    if autorisation.commande_ttc not in (None, ligne.montant_ttc):
        yield Ecart.COMMANDE_DIFFERENTE


def _detail(ligne: Ligne) -> Iterable[Ecart]:
    """Articles may differ from the total by the cents of their own rounding."""
    if ligne.niveau is not Niveau.TROIS:
        return
    somme = sum((article.ttc for article in ligne.articles), Decimal())
    if abs(somme - ligne.montant_ttc.decimal) > CENTIME * len(ligne.articles):
        yield Ecart.DETAIL_DIFFERENT


def _preuves(ligne: Ligne, autorisation: Autorisation) -> Iterable[Ecart]:
    if ligne.niveau is Niveau.UN and not autorisation.facture:
        yield Ecart.FACTURE_ABSENTE
    elif not (autorisation.recu or autorisation.facture):
        yield Ecart.RECU_ABSENT


def completer(ecarts: Iterable[Ecart], *, facture: bool) -> tuple[Ecart, ...]:
    """What is left of the differences once a receipt, or the invoice itself, has come."""
    leves = {Ecart.RECU_ABSENT} | ({Ecart.FACTURE_ABSENTE} if facture else set())
    return tuple(ecart for ecart in ecarts if ecart not in leves)
