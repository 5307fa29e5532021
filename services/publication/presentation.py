"""Rows as plain values: one reading for pages, feeds, exports and the API."""

import datetime as dt
from enum import StrEnum
from typing import Any

from services.publication.domain.valeurs import echue
from services.publication.tables import Avis, Consultation, Programme
from shared.kernel.lieux import annuaire
from shared.kernel.parametres import Nature

NATURES = {
    Nature.FOURNITURES: "Fournitures",
    Nature.SERVICES: "Services",
    Nature.TRAVAUX: "Travaux",
    Nature.SERVICES_SOCIAUX: "Services sociaux",
}
PROCEDURES = {"MAPA": "Procédure adaptée", "FORMALISEE": "Procédure formalisée"}
SUPPORTS = {"BOAMP": "BOAMP", "JAL": "Journal d’annonces légales", "JOUE": "JOUE"}


class EtatAvis(StrEnum):
    """What a supplier may do with a notice."""

    OUVERT = "ouvert"
    CLOS = "clos"
    ANNULE = "annule"


def etat(avis: Avis, instant: dt.datetime) -> EtatAvis:
    if avis.annule_le is not None:
        return EtatAvis.ANNULE
    return EtatAvis.CLOS if echue(avis.date_limite, instant) else EtatAvis.OUVERT


def avis_resume(avis: Avis, instant: dt.datetime) -> dict[str, Any]:
    """A notice in a list."""
    return {
        "id": avis.id,
        "reference": avis.reference,
        "version": avis.version,
        "etat": etat(avis, instant),
        "objet": avis.objet,
        "nature": avis.nature,
        "procedure": avis.procedure,
        "cpv": avis.cpv,
        "codes_cpv": avis.codes_cpv,
        "lieu": {"code": avis.lieu, "nom": annuaire().nom(avis.lieu)},
        "montant_estime_ht": avis.montant_estime_ht,
        "date_limite": avis.date_limite,
        "publie_le": avis.publie_le,
        "maj_le": avis.maj_le,
        "acheteur": {"siret": avis.acheteur_siret, "nom": avis.acheteur_nom},
        "groupe": avis.groupe,
        "nombre_lots": avis.nombre_lots,
        "contact": avis.contact,
        "url": avis.url,
    }


def avis_detail(avis: Avis, consultation: Consultation, instant: dt.datetime) -> dict[str, Any]:
    """A notice with everything it says, its lots and its history."""
    return {
        **avis_resume(avis, instant),
        "description": avis.description,
        "criteres": avis.criteres,
        "modalites_remise": avis.modalites_remise,
        "duree_mois": avis.duree_mois,
        "supports": avis.supports,
        "avance_taux": avis.avance_taux,
        "membres": avis.membres,
        "motif_annulation": avis.motif_annulation,
        "lots": [
            {
                "numero": lot.numero,
                "objet": lot.objet,
                "cpv": lot.cpv,
                "montant_estime_ht": lot.montant_estime_ht,
            }
            for lot in consultation.lots
        ],
        "versions": [
            {
                "numero": version.numero,
                "le": version.le,
                "motif": version.motif,
                "changements": version.changements,
            }
            for version in avis.versions
        ],
    }


def programme_public(programme: Programme, avis: Avis | None) -> dict[str, Any]:
    """A purchase to come, with the link to its notice once it is published."""
    return {
        "id": programme.id,
        "objet": programme.objet,
        "etat": programme.etat,
        "nature": programme.nature,
        "cpv": programme.cpv,
        "lieu": {"code": programme.lieu, "nom": annuaire().nom(programme.lieu)},
        "acheteur": {"siret": programme.acheteur_siret, "nom": programme.acheteur_nom},
        "montant_estime_ht": programme.montant_estime_ht,
        "publication_prevue_le": programme.publication_prevue_le,
        "groupe": programme.achat_id is not None,
        "avis_url": avis.url if avis else None,
    }
