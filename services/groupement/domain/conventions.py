"""The convention of the group and its membership: dated intervals, never deleted.

Rules: L2113-6 to L2113-8 of the Code de la commande publique (signed by every member, in force
before a procedure starts, a member that joins later cannot use the resulting contract).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from shared.kernel.errors import ConflictError, ForbiddenError, ValidationError


class ModeCoordination(StrEnum):
    """What the coordinator does in the name of the others."""

    PASSATION = "PASSATION"
    PASSATION_SIGNATURE = "PASSATION_SIGNATURE"
    INTEGREE = "INTEGREE"


LIBELLES_MODE: Mapping[ModeCoordination, str] = MappingProxyType(
    {
        ModeCoordination.PASSATION: "Passation\u00a0: chaque membre signe et exécute",
        ModeCoordination.PASSATION_SIGNATURE: (
            "Passation et signature\u00a0: le coordonnateur signe et notifie, chaque membre exécute"
        ),
        ModeCoordination.INTEGREE: (
            "Intégrée\u00a0: le coordonnateur signe, exécute et paie pour tous"
        ),
    }
)


class EtatConvention(StrEnum):
    """Where a convention stands; `EXPIREE` follows from its dates."""

    BROUILLON = "BROUILLON"
    EN_SIGNATURE = "EN_SIGNATURE"
    EN_VIGUEUR = "EN_VIGUEUR"
    SUSPENDUE = "SUSPENDUE"
    RESILIEE = "RESILIEE"
    EXPIREE = "EXPIREE"


LIBELLES: Mapping[EtatConvention, str] = MappingProxyType(
    {
        EtatConvention.BROUILLON: "Brouillon",
        EtatConvention.EN_SIGNATURE: "En signature",
        EtatConvention.EN_VIGUEUR: "En vigueur",
        EtatConvention.SUSPENDUE: "Suspendue",
        EtatConvention.RESILIEE: "Résiliée",
        EtatConvention.EXPIREE: "Expirée",
    }
)

_SUIVANTS: Mapping[EtatConvention, frozenset[EtatConvention]] = MappingProxyType(
    {
        EtatConvention.BROUILLON: frozenset({EtatConvention.EN_SIGNATURE}),
        EtatConvention.EN_SIGNATURE: frozenset({EtatConvention.EN_VIGUEUR}),
        EtatConvention.EN_VIGUEUR: frozenset(
            {EtatConvention.SUSPENDUE, EtatConvention.RESILIEE, EtatConvention.EXPIREE}
        ),
        EtatConvention.SUSPENDUE: frozenset(
            {EtatConvention.EN_VIGUEUR, EtatConvention.RESILIEE, EtatConvention.EXPIREE}
        ),
    }
)


def franchir(depuis: EtatConvention, vers: EtatConvention) -> EtatConvention:
    """Take one step of the convention's life, or refuse it."""
    if vers not in _SUIVANTS.get(depuis, frozenset()):
        raise ConflictError(
            f"Une convention «\u00a0{LIBELLES[depuis]}\u00a0» ne peut pas devenir "
            f"«\u00a0{LIBELLES[vers]}\u00a0».",
            code="transition_interdite",
        )
    return vers


class EtatAdhesion(StrEnum):
    """Where a membership stands at a date."""

    INVITE = "INVITE"
    DELIBERATION_PRISE = "DELIBERATION_PRISE"
    ADHERENT = "ADHERENT"
    RETRAIT_NOTIFIE = "RETRAIT_NOTIFIE"
    RETIRE = "RETIRE"


LIBELLES_ADHESION: Mapping[EtatAdhesion, str] = MappingProxyType(
    {
        EtatAdhesion.INVITE: "Délibération attendue",
        EtatAdhesion.DELIBERATION_PRISE: "Délibération prise",
        EtatAdhesion.ADHERENT: "Adhérent",
        EtatAdhesion.RETRAIT_NOTIFIE: "Retrait notifié",
        EtatAdhesion.RETIRE: "Retiré",
    }
)


