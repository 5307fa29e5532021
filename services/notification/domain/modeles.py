"""The messages that this service knows how to write, as people name them."""

LIBELLES = {
    "avis_publie": "Nouvel avis",
    "avis_rectifie": "Avis rectifié",
    "avis_annule": "Avis annulé",
    "alerte_a_confirmer": "Alerte à confirmer",
    "alerte_existante": "Alerte déjà active",
    "lien_de_gestion": "Lien de gestion",
    "opportunite_proposee": "Achat groupé proposé",
    "recensement_ouvert": "Appel à besoins",
    "recensement_relance": "Rappel d’appel à besoins",
    "recensement_prolonge": "Appel à besoins prolongé",
    "decoupage_applique": "Réponse redemandée : nouveaux lots",
    "achat_abandonne": "Achat groupé abandonné",
    "quotas_ouverts": "Quotas ouverts",
    "reception_repartie": "Livraison répartie",
    "evaluation_transmise": "Évaluation transmise",
    "reception_contrepassee": "Livraison contre-passée",
    "transfert_propose": "Transfert de part proposé",
    "transfert_fait": "Part transférée",
    "transfert_refuse": "Transfert de part refusé",
    "avenant_conclu": "Avenant",
    "substitution_proposee": "Article proposé en remplacement",
    "livraison_annoncee": "Date de livraison",
    "facture_recue": "Facture reçue",
    "facture_rejetee": "Facture rejetée",
    "facture_suspendue": "Facture suspendue",
    "facture_completee": "Facture complétée",
    "facture_service_fait": "Service fait",
    "facture_mandatee": "Facture mandatée",
    "facture_en_retard": "Facture en retard",
    "facture_payee": "Facture payée",
}


def libelle(modele: str) -> str:
    return LIBELLES.get(modele, modele)
