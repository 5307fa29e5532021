"""The tender board competent for the group, computed from its members' kinds (L1414-3 CGCT)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.groupement.domain.clauses import ChoixCao
from services.groupement.domain.cles import euros
from services.groupement.domain.formes import LOCALES, FormeJuridique
from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, Parametres


class RegleCao(StrEnum):
    """Which paragraph of L1414-3 applies."""

    I = "I"  # noqa: E741 -- the paragraph's own number
    I_BIS = "I_BIS"
    II = "II"
    AUCUNE = "AUCUNE"


TITRES: Mapping[RegleCao, str] = MappingProxyType(
    {
        RegleCao.I: "Commission d’appel d’offres du groupement (L1414-3, I du CGCT)",
        RegleCao.I_BIS: "Commission régie par le décret des offices de l’habitat (L1414-3, I bis)",
        RegleCao.II: "Commission d’appel d’offres du coordonnateur (L1414-3, II du CGCT)",
        RegleCao.AUCUNE: "Aucune commission imposée par la loi",
    }
)
CONSEILS = (
    "Peuvent y siéger sans voter\u00a0: des experts et des agents choisis pour leur compétence, "
    "le comptable du coordonnateur et un représentant de l’autorité de la concurrence."
)
QUORUM = (
    "Le quorum est atteint quand plus de la moitié des membres ayant voix délibérative sont "
    "présents\u00a0; à défaut, une seconde réunion se tient sans condition de quorum."
)
AVENANTS = (
    "Elle donne son avis sur tout avenant qui augmente de plus de 5\u00a0% le montant d’un marché "
    "qu’elle a attribué."
)
ELUS_DE_DROIT_COMMUN = "un président et cinq membres élus par l’assemblée"


@dataclass(frozen=True, slots=True)
class Membre:
    """What the computation reads of a member."""

    siret: str
    nom: str
    forme: FormeJuridique
    a_cao: bool


@dataclass(frozen=True, slots=True)
class Commission:
    """The competent board: the rule, why it applies, and how the board is composed."""

    regle: RegleCao
    explication: str
    composition: tuple[str, ...]

    @property
    def titre(self) -> str:
        return TITRES[self.regle]


def competente(membres: Sequence[Membre], coordonnateur: str, choix: ChoixCao) -> Commission:
    """Apply L1414-3 to the members, unless the convention designates the coordinator's board."""
    decompte = _decompte(membres)
    pilote = next(m for m in membres if m.siret == coordonnateur)
    regle = _regle(membres)
    if choix is ChoixCao.COORDONNATEUR:
        return Commission(
            RegleCao.II,
            f"La convention désigne la commission du coordonnateur, {pilote.nom}, "
            f"comme la loi le permet. {_sans_cette_clause(regle)} ({decompte}).",
            (_propre(pilote), QUORUM, AVENANTS, CONSEILS),
        )
    return Commission(
        regle, f"{_MOTIFS[regle]} ({decompte}).", _composition(regle, membres, pilote)
    )


_MOTIFS: Mapping[RegleCao, str] = MappingProxyType(
    {
        RegleCao.I: (
            "Les collectivités territoriales et leurs établissements publics locaux sont "
            "majoritaires"
        ),
        RegleCao.I_BIS: "Les offices publics de l’habitat sont majoritaires",
        RegleCao.AUCUNE: (
            "Ni les collectivités et leurs établissements publics locaux, ni les offices publics "
            "de l’habitat ne sont majoritaires"
        ),
    }
)


def _regle(membres: Sequence[Membre]) -> RegleCao:
    locaux = sum(m.forme in LOCALES for m in membres)
    offices = sum(m.forme is FormeJuridique.OPH for m in membres)
    if 2 * locaux > len(membres):
        return RegleCao.I
    return RegleCao.I_BIS if 2 * offices > len(membres) else RegleCao.AUCUNE


def _decompte(membres: Sequence[Membre]) -> str:
    locaux = sum(m.forme in LOCALES for m in membres)
    offices = sum(m.forme is FormeJuridique.OPH for m in membres)
    total = len(membres)
    texte = f"{locaux} sur {total} sont des collectivités ou leurs établissements"
    return texte + (f", {offices} sur {total} des offices publics de l’habitat" if offices else "")


def _sans_cette_clause(regle: RegleCao) -> str:
    if regle is RegleCao.AUCUNE:
        return "Sans cette clause, la loi n’imposerait aucune commission"
    article = "le I" if regle is RegleCao.I else "le I bis"
    return f"Sans cette clause, {article} de l’article s’appliquerait"


def _composition(regle: RegleCao, membres: Iterable[Membre], pilote: Membre) -> tuple[str, ...]:
    if regle is RegleCao.I:
        presidence = f"Le représentant du coordonnateur, {pilote.nom}, la préside."
        suppleants = "Un suppléant est désigné pour chaque représentant."
        sieges = (_siege(m) for m in sorted(membres, key=lambda m: m.nom))
        return (*sieges, presidence, suppleants, QUORUM, AVENANTS, CONSEILS)
    if regle is RegleCao.I_BIS:
        decret = (
            "Sa composition suit le décret pris pour les groupements où les offices publics de "
            "l’habitat sont majoritaires."
        )
        return (decret, AVENANTS, CONSEILS)
    choix = (
        "Les membres peuvent désigner la commission du coordonnateur par une clause de la "
        "convention, ou laisser le coordonnateur attribuer selon ses propres règles."
    )
    return (choix,)


def _siege(membre: Membre) -> str:
    if membre.a_cao:
        return (
            f"{membre.nom}\u00a0: un représentant élu parmi les membres ayant voix délibérative "
            "de sa commission d’appel d’offres."
        )
    return f"{membre.nom}\u00a0: un représentant désigné selon ses propres règles."


def _propre(pilote: Membre) -> str:
    if pilote.forme is FormeJuridique.COMMUNE:
        return (
            f"Composition ({pilote.nom})\u00a0: le maire et cinq membres élus par le conseil "
            "(trois membres pour une commune de moins de 3\u00a0500 habitants)."
        )
    return f"Composition ({pilote.nom})\u00a0: {ELUS_DE_DROIT_COMMUN}."


def phrase_des_seuils(parametres: Parametres, jour: dt.date, classe: ClasseAcheteur) -> str:
    """Say from which estimated value, before taxes, the board awards (L1414-2)."""
    courant, travaux = (
        parametres.valeur("seuil_formalise_ht", jour, classe, nature)
        for nature in (Nature.FOURNITURES, Nature.TRAVAUX)
    )
    return (
        "Elle attribue les marchés dont la valeur estimée atteint le seuil européen\u00a0: "
        f"{_euros(courant.valeur)} HT pour les fournitures et services, "
        f"{_euros(travaux.valeur)} HT pour les travaux, au {jour:%d/%m/%Y}."
    )


def _euros(valeur: object) -> str:
    return euros(Montant(str(valeur))).replace(",00", "")
