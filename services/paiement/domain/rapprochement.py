"""Three-way matching: what an invoice bills, line by line, against what was ordered and received.

A difference that costs the buyer money is kept with its amount; one that the tolerances of the
organisation cover is not one. A cheaper price is never a difference.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.paiement.domain.phrases import decimale, euros
from shared.kernel.montant import Montant

ZERO = Montant.zero()
_MOTS = re.compile(r"[a-z0-9]+")


class Nature(StrEnum):
    """What differs."""

    SANS_COMMANDE = "SANS_COMMANDE"
    PRIX = "PRIX"
    QUANTITE_COMMANDEE = "QUANTITE_COMMANDEE"
    QUANTITE_RECUE = "QUANTITE_RECUE"
    CALCUL = "CALCUL"


class Issue(StrEnum):
    """Outcome of a line or of an invoice, the worst last."""

    SANS_OBJET = "SANS_OBJET"
    CONFORME = "CONFORME"
    ATTENTE = "ATTENTE"
    ECART = "ECART"


LIBELLES_NATURE = {
    Nature.SANS_COMMANDE: "Aucune commande",
    Nature.PRIX: "Prix",
    Nature.QUANTITE_COMMANDEE: "Quantité commandée",
    Nature.QUANTITE_RECUE: "Quantité reçue",
    Nature.CALCUL: "Calcul de la ligne",
}
LIBELLES_ISSUE = {
    Issue.SANS_OBJET: "Aucune commande connue sur ce marché",
    Issue.CONFORME: "Conforme à la commande et à la réception",
    Issue.ATTENTE: "En attente de réception",
    Issue.ECART: "Écart à trancher",
}


@dataclass(frozen=True, slots=True)
class Tolerances:
    """Shares for the price and the quantity (0.02 is 2 %), euros HT for a whole line."""

    prix: Decimal = Decimal()
    quantite: Decimal = Decimal()
    montant: Montant = ZERO


@dataclass(frozen=True, slots=True)
class Ligne:
    """A line of the invoice, with the buyer's and the seller's article (BT-156, BT-155)."""

    rang: int
    designation: str
    article_acheteur: str | None
    article_vendeur: str | None
    quantite: Decimal
    prix_ht: Decimal
    montant_ht: Montant


@dataclass(frozen=True, slots=True)
class Engagement:
    """What is known of an article: ordered, received, already billed; every price ordered at."""

    article: str
    conditionnement: str
    prix: tuple[Decimal, ...]
    commandee: Decimal
    recue: Decimal
    facturee: Decimal


@dataclass(frozen=True, slots=True)
class Ecart:
    """One difference: what was expected, what the invoice says, what it costs HT."""

    nature: Nature
    attendu: str
    facture: str
    montant_ht: Montant


@dataclass(frozen=True, slots=True)
class Constat:
    """The verdict on a line; `du_ht` is what order and receipt justify."""

    rang: int
    article: str | None
    issue: Issue
    commandee: Decimal
    recue: Decimal
    deja_facturee: Decimal
    prix_commande: Decimal | None
    du_ht: Montant
    ecarts: tuple[Ecart, ...]
    ecart_ht: Montant


def rapprocher(
    lignes: Sequence[Ligne], engagements: Sequence[Engagement], tolerances: Tolerances
) -> list[Constat]:
    """Compare every line; lines of the same article add up, in the order of the invoice."""
    if not engagements:
        return [_sans_objet(ligne) for ligne in lignes]
    cumul: dict[str, Decimal] = {}
    constats = []
    for ligne in lignes:
        engagement = trouver(ligne, engagements)
        if engagement is None:
            constats.append(_sans_commande(ligne, tolerances))
            continue
        deja = engagement.facturee + cumul.get(engagement.article, Decimal())
        constats.append(_comparer(ligne, engagement, deja, tolerances))
        cumul[engagement.article] = cumul.get(engagement.article, Decimal()) + ligne.quantite
    return constats


def issue(constats: Iterable[Constat]) -> Issue:
    """The worst outcome of the lines."""
    rangs = list(Issue)
    return max((c.issue for c in constats), key=rangs.index, default=Issue.SANS_OBJET)


def trouver(ligne: Ligne, engagements: Sequence[Engagement]) -> Engagement | None:
    """The order of a line: by article, else the only one, else the one its words name best.

    A buyer's article that nobody ordered is not looked for any further.
    """
    for cite in (ligne.article_acheteur, ligne.article_vendeur):
        par_code = [e for e in engagements if cite and e.article.casefold() == cite.casefold()]
        if par_code:
            return par_code[0]
    if ligne.article_acheteur or not engagements:
        return None
    if len(engagements) == 1:
        return engagements[0]
    dits = _mots(ligne.designation)
    notes = sorted(((len(dits & _mots(e.article)), e.article) for e in engagements), reverse=True)
    if notes[0][0] == 0 or notes[0][0] == notes[1][0]:
        return None
    return next(e for e in engagements if e.article == notes[0][1])


def _mots(texte: str) -> set[str]:
    plat = unicodedata.normalize("NFKD", texte).encode("ascii", "ignore").decode().lower()
    return set(_MOTS.findall(plat))


def _comparer(ligne: Ligne, e: Engagement, deja: Decimal, t: Tolerances) -> Constat:
    prix = min(e.prix, key=lambda p: (abs(p - ligne.prix_ht), p))
    disponible = max(Decimal(), e.recue - deja)
    commandable = max(Decimal(), e.commandee - deja)
    attend = disponible == 0 and commandable > 0
    servie = min(ligne.quantite, commandable if attend else min(disponible, commandable))
    du = min(ligne.montant_ht, Montant(servie * min(ligne.prix_ht, prix)))
    ecarts = [
        ecart
        for ecart in (
            _calcul(ligne),
            _prix(ligne, prix, t),
            _commandee(ligne, e, deja, commandable, t),
            None if attend else _recue(ligne, e, deja, disponible, t),
        )
        if ecart is not None and ecart.montant_ht > t.montant
    ]
    return Constat(
        rang=ligne.rang,
        article=e.article,
        issue=Issue.ECART if ecarts else Issue.ATTENTE if attend else Issue.CONFORME,
        commandee=e.commandee,
        recue=e.recue,
        deja_facturee=deja,
        prix_commande=prix,
        du_ht=du if ecarts else ligne.montant_ht,
        ecarts=tuple(ecarts),
        ecart_ht=ligne.montant_ht - du if ecarts else Montant.zero(),
    )


def _prix(ligne: Ligne, prix: Decimal, t: Tolerances) -> Ecart | None:
    if ligne.prix_ht <= prix * (1 + t.prix):
        return None
    surcout = Montant((ligne.prix_ht - prix) * ligne.quantite)
    return Ecart(Nature.PRIX, _unitaire(prix), _unitaire(ligne.prix_ht), surcout)


def _commandee(
    ligne: Ligne, e: Engagement, deja: Decimal, reste: Decimal, t: Tolerances
) -> Ecart | None:
    if deja + ligne.quantite <= e.commandee * (1 + t.quantite):
        return None
    return _quantite(Nature.QUANTITE_COMMANDEE, ligne, reste)


def _recue(
    ligne: Ligne, e: Engagement, deja: Decimal, reste: Decimal, t: Tolerances
) -> Ecart | None:
    if deja + ligne.quantite <= e.recue * (1 + t.quantite):
        return None
    return _quantite(Nature.QUANTITE_RECUE, ligne, reste)


def _quantite(nature: Nature, ligne: Ligne, reste: Decimal) -> Ecart:
    return Ecart(
        nature,
        f"{decimale(reste)} à facturer",
        decimale(ligne.quantite),
        Montant((ligne.quantite - reste) * ligne.prix_ht),
    )


def _calcul(ligne: Ligne) -> Ecart | None:
    """A line above quantity times price; below, a discount of the line explains it."""
    attendu = Montant(ligne.quantite * ligne.prix_ht)
    if ligne.montant_ht <= attendu:
        return None
    return Ecart(Nature.CALCUL, euros(attendu), euros(ligne.montant_ht), ligne.montant_ht - attendu)


def _sans_commande(ligne: Ligne, t: Tolerances) -> Constat:
    ecart = Ecart(Nature.SANS_COMMANDE, "aucune commande", ligne.designation, ligne.montant_ht)
    gene = ligne.montant_ht > t.montant
    return Constat(
        rang=ligne.rang,
        article=None,
        issue=Issue.ECART if gene else Issue.CONFORME,
        commandee=Decimal(),
        recue=Decimal(),
        deja_facturee=Decimal(),
        prix_commande=None,
        du_ht=Montant.zero() if gene else ligne.montant_ht,
        ecarts=(ecart,) if gene else (),
        ecart_ht=ligne.montant_ht if gene else Montant.zero(),
    )


def _sans_objet(ligne: Ligne) -> Constat:
    zero = Decimal()
    return Constat(
        ligne.rang,
        None,
        Issue.SANS_OBJET,
        zero,
        zero,
        zero,
        None,
        ligne.montant_ht,
        (),
        Montant.zero(),
    )


def _unitaire(prix: Decimal) -> str:
    return f"{decimale(prix)}\u00a0€ HT l’unité"
