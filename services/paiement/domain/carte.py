"""Purchasing card: may this operation be paid by this card? Ordered checks, first failure wins.

Rules: CCP R2192-37 and décret 2023-209. Ceilings are set by the public entity, never by the law.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.paiement.domain.phrases import euros, jour
from services.paiement.domain.programme import EtatCarte
from shared.kernel.identifiants import cpv_couvre
from shared.kernel.montant import Montant


class Motif(StrEnum):
    """Why an operation is refused, in the order of the checks."""

    CARTE_INACTIVE = "CARTE_INACTIVE"
    CARTE_SUSPENDUE = "CARTE_SUSPENDUE"
    CARTE_OPPOSEE = "CARTE_OPPOSEE"
    CARTE_EXPIREE = "CARTE_EXPIREE"
    PORTEUR_INACTIF = "PORTEUR_INACTIF"
    FOURNISSEUR_NON_REFERENCE = "FOURNISSEUR_NON_REFERENCE"
    FAMILLE_EXCLUE = "FAMILLE_EXCLUE"
    MCC_EXCLU = "MCC_EXCLU"
    MARCHE_EXCLU_TRAVAUX = "MARCHE_EXCLU_TRAVAUX"
    MARCHE_EXCLU_STOCK = "MARCHE_EXCLU_STOCK"
    MARCHE_EXCLU_AVANCE = "MARCHE_EXCLU_AVANCE"
    PLAFOND_TRANSACTION = "PLAFOND_TRANSACTION"
    PLAFOND_PERIODE = "PLAFOND_PERIODE"
    PLAFOND_FOURNISSEUR = "PLAFOND_FOURNISSEUR"
    PLAFOND_CATEGORIE = "PLAFOND_CATEGORIE"
    MARCHE_EPUISE = "MARCHE_EPUISE"
    BUDGET_EPUISE = "BUDGET_EPUISE"


LIBELLES: Mapping[Motif, str] = {
    Motif.CARTE_INACTIVE: "carte à activer",
    Motif.CARTE_SUSPENDUE: "carte suspendue",
    Motif.CARTE_OPPOSEE: "carte en opposition",
    Motif.CARTE_EXPIREE: "carte expirée",
    Motif.PORTEUR_INACTIF: "porteur non habilité",
    Motif.FOURNISSEUR_NON_REFERENCE: "fournisseur non référencé",
    Motif.FAMILLE_EXCLUE: "famille d’achat exclue",
    Motif.MCC_EXCLU: "commerce exclu",
    Motif.MARCHE_EXCLU_TRAVAUX: "marché de travaux sans motif",
    Motif.MARCHE_EXCLU_STOCK: "achat sur stock",
    Motif.MARCHE_EXCLU_AVANCE: "marché avec avance",
    Motif.PLAFOND_TRANSACTION: "plafond par opération",
    Motif.PLAFOND_PERIODE: "plafond du mois",
    Motif.PLAFOND_FOURNISSEUR: "plafond du fournisseur",
    Motif.PLAFOND_CATEGORIE: "plafond de la catégorie",
    Motif.MARCHE_EPUISE: "marché épuisé",
    Motif.BUDGET_EPUISE: "budget épuisé",
}


@dataclass(frozen=True, slots=True)
class Carte:
    """A named card: its holder and the limits that the entity gave it. The period is the month."""

    etat: EtatCarte
    porteur_actif: bool
    expire_le: dt.date
    plafond_transaction: Montant
    plafond_periode: Montant
    plafond_fournisseur: Montant
    familles_exclues: tuple[str, ...] = ()  # CPV heads
    mcc_exclus: tuple[str, ...] = ()  # merchant category codes of the card network
    plafonds_categorie: tuple["PlafondCategorie", ...] = ()
    budget_annuel: Montant | None = None


class Genre(StrEnum):
    """How a category of purchases is named."""

    CPV = "CPV"
    MCC = "MCC"


@dataclass(frozen=True, slots=True)
class PlafondCategorie:
    """What a card may spend in a month in one category: a CPV head, or a merchant category."""

    genre: Genre
    code: str
    plafond: Montant

    def couvre(self, cpv: str | None, mcc: str | None) -> bool:
        if self.genre is Genre.MCC:
            return mcc == self.code
        return cpv is not None and cpv_couvre(self.code, cpv)

    @property
    def nom(self) -> str:
        return (
            f"{'famille CPV' if self.genre is Genre.CPV else 'catégorie de commerce'} {self.code}"
        )


@dataclass(frozen=True, slots=True)
class MarcheVise:
    """The contract that an operation executes, if any."""

    reference: str
    travaux: bool
    avance: bool
    reste: Montant


@dataclass(frozen=True, slots=True)
class LigneBudget:
    """The budget line charged, and what was still available on it."""

    compte: str
    reste: Montant

    @property
    def stock(self) -> bool:
        """Class 3 of the public chart of accounts: stocks and work in progress."""
        return self.compte.startswith("3")


@dataclass(frozen=True, slots=True)
class Operation:
    """What the holder wants to buy. `motif_travaux`: the reasoned decision that allows works."""

    le: dt.date
    montant: Montant
    siret: str
    fournisseur_reference: bool
    cpv: str | None = None
    mcc: str | None = None
    marche: MarcheVise | None = None
    ligne: LigneBudget | None = None
    sur_stock: bool = False
    motif_travaux: str = ""


@dataclass(frozen=True, slots=True)
class Depenses:
    """Operations already accepted: this month, with the same supplier, by category; this year.

    `categories` follows the order of the card's category ceilings.
    """

    periode: Montant
    fournisseur: Montant
    annee: Montant
    categories: tuple[Montant, ...] = ()


@dataclass(frozen=True, slots=True)
class Controle:
    """The answer of one check; `passe` is None when an earlier one had already failed."""

    nom: str
    passe: bool | None
    explication: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Authorised or not, with every check in order."""

    motif: Motif | None
    explication: str
    controles: tuple[Controle, ...]
    reste_periode: Montant

    @property
    def autorisee(self) -> bool:
        return self.motif is None


