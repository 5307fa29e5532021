"""What happens to a contract in force, as the purchase's journal says it."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from services.groupement.domain.frais import LIBELLES, GenreFrais
from shared.kernel.repartition import nombre

PHRASES: Mapping[str, str] = MappingProxyType(
    {
        "reception.enregistree": "Livraison {bon_livraison} répartie\u00a0: {quantite} ({article})",
        "reception.contrepassee": "Livraison {bon_livraison} contre-passée\u00a0: {motif}",
        "surplus.attribue": "Surplus de {quantite} attribué à {membre}\u00a0: {motif}",
        "commande.liberee": (
            "{quantite} de la commande {reference} rendus à la part de {membre}\u00a0: {motif}"
        ),
        "frais.partages": "{genre} de {montant_ht}\u00a0€ HT partagés\u00a0: {motif}",
        "quota.transfert_propose": "{de} propose {quantite} de sa part à {vers} ({designation})",
        "quota.transfere": "{quantite} passent de {de} à {vers} ({designation})",
        "quota.transfert_refuse": (
            "Transfert de {quantite} de {de} à {vers} refusé ou retiré ({designation})"
        ),
        "avenant.conclu": "Avenant n°\u00a0{numero}\u00a0: {objet} ({montant_ht}\u00a0€ HT)",
        "substitution.proposee": (
            "{nouvelle_designation} proposé à la place de {designation}\u00a0: {motif}"
        ),
        "substitution.close": (
            "Substitution par {nouvelle_designation} close\u00a0: {acceptees} accord(s) sur "
            "{reponses}"
        ),
        "livraison.annoncee": "Livraison de {designation} prévue le {prevue_le}\u00a0: {motif}",
        "contrat.tolerance": "Tolérance de livraison fixée à {tolerance}\u00a0%",
    }
)
_NOMBRES = frozenset({"quantite", "montant_ht"})


def phrase(action: str, details: Mapping[str, Any]) -> str:
    """Fill the sentence with what was recorded; numbers are written the French way."""
    return PHRASES[action].format_map({cle: _mot(cle, x) for cle, x in details.items()})


def _mot(cle: str, valeur: Any) -> str:
    if isinstance(valeur, Mapping):
        return str(valeur["nom"])
    if cle in _NOMBRES:
        return nombre(Decimal(str(valeur)))
    if cle == "genre":
        return LIBELLES[GenreFrais(valeur)] if valeur in set(GenreFrais) else str(valeur)
    return str(valeur)
