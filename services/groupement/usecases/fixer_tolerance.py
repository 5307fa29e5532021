"""How much may be delivered beyond a contract's quantities: decided before the first delivery."""

import uuid
from decimal import Decimal

import sqlalchemy as sa

from services.groupement import tables as t
from services.groupement.usecases.commun import contrat_verrouille, exiger_en_cours
from shared.kernel.errors import ConflictError, ValidationError
from shared.messaging.uow import UnitOfWork


def fixer_tolerance(uow: UnitOfWork, marche_id: uuid.UUID, pour_cent: Decimal) -> None:
    """Set the share of each line's quantity; once something came, it no longer changes."""
    contrat = contrat_verrouille(uow, marche_id)
    exiger_en_cours(uow.session, contrat.achat_id)
    if not 0 <= pour_cent <= 100 or pour_cent != pour_cent.quantize(Decimal("0.01")):
        message = "Un pourcentage entre 0 et 100, deux décimales au plus."
        raise ValidationError(message, code="tolerance_invalide", champs={"tolerance": message})
    recue = uow.session.scalar(
        sa.select(t.Reception.id)
        .join(t.Reception.ligne)
        .where(t.ContratLigne.marche_id == marche_id)
        .limit(1)
    )
    if recue:
        raise ConflictError(
            "Une livraison est déjà enregistrée\u00a0: la tolérance ne change plus.",
            code="tolerance_figee",
        )
    contrat.tolerance = pour_cent / 100
    uow.audit("contrat.tolerance", str(contrat.achat_id), {"tolerance": pour_cent})
