"""Finances say what really opened the deadline of an invoice; its end follows."""

import uuid

from services.paiement.domain import depart as regle
from services.paiement.domain.depart import LIBELLES, Ouverture
from services.paiement.domain.facture import SUITES, Etat
from services.paiement.tables import Depart, Facture
from services.paiement.usecases.suivi import charger, dire, mettre_a_l_heure
from shared.kernel.errors import ConflictError
from shared.messaging.uow import UnitOfWork


def preciser_depart(
    uow: UnitOfWork, facture_id: uuid.UUID, acheteur_siret: str, ouverture: Ouverture
) -> Facture:
    """Record the fact that the deadline starts from, until the payment order."""
    facture = charger(uow, facture_id, acheteur_siret)
    if not depart_ouvert(facture):
        raise ConflictError(
            "Le départ du délai ne change plus après le mandat ou le rejet.",
            code="depart_fige",
            etat=facture.etat,
        )
    retenue = regle.verifier(ouverture, facture.emise_le, uow.clock.today())
    uow.session.merge(
        Depart(
            facture_id=facture.id,
            origine=retenue.origine,
            le=retenue.le,
            demandee_le=retenue.demandee_le,
            acteur=uow.acteur,
            saisi_le=uow.clock.now(),
        )
    )
    uow.session.flush()
    uow.session.expire(facture, ["depart"])
    mettre_a_l_heure(uow, facture)
    faits = {
        "origine": retenue.origine,
        "depart_le": facture.depart_le,
        "echeance_le": facture.echeance_le,
    }
    dire(uow, facture, "depart_precise", faits)
    uow.audit("facture.depart", str(facture.id), {**faits, "libelle": LIBELLES[retenue.origine]})
    return facture


def depart_ouvert(facture: Facture) -> bool:
    """Whether the start may still be said: checked, and not ordered to be paid."""
    return facture.depart_le is not None and Etat.MANDATEE in _atteignables(Etat(facture.etat))


def _atteignables(etat: Etat) -> frozenset[Etat]:
    """Every state that may follow, directly or not."""
    vus: frozenset[Etat] = frozenset()
    suivants = SUITES[etat]
    while not suivants <= vus:
        vus |= suivants
        suivants = frozenset(suite for vu in vus for suite in SUITES[vu])
    return vus
