"""A notice in good order, to be changed one thing at a time."""

import datetime as dt
from dataclasses import replace
from typing import Any

from services.publication.domain.avis import ContenuAvis
from services.publication.domain.valeurs import LotAvis, Organisation
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature
from shared.kernel.seuils import Publicite, TypeProcedure

MAINTENANT = dt.datetime(2026, 5, 4, 8, tzinfo=dt.UTC)
LIMITE = dt.datetime(2026, 5, 29, 10, tzinfo=dt.UTC)
ACHETEUR = Organisation("90070001400013", "Département de l’Ardèche")


def contenu(**changements: Any) -> ContenuAvis:
    """A MAPA below the publicity threshold: the five pieces of information, and nothing more."""
    minimal = ContenuAvis(
        objet="Papier A4",
        cpv="30197630",
        lieu="07",
        contact="achats@departement07.exemple",
        montant_estime_ht=Montant("89999.99"),
        date_limite=LIMITE,
        nature=Nature.FOURNITURES,
        procedure=TypeProcedure.MAPA,
        publicite=Publicite.LIBRE,
        acheteur=ACHETEUR,
        lots=(LotAvis(1, "Papier A4", "30197630", Montant("89999.99")),),
        date_lancement=dt.date(2026, 5, 4),
    )
    return replace(minimal, **changements)


def complet(**changements: Any) -> ContenuAvis:
    """The same with everything that the publicity threshold adds."""
    ajouts: dict[str, Any] = {
        "publicite": Publicite.BOAMP_OU_JAL,
        "description": "Papier blanc, livré à Privas.",
        "criteres": "Prix 60 %, valeur technique 40 %",
        "modalites_remise": "Sur le profil d’acheteur",
        "duree_mois": 12,
        "supports": ("BOAMP",),
    }
    return contenu(**{**ajouts, **changements})
