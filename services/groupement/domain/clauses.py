"""What a convention says, as data: the engine applies it and its text is written from it.

Mentions that a convention constitutive holds: object, duration, coordinator and its tasks, joining
and leaving, competent tender board, sharing of costs, execution, disputes (L2113-7).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from services.groupement.domain.acces import DEMANDES
from services.groupement.domain.cles import Cle
from services.groupement.domain.conventions import ModeCoordination
from services.groupement.domain.formes import FormeJuridique
from services.groupement.domain.partage_prevu import PartagePrevu, Plancher, Priorite
from services.groupement.domain.partage_prevu import fautes as fautes_de_partage_prevu
from services.groupement.domain.strategies import Strategie
from shared.kernel.errors import ConflictError, ForbiddenError, ValidationError
from shared.kernel.identifiants import cpv_couvre
from shared.kernel.montant import Montant

PREAVIS_MAX = 36
DUREE_MAX = 120
DELAI_MAX = 60
INTITULES_DEMANDES: Mapping[str, str] = MappingProxyType(
    {
        "membre.achat.demande.v1": "demander un achat",
        "membre.besoin.declare.v1": "déclarer un besoin",
        "membre.commande.demande.v1": "passer une commande",
        "membre.participation.declare.v1": "répondre à un appel",
    }
)


STRATEGIES = (Strategie.PRORATA, Strategie.PRIORITE, Strategie.PLANCHER)
"""What a convention may choose in advance; sharing by hand is decided case by case."""


class ChargeRetrait(StrEnum):
    """Who bears the volume that a leaving member no longer buys."""

    MEMBRE_SORTANT = "MEMBRE_SORTANT"
    MEMBRES_RESTANTS = "MEMBRES_RESTANTS"


class RegleArrivee(StrEnum):
    """Which purchases a newcomer may enter; never one already launched (L2111-1)."""

    APPELS_OUVERTS = "APPELS_OUVERTS"
    ACHATS_SUIVANTS = "ACHATS_SUIVANTS"


class ChoixCao(StrEnum):
    """The tender board: the one the law composes, or the coordinator's (L1414-3 II)."""

    GROUPEMENT = "GROUPEMENT"
    COORDONNATEUR = "COORDONNATEUR"


class Remuneration(StrEnum):
    """Whether the coordinator's work is paid for."""

    GRATUITE = "GRATUITE"
    FORFAIT_ANNUEL = "FORFAIT_ANNUEL"


@dataclass(frozen=True, slots=True)
class Coordination:
    """An exception: purchases of a family or under a CPV prefix have their own coordinator."""

    coordonnateur: str
    mode: ModeCoordination
    famille: str = ""
    cpv: str = ""

    def couvre(self, famille: str, cpv: str) -> bool:
        memes = self.famille.strip().casefold() == famille.strip().casefold()
        return (bool(self.famille) and memes) or (bool(self.cpv) and cpv_couvre(self.cpv, cpv))

    @property
    def perimetre(self) -> str:
        return f"famille «\u00a0{self.famille}\u00a0»" if self.famille else f"CPV {self.cpv}"


@dataclass(frozen=True, slots=True)
class Clauses:
    """The clauses of one version; the defaults are those of a permanent group."""

    mode: ModeCoordination
    objet: str = "l’achat de fournitures et de services courants"
    permanente: bool = True
    duree_mois: int | None = None
    coordinations: tuple[Coordination, ...] = ()
    mode_par_achat: bool = False
    remuneration: Remuneration = Remuneration.GRATUITE
    forfait_annuel: Montant | None = None
    cle: Cle = Cle.AU_MONTANT
    pourcentages: Mapping[str, Decimal] = field(default_factory=dict)
    strategie: Strategie = Strategie.PRORATA
    preavis_mois: int = 6
    charge_retrait: ChargeRetrait = ChargeRetrait.MEMBRES_RESTANTS
    arrivee: RegleArrivee = RegleArrivee.APPELS_OUVERTS
    cao: ChoixCao = ChoixCao.COORDONNATEUR
    evenements: tuple[str, ...] = DEMANDES
    delai_reponse_jours: int = 0
    conciliation_jours: int = 30
    tribunal: str = "tribunal administratif territorialement compétent"
    mandat_epci: bool = False
    priorites: tuple[Priorite, ...] = ()
    planchers: tuple[Plancher, ...] = ()

    @property
    def partage(self) -> PartagePrevu:
        """How a delivery that falls short is shared."""
        return PartagePrevu(self.strategie, self.priorites, self.planchers)

    def coordination(self, famille: str, cpv: str, coordonnateur: str) -> Coordination:
        """Who conducts a purchase and how: the most precise exception, else the default."""
        touchees = [c for c in self.coordinations if c.couvre(famille, cpv)]
        defaut = Coordination(coordonnateur, self.mode)
        return max(touchees, key=lambda c: (bool(c.famille), len(c.cpv)), default=defaut)


@dataclass(frozen=True, slots=True)
class Signataires:
    """Who may be named by clauses: the members, their legal kinds, who has a tender board."""

    coordonnateur: str
    formes: Mapping[str, FormeJuridique]
    avec_cao: frozenset[str]


def verifier(clauses: Clauses, signataires: Signataires) -> Clauses:
    """Give the clauses back, or refuse with every fault under its field."""
    erreurs = dict(_fautes(clauses, signataires))
    if erreurs:
        raise ValidationError(
            "Les clauses ne tiennent pas ensemble\u00a0: " + " ".join(erreurs.values()),
            code="clauses_invalides",
            champs=erreurs,
        )
    return replace(clauses, evenements=tuple(sorted(set(clauses.evenements))))


