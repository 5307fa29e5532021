"""Payloads of the events that this service emits, as their contracts describe them."""

from decimal import Decimal
from typing import Any

from services.publication.domain.avis import ContenuAvis
from services.publication.domain.valeurs import LotAvis, Organisation
from services.publication.tables import Avis, Consultation, Marche, Programme


def organisation(valeur: Organisation) -> dict[str, str]:
    return {"siret": valeur.siret, "nom": valeur.nom}


def decimal(valeur: Decimal) -> str:
    """Plain digits, without the zeros that a column adds: "0.05", "105"."""
    return format(valeur.normalize(), "f")


def lot(valeur: LotAvis) -> dict[str, Any]:
    return {
        "numero": valeur.numero,
        "objet": valeur.objet,
        "cpv": valeur.cpv,
        "montant_estime_ht": valeur.montant_estime_ht,
    }


def programme(row: Programme) -> dict[str, Any]:
    return {
        "programme_id": row.id,
        "achat_id": row.achat_id,
        "objet": row.objet,
        "etat": row.etat,
        "cpv": row.cpv,
        "nature": row.nature,
        "lieu": row.lieu,
        "acheteur": organisation(row.acheteur),
        "montant_estime_ht": row.montant_estime_ht,
        "publication_prevue_le": row.publication_prevue_le,
    }


def avis(row: Avis, contenu: ContenuAvis) -> dict[str, Any]:
    return {
        "avis_id": row.id,
        "consultation_id": row.consultation_id,
        "reference": row.reference,
        "version": row.version,
        "objet": contenu.objet,
        "description": contenu.description,
        "nature": contenu.nature,
        "procedure": contenu.procedure,
        "cpv": contenu.cpv,
        "cpv_lots": list(dict.fromkeys(lot.cpv for lot in contenu.lots)),
        "lieu": contenu.lieu,
        "montant_estime_ht": contenu.montant_estime_ht,
        "date_limite": contenu.echeance,
        "acheteur": organisation(contenu.acheteur),
        "groupe": contenu.groupe,
        "contact": contenu.contact,
        "url": row.url,
        "publie_le": row.publie_le,
        "lots": [lot(valeur) for valeur in contenu.lots],
    }


def marche_attribue(consultation: Consultation, row: Marche) -> dict[str, Any]:
    return {
        "marche_id": row.id,
        "reference": row.reference,
        "consultation_id": consultation.id,
        "achat_id": consultation.achat_id,
        "lot": row.lot,
        "attributaire": {"siret": row.titulaire_siret, "nom": row.titulaire_nom},
        "montant_ht": row.montant_ht,
        "offres_recues": row.offres_recues,
        "attribue_le": row.attribue_le,
    }


def marche_notifie(consultation: Consultation, avis_: Avis, row: Marche) -> dict[str, Any]:
    lot_ = next(lot for lot in consultation.lots if lot.numero == row.lot)
    return {
        "marche_id": row.id,
        "reference": row.reference,
        "consultation_id": consultation.id,
        "achat_id": consultation.achat_id,
        "lot": row.lot,
        "objet": lot_.objet,
        "cpv": lot_.cpv,
        "nature": avis_.nature,
        "lieu": avis_.lieu,
        "acheteur": organisation(avis_.acheteur),
        "titulaire": {
            "siret": row.titulaire_siret,
            "nom": row.titulaire_nom,
            "pme": row.titulaire_pme,
            "courriel": row.titulaire_courriel,
        },
        "montant_ht": row.montant_ht,
        "taux_tva": decimal(row.taux_tva),
        "duree_mois": avis_.duree_mois or 0,
        "date_lancement": avis_.date_lancement,
        "date_notification": row.notifie_le,
        "avance_taux": decimal(avis_.avance_taux or Decimal()),
        "avance_garantie": False,
        "travaux": avis_.nature == "TRAVAUX",
        "lignes": [
            {
                "ligne_id": ligne.ligne_id,
                "article": ligne.article,
                "designation": ligne.designation,
                "conditionnement": ligne.conditionnement,
                "quantite": decimal(ligne.quantite),
                "prix_unitaire_ht": decimal(ligne.prix_unitaire_ht),
            }
            for ligne in row.lignes
        ],
    }
