"""Answers that complete the open data of the paper contract."""

CHAMPS = {
    "nature": "Marché",
    "procedure": "Procédure adaptée",
    "techniques": ["Accord-cadre"],
    "modalites": ["Bons de commande"],
    "innovant": "non",
    "ccag": "Fournitures courantes et services",
    "offres_recues": 3,
    "groupement_operateurs": "Pas de groupement",
    "lieu_code": "07",
    "lieu_type": "Code département",
    "types_prix": ["Définitif révisable"],
    "forme_prix": "Unitaire",
    "sous_traitance": "non",
    "sociales": ["Pas de considération sociale"],
    "environnementales": ["Clause environnementale"],
}
