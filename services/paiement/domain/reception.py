"""What an organisation asks of the invoices it receives, beyond the European norm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from services.paiement.domain.efacture import Anomalie, Gravite, Verdict

PREFIXE_FRANCE = "BR-FR"


class Niveau(StrEnum):
    """What a finding of the French rules (BR-FR) does."""

    BLOQUER = "BLOQUER"
    AVERTIR = "AVERTIR"
    IGNORER = "IGNORER"


class Exigence(StrEnum):
    """What a public body requires to route an invoice, as the directory of Chorus Pro says it."""

    NONE = "NONE"
    SERVICE = "SERVICE"
    ENGAGEMENT = "ENGAGEMENT"
    SERVICE_OR_ENGAGEMENT = "SERVICE_OR_ENGAGEMENT"
    SERVICE_AND_ENGAGEMENT = "SERVICE_AND_ENGAGEMENT"


LIBELLES_NIVEAU: Mapping[Niveau, str] = {
    Niveau.BLOQUER: "Rejeter la facture",
    Niveau.AVERTIR: "Montrer la remarque, sans bloquer",
    Niveau.IGNORER: "Ne pas la montrer",
}
LIBELLES_EXIGENCE: Mapping[Exigence, str] = {
    Exigence.NONE: "Le SIRET suffit",
    Exigence.SERVICE: "Le code du service",
    Exigence.ENGAGEMENT: "Le numéro d’engagement",
    Exigence.SERVICE_OR_ENGAGEMENT: "Le code du service ou le numéro d’engagement",
    Exigence.SERVICE_AND_ENGAGEMENT: "Le code du service et le numéro d’engagement",
}


@dataclass(frozen=True, slots=True)
class Annuaire:
    """Routing of an organisation; `services` maps each known code to « engagement required ».

    Without any declared service every code is accepted.
    """

    exigence: Exigence = Exigence.NONE
    services: Mapping[str, bool] | None = None


def appliquer(anomalies: Sequence[Anomalie], niveau: Niveau) -> tuple[Anomalie, ...]:
    """Treat the French findings as the organisation wants; the European ones stay as they are."""
    if niveau is Niveau.AVERTIR:
        return tuple(anomalies)
    if niveau is Niveau.IGNORER:
        return tuple(a for a in anomalies if not _francaise(a))
    return tuple(replace(a, gravite=Gravite.BLOQUANTE) if _francaise(a) else a for a in anomalies)


def refusee(verdict: Verdict, anomalies: Sequence[Anomalie]) -> bool:
    """Not valid, or valid for the norm and blocked by a French rule."""
    bloquee = any(a.gravite is Gravite.BLOQUANTE for a in anomalies)
    return verdict is Verdict.INVALIDE or (verdict is Verdict.VALIDE and bloquee)


def _francaise(anomalie: Anomalie) -> bool:
    return anomalie.regle.startswith(PREFIXE_FRANCE)


def manques(annuaire: Annuaire, service: str | None, engagement: str | None) -> list[str]:
    """What prevents the routing of an invoice, in sentences; empty when it can go on."""
    services = annuaire.services or {}
    connu = bool(service) and (not services or service in services)
    if service and services and not connu and annuaire.exigence is not Exigence.NONE:
        permis = ", ".join(sorted(services))
        return [f"Le service {service} n’existe pas\u00a0: choisissez parmi {permis} (BT-10)."]
    trouves = [_manque(annuaire.exigence, connu, bool(engagement))]
    if connu and services.get(service or "") and not engagement:
        trouves.append(f"Le service {service} exige un numéro d’engagement (BT-13).")
    return [phrase for phrase in dict.fromkeys(trouves) if phrase]


def _manque(exigence: Exigence, service: bool, engagement: bool) -> str:
    sans_service = "Le code du service destinataire manque (BT-10)."
    sans_engagement = "Le numéro d’engagement manque (BT-13)."
    match exigence:
        case Exigence.SERVICE:
            return "" if service else sans_service
        case Exigence.ENGAGEMENT:
            return "" if engagement else sans_engagement
        case Exigence.SERVICE_OR_ENGAGEMENT:
            return (
                ""
                if service or engagement
                else "Donnez le code du service (BT-10) ou le numéro d’engagement (BT-13)."
            )
        case Exigence.SERVICE_AND_ENGAGEMENT:
            parts = [
                p for ok, p in ((service, sans_service), (engagement, sans_engagement)) if not ok
            ]
            return " ".join(parts)
    return ""
