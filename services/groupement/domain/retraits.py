"""Leaving the group: until when a member stays bound, and what its shares may become (D2b)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from services.groupement.domain.conventions import Adhesion, Convention, EtatAdhesion
from services.groupement.domain.quanta import exposant
from shared.kernel.calendrier import ajouter_jours, ajouter_mois
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.repartition import expliquer


def fin_du_preavis(adhesion: Adhesion, notifie_le: dt.date, preavis_mois: int) -> dt.date:
    """First day out of the group; a stay lasts at least a day."""
    fin = ajouter_mois(notifie_le, preavis_mois)
    assert adhesion.effet_le is not None
    return max(fin, ajouter_jours(notifie_le, 1), ajouter_jours(adhesion.effet_le, 1))


def exiger_retrait_possible(
    convention: Convention, siret: str, notifie_le: dt.date, jour: dt.date
) -> Adhesion:
    """The stay that ends; the coordinator does not leave its own group, a guest has not joined."""
    if siret == convention.coordonnateur:
        raise ConflictError(
            "Le coordonnateur ne se retire pas\u00a0: confiez la coordination à un autre membre "
            "par avenant, ou résiliez la convention.",
            code="retrait_du_coordonnateur",
        )
    sejour = convention.sejour(siret, jour)
    if sejour is None or sejour.etat(jour) is not EtatAdhesion.ADHERENT:
        raise ConflictError(
            "Seul un membre adhérent notifie son retrait, et une seule fois.",
            code="retrait_impossible",
        )
    if notifie_le > jour or (sejour.effet_le and notifie_le < sejour.effet_le):
        raise ValidationError(
            "Le retrait se notifie entre la date d’adhésion et aujourd’hui.",
            code="date_invalide",
            champs={"notifie_le": "Indiquez le jour où le coordonnateur a reçu la notification."},
        )
    return sejour


@dataclass(frozen=True, slots=True)
class Proposition:
    """What one of those who stay would take over, and why."""

    siret: str
    quantite: Decimal
    motif: str


def proposer(reste: Decimal, quotas: Mapping[str, Decimal], unite: str) -> tuple[Proposition, ...]:
    """Share what a leaving member has not ordered, pro rata of the others' own shares.

    Σ propositions = `reste` exactly; nothing when nobody else has a share.
    """
    if reste <= 0 or not any(quotas.values()):
        return ()
    pas = exposant((reste,))
    parts = expliquer(int(reste.scaleb(-pas)), sorted(quotas.items()), unite if not pas else "")
    return tuple(
        Proposition(siret, Decimal(calcul.part).scaleb(pas), calcul.phrase)
        for siret, calcul in parts.items()
    )