@dataclass(frozen=True, slots=True)
class _Demande:
    carte: Carte
    operation: Operation
    depenses: Depenses


Echec = tuple[Motif, str] | None


def autoriser(carte: Carte, operation: Operation, depenses: Depenses) -> Decision:
    """Run the checks in the order of the law; the first failure decides."""
    demande = _Demande(carte, operation, depenses)
    echec: Echec = None
    controles: list[Controle] = []
    for nom, controler in _CONTROLES:
        if echec:
            controles.append(Controle(nom, None, "Non examiné."))
            continue
        echec = controler(demande)
        controles.append(Controle(nom, echec is None, echec[1] if echec else "Respecté."))
    motif, explication = echec or (None, "Opération autorisée.")
    deja = depenses.periode if motif else depenses.periode + operation.montant
    reste = max(Montant.zero(), carte.plafond_periode - deja)
    return Decision(motif, explication, tuple(controles), reste)


_INUTILISABLES: Mapping[EtatCarte, tuple[Motif, str]] = {
    EtatCarte.A_ACTIVER: (Motif.CARTE_INACTIVE, "La carte n’est pas encore activée."),
    EtatCarte.SUSPENDUE: (Motif.CARTE_SUSPENDUE, "La carte est suspendue."),
    EtatCarte.OPPOSEE: (Motif.CARTE_OPPOSEE, "La carte est en opposition."),
}


def _carte(d: _Demande) -> Echec:
    if d.carte.etat in _INUTILISABLES:
        return _INUTILISABLES[d.carte.etat]
    if d.operation.le > d.carte.expire_le:
        return Motif.CARTE_EXPIREE, f"La carte a expiré le {jour(d.carte.expire_le)}."
    return None


def _porteur(d: _Demande) -> Echec:
    if d.carte.porteur_actif:
        return None
    return Motif.PORTEUR_INACTIF, "Le porteur n’est plus habilité à utiliser cette carte."


def _fournisseur(d: _Demande) -> Echec:
    if d.operation.fournisseur_reference:
        return None
    return (
        Motif.FOURNISSEUR_NON_REFERENCE,
        f"Le fournisseur {d.operation.siret} n’est pas référencé pour les achats par carte.",
    )


def _famille(d: _Demande) -> Echec:
    cpv = d.operation.cpv
    exclues = (f for f in d.carte.familles_exclues if cpv and cpv_couvre(f, cpv))
    famille = next(exclues, None)
    if famille is not None:
        return Motif.FAMILLE_EXCLUE, f"La famille CPV {famille} est exclue de cette carte."
    if d.operation.mcc in d.carte.mcc_exclus:
        return (
            Motif.MCC_EXCLU,
            f"La catégorie de commerce {d.operation.mcc} est exclue de cette carte.",
        )
    return None


