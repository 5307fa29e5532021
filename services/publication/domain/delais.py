"""Dated time limits that procedures impose or advise, read from the legal parameters."""

import datetime as dt

from services.publication.domain.valeurs import Delai
from shared.kernel.parametres import Parametres
from shared.kernel.seuils import TypeProcedure


def _delai(parametres: Parametres, code: str, jour: dt.date) -> Delai:
    ligne = parametres.valeur(code, jour)
    return Delai(int(ligne.valeur), ligne.ref)


def reponse_imposee(
    parametres: Parametres, procedure: TypeProcedure, jour: dt.date
) -> Delai | None:
    """Minimum time to answer, offers being received electronically; none for a MAPA."""
    if procedure is not TypeProcedure.FORMALISEE:
        return None
    return _delai(parametres, "delai_offres_ouvert_electronique_jours", jour)


def reponse_conseillee(
    parametres: Parametres, procedure: TypeProcedure, jour: dt.date
) -> Delai | None:
    """Floor under which an adapted procedure deserves a warning."""
    if procedure is not TypeProcedure.MAPA:
        return None
    return _delai(parametres, "delai_mapa_plancher_jours", jour)


def suspension_signature(parametres: Parametres, jour: dt.date) -> Delai:
    """Standstill between the award and the signature, notified electronically."""
    return _delai(parametres, "standstill_electronique_jours", jour)
