"""Certificates, for software: a public what-if, and those of a contract."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import url_for

from services.paiement.domain import resorption, retenue
from services.paiement.domain.decompte import Compte, Genre, PartDirecte, Periode, etablir
from services.paiement.domain.decompte import Decompte as Etabli
from services.paiement.domain.retenue import Retenue
from services.paiement.pages.acces import siret
from services.paiement.queries import decomptes as lectures
from services.paiement.schemas.decomptes import (
    AcompteDemande,
    AcompteSchema,
    DecompteComplet,
    DecompteDemande,
    DecomptesSchema,
)
from services.paiement.tables import Decompte
from services.paiement.usecases.decomptes import NouveauDecompte, preparer_decompte
from services.paiement.usecases.lois import lois
from shared.kernel.montant import Montant
from shared.kernel.parametres import Parametres
from shared.web.access import allow, public
from shared.web.context import reading, transaction
from shared.web.idempotence import idempotent
from shared.web.limites import par_minute
from shared.web.ouverte import BlueprintOuvert

ZERO = Montant.zero()
api = BlueprintOuvert(
    "paiement_decomptes", __name__, url_prefix="/paiement/api/v1", description="Décomptes"
)


@api.post("/simulations/acompte")
@par_minute("simulations_par_minute")
@api.arguments(AcompteDemande)
@api.response(200, AcompteSchema)
@api.alt_response(422, description="Saisie à corriger, ou paramètre légal manquant")
@api.doc(security=[])
@public
def simuler(demande: Mapping[str, Any]) -> Etabli:
    """Établir un décompte, ligne par ligne de a à n

    `cumul_ht` est ce qui est déjà décompté. La retenue ne porte ni sur la révision ni sur
    l’avance ; `solde` apure l’avance.
    """
    with reading() as session:
        compte = _compte(demande, lois(session))
    directs = [
        PartDirecte(part["nom"], part["montant_ttc"], compte.total_ttc)
        for part in demande["sous_traitants"]
    ]
    periode = Periode(
        Genre.SOLDE if demande["solde"] else Genre.ACOMPTE,
        travaux_ht=demande["travaux_ht"],
        revision_ht=demande["revision_ht"],
        primes_ht=demande["primes_ht"],
        penalites=demande["penalites"],
        sous_traitants=directs,
    )
    return etablir(compte, periode)


def _compte(demande: Mapping[str, Any], parametres: Parametres) -> Compte:
    seuil = parametres.valeur("acompte_etat_global_part", demande["date_lancement"])
    nu = Compte(
        initial_ht=demande["montant_ht"],
        taux_tva=demande["taux_tva"],
        avenants_ht=demande["avenants_ht"],
    )
    avance = demande["avance"]
    regle = _resorption(demande, nu.total_ttc, parametres) if avance else None
    return Compte(
        initial_ht=nu.initial_ht,
        taux_tva=nu.taux_tva,
        avenants_ht=nu.avenants_ht,
        travaux_ht=demande["cumul_ht"],
        retenu=demande["retenue"]["retenu"] if demande["retenue"] else ZERO,
        avance=avance["montant"] if avance else ZERO,
        recupere=avance["rembourse"] if avance else ZERO,
        retenue=_retenue(nu, demande["retenue"]),
        resorption=regle.cumul if regle else lambda _: ZERO,
        etat_global=seuil.valeur,
    )


def _retenue(nu: Compte, demandee: Mapping[str, Any] | None) -> Retenue:
    if demandee is None:
        return Retenue(Decimal(0), ZERO)
    initial, avenants = nu.ttc(nu.initial_ht), nu.ttc(nu.avenants_ht)
    legal = retenue.plafond(initial, avenants, demandee["taux"])
    plafond = legal if demandee["plafond"] is None else demandee["plafond"]
    return Retenue(demandee["taux"], plafond, demandee["remplacee"])


def _resorption(
    demande: Mapping[str, Any], total_ttc: Montant, parametres: Parametres
) -> resorption.Resorption:
    avance = demande["avance"]
    cas = resorption.Cas(
        demande["date_lancement"], total_ttc, avance["montant"], avance["taux"], avance["fin"]
    )
    return resorption.regle(cas, parametres)


@api.get("/marches/<uuid:marche_id>/decomptes")
@api.response(200, DecomptesSchema)
@api.alt_response(404, description="Marché inconnu de l’appelant")
@allow("finances", "coordonnateur", "agent", "entreprise")
def lister(marche_id: uuid.UUID) -> dict[str, Any]:
    """Lister les décomptes d’un marché, le dernier d’abord"""
    with reading() as session:
        marche = lectures.marche_visible(session, marche_id, siret())
        return {"decomptes": lectures.lister(session, marche, siret())}


@api.post("/marches/<uuid:marche_id>/decomptes")
@idempotent
@api.arguments(DecompteDemande)
@api.response(201, DecompteComplet)
@api.alt_response(404, description="Marché inconnu de l’appelant")
@api.alt_response(409, description="Un décompte est déjà en préparation, ou le solde est établi")
@allow("finances")
def preparer(
    demande: NouveauDecompte, marche_id: uuid.UUID
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Préparer un décompte : numéroté, jamais modifié ensuite"""
    with transaction() as uow:
        prepare = preparer_decompte(uow, marche_id, siret(), demande)
        adresse = url_for("paiement_decomptes.lire", decompte_id=prepare.id)
        corps = _complet(prepare)
    return corps, 201, {"Location": adresse}


@api.get("/decomptes/<uuid:decompte_id>")
@api.response(200, DecompteComplet)
@api.alt_response(404, description="Décompte inconnu de l’appelant")
@allow("finances", "coordonnateur", "agent", "entreprise")
def lire(decompte_id: uuid.UUID) -> dict[str, Any]:
    """Lire un décompte et chacune de ses lignes"""
    with reading() as session:
        return _complet(lectures.lire(session, decompte_id, siret()))


_COPIES = (
    "id", "numero", "genre", "etat", "du", "au", "ttc", "retenue", "avance",
    "sous_traitants_ttc", "penalites", "net", "marche", "objet", "lignes", "avertissements",
)  # fmt: skip


def _complet(decompte: Decompte) -> dict[str, Any]:
    marche = decompte.marche
    return {nom: getattr(decompte, nom) for nom in _COPIES} | {
        "titulaire": {"siret": marche.titulaire_siret, "nom": marche.titulaire_nom}
    }