def _marche(d: _Demande) -> Echec:
    marche = d.operation.marche
    if marche and marche.travaux and not d.operation.motif_travaux.strip():
        return (
            Motif.MARCHE_EXCLU_TRAVAUX,
            (
                f"Le marché {marche.reference} est un marché de travaux\u00a0: il faut une "
                "décision motivée (entretien ou réparation courante)."
            ),
        )
    ligne = d.operation.ligne
    if d.operation.sur_stock or (ligne and ligne.stock):
        return Motif.MARCHE_EXCLU_STOCK, "Un achat imputé sur un compte de stock est exclu."
    if marche and marche.avance:
        return (
            Motif.MARCHE_EXCLU_AVANCE,
            (
                f"Le marché {marche.reference} donne lieu à une avance\u00a0: il ne peut pas être "
                "exécuté par carte."
            ),
        )
    return None


def _transaction(d: _Demande) -> Echec:
    plafond = d.carte.plafond_transaction
    if d.operation.montant <= plafond:
        return None
    return (
        Motif.PLAFOND_TRANSACTION,
        f"{euros(d.operation.montant)} dépasse le plafond de {euros(plafond)} par opération.",
    )


def _periode(d: _Demande) -> Echec:
    total = d.depenses.periode + d.operation.montant
    if total <= d.carte.plafond_periode:
        return None
    return (
        Motif.PLAFOND_PERIODE,
        (
            f"Le total du mois atteindrait {euros(total)}, au-delà du plafond de "
            f"{euros(d.carte.plafond_periode)}."
        ),
    )


def _plafond_fournisseur(d: _Demande) -> Echec:
    total = d.depenses.fournisseur + d.operation.montant
    if total <= d.carte.plafond_fournisseur:
        return None
    return (
        Motif.PLAFOND_FOURNISSEUR,
        (
            f"Le total du mois chez ce fournisseur atteindrait {euros(total)}, au-delà du "
            f"plafond de {euros(d.carte.plafond_fournisseur)}."
        ),
    )


def _categorie(d: _Demande) -> Echec:
    operation = d.operation
    for categorie, deja in zip(d.carte.plafonds_categorie, d.depenses.categories, strict=True):
        total = deja + operation.montant
        if categorie.couvre(operation.cpv, operation.mcc) and total > categorie.plafond:
            return (
                Motif.PLAFOND_CATEGORIE,
                (
                    f"Le total du mois pour la {categorie.nom} atteindrait {euros(total)}, "
                    f"au-delà du plafond de {euros(categorie.plafond)}."
                ),
            )
    return None


def _reste_marche(d: _Demande) -> Echec:
    marche = d.operation.marche
    if marche is None or d.operation.montant <= marche.reste:
        return None
    return (
        Motif.MARCHE_EPUISE,
        f"Il ne reste que {euros(marche.reste)} à dépenser sur le marché {marche.reference}.",
    )


def _budget(d: _Demande) -> Echec:
    budget = d.carte.budget_annuel
    total = d.depenses.annee + d.operation.montant
    if budget is not None and total > budget:
        return (
            Motif.BUDGET_EPUISE,
            (
                f"Le total de l’année atteindrait {euros(total)}, au-delà du budget de "
                f"{euros(budget)}."
            ),
        )
    ligne = d.operation.ligne
    if ligne is not None and d.operation.montant > ligne.reste:
        return (
            Motif.BUDGET_EPUISE,
            f"Il ne reste que {euros(ligne.reste)} sur la ligne budgétaire {ligne.compte}.",
        )
    return None


_CONTROLES: tuple[tuple[str, Callable[[_Demande], Echec]], ...] = (
    ("Carte active et non expirée", _carte),
    ("Porteur habilité", _porteur),
    ("Fournisseur référencé", _fournisseur),
    ("Famille d’achat permise", _famille),
    ("Marché exécutable par carte", _marche),
    ("Plafond par opération", _transaction),
    ("Plafond du mois", _periode),
    ("Plafond du mois chez ce fournisseur", _plafond_fournisseur),
    ("Plafond du mois de la catégorie", _categorie),
    ("Reste à dépenser sur le marché", _reste_marche),
    ("Budget disponible", _budget),
)
