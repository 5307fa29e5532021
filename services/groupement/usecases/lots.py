"""The lots of a consolidation as events carry them."""

import uuid
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.groupement import tables as t
from shared.kernel.montant import Montant


def en_lots(session: Session, consolidation_id: uuid.UUID) -> list[dict[str, Any]]:
    """Lots with their lines; a lot's amount is the sum of its lines' amounts."""
    requete = (
        sa.select(t.Ligne, t.Lot)
        .join(t.Consolidation, t.Consolidation.id == t.Ligne.consolidation_id)
        .join(
            t.Lot,
            sa.and_(t.Lot.achat_id == t.Consolidation.achat_id, t.Lot.numero == t.Ligne.lot),
        )
        .where(t.Ligne.consolidation_id == consolidation_id)
        .order_by(t.Ligne.lot, t.Ligne.article, t.Ligne.lieu)
    )
    lignes = [(ligne, lot) for ligne, lot in session.execute(requete)]
    return [
        {
            "numero": lot.numero,
            "objet": lot.objet,
            "cpv": lot.cpv,
            "montant_estime_ht": Montant.somme(x.montant_estime_ht for x, _ in groupe),
            "lignes": [_ligne(ligne) for ligne, _ in groupe],
        }
        for lot, groupe in ((lot, list(g)) for lot, g in groupby(lignes, key=lambda x: x[1]))
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
