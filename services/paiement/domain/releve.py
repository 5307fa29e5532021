"""A statement of card operations: what it must hold, and totals that are strict.

Décret 2023-209, article 4. Levels: 1 is ordinary card data, and needs the supplier's invoice beside
it; 1 bis adds the tax; 3 adds the articles. At 1 bis and 3 the statement is the only voucher.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from services.paiement.domain.phrases import euros
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

MONTREES = 5


class Niveau(StrEnum):
    """How much the statement says of an operation."""

    UN = "1"
    UN_BIS = "1BIS"
    TROIS = "3"


NIVEAUX: Mapping[Niveau, str] = {Niveau.UN: "1", Niveau.UN_BIS: "1 bis", Niveau.TROIS: "3"}


@dataclass(frozen=True, slots=True)
class Article:
    """One article of an operation of level 3; `taux_tva` is a part of 1."""

    designation: str
    quantite: Decimal
    prix_unitaire_ht: Decimal
    taux_tva: Decimal

    @property
    def ttc(self) -> Decimal:
        return self.quantite * self.prix_unitaire_ht * (1 + self.taux_tva)


@dataclass(frozen=True, slots=True)
class Ligne:
    """One operation of the statement; `carte` is four digits, `brute` its row, numbers cut."""

    rang: int
    carte: str
    autorisation: str | None
    jour: dt.date
    accepteur_siret: str | None
    accepteur_nom: str
    mcc: str | None
    montant_ht: Montant | None
    montant_tva: Montant | None
    montant_ttc: Montant
    niveau: Niveau
    marche: str | None
    brute: Mapping[str, str]
    articles: tuple[Article, ...] = ()


@dataclass(frozen=True, slots=True)
class Releve:
    """A statement as its file gives it."""

    numero: str
    emetteur: str
    entite_siret: str
    compte: str
    du: dt.date
    au: dt.date
    total: Montant
    lignes: Sequence[Ligne]


def verifier(releve: Releve) -> None:
    """Refuse a statement that does not add up, or whose lines do not hold what they must."""
    _refuser("Un même rang sert plusieurs fois", "rang_double", _doubles(releve.lignes))
    _refuser(
        "Le montant est nul", "montant_nul", (x.rang for x in releve.lignes if not x.montant_ttc)
    )
    _refuser(
        "HT plus TVA ne donne pas le TTC", "montants_incoherents", _incoherentes(releve.lignes)
    )
    _refuser("La TVA manque au niveau 1 bis ou 3", "tva_absente", _sans_tva(releve.lignes))
    _refuser("Le détail manque au niveau 3", "detail_absent", _sans_detail(releve.lignes))
    _total(releve)


def _total(releve: Releve) -> None:
    somme = Montant.somme(ligne.montant_ttc for ligne in releve.lignes)
    if somme != releve.total:
        raise ValidationError(
            f"La somme des lignes est {euros(somme)}, le relevé annonce {euros(releve.total)}"
            f"\u00a0: l’écart est de {euros(somme - releve.total)}. Demandez à l’émetteur un "
            "relevé juste.",
            code="total_faux",
            champs={"fichier": f"Écart de {euros(somme - releve.total)}."},
            ecart=str(somme - releve.total),
        )


def _refuser(quoi: str, code: str, rangs: Iterable[int]) -> None:
    fautifs = sorted(set(rangs))
    if not fautifs:
        return
    suite = "…" if len(fautifs) > MONTREES else ""
    lignes = ", ".join(str(rang) for rang in fautifs[:MONTREES])
    raise ValidationError(
        f"{quoi}\u00a0: {'lignes' if len(fautifs) > 1 else 'ligne'} {lignes}{suite}.",
        code=code,
        champs={"fichier": f"{quoi}."},
    )


def _doubles(lignes: Iterable[Ligne]) -> list[int]:
    return [rang for rang, nombre in Counter(x.rang for x in lignes).items() if nombre > 1]


def _incoherentes(lignes: Iterable[Ligne]) -> Iterable[int]:
    for x in lignes:
        if (
            x.montant_ht is not None
            and x.montant_tva is not None
            and x.montant_ht + x.montant_tva != x.montant_ttc
        ):
            yield x.rang


def _sans_tva(lignes: Iterable[Ligne]) -> Iterable[int]:
    return (x.rang for x in lignes if x.niveau is not Niveau.UN and x.montant_tva is None)


def _sans_detail(lignes: Iterable[Ligne]) -> Iterable[int]:
    return (x.rang for x in lignes if x.niveau is Niveau.TROIS and not x.articles)


class EtatReleve(StrEnum):
    """Imported, closed once every line is decided, paid to the issuer."""

    IMPORTE = "IMPORTE"
    CLOS = "CLOS"
    PAYE = "PAYE"


ETATS: Mapping[EtatReleve, str] = {
    EtatReleve.IMPORTE: "À décider",
    EtatReleve.CLOS: "Clos",
    EtatReleve.PAYE: "Payé",
}


class EtatLigne(StrEnum):
    """A line matched or in the queue, then approved or disputed; withdrawn if the issuer agrees."""

    RAPPROCHEE = "RAPPROCHEE"
    EXCEPTION = "EXCEPTION"
    APPROUVEE = "APPROUVEE"
    CONTESTEE = "CONTESTEE"
    RETIREE = "RETIREE"


ETATS_LIGNE: Mapping[EtatLigne, str] = {
    EtatLigne.RAPPROCHEE: "Rapprochée",
    EtatLigne.EXCEPTION: "Exception",
    EtatLigne.APPROUVEE: "Approuvée",
    EtatLigne.CONTESTEE: "Contestée",
    EtatLigne.RETIREE: "Retirée par l’émetteur",
}
A_DECIDER = (EtatLigne.RAPPROCHEE, EtatLigne.EXCEPTION)


class Issue(StrEnum):
    """What the issuer answers to a dispute."""

    RETIREE = "RETIREE"
    MAINTENUE = "MAINTENUE"


def verifier_cloture(indecises: int) -> None:
    """A statement closes only when every line is decided."""
    if indecises:
        reste = "ligne reste" if indecises == 1 else "lignes restent"
        raise ConflictError(
            f"{indecises} {reste} à décider\u00a0: approuvez ou contestez chacune avant de clore.",
            code="lignes_a_decider",
            restantes=indecises,
        )
