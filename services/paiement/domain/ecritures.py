"""The ledger: every amount is a line of a balanced movement, nothing is ever edited.

A line adds to one account and another line of the same movement takes as much elsewhere, so that a
movement sums to zero. Commitments are counted before tax, what is due and paid with tax.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.errors import DomainError
from shared.kernel.montant import Montant


class Compte(StrEnum):
    """Accounts; `CREDITS`, `FOURNISSEUR`, `DUS` and `TRESORERIE` are negative as they fill."""

    MARCHE = "MARCHE"
    ENGAGE = "ENGAGE"
    CREDITS = "CREDITS"
    ADMIS_HT = "ADMIS_HT"
    ADMIS_TVA = "ADMIS_TVA"
    AILLEURS = "AILLEURS"
    AVANCE = "AVANCE"
    RETENUE = "RETENUE"
    PENALITE = "PENALITE"
    INTERETS = "INTERETS"
    DUS = "DUS"
    FOURNISSEUR = "FOURNISSEUR"
    TRESORERIE = "TRESORERIE"


LIBELLES: Mapping[Compte, str] = {
    Compte.MARCHE: "Montant du marché HT",
    Compte.ENGAGE: "Commandé HT",
    Compte.CREDITS: "Contrepartie des engagements",
    Compte.ADMIS_HT: "Admis HT",
    Compte.ADMIS_TVA: "TVA admise",
    Compte.AILLEURS: "Déjà réglé ailleurs",
    Compte.AVANCE: "Avance à récupérer",
    Compte.RETENUE: "Retenue de garantie",
    Compte.PENALITE: "Pénalités",
    Compte.INTERETS: "Intérêts et indemnité",
    Compte.DUS: "Intérêts dus au fournisseur",
    Compte.FOURNISSEUR: "Dû au fournisseur TTC",
    Compte.TRESORERIE: "Payé",
}


@dataclass(frozen=True, slots=True)
class Ligne:
    """An amount on an account."""

    compte: Compte
    montant: Montant


def total(lignes: Iterable[Ligne]) -> Montant:
    """What a balanced movement brings to zero."""
    return Montant.somme(ligne.montant for ligne in lignes)


def equilibrer(lignes: Iterable[Ligne]) -> tuple[Ligne, ...]:
    """Leave out the lines of nothing; refuse a movement that does not sum to zero."""
    utiles = tuple(ligne for ligne in lignes if ligne.montant)
    if total(utiles):
        raise DomainError(
            f"Ce mouvement n’est pas équilibré\u00a0: il reste {total(utiles)}\u00a0€.",
            code="mouvement_desequilibre",
        )
    return utiles


def virer(de: Compte, vers: Compte, montant: Montant) -> tuple[Ligne, ...]:
    """Take from an account what is added to another; a negative amount goes back."""
    return equilibrer((Ligne(vers, montant), Ligne(de, -montant)))


def engager(montant_ht: Montant) -> tuple[Ligne, ...]:
    """An order commits money."""
    return virer(Compte.CREDITS, Compte.ENGAGE, montant_ht)


def conclure(montant_ht: Montant) -> tuple[Ligne, ...]:
    """A contract, or an amendment, opens an amount that orders may use."""
    return virer(Compte.CREDITS, Compte.MARCHE, montant_ht)


def admettre(montant_ht: Montant, montant_tva: Montant, a_payer: Montant) -> tuple[Ligne, ...]:
    """An invoice is admitted: what it asks becomes due; a credit note has negative amounts."""
    ailleurs = a_payer - montant_ht - montant_tva
    return equilibrer(
        (
            Ligne(Compte.ADMIS_HT, montant_ht),
            Ligne(Compte.ADMIS_TVA, montant_tva),
            Ligne(Compte.AILLEURS, ailleurs),
            Ligne(Compte.FOURNISSEUR, -a_payer),
        )
    )


def payer(montant: Montant) -> tuple[Ligne, ...]:
    """Money leaves for what was due."""
    return virer(Compte.TRESORERIE, Compte.FOURNISSEUR, montant)


def verser_avance(montant: Montant) -> tuple[Ligne, ...]:
    """Money leaves before any service is done."""
    return virer(Compte.TRESORERIE, Compte.AVANCE, montant)


def recuperer_avance(montant: Montant) -> tuple[Ligne, ...]:
    """A part of what is due is taken on the advance."""
    return virer(Compte.AVANCE, Compte.FOURNISSEUR, montant)


def devoir_interets(montant: Montant) -> tuple[Ligne, ...]:
    """Lateness makes interest and the flat indemnity due."""
    return virer(Compte.DUS, Compte.INTERETS, montant)


def payer_interets(montant: Montant) -> tuple[Ligne, ...]:
    """Money leaves for what lateness made due."""
    return virer(Compte.TRESORERIE, Compte.DUS, montant)


def inverser(lignes: Iterable[Ligne]) -> tuple[Ligne, ...]:
    """The movement that cancels another: the same accounts, the opposite amounts."""
    return tuple(Ligne(ligne.compte, -ligne.montant) for ligne in lignes)


def soldes(lignes: Iterable[Ligne]) -> dict[Compte, Montant]:
    """Sum lines by account; the order of the lines changes nothing."""
    sommes: dict[Compte, Montant] = defaultdict(Montant.zero)
    for ligne in lignes:
        sommes[ligne.compte] += ligne.montant
    return {compte: sommes[compte] for compte in Compte if sommes[compte]}


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a contract stands, every figure derived from the ledger; all are positive."""

    marche_ht: Montant
    engage_ht: Montant
    admis_ht: Montant
    admis_ttc: Montant
    paye_ttc: Montant
    avance: Montant
    du_ttc: Montant
    interets: Montant


def situation(par_compte: Mapping[Compte, Montant]) -> Situation:
    """Read the balances of a contract as people do."""

    def solde(compte: Compte) -> Montant:
        return par_compte.get(compte, Montant.zero())

    admis_ht = solde(Compte.ADMIS_HT)
    return Situation(
        marche_ht=solde(Compte.MARCHE),
        engage_ht=solde(Compte.ENGAGE),
        admis_ht=admis_ht,
        admis_ttc=admis_ht + solde(Compte.ADMIS_TVA),
        paye_ttc=-solde(Compte.TRESORERIE),
        avance=solde(Compte.AVANCE),
        du_ttc=-solde(Compte.FOURNISSEUR),
        interets=solde(Compte.INTERETS),
    )


def depassements(s: Situation) -> Sequence[str]:
    """What an account in order never shows, one sentence each; nothing when all is well."""
    zero = Montant.zero()
    return [
        phrase
        for anormal, phrase in (
            (s.engage_ht > s.marche_ht, "Les commandes dépassent le montant du marché."),
            (
                s.engage_ht > zero and s.admis_ht > s.engage_ht,
                "Les factures admises dépassent les commandes.",
            ),
            (s.admis_ht > s.marche_ht, "Les factures admises dépassent le montant du marché."),
            (s.du_ttc < zero, "Le fournisseur a reçu plus que ce qui lui était dû."),
            (s.avance < zero, "L’avance a été récupérée au-delà de son montant."),
        )
        if anormal
    ]
