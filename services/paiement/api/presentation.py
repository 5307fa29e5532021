"""Rows as the API shows them."""

from typing import Any

from services.paiement.domain.facture import DETENTEURS, Etat
from services.paiement.domain.horloge import Horloge
from services.paiement.tables import Facture, Marche

_COPIES = (
    "id",
    "numero",
    "etat",
    "depuis_le",
    "montant_ht",
    "montant_ttc",
    "a_payer",
    "emise_le",
    "recue_le",
    "depart_le",
    "echeance_le",
    "payee_le",
    "delai_jours",
    "jours_retard",
    "interets",
    "indemnite",
    "verdict",
)
_DETAILS = (
    "syntaxe",
    "profil",
    "empreinte",
    "motif_rejet",
    "motif_suspension",
    "credite",
    "conteste",
    "anomalies",
)


def facture_resume(facture: Facture) -> dict[str, Any]:
    return {nom: getattr(facture, nom) for nom in _COPIES} | {
        "detenteur": DETENTEURS[Etat(facture.etat)],
        "fournisseur": {"siret": facture.fournisseur_siret, "nom": facture.fournisseur_nom},
        "acheteur": {"siret": facture.acheteur_siret, "nom": facture.acheteur.nom},
        "marche": facture.marche.reference if facture.marche else None,
    }


def facture_complete(facture: Facture) -> dict[str, Any]:
    solde = facture.solde
    return (
        facture_resume(facture)
        | {nom: getattr(facture, nom) for nom in _DETAILS}
        | {"exigible": solde.exigible, "paye": solde.paye, "trop_verse": solde.trop_verse}
    )


def statuts(facture: Facture, horloge: Horloge) -> dict[str, Any]:
    """Needs the history loaded."""
    return {"passages": facture.historique, "horloge": horloge.etapes}


def marche_resume(marche: Marche) -> dict[str, Any]:
    avance = marche.avance
    return {
        "id": marche.id,
        "reference": marche.reference,
        "numero_engagement": marche.numero_engagement,
        "objet": marche.objet,
        "acheteur": {"siret": marche.acheteur_siret, "nom": marche.acheteur.nom},
        "titulaire": {"siret": marche.titulaire_siret, "nom": marche.titulaire_nom},
        "montant_ht": marche.montant_ht,
        "montant_ttc": marche.montant_ttc,
        "montant_actuel_ht": marche.actuel_ht,
        "date_notification": marche.date_notification,
        "fin_le": marche.fin_le,
        "avance": avance.montant if avance else None,
        "avance_etat": avance.etat if avance else None,
    }
