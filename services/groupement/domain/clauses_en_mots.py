"""Each clause as one French sentence: what pages show, and what two versions are compared by."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.groupement.domain.clauses import (
    INTITULES_DEMANDES,
    ChargeRetrait,
    ChoixCao,
    Clauses,
    RegleArrivee,
    Remuneration,
)
from services.groupement.domain.cles import LIBELLES as LIBELLES_CLE
from services.groupement.domain.cles import Cle, euros
from services.groupement.domain.conventions import LIBELLES_MODE, ModeCoordination
from services.groupement.domain.strategies import Strategie
from shared.kernel.repartition import ESPACE, FINE, nombre

STRATEGIES: Mapping[Strategie, str] = MappingProxyType(
    {
        Strategie.PRORATA: "Au prorata de ce que chacun attend",
        Strategie.PRIORITE: "Par classes de priorité, au prorata dans une classe",
        Strategie.PLANCHER: "Un plancher pour chacun d’abord, puis au prorata",
    }
)
MODES_COURTS: Mapping[ModeCoordination, str] = MappingProxyType(
    {mode: libelle.partition(ESPACE)[0] for mode, libelle in LIBELLES_MODE.items()}
)
CHARGES: Mapping[ChargeRetrait, str] = MappingProxyType(
    {
        ChargeRetrait.MEMBRE_SORTANT: "Le membre qui se retire supporte le coût du volume réduit",
        ChargeRetrait.MEMBRES_RESTANTS: "Le volume est proposé aux membres qui restent",
    }
)
ARRIVEES: Mapping[RegleArrivee, str] = MappingProxyType(
    {
        RegleArrivee.APPELS_OUVERTS: "Entre dans les achats qui ne sont pas encore lancés",
        RegleArrivee.ACHATS_SUIVANTS: "Entre dans les achats créés après son adhésion",
    }
)
CAO: Mapping[ChoixCao, str] = MappingProxyType(
    {
        ChoixCao.GROUPEMENT: "Celle que la loi compose selon les membres",
        ChoixCao.COORDONNATEUR: "Celle du coordonnateur",
    }
)


@dataclass(frozen=True, slots=True)
class Ecart:
    """One clause that two versions say differently."""

    clause: str
    avant: str
    apres: str


def decrire(clauses: Clauses, noms: Mapping[str, str]) -> dict[str, str]:
    """Name of each clause and what it says, in the order of the convention."""
    return {
        "Objet": clauses.objet[:1].upper() + clauses.objet[1:],
        "Durée": duree(clauses),
        "Coordination": LIBELLES_MODE[clauses.mode],
        "Exceptions": exceptions(clauses, noms),
        "Mode propre à un achat": oui_non(clauses.mode_par_achat, "Possible", "Non prévu"),
        "Mandat d’un EPCI": oui_non(clauses.mandat_epci, "Oui (L5211-4-4 du CGCT)", "Non"),
        "Rémunération": remuneration(clauses),
        "Clé des frais": cle(clauses, noms),
        "Partage des quantités": partage(clauses, noms),
        "Arrivée d’un membre": ARRIVEES[clauses.arrivee],
        "Préavis de retrait": preavis(clauses),
        "Volume d’un partant": CHARGES[clauses.charge_retrait],
        "Commission d’appel d’offres": CAO[clauses.cao],
        "Demandes admises": evenements(clauses),
        "Délai de réponse": delai(clauses),
        "Litiges": litiges(clauses),
    }


def comparer(avant: Clauses, apres: Clauses, noms: Mapping[str, str]) -> tuple[Ecart, ...]:
    """What changes from one version to the other, clause by clause, in words."""
    anciennes, nouvelles = decrire(avant, noms), decrire(apres, noms)
    return tuple(
        Ecart(clause, anciennes[clause], nouvelles[clause])
        for clause in nouvelles
        if anciennes[clause] != nouvelles[clause]
    )


def oui_non(valeur: bool, oui: str, non: str) -> str:
    return oui if valeur else non


def duree(clauses: Clauses) -> str:
    genre = "Groupement permanent" if clauses.permanente else "Groupement ponctuel, pour un achat"
    if clauses.duree_mois is None:
        return f"{genre}, sans terme"
    return f"{genre}, {clauses.duree_mois}\u00a0mois"


def exceptions(clauses: Clauses, noms: Mapping[str, str]) -> str:
    dites = [
        f"{c.perimetre}\u00a0: {noms.get(c.coordonnateur, c.coordonnateur)} "
        f"({MODES_COURTS[c.mode].lower()})"
        for c in clauses.coordinations
    ]
    return " ; ".join(dites).replace(" ;", "\u202f;") or "Aucune"


def remuneration(clauses: Clauses) -> str:
    if clauses.remuneration is Remuneration.GRATUITE or clauses.forfait_annuel is None:
        return "Le coordonnateur n’est pas rémunéré"
    return f"Forfait de {euros(clauses.forfait_annuel)} par an, partagé selon la clé"


def cle(clauses: Clauses, noms: Mapping[str, str]) -> str:
    if clauses.cle is not Cle.POURCENTAGES:
        return LIBELLES_CLE[clauses.cle]
    parts = sorted(clauses.pourcentages.items(), key=lambda p: noms.get(p[0], p[0]))
    return ", ".join(f"{noms.get(s, s)} {nombre(part)}\u00a0%" for s, part in parts)


def partage(clauses: Clauses, noms: Mapping[str, str]) -> str:
    """The sharing of a delivery that falls short, with its classes or its floors."""
    dit = STRATEGIES[clauses.strategie]
    if clauses.strategie is Strategie.PRIORITE:
        rangs = sorted(clauses.priorites, key=lambda p: (p.classe, noms.get(p.siret, p.siret)))
        return _enumerer(
            dit,
            [f"{noms.get(p.siret, p.siret)} en classe {p.classe} ({p.motif})" for p in rangs],
            "les autres membres ensuite",
        )
    if clauses.strategie is Strategie.PLANCHER:
        nommes = [p for p in clauses.planchers if p.article]
        reste = clauses.partage.plancher("").mesure
        return _enumerer(
            dit,
            [f"{p.mesure} pour l’article {p.article}" for p in nommes],
            f"{reste} pour les autres articles" if nommes else f"{reste} pour chaque article",
        )
    return dit


def _enumerer(tete: str, dites: list[str], reste: str) -> str:
    return f"{tete}{ESPACE}: " + f"{FINE}; ".join([*dites, reste])


def preavis(clauses: Clauses) -> str:
    return f"{clauses.preavis_mois}\u00a0mois" if clauses.preavis_mois else "Sans préavis"


def evenements(clauses: Clauses) -> str:
    dites = [INTITULES_DEMANDES[type_] for type_ in clauses.evenements]
    return ", ".join(dites).capitalize() or "Aucune"


def delai(clauses: Clauses) -> str:
    minimum = (
        f"Au moins {clauses.delai_reponse_jours}\u00a0jours"
        if clauses.delai_reponse_jours
        else "Celui que fixe chaque appel"
    )
    return f"{minimum}\u202f; le silence vaut refus"


def litiges(clauses: Clauses) -> str:
    conciliation = (
        f"Conciliation de {clauses.conciliation_jours}\u00a0jours, puis "
        if clauses.conciliation_jours
        else ""
    )
    return conciliation + clauses.tribunal
