"""Every alert that a notice concerns, in one query: the answer of `correspondance.rapprocher`."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, true, union_all
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from services.notification.domain.abonnement import Etat
from services.notification.domain.avis import Avis
from services.notification.domain.territoire import Lieu
from services.notification.tables import Abonnement, AbonnementCpv, AbonnementMot
from shared.kernel.montant import Montant

Alerte = dict[str, Any]  # {"abonnement_id": str, "criteres": [[genre, valeur], …]}


def rapprocher_tous(session: Session, avis: Avis) -> Mapping[uuid.UUID, list[Alerte]]:
    """Return the live alerts that match, by recipient, each with the criteria that matched."""
    requete = union_all(_par_cpv(avis), _par_mot(avis)).order_by("abonnement_id", "genre", "valeur")
    par_destinataire: dict[uuid.UUID, dict[uuid.UUID, list[list[str]]]] = {}
    for destinataire_id, abonnement_id, genre, valeur in session.execute(requete):
        alertes = par_destinataire.setdefault(destinataire_id, {})
        alertes.setdefault(abonnement_id, []).append([genre, valeur])
    return {
        destinataire_id: [
            {"abonnement_id": str(abonnement_id), "criteres": criteres}
            for abonnement_id, criteres in alertes.items()
        ]
        for destinataire_id, alertes in par_destinataire.items()
    }


def _par_cpv(avis: Avis) -> Select[Any]:
    prefixes = _textes(avis.prefixes)
    return (
        _selection("cpv", AbonnementCpv.racine)
        .join(AbonnementCpv, AbonnementCpv.abonnement_id == Abonnement.id)
        .where(AbonnementCpv.racine == func.any(prefixes), _eligible(avis))
    )


def _par_mot(avis: Avis) -> Select[Any]:
    radicaux = _textes(avis.radicaux)
    return (
        _selection("mot", AbonnementMot.mot)
        .join(AbonnementMot, AbonnementMot.abonnement_id == Abonnement.id)
        .where(
            AbonnementMot.pivot == func.any(radicaux),
            AbonnementMot.radicaux.contained_by(radicaux),
            _eligible(avis),
        )
    )


def _selection(genre: str, valeur: Any) -> Select[Any]:
    return select(
        Abonnement.destinataire_id,
        Abonnement.id.label("abonnement_id"),
        literal(genre).label("genre"),
        valeur.label("valeur"),
    ).select_from(Abonnement)


def _eligible(avis: Avis) -> ColumnElement[bool]:
    return and_(Abonnement.etat == Etat.ACTIF, _territoire(avis.lieu), _montants(avis.montant))


def _territoire(lieu: Lieu | None) -> ColumnElement[bool]:
    if lieu is None:
        return true()
    partout = func.cardinality(Abonnement.lieux) == 0
    if lieu.commune is None:
        return or_(partout, Abonnement.departements.overlap(_textes({lieu.departement})))
    return or_(partout, Abonnement.lieux.overlap(_textes({lieu.departement, lieu.commune})))


def _montants(montant: Montant | None) -> ColumnElement[bool]:
    if montant is None:
        return true()
    bas, haut = Abonnement.montant_min, Abonnement.montant_max
    return and_(or_(bas.is_(None), bas <= montant), or_(haut.is_(None), haut >= montant))


def _textes(valeurs: set[str] | frozenset[str]) -> array[str]:
    return array(sorted(valeurs), type_=Text)
