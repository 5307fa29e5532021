"""French sentences for the rules of EN 16931 that senders break most often."""

import re
from collections.abc import Mapping

_CATEGORIES = {
    "S": "taux normal ou réduit",
    "Z": "taux zéro",
    "E": "exonérée",
    "AE": "autoliquidation",
    "IC": "livraison intracommunautaire",
    "G": "exportation",
    "O": "hors champ de la TVA",
}
PHRASES: Mapping[str, str] = {
    "BR-01": "La facture n’annonce pas la norme qu’elle suit (BT-24).",
    "BR-02": "Le numéro de facture manque (BT-1).",
    "BR-03": "La date d’émission manque (BT-2).",
    "BR-04": "Le type de facture manque (BT-3).",
    "BR-05": "La devise manque (BT-5).",
    "BR-06": "Le nom du vendeur manque (BT-27).",
    "BR-07": "Le nom de l’acheteur manque (BT-44).",
    "BR-08": "L’adresse du vendeur manque (BG-5).",
    "BR-09": "Le pays du vendeur manque (BT-40).",
    "BR-10": "L’adresse de l’acheteur manque (BG-8).",
    "BR-11": "Le pays de l’acheteur manque (BT-55).",
    "BR-12": "Le total des lignes hors taxes manque (BT-106).",
    "BR-13": "Le total hors taxes manque (BT-109).",
    "BR-14": "Le total TTC manque (BT-112).",
    "BR-15": "Le montant à payer manque (BT-115).",
    "BR-16": "La facture ne détaille aucune ligne (BG-25).",
    "BR-21": "Une ligne n’a pas d’identifiant (BT-126).",
    "BR-22": "Une ligne n’a pas de quantité (BT-129).",
    "BR-23": "Une ligne n’a pas d’unité (BT-130).",
    "BR-24": "Une ligne n’a pas de montant (BT-131).",
    "BR-25": "Une ligne n’a pas de désignation (BT-153).",
    "BR-26": "Une ligne n’a pas de prix unitaire (BT-146).",
    "BR-27": "Un prix unitaire est négatif (BT-146).",
    "BR-CL-01": "Le type de facture (BT-3) n’est pas dans la liste UNTDID 1001.",
    "BR-CL-03": "Une devise n’est pas dans la liste ISO 4217.",
    "BR-CL-04": "La devise de la facture (BT-5) n’est pas dans la liste ISO 4217.",
    "BR-CL-14": "Un code pays n’est pas dans la liste ISO 3166-1.",
    "BR-CL-16": "Le moyen de paiement (BT-81) n’est pas dans la liste UNTDID 4461.",
    "BR-CL-17": "Une catégorie de TVA n’est pas dans la liste UNTDID 5305.",
    "BR-CL-18": "Une catégorie de TVA n’est pas dans la liste UNTDID 5305.",
    "BR-CL-23": "Une unité n’est pas dans les recommandations 20 et 21 de l’ONU.",
    "BR-CL-25": "Le schéma d’une adresse électronique n’est pas dans la liste EAS.",
    "BR-CO-04": "Une ligne n’a pas de catégorie de TVA (BT-151).",
    "BR-CO-09": "Un numéro de TVA ne commence pas par le code de son pays.",
    "BR-CO-10": "Le total des lignes (BT-106) n’est pas la somme de leurs montants (BT-131).",
    "BR-CO-13": "Le total hors taxes (BT-109) n’est pas lignes moins remises plus frais.",
    "BR-CO-14": "La TVA totale (BT-110) n’est pas la somme de la TVA par taux (BT-117).",
    "BR-CO-15": "Le total TTC (BT-112) n’est pas le total hors taxes plus la TVA.",
    "BR-CO-16": "Le montant à payer (BT-115) n’est pas le TTC moins le déjà payé.",
    "BR-CO-17": "La TVA d’un taux (BT-117) n’est pas sa base multipliée par ce taux.",
    "BR-CO-18": "La ventilation de la TVA manque (BG-23).",
    "BR-CO-25": "Montant à payer sans échéance (BT-9) ni conditions de paiement (BT-20).",
    "BR-CO-26": "Le vendeur n’est pas identifié\u00a0: ni SIREN, ni SIRET, ni numéro de TVA.",
    "CII-DT-031": "Une devise est répétée sur un montant\u00a0; seule la TVA totale la porte.",
}
_TVA = re.compile(r"BR-(S|Z|E|AE|IC|G|O)-\d+")
_PREFIXE = re.compile(r"^\[?[A-Z]+(?:-[A-Z0-9]+)+(?:/[A-Z0-9-]+)?\]?\s*[-:]?\s*")


def phrase(regle: str, texte: str) -> str:
    """Return our sentence for a rule, or the rule's own text without its identifier."""
    connue = PHRASES.get(regle)
    if connue:
        return connue
    propre = _PREFIXE.sub("", texte)
    tva = _TVA.fullmatch(regle)
    if tva:
        return f"TVA «\u00a0{_CATEGORIES[tva.group(1)]}\u00a0»\u00a0: {propre}"
    return propre
