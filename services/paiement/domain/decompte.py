"""The certificate of payment, in the exact order of its lines, from a to n.

Legal source: CGCT, annex I, annex D of the list of supporting documents. VAT and retention are
rounded on the amounts cumulated since the start of the contract: the certificates sum exactly to
its total. Each line keeps its formula and its sentence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from services.paiement.domain.phrases import euros, pourcent
from services.paiement.domain.retenue import Retenue, prelever
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

ZERO = Montant.zero()


class Genre(StrEnum):
    """What a certificate pays."""

    ACOMPTE = "ACOMPTE"
    CORRECTIF = "CORRECTIF"
    SOLDE = "SOLDE"
    RETENUE = "RETENUE"


GENRES = {
    Genre.ACOMPTE: "Acompte",
    Genre.CORRECTIF: "Décompte correctif",
    Genre.SOLDE: "Solde",
    Genre.RETENUE: "Restitution de la retenue de garantie",
}


class EtatDecompte(StrEnum):
    """Prepared, validated, then sent to payment; a prepared one may be given up."""

    PREPARE = "PREPARE"
    VALIDE = "VALIDE"
    TRANSMIS = "TRANSMIS"
    ABANDONNE = "ABANDONNE"


LIBELLES = {
    EtatDecompte.PREPARE: "Préparé",
    EtatDecompte.VALIDE: "Validé",
    EtatDecompte.TRANSMIS: "Transmis au paiement",
    EtatDecompte.ABANDONNE: "Abandonné",
}
SUITES = {
    EtatDecompte.PREPARE: {EtatDecompte.VALIDE, EtatDecompte.ABANDONNE},
    EtatDecompte.VALIDE: {EtatDecompte.TRANSMIS},
    EtatDecompte.TRANSMIS: set[EtatDecompte](),
    EtatDecompte.ABANDONNE: set[EtatDecompte](),
}


def avancer(etat: EtatDecompte, vers: EtatDecompte) -> EtatDecompte:
    """Move a certificate to its next state, or refuse: a correction is a new certificate."""
    if vers not in SUITES[etat]:
        raise ConflictError(
            f"Ce décompte est «\u00a0{LIBELLES[etat]}\u00a0»\u00a0: il ne peut pas devenir "
            f"«\u00a0{LIBELLES[vers]}\u00a0». Pour corriger, établissez un nouveau décompte.",
            code="etat_decompte",
            etat=etat,
        )
    return vers


def _rien(_execute_ttc: Montant) -> Montant:
    return ZERO


@dataclass(frozen=True, slots=True)
class Compte:
    """The contract as it stands before the certificate; sums since its start, amounts HT.

    `resorption` tells what must have been recovered of the advance once a sum of works including
    VAT is executed; `etat_global` is the part of the initial amount beyond which a statement
    since the start must be joined.
    """

    initial_ht: Montant
    taux_tva: Decimal
    avenants_ht: Montant = ZERO
    ordres_ht: Montant = ZERO
    travaux_ht: Montant = ZERO
    revision_ht: Montant = ZERO
    primes_ht: Montant = ZERO
    penalites: Montant = ZERO
    retenu: Montant = ZERO
    avance: Montant = ZERO
    recupere: Montant = ZERO
    retenue: Retenue = field(default_factory=lambda: Retenue(Decimal(0), ZERO))
    resorption: Callable[[Montant], Montant] = _rien
    etat_global: Decimal = Decimal(1)
    solde: bool = False

    @property
    def total_ht(self) -> Montant:
        return self.initial_ht + self.avenants_ht + self.ordres_ht

    @property
    def total_ttc(self) -> Montant:
        return self.ttc(self.total_ht)

    def ttc(self, ht: Montant) -> Montant:
        return ht * (1 + self.taux_tva)


@dataclass(frozen=True, slots=True)
class PartDirecte:
    """What a subcontractor is paid directly, including VAT, out of what it may still be paid."""

    nom: str
    montant_ttc: Montant
    reste_ttc: Montant


@dataclass(frozen=True, slots=True)
class Periode:
    """What a certificate brings; a correction brings negative amounts."""

    genre: Genre = Genre.ACOMPTE
    travaux_ht: Montant = ZERO
    revision_ht: Montant = ZERO
    primes_ht: Montant = ZERO
    penalites: Montant = ZERO
    sous_traitants: Sequence[PartDirecte] = ()
    restituer: bool = False


@dataclass(frozen=True, slots=True)
class Ligne:
    """One line: its letter, its name, its formula, its amount and the sentence that explains it."""

    code: str
    libelle: str
    formule: str
    montant: Montant
    phrase: str


@dataclass(frozen=True, slots=True)
class Decompte:
    """The lines of a certificate, in order, and what its reader must know."""

    lignes: tuple[Ligne, ...]
    avertissements: tuple[str, ...] = ()

    def __getitem__(self, code: str) -> Montant:
        return {ligne.code: ligne.montant for ligne in self.lignes}[code]

    @property
    def net(self) -> Montant:
        return self["n"]


def etablir(compte: Compte, periode: Periode) -> Decompte:
    """Compute the certificate line by line."""
    verifier(compte, periode)
    a, b, c, d = compte.total_ht, periode.travaux_ht, periode.revision_ht, periode.primes_ht
    e = _tva(compte, b + c + d)
    f = b + c + d + e
    g = _retenue(compte, periode)
    k = Montant.somme(part.montant_ttc for part in periode.sous_traitants)
    m = periode.penalites
    h = _recuperation(compte, periode, f - g - k - m)
    i = g + h
    j = f - i
    valeurs = (a, b, c, d, e, f, g, h, i, j, k, j - k, m, j - k - m)
    montants = dict(zip("abcdefghijklmn", valeurs, strict=True))
    phrases = _phrases(compte, periode, montants)
    lignes = tuple(
        Ligne(code, libelle, formule, montants[code], phrases[code])
        for code, libelle, formule in LIGNES
    )
    return Decompte(lignes, tuple(_avertissements(compte, periode, montants)))


LIGNES = (
    ("a", "Montant du marché HT, avenants compris", "initial + avenants + ordres de service"),
    ("b", "Prestations de la période HT, aux prix de base", "service fait constaté"),
    ("c", "Révision des prix HT", "clause du marché"),
    ("d", "Primes HT", "clause du marché"),
    ("e", "TVA", "(b + c + d) × taux"),
    ("f", "Montant de la période TTC", "b + c + d + e"),
    ("g", "Retenue de garantie", "taux × b TTC, hors révision"),
    ("h", "Remboursement de l’avance", "part exigible de l’avance"),
    ("i", "Total des retenues", "g + h"),
    ("j", "Après retenues", "f − i"),
    ("k", "Payé directement aux sous-traitants", "somme des parts directes"),
    ("l", "Part du titulaire", "j − k"),
    ("m", "Pénalités de retard", "clause du marché"),
    ("n", "Net à payer au titulaire", "l − m"),
)


def verifier(compte: Compte, periode: Periode) -> None:
    """Refuse what the contract does not allow, field by field."""
    if compte.solde and periode.genre is not Genre.RETENUE:
        raise ConflictError(
            "Le solde de ce marché est établi\u00a0: seule la retenue de garantie peut encore être "
            "restituée.",
            code="marche_solde",
        )
    fautes = dict(_fautes(compte, periode))
    if fautes:
        raise ValidationError(
            "Ce décompte n’est pas possible.", code="decompte_impossible", champs=fautes
        )


def _fautes(compte: Compte, periode: Periode) -> list[tuple[str, str]]:
    fautes = []
    cumul = compte.travaux_ht + periode.travaux_ht
    if cumul > compte.total_ht:
        reste = compte.total_ht - compte.travaux_ht
        fautes.append(("travaux_ht", f"Il reste {euros(reste)} HT à décompter sur ce marché."))
    if cumul < ZERO:
        fautes.append(("travaux_ht", f"{euros(compte.travaux_ht)} seulement ont été décomptés."))
    if compte.penalites + periode.penalites < ZERO:
        fautes.append(("penalites", f"{euros(compte.penalites)} seulement ont été appliqués."))
    if compte.primes_ht + periode.primes_ht < ZERO:
        fautes.append(("primes_ht", f"{euros(compte.primes_ht)} seulement ont été versés."))
    negatif = periode.genre in {Genre.ACOMPTE, Genre.SOLDE} and periode.travaux_ht < ZERO
    if negatif:
        fautes.append(
            (
                "travaux_ht",
                "Pour une correction en moins, choisissez «\u00a0Décompte correctif\u00a0».",
            )
        )
    fautes += [
        ("sous_traitants", f"{part.nom}\u00a0: entre 0 et {euros(part.reste_ttc)} TTC.")
        for part in periode.sous_traitants
        if not ZERO <= part.montant_ttc <= part.reste_ttc
    ]
    return fautes


def _tva(compte: Compte, hors_taxes: Montant) -> Montant:
    """VAT of the period: cumulated after, less cumulated before, each rounded once."""
    avant = compte.travaux_ht + compte.revision_ht + compte.primes_ht
    return (avant + hors_taxes) * compte.taux_tva - avant * compte.taux_tva


def _retenue(compte: Compte, periode: Periode) -> Montant:
    if periode.restituer:
        return -compte.retenu
    avant = compte.ttc(compte.travaux_ht)
    apres = compte.ttc(compte.travaux_ht + periode.travaux_ht)
    return prelever(compte.retenue, avant, apres, compte.retenu)


def _recuperation(compte: Compte, periode: Periode, disponible: Montant) -> Montant:
    """Recovery of the advance: what the regime asks, within what is due; all of it at the end."""
    reste = compte.avance - compte.recupere
    if periode.genre is Genre.SOLDE:
        return reste
    execute = compte.ttc(compte.travaux_ht + periode.travaux_ht)
    exigible = min(compte.resorption(execute), compte.avance) - compte.recupere
    if exigible < ZERO:  # works corrected downwards: what was recovered too early goes back
        return exigible if periode.genre is Genre.CORRECTIF else ZERO
    return max(min(exigible, disponible), ZERO)


def _phrases(compte: Compte, periode: Periode, v: dict[str, Montant]) -> dict[str, str]:
    dits = {code: euros(montant) for code, montant in v.items()}
    tva, retenue = pourcent(compte.taux_tva), compte.retenue
    sous_traitants = ", ".join(
        f"{part.nom}\u00a0: {euros(part.montant_ttc)}" for part in periode.sous_traitants
    )
    return {
        "a": f"{euros(compte.initial_ht)} à l’origine, {euros(compte.avenants_ht)} d’avenants, "
        f"{euros(compte.ordres_ht)} d’ordres de service.",
        "b": f"Depuis le début\u00a0: {euros(compte.travaux_ht + v['b'])} HT.",
        "c": "Montant saisi d’après la clause du marché." if v["c"] else "Aucune révision.",
        "d": "Montant saisi d’après la clause du marché." if v["d"] else "Aucune prime.",
        "e": f"({dits['b']} + {dits['c']} + {dits['d']}) × {tva}, arrondi sur le cumul.",
        "f": f"{dits['b']} + {dits['c']} + {dits['d']} + {dits['e']}.",
        "g": _phrase_retenue(compte, periode, retenue),
        "h": _phrase_avance(compte, periode, v["h"]),
        "i": f"{dits['g']} + {dits['h']}.",
        "j": f"{dits['f']} − {dits['i']}.",
        "k": f"{sous_traitants}." if sous_traitants else "Aucun sous-traitant payé directement.",
        "l": f"{dits['j']} − {dits['k']}.",
        "m": "Montant saisi d’après la clause du marché." if v["m"] else "Aucune pénalité.",
        "n": f"{dits['l']} − {dits['m']}.",
    }


def _phrase_retenue(compte: Compte, periode: Periode, retenue: Retenue) -> str:
    if periode.restituer:
        return f"Restitution des {euros(compte.retenu)} retenus."
    if retenue.remplacee:
        return "Remplacée par une garantie reçue de l’entreprise."
    if not retenue.taux:
        return "Le marché n’en prévoit pas."
    travaux = euros(compte.ttc(compte.travaux_ht + periode.travaux_ht))
    return (
        f"{pourcent(retenue.taux)} de {travaux} TTC de prestations hors révision depuis le début, "
        f"moins {euros(compte.retenu)} déjà retenus\u00a0; plafond de {euros(retenue.plafond)}."
    )


def _phrase_avance(compte: Compte, periode: Periode, montant: Montant) -> str:
    if not compte.avance:
        return "Aucune avance n’a été versée."
    if periode.genre is Genre.SOLDE:
        return f"Le solde apure l’avance de {euros(compte.avance)}."
    execute = compte.ttc(compte.travaux_ht + periode.travaux_ht)
    return (
        f"Exécuté\u00a0: {euros(execute)} TTC sur {euros(compte.total_ttc)}. Remboursé depuis le "
        f"début\u00a0: {euros(compte.recupere + montant)} sur {euros(compte.avance)}."
    )


def _avertissements(compte: Compte, periode: Periode, v: dict[str, Montant]) -> list[str]:
    """What must be said beside the figures; a net below zero is never silent."""
    dits = []
    if v["n"] < ZERO:
        dits.append(
            f"Net négatif\u00a0: le titulaire doit {euros(-v['n'])} à l’acheteur. Rien n’est à "
            "payer, un titre de recette est à émettre."
        )
    execute = compte.ttc(compte.travaux_ht + periode.travaux_ht)
    exigible = min(compte.resorption(execute), compte.avance) - compte.recupere
    if periode.genre is not Genre.SOLDE and exigible > v["h"] >= ZERO:
        dits.append(
            f"{euros(exigible - v['h'])} d’avance restent à rembourser\u00a0: les sommes dues ne "
            "suffisent pas, le reste est reporté sur les prochains décomptes."
        )
    if execute > compte.ttc(compte.initial_ht) * compte.etat_global:
        dits.append(
            f"Plus de {pourcent(compte.etat_global)} du montant initial est exécuté\u00a0: joignez "
            "au mandat l’état depuis le début du marché, imprimé sous le décompte."
        )
    return dits