@dataclass(frozen=True, slots=True)
class Adhesion:
    """One stay of a member in the group, from `effet_le` until `fin_le` (excluded)."""

    siret: str
    nom: str
    deliberation_le: dt.date | None = None
    effet_le: dt.date | None = None
    fin_le: dt.date | None = None
    retrait_notifie_le: dt.date | None = None

    def __post_init__(self) -> None:
        if (self.deliberation_le is None) != (self.effet_le is None):
            raise ValidationError(
                "Une adhésion prend effet par une délibération datée.", code="adhesion_incomplete"
            )
        if self.deliberation_le and self.effet_le and self.effet_le < self.deliberation_le:
            raise ValidationError(
                "L’adhésion ne peut pas prendre effet avant la délibération qui la décide.",
                code="effet_avant_deliberation",
                champs={"effet_le": "Indiquez le jour de la délibération ou un jour suivant."},
            )

    def etat(self, jour: dt.date) -> EtatAdhesion:
        if self.effet_le is None:
            return EtatAdhesion.INVITE
        if jour < self.effet_le:
            return EtatAdhesion.DELIBERATION_PRISE
        if self.fin_le is None or jour < (self.retrait_notifie_le or jour):
            return EtatAdhesion.ADHERENT
        return EtatAdhesion.RETRAIT_NOTIFIE if jour < self.fin_le else EtatAdhesion.RETIRE

    def active(self, jour: dt.date) -> bool:
        """Tell whether the member belongs to the group on that day."""
        return self.etat(jour) in {EtatAdhesion.ADHERENT, EtatAdhesion.RETRAIT_NOTIFIE}


@dataclass(frozen=True, slots=True)
class Convention:
    """One version of the convention: in force from `debut` until `fin` (excluded)."""

    nom: str
    version: int
    etat: EtatConvention
    coordonnateur: str
    debut: dt.date | None
    fin: dt.date | None
    adhesions: tuple[Adhesion, ...]

    def etat_au(self, jour: dt.date) -> EtatConvention:
        vivante = self.etat in {EtatConvention.EN_VIGUEUR, EtatConvention.SUSPENDUE}
        expiree = vivante and self.fin is not None and jour >= self.fin
        return EtatConvention.EXPIREE if expiree else self.etat

    def en_vigueur(self, jour: dt.date) -> bool:
        commencee = self.debut is not None and self.debut <= jour
        return commencee and self.etat_au(jour) is EtatConvention.EN_VIGUEUR

    def adherents(self, jour: dt.date) -> tuple[Adhesion, ...]:
        return tuple(a for a in self.adhesions if a.active(jour))

    def presents(self, jour: dt.date) -> tuple[Adhesion, ...]:
        """Members and guests, those on notice too: all but those who left."""
        return tuple(a for a in self.adhesions if a.etat(jour) is not EtatAdhesion.RETIRE)

    def consultes(self, jour: dt.date) -> tuple[Adhesion, ...]:
        """Members whose needs are asked: those who vote later too, never those who leave (D2b)."""
        partants = {EtatAdhesion.RETRAIT_NOTIFIE, EtatAdhesion.RETIRE}
        return tuple(a for a in self.adhesions if a.etat(jour) not in partants)

    def sejour(self, siret: str, jour: dt.date) -> Adhesion | None:
        """The stay of a member that matters on that day: the living one, else the last."""
        siens = sorted(
            (a for a in self.adhesions if a.siret == siret), key=lambda a: a.effet_le or dt.date.max
        )
        vivants = [a for a in siens if a.etat(jour) is not EtatAdhesion.RETIRE]
        return next(iter(vivants or siens[-1:]), None)


def en_vigueur(conventions: Iterable[Convention], jour: dt.date) -> Convention | None:
    """Find the newest version in force on that day."""
    valides = [c for c in conventions if c.en_vigueur(jour)]
    return max(valides, key=lambda c: (c.debut or dt.date.min, c.version), default=None)


