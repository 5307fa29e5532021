"""Leaving the group: until when a member stays bound, and what its shares may become (D2b)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.groupement.domain.conventions import Adhesion, Convention, EtatAdhesion
from services.groupement.domain.quanta import exposant
from services.groupement.domain.repartition import Demande, repartir
from services.groupement.domain.strategies import Strategie
from shared.kernel.calendrier import ajouter_jours, ajouter_mois
from shared.kernel.errors import ConflictError, ValidationError


def fin_du_preavis(adhesion: Adhesion, notifie_le: dt.date, preavis_mois: int) -> dt.date:
    """First day out of the group; a stay lasts at least a day."""
    lendemain = ajouter_jours(max(notifie_le, adhesion.effet_le or notifie_le), 1)
    return max(ajouter_mois(notifie_le, preavis_mois), lendemain)


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


@dataclass(frozen=True, slots=True)
class Preneur:
    """Somebody who stays: its own share of the line, and whether it has ordered all of it."""

    siret: str
    quota: Decimal
    epuise: bool = False


def proposer(
    reste: Decimal,
    preneurs: Sequence[Preneur],
    strategie: Strategie = Strategie.PRORATA,
    unite: str = "",
) -> tuple[Proposition, ...]:
    """Share what a leaving member has not ordered between those who stay, by their own shares.

    Under PRIORITE those who have nothing left to order come first; under PLANCHER each gets one
    step first. Beyond the sum of the shares both give way to pro rata. Σ propositions = `reste`
    exactly; nothing when nobody else has a share.
    """
    total = sum((p.quota for p in preneurs), Decimal())
    if reste <= 0 or not total:
        return ()
    quantum = Decimal(1).scaleb(exposant((reste, *(p.quota for p in preneurs))))
    demandes = [
        Demande(p.siret, p.quota, classe=1 if p.epuise else 2, plancher=min(quantum, p.quota))
        for p in preneurs
    ]
    retenue = strategie if reste <= total else Strategie.PRORATA
    parts = repartir(reste, quantum, demandes, retenue, unite=unite)
    return tuple(Proposition(part.cle, part.quantite, part.motif) for part in parts)
