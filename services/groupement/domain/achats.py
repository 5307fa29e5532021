"""The life of a grouped purchase: its states, the steps between them, and who is in."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.errors import ConflictError, ForbiddenError


class EtatAchat(StrEnum):
    """Where a purchase stands."""

    PROJET = "PROJET"
    RECENSEMENT_OUVERT = "RECENSEMENT_OUVERT"
    RECENSEMENT_CLOS = "RECENSEMENT_CLOS"
    CONSOLIDE = "CONSOLIDE"
    LANCE = "LANCE"
    ATTRIBUE = "ATTRIBUE"
    NOTIFIE = "NOTIFIE"
    EN_EXECUTION = "EN_EXECUTION"
    SOLDE = "SOLDE"
    ABANDONNE = "ABANDONNE"


LIBELLES: Mapping[EtatAchat, str] = MappingProxyType(
    {
        EtatAchat.PROJET: "Projet",
        EtatAchat.RECENSEMENT_OUVERT: "Recensement ouvert",
        EtatAchat.RECENSEMENT_CLOS: "Recensement clos",
        EtatAchat.CONSOLIDE: "Consolidé",
        EtatAchat.LANCE: "Lancé",
        EtatAchat.ATTRIBUE: "Attribué",
        EtatAchat.NOTIFIE: "Notifié",
        EtatAchat.EN_EXECUTION: "En exécution",
        EtatAchat.SOLDE: "Soldé",
        EtatAchat.ABANDONNE: "Abandonné",
    }
)

CHEMIN = tuple(etat for etat in EtatAchat if etat is not EtatAchat.ABANDONNE)
"""The way forward, in order."""

_AVANT_NOTIFICATION = CHEMIN[: CHEMIN.index(EtatAchat.NOTIFIE)]
_SUIVANTS: Mapping[EtatAchat, frozenset[EtatAchat]] = MappingProxyType(
    {
        etat: frozenset(CHEMIN[rang + 1 : rang + 2])
        | ({EtatAchat.ABANDONNE} if etat in _AVANT_NOTIFICATION else set())
        | ({EtatAchat.RECENSEMENT_OUVERT} if etat is EtatAchat.CONSOLIDE else set())
        for rang, etat in enumerate(CHEMIN)
    }
)


def suivants(etat: EtatAchat) -> frozenset[EtatAchat]:
    """States that may follow `etat`; none after the end."""
    return _SUIVANTS.get(etat, frozenset())


def franchir(depuis: EtatAchat, vers: EtatAchat) -> EtatAchat:
    """Take one step, or refuse it naming both states."""
    if vers not in suivants(depuis):
        raise ConflictError(
            f"Un achat «\u00a0{LIBELLES[depuis]}\u00a0» ne peut pas passer à l’état "
            f"«\u00a0{LIBELLES[vers]}\u00a0».",
            code="transition_interdite",
            depuis=depuis.value,
            vers=vers.value,
        )
    return vers


def passe(etat: EtatAchat, jalon: EtatAchat) -> bool:
    """Tell whether a purchase has reached `jalon` (an abandoned one reaches nothing)."""
    return etat in CHEMIN and CHEMIN.index(etat) >= CHEMIN.index(jalon)


def exiger_recensement_ouvert(
    etat: EtatAchat,
    numero: int,
    cloture_le: dt.datetime | None,
    maintenant: dt.datetime,
    contact: str = "",
) -> None:
    """Let a need be written only while the call is open; say how, and by whom, it reopens (D4)."""
    ouvert = etat is EtatAchat.RECENSEMENT_OUVERT
    if ouvert and (cloture_le is None or maintenant < cloture_le):
        return
    if etat is EtatAchat.PROJET:
        raise ConflictError(
            "Le recensement de cet achat n’est pas encore ouvert.", code="recensement_non_ouvert"
        )
    if passe(etat, EtatAchat.LANCE):
        raise ConflictError(
            "L’achat est lancé\u00a0: son périmètre est figé. Ce besoin peut entrer dans le "
            "prochain achat de la même famille.",
            code="perimetre_fige",
        )
    if etat is EtatAchat.ABANDONNE:
        raise ConflictError("Cet achat est abandonné.", code="achat_abandonne")
    raise ConflictError(
        f"Le recensement n°\u00a0{numero} est clos. Pour modifier un besoin, demandez au "
        "coordonnateur de le rouvrir (procédure «\u00a0Rouvrir le recensement\u00a0», avec un "
        "motif)\u00a0: un nouveau recensement s’ouvre pour tous les membres."
        + (f" Contact\u00a0: {contact}." if contact else ""),
        code="recensement_clos",
        procedure="rouvrir_recensement",
        numero=numero,
    )


def exiger_coordonnateur(siret: str, coordonnateur: str) -> None:
    """Keep to the coordinator what it does in the name of all."""
    if siret != coordonnateur:
        raise ForbiddenError(
            "Seul le coordonnateur du groupement peut faire cela.", code="coordonnateur_seul"
        )


class EtatBesoin(StrEnum):
    """How far a need has gone; it follows from the purchase, and is never stored."""

    OUVERT = "OUVERT"
    DECLARE = "DECLARE"
    VALIDE = "VALIDE"
    CONSOLIDE = "CONSOLIDE"
    FIGE = "FIGE"


LIBELLES_BESOIN: Mapping[EtatBesoin, str] = MappingProxyType(
    {
        EtatBesoin.OUVERT: "Brouillon",
        EtatBesoin.DECLARE: "Transmis",
        EtatBesoin.VALIDE: "Reçu par le coordonnateur",
        EtatBesoin.CONSOLIDE: "Consolidé",
        EtatBesoin.FIGE: "Figé au lancement",
    }
)


def etat_besoin(etat: EtatAchat, *, valide: bool = False) -> EtatBesoin:
    """A need is validated by its member's own validator, or for all by the closing of the call."""
    if passe(etat, EtatAchat.LANCE):
        return EtatBesoin.FIGE
    if etat is EtatAchat.CONSOLIDE:
        return EtatBesoin.CONSOLIDE
    clos = etat is not EtatAchat.RECENSEMENT_OUVERT
    return EtatBesoin.VALIDE if valide or clos else EtatBesoin.DECLARE