def _fautes(clauses: Clauses, signataires: Signataires) -> Iterable[tuple[str, str]]:
    yield from _fautes_de_duree(clauses)
    yield from _fautes_de_partage(clauses, signataires)
    yield from _fautes_de_coordination(clauses, signataires)
    if set(clauses.evenements) - set(DEMANDES):
        yield "evenements", "Choisissez parmi les demandes que la plateforme reçoit."
    if clauses.strategie not in STRATEGIES:
        yield "strategie", "Choisissez un partage calculé."
    yield from fautes_de_partage_prevu(clauses.partage, set(signataires.formes))
    if clauses.cao is ChoixCao.COORDONNATEUR and _sans_cao(signataires):
        yield "cao", "Le coordonnateur n’a pas de commission d’appel d’offres."


def _sans_cao(signataires: Signataires) -> bool:
    return signataires.coordonnateur not in signataires.avec_cao


def _fautes_de_duree(clauses: Clauses) -> Iterable[tuple[str, str]]:
    if not clauses.objet.strip():
        yield "objet", "Indiquez ce que le groupement achète."
    if clauses.duree_mois is not None and not 1 <= clauses.duree_mois <= DUREE_MAX:
        yield "duree_mois", f"La durée va de 1 à {DUREE_MAX} mois."
    if not clauses.permanente and clauses.duree_mois is None:
        yield "duree_mois", "Un groupement ponctuel a une durée."
    if not 0 <= clauses.preavis_mois <= PREAVIS_MAX:
        yield "preavis_mois", f"Le préavis va de 0 à {PREAVIS_MAX} mois."
    if not 0 <= clauses.delai_reponse_jours <= DELAI_MAX:
        yield "delai_reponse_jours", f"Le délai de réponse va de 0 à {DELAI_MAX} jours."
    if clauses.conciliation_jours < 0:
        yield "conciliation_jours", "Indiquez un nombre de jours positif ou nul."
    if not clauses.tribunal.strip():
        yield "tribunal", "Indiquez le tribunal compétent."


def _fautes_de_partage(clauses: Clauses, signataires: Signataires) -> Iterable[tuple[str, str]]:
    paye = clauses.remuneration is Remuneration.FORFAIT_ANNUEL
    if paye and not (clauses.forfait_annuel and clauses.forfait_annuel > Montant.zero()):
        yield "forfait_annuel", "Indiquez le montant annuel du forfait."
    if clauses.cle is Cle.POURCENTAGES:
        yield from _fautes_de_pourcentages(clauses.pourcentages, signataires)
    if clauses.mandat_epci:
        yield from _fautes_du_mandat(clauses, signataires)


def _fautes_de_pourcentages(
    parts: Mapping[str, Decimal], signataires: Signataires
) -> Iterable[tuple[str, str]]:
    if set(parts) - set(signataires.formes):
        yield "pourcentages", "Seuls des membres ont un pourcentage."
    elif any(part < 0 for part in parts.values()) or sum(parts.values()) != 100:
        yield "pourcentages", "Les pourcentages sont positifs et font 100 au total."


def _fautes_du_mandat(clauses: Clauses, signataires: Signataires) -> Iterable[tuple[str, str]]:
    if signataires.formes.get(signataires.coordonnateur) is not FormeJuridique.EPCI:
        yield "mandat_epci", "Seul un EPCI reçoit ce mandat de ses communes (L5211-4-4 du CGCT)."
    elif clauses.remuneration is not Remuneration.GRATUITE:
        yield "remuneration", "Le mandat donné à l’EPCI par ses communes est gratuit."


def _fautes_de_coordination(
    clauses: Clauses, signataires: Signataires
) -> Iterable[tuple[str, str]]:
    perimetres = [c.perimetre for c in clauses.coordinations]
    if any(bool(c.famille) == bool(c.cpv) for c in clauses.coordinations):
        yield "coordinations", "Une exception porte sur une famille ou sur un préfixe CPV."
    elif len(set(perimetres)) != len(perimetres):
        yield "coordinations", "Deux exceptions portent sur le même périmètre."
    if {c.coordonnateur for c in clauses.coordinations} - set(signataires.formes):
        yield "coordinations", "Un coordonnateur est membre du groupement."


def exiger_evenement_prevu(clauses: Clauses, type_: str) -> None:
    """Refuse what a member's software asks when the convention does not provide for it."""
    if type_ not in clauses.evenements:
        raise ForbiddenError(
            f"La convention du groupement ne permet pas de "
            f"{INTITULES_DEMANDES.get(type_, type_)} par événement.",
            code="evenement_hors_convention",
        )


def exiger_delai_de_reponse(clauses: Clauses, jours: int) -> None:
    """Refuse a call for needs shorter than what the members agreed on."""
    if jours < clauses.delai_reponse_jours:
        raise ValidationError(
            f"La convention laisse au moins {clauses.delai_reponse_jours} jours pour répondre.",
            code="delai_de_reponse_trop_court",
            champs={
                "cloture_le": "Choisissez une clôture au moins "
                f"{clauses.delai_reponse_jours} jours après aujourd’hui."
            },
        )


def exiger_ponctualite(clauses: Clauses, achats: int) -> None:
    """Refuse a second purchase under a convention signed for one."""
    if not clauses.permanente and achats:
        raise ConflictError(
            "Ce groupement est ponctuel\u00a0: sa convention a été signée pour un seul achat. "
            "Signez une nouvelle convention, ou un avenant qui la rend permanente.",
            code="groupement_ponctuel",
        )
