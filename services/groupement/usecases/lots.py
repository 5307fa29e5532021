"""The lots of a consolidation as events carry them."""

from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from services.groupement.domain.decoupage import lots_traces
from shared.kernel.montant import Montant


def en_lots(session: Session, consolidation: t.Consolidation) -> list[dict[str, Any]]:
    """Lots as they were cut then, with their lines; a lot's amount is the sum of its lines'."""
    requete = (
        sa.select(t.Ligne)
        .where(t.Ligne.consolidation_id == consolidation.id)
        .order_by(t.Ligne.lot, t.Ligne.article, t.Ligne.lieu)
    )
    lignes = {n: list(g) for n, g in groupby(session.scalars(requete), key=lambda x: x.lot)}
    return [
        {
            "numero": lot.numero,
            "objet": lot.objet,
            "cpv": lot.cpv,
            "montant_estime_ht": Montant.somme(x.montant_estime_ht for x in lignes[lot.numero]),
            "lignes": [_ligne(ligne) for ligne in lignes[lot.numero]],
        }
        for lot in lots_traces(consolidation.decoupage)
        if lot.numero in lignes
    ]


def _ligne(ligne: t.Ligne) -> dict[str, Any]:
    return {
        "ligne_id": ligne.id,
        "article": ligne.article,
        "designation": ligne.designation,
        "unite_base": ligne.unite_base,
        "quantite_base": ligne.quantite_base,
        "conditionnement": ligne.conditionnement,
        "quantite": ligne.quantite,
        "lieu": ligne.lieu,
    }
