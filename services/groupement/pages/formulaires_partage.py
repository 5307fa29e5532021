"""Classes of members and floors of articles, as the clauses of a convention are typed."""

from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import fields, validate

from services.groupement.domain.clauses import Clauses
from services.groupement.domain.partage_prevu import CLASSE_MAX, Plancher, Priorite
from services.groupement.domain.strategies import Strategie
from shared.web.fields import QuantiteField, ecrire_decimal

PLANCHERS_EN_PLUS = 2


def champs_du_partage(sirets: Sequence[str], rangees: int) -> dict[str, Any]:
    """A class and its reason per member; an article with packs or a percentage per row."""
    champs: dict[str, Any] = {}
    for siret in sirets:
        champs[f"classe-{siret}"] = fields.Integer(
            load_default=None,
            validate=validate.Range(1, CLASSE_MAX, error=f"De 1 à {CLASSE_MAX}."),
            error_messages={"invalid": "Saisissez un nombre entier."},
            metadata={"libelle": "Classe"},
        )
        champs[f"raison-{siret}"] = _texte("Raison", 200)
    for rang in range(rangees):
        champs[f"plancher-article-{rang}"] = _texte("Article", 40)
        champs[f"plancher-quantite-{rang}"] = _nombre("Plancher")
        champs[f"plancher-pourcentage-{rang}"] = _nombre("Plancher en pourcentage")
    return champs


def _texte(libelle: str, maxi: int) -> fields.String:
    return fields.String(
        load_default="",
        validate=validate.Length(max=maxi, error=f"{maxi} caractères au plus."),
        metadata={"libelle": libelle},
    )


def _nombre(libelle: str) -> QuantiteField:
    return QuantiteField(load_default=None, metadata={"libelle": libelle})


def lire_priorites(lu: Mapping[str, Any], sirets: Sequence[str]) -> tuple[Priorite, ...]:
    """Classes that were typed, when the sharing goes by classes."""
    if lu["strategie"] is not Strategie.PRIORITE:
        return ()
    return tuple(
        Priorite(siret, lu[f"classe-{siret}"], lu[f"raison-{siret}"])
        for siret in sirets
        if lu[f"classe-{siret}"] is not None
    )


def lire_planchers(lu: Mapping[str, Any]) -> tuple[Plancher, ...]:
    """Floors that were typed, when the sharing has floors; an empty row is left out."""
    if lu["strategie"] is not Strategie.PLANCHER:
        return ()
    rangs = sum(nom.startswith("plancher-article-") for nom in lu)
    lus = (_plancher(lu, rang) for rang in range(rangs))
    return tuple(p for p in lus if p != Plancher())


def _plancher(lu: Mapping[str, Any], rang: int) -> Plancher:
    return Plancher(
        lu[f"plancher-article-{rang}"].strip().upper(),
        lu[f"plancher-quantite-{rang}"],
        lu[f"plancher-pourcentage-{rang}"],
    )


def valeurs_du_partage(clauses: Clauses) -> dict[str, str]:
    """Classes and floors as the form first shows them."""
    valeurs: dict[str, str] = {}
    for priorite in clauses.priorites:
        valeurs[f"classe-{priorite.siret}"] = str(priorite.classe)
        valeurs[f"raison-{priorite.siret}"] = priorite.motif
    for rang, plancher in enumerate(clauses.planchers):
        valeurs[f"plancher-article-{rang}"] = plancher.article
        for nom in ("quantite", "pourcentage"):
            lu = getattr(plancher, nom)
            valeurs[f"plancher-{nom}-{rang}"] = (
                "" if lu is None else ecrire_decimal(lu).replace(".", ",")
            )
    return valeurs
