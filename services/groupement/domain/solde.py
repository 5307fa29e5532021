"""Closing a purchase for good: what must be true first, and each member's final sheet."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from shared.kernel.errors import ConflictError
from shared.kernel.montant import Montant
from shared.kernel.repartition import nombre


@dataclass(frozen=True, slots=True)
class Bilan:
    """What is still open on a purchase, figure by figure."""

    attendu: Decimal
    commandes_ouvertes: int
    surplus: Decimal
    substitutions: int
    transferts: int
    impayes: tuple[str, ...]
    a_evaluer: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Renonciations:
    """Reasons given for closing without a payment known, or without an evaluation."""

    paiement: str = ""
    evaluation: str = ""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing to do before closing; `champ` is where a reason may stand for it."""

    phrase: str
    champ: str | None = None


def obstacles(bilan: Bilan) -> list[Obstacle]:
    """Everything that keeps a purchase open, each with what to do."""
    return [
        Obstacle(phrase, champ)
        for present, phrase, champ in (
            (
                bilan.commandes_ouvertes,
                (
                    f"{bilan.commandes_ouvertes} commandes attendent encore {nombre(bilan.attendu)}"
                    "\u00a0: recevez-les, ou closez-les avec un motif."
                ),
                None,
            ),
            (
                bilan.surplus,
                (
                    f"{nombre(bilan.surplus)} livrés en plus ne sont affectés à personne\u00a0: "
                    "attribuez-les, ou contre-passez la livraison."
                ),
                None,
            ),
            (
                bilan.substitutions,
                f"{bilan.substitutions} substitution attend les réponses des membres.",
                None,
            ),
            (
                bilan.transferts,
                f"{bilan.transferts} transfert de part attend une réponse.",
                None,
            ),
            (
                bilan.impayes,
                (
                    f"Aucun paiement complet n’est connu pour {', '.join(bilan.impayes)}\u00a0: "
                    "attendez-le, ou dites pourquoi vous vous en passez."
                ),
                "renonciation_paiement",
            ),
            (
                bilan.a_evaluer,
                (
                    f"{', '.join(bilan.a_evaluer)}\u00a0: l’évaluation du marché n’est pas faite. "
                    "Faites-la, ou dites pourquoi vous vous en passez."
                ),
                "renonciation_evaluation",
            ),
        )
        if present
    ]


def exiger_soldable(bilan: Bilan, renonciations: Renonciations) -> None:
    """Refuse to close while something is open and no reason stands for it (never « directly »)."""
    motifs = {
        "renonciation_paiement": renonciations.paiement.strip(),
        "renonciation_evaluation": renonciations.evaluation.strip(),
    }
    restants = [o for o in obstacles(bilan) if not (o.champ and motifs[o.champ])]
    if restants:
        raise ConflictError(
            " ".join(o.phrase for o in restants),
            code="solde_impossible",
            champs={o.champ or f"obstacle-{rang}": o.phrase for rang, o in enumerate(restants)},
        )


@dataclass(frozen=True, slots=True)
class LigneFiche:
    """A member on one line: what it could order, ordered, had released, received, and paid."""

    siret: str
    marche: str
    designation: str
    conditionnement: str
    quota: Decimal
    commande: Decimal
    libere: Decimal
    recu: Decimal
    montant_commande_ht: Montant
    montant_recu_ht: Montant
    ajustements_ht: Montant

    @property
    def ecart(self) -> Decimal:
        """Ordered but never received."""
        return self.commande - self.recu

    @property
    def montant_final_ht(self) -> Montant:
        return self.montant_recu_ht + self.ajustements_ht


def total(lignes: Iterable[LigneFiche]) -> Montant:
    return Montant.somme(ligne.montant_final_ht for ligne in lignes)
