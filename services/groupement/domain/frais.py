"""What is paid or given back beside the price, and shared between the members of a contract."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant


class GenreFrais(StrEnum):
    """Fees are borne; discounts, penalties and price reductions come back to the members."""

    FRAIS = "FRAIS"
    TRANSPORT = "TRANSPORT"
    REMISE = "REMISE"
    PENALITE = "PENALITE"
    REFACTION = "REFACTION"


LIBELLES: Mapping[GenreFrais, str] = MappingProxyType(
    {
        GenreFrais.FRAIS: "Frais",
        GenreFrais.TRANSPORT: "Transport",
        GenreFrais.REMISE: "Remise",
        GenreFrais.PENALITE: "Pénalité du titulaire",
        GenreFrais.REFACTION: "Réfaction du prix (pièces manquantes ou abîmées)",
    }
)
_RENDUS = frozenset({GenreFrais.REMISE, GenreFrais.PENALITE, GenreFrais.REFACTION})


def signer(genre: GenreFrais, montant: Montant, motif: str) -> Montant:
    """The amount as the members bear it: negative when it comes back to them."""
    if montant <= Montant.zero():
        message = "Indiquez un montant positif\u00a0: son sens suit sa nature."
        raise ValidationError(message, code="montant_invalide", champs={"montant_ht": message})
    if not motif.strip():
        message = "Dites d’où vient ce montant."
        raise ValidationError(message, code="motif_requis", champs={"motif": message})
    return -montant if genre in _RENDUS else montant
