"""The outcome of the check of a deposited invoice: available, rejected, or still waiting."""

import uuid
from collections.abc import Sequence

from services.paiement.domain.depot import motifs
from services.paiement.domain.efacture import Anomalie, Verdict
from services.paiement.domain.facture import Etat
from services.paiement.domain.motifs import REJETEE
from services.paiement.domain.reception import appliquer, manques, refusee
from services.paiement.tables import Facture
from services.paiement.usecases.acheminer import dire_recue, prononcer_recyclage
from services.paiement.usecases.regler_reception import annuaire_de, niveau_de
from services.paiement.usecases.rejeter import prononcer_rejet
from services.paiement.usecases.suivi import charger, mettre_a_l_heure, passer
from shared.messaging.uow import UnitOfWork


def reprendre_controle(
    uow: UnitOfWork, facture_id: uuid.UUID, verdict: Verdict, anomalies: Sequence[Anomalie]
) -> None:
    """Conclude the check of an invoice that waited for it; nothing if it no longer waits."""
    facture = charger(uow, facture_id)
    if facture.etat == Etat.DEPOSEE:
        conclure(uow, facture, verdict, anomalies)


def conclure(
    uow: UnitOfWork, facture: Facture, verdict: Verdict, anomalies: Sequence[Anomalie]
) -> None:
    """Apply a verdict and what the buyer asks; the date of receipt stays that of the deposit."""
    anomalies = appliquer(anomalies, niveau_de(uow, facture.acheteur_siret))
    facture.verdict = verdict
    facture.anomalies = [
        {"regle": a.regle, "gravite": a.gravite.value, "message": a.message} for a in anomalies
    ]
    mettre_a_l_heure(uow, facture)
    if refusee(verdict, anomalies):
        passer(uow, facture, Etat.EN_COURS_ACHEMINEMENT, "Contrôlée par la plateforme.")
        prononcer_rejet(uow, facture, motifs(anomalies), REJETEE, "REJ_SEMAN")
    elif verdict is Verdict.VALIDE:
        _acheminer(uow, facture)


def _acheminer(uow: UnitOfWork, facture: Facture) -> None:
    """Hand a valid invoice to its service, or back to its supplier when it cannot be routed."""
    annuaire = annuaire_de(uow, facture.acheteur_siret)
    manque = manques(annuaire, facture.code_service, facture.reference_commande)
    if manque:
        passer(uow, facture, Etat.EN_COURS_ACHEMINEMENT, "Conforme à la norme EN 16931.")
        facture.depart_le = facture.echeance_le = None
        prononcer_recyclage(uow, facture, " ".join(manque))
        return
    passer(uow, facture, Etat.MISE_A_DISPOSITION, "Conforme à la norme EN 16931.")
    dire_recue(uow, facture)