def exiger_signatures(convention: Convention, debut: dt.date) -> None:
    """Let a convention enter into force only once its coordinator and another member voted it."""
    decides = {a.siret for a in convention.adhesions if a.effet_le and a.effet_le <= debut}
    if convention.coordonnateur not in decides:
        raise ConflictError(
            "La délibération du coordonnateur manque, ou prend effet après cette date.",
            code="deliberation_coordonnateur_absente",
            champs={"debut": "Choisissez une date postérieure à la délibération."},
        )
    if len(decides) < 2:
        raise ConflictError(
            "Un groupement réunit au moins deux membres\u00a0: il manque une délibération.",
            code="membre_unique",
        )


def exiger_unanimite(attendus: Iterable[Adhesion], debut: dt.date) -> None:
    """Let an amendment enter into force only once every member invited to it has signed it."""
    manquants = sorted(a.nom for a in attendus if a.effet_le is None or a.effet_le > debut)
    if manquants:
        raise ConflictError(
            "Un avenant s’applique quand tous les membres l’ont signé\u00a0; la version précédente "
            f"reste en vigueur. Signature attendue\u00a0: {', '.join(manquants)}.",
            code="signatures_manquantes",
            champs={"debut": f"Signature attendue\u00a0: {', '.join(manquants)}."},
        )


def exiger_executoire(
    convention: Convention,
    participants: Iterable[str],
    jour: dt.date,
    coordonnateur: str | None = None,
) -> None:
    """Refuse a launch unless the coordinator and every participant are bound on that day (D1).

    A member on notice enters no new purchase (D2b): it is not among those who may take part.
    """
    if not convention.en_vigueur(jour):
        raise ConflictError(
            "La convention du groupement n’est pas exécutoire à la date du lancement.",
            code="convention_non_executoire",
        )
    adherents = {a.siret for a in convention.adhesions if a.etat(jour) is EtatAdhesion.ADHERENT}
    noms = {a.siret: a.nom for a in convention.adhesions}
    manquants = sorted({coordonnateur or convention.coordonnateur, *participants} - adherents)
    if manquants:
        liste = ", ".join(noms.get(siret, siret) for siret in manquants)
        raise ConflictError(
            f"Adhésion non exécutoire à la date du lancement\u00a0: {liste}. "
            "Si un membre se retire, rouvrez le recensement pour consolider sans lui.",
            code="adhesion_non_executoire",
            membres=manquants,
        )


def exiger_dans_le_perimetre(
    siret: str, perimetre: Iterable[str], prochain: str | None = None
) -> None:
    """Refuse a member that joined after the launch, and name what it can join instead (D2a)."""
    if siret not in set(perimetre):
        suite = f"\u00a0: {prochain}" if prochain else ""
        raise ConflictError(
            "Votre organisation ne fait pas partie du périmètre figé au lancement de cet "
            "achat\u00a0: les besoins d’un marché se définissent avant sa consultation "
            "(L2111-1 du Code de la "
            f"commande publique). Elle peut rejoindre le prochain achat de la même famille{suite}.",
            code="perimetre_fige",
            prochain=prochain,
        )


def exiger_consulte(convention: Convention, siret: str, jour: dt.date) -> Adhesion:
    """Refuse on a call whoever is not in the group, or is leaving it (D2b)."""
    sejour = convention.sejour(siret, jour)
    if sejour is None:
        raise ForbiddenError(
            "Votre organisation n’est pas membre de la convention de cet achat.",
            code="hors_convention",
        )
    if sejour.etat(jour) in {EtatAdhesion.RETRAIT_NOTIFIE, EtatAdhesion.RETIRE}:
        raise ConflictError(
            "Votre organisation a notifié son retrait\u00a0: elle n’entre plus dans de nouveaux "
            "achats. Ses marchés en cours continuent jusqu’à leur terme.",
            code="retrait_notifie",
        )
    return sejour


def exiger_arrivee_permise(
    effet_le: dt.date | None, cree_le: dt.date, achats_suivants: bool
) -> None:
    """Refuse a newcomer on a purchase older than its membership, when clauses say so (D2a)."""
    if achats_suivants and effet_le is not None and effet_le > cree_le:
        raise ConflictError(
            "La convention réserve cet achat aux membres qui l’étaient à sa création. Votre "
            "adhésion a pris effet depuis\u00a0: vous entrez dans les achats suivants.",
            code="arrivee_tardive",
        )
