"""Insertion hours due under a social clause, from the amount of the contract."""

from decimal import Decimal
from fractions import Fraction

from services.groupement.domain.cles import euros
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant
from shared.kernel.repartition import ESPACE, nombre

UN = Decimal(1)


def heures_dues(
    montant_ht: Montant, part_main_oeuvre: Decimal, effort: Decimal, cout_horaire: Decimal
) -> int:
    """Whole hours due: amount × labour share × effort ÷ hourly cost, rounded down.

    The labour share and the effort are parts of one (0.45 for 45 %); the hourly cost holds all
    charges, in euros. Raises `ValidationError` (`heures_invalides`) naming every faulty field.
    """
    return int(heures_exactes(montant_ht, part_main_oeuvre, effort, cout_horaire))


def heures_exactes(
    montant_ht: Montant, part_main_oeuvre: Decimal, effort: Decimal, cout_horaire: Decimal
) -> Fraction:
    """The same before rounding."""
    champs = _fautes(montant_ht, part_main_oeuvre, effort, cout_horaire)
    if champs:
        raise ValidationError(
            "Les heures d’insertion ne peuvent pas se calculer avec ces valeurs.",
            code="heures_invalides",
            champs=champs,
        )
    masse = Fraction(montant_ht.decimal) * Fraction(part_main_oeuvre)
    return masse * Fraction(effort) / Fraction(cout_horaire)


def phrase(
    montant_ht: Montant, part_main_oeuvre: Decimal, effort: Decimal, cout_horaire: Decimal
) -> str:
    """Say the computation in French."""
    exactes = heures_exactes(montant_ht, part_main_oeuvre, effort, cout_horaire)
    return (
        f"{euros(montant_ht)} HT × {_pour_cent(part_main_oeuvre)} de main-d’œuvre × "
        f"{_pour_cent(effort)} d’effort ÷ {nombre(cout_horaire)}{ESPACE}€ de l’heure = "
        f"{nombre(exactes)}{ESPACE}h, soit {nombre(int(exactes))} heures entières dues."
    )


def _pour_cent(part: Decimal) -> str:
    return f"{nombre(part * 100)}{ESPACE}%"


def _fautes(
    montant_ht: Montant, part_main_oeuvre: Decimal, effort: Decimal, cout_horaire: Decimal
) -> dict[str, str]:
    champs = {}
    if montant_ht < Montant.zero():
        champs["montant_ht"] = "Le montant du marché n’est pas négatif."
    if not _est_une_part(part_main_oeuvre):
        champs["part_main_oeuvre"] = "La part de main-d’œuvre se situe entre 0 et 1 (0.45 = 45 %)."
    if not _est_une_part(effort):
        champs["effort"] = "L’effort d’insertion se situe entre 0 et 1 (0.05 = 5 %)."
    if not cout_horaire.is_finite() or cout_horaire <= 0:
        champs["cout_horaire"] = "Le coût horaire est supérieur à zéro."
    return champs


def _est_une_part(valeur: Decimal) -> bool:
    return valeur.is_finite() and 0 <= valeur <= UN
