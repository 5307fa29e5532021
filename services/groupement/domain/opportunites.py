"""The opportunity detector (M3): which planned purchases could be made together, and why.

Two plans of different members are compatible when they share CPV class, nature, département and at
least one day of their periods. A group gathers the plans that one same day can serve, chosen so as
to bring together the most members: every member of a group can launch with all the others.
"""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.lieux import departement_de
from shared.kernel.montant import Montant
from shared.kernel.parametres import Nature

CHIFFRES_DE_CLASSE = 4
"""A CPV class is the first four digits: division, group, class."""
_INSEE = re.compile(r"(?:\d{2}|2[AB])\d{3}")


class EtatOpportunite(StrEnum):
    """What became of a possible grouping."""

    OUVERTE = "OUVERTE"
    PROPOSEE = "PROPOSEE"
    ECARTEE = "ECARTEE"
    PERIMEE = "PERIMEE"


LIBELLES = {
    EtatOpportunite.OUVERTE: "À examiner",
    EtatOpportunite.PROPOSEE: "Proposée aux membres",
    EtatOpportunite.ECARTEE: "Écartée",
    EtatOpportunite.PERIMEE: "Périmée",
}


def classe_cpv(cpv: str) -> str:
    return cpv[:CHIFFRES_DE_CLASSE]


def departement(lieu: str) -> str:
    """Département of a commune; any other place stands for itself."""
    return departement_de(lieu) if _INSEE.fullmatch(lieu) else lieu


@dataclass(frozen=True, slots=True)
class Plan:
    """A purchase that a member plans, and the period when it could be launched (both included)."""

    id: str
    siret: str
    nom: str
    objet: str
    cpv: str
    nature: Nature
    lieu: str
    debut: dt.date
    fin: dt.date
    montant_ht: Montant | None = None

    @property
    def famille(self) -> tuple[str, Nature, str]:
        """What compatible plans have in common, period apart."""
        return classe_cpv(self.cpv), self.nature, departement(self.lieu)

    @property
    def montant(self) -> Montant:
        return self.montant_ht or Montant.zero()

    def au(self, jour: dt.date) -> bool:
        return self.debut <= jour <= self.fin


def compatibles(un: Plan, autre: Plan) -> bool:
    """Tell whether two plans of different members could be one purchase."""
    return (
        un.siret != autre.siret
        and un.famille == autre.famille
        and un.debut <= autre.fin
        and autre.debut <= un.fin
    )


@dataclass(frozen=True, slots=True)
class Groupe:
    """Plans that one purchase can serve, in the order of members then ids."""

    plans: tuple[Plan, ...]

    @property
    def debut(self) -> dt.date:
        return max(plan.debut for plan in self.plans)

    @property
    def fin(self) -> dt.date:
        return min(plan.fin for plan in self.plans)

    @property
    def membres(self) -> dict[str, str]:
        return {plan.siret: plan.nom for plan in self.plans}

    @property
    def total(self) -> Montant:
        return Montant.somme(plan.montant for plan in self.plans)

    @property
    def par_membre(self) -> dict[str, Montant]:
        return {
            siret: Montant.somme(p.montant for p in self.plans if p.siret == siret)
            for siret in self.membres
        }

    @property
    def cpv(self) -> str:
        """The code that all share, else their class."""
        codes = {plan.cpv for plan in self.plans}
        return codes.pop() if len(codes) == 1 else f"{classe_cpv(self.plans[0].cpv)}0000"

    @property
    def lieu(self) -> str:
        return departement(self.plans[0].lieu)

    @property
    def nature(self) -> Nature:
        return self.plans[0].nature

    @property
    def objet(self) -> str:
        """The object of its largest plan stands for all."""
        return max(self.plans, key=lambda plan: (plan.montant, plan.objet)).objet

    @property
    def empreinte(self) -> str:
        """Fingerprint of the inputs: a decision holds as long as none of them changes."""
        entrees = [
            [p.id, p.siret, p.objet, p.cpv, p.nature, p.lieu, str(p.debut), str(p.fin),
             str(p.montant_ht)]
            for p in self.plans
        ]  # fmt: skip
        return f"sha256:{hashlib.sha256(json.dumps(entrees).encode()).hexdigest()}"


def detecter(plans: Iterable[Plan]) -> tuple[Groupe, ...]:
    """Every possible grouping, the largest first; the order of the plans does not matter."""
    ordonnes = sorted(plans, key=lambda plan: (plan.siret, plan.id))
    groupes = [groupe for reunis in _reunir(ordonnes) for groupe in _partager(reunis)]
    return tuple(sorted(groupes, key=lambda g: (-g.total.centimes, g.empreinte)))


def _reunir(plans: Sequence[Plan]) -> list[list[Plan]]:
    """Union of pairwise compatibility: the plans linked to one another, step by step."""
    familles: dict[tuple[str, Nature, str], list[Plan]] = {}
    for plan in plans:
        familles.setdefault(plan.famille, []).append(plan)
    return [reunis for voisins in familles.values() for reunis in _relier(voisins)]


def _relier(plans: Sequence[Plan]) -> list[list[Plan]]:
    """Linked plans of one family; only plans of the same family can be compatible."""
    meneur = {plan.id: plan.id for plan in plans}

    def tete(cle: str) -> str:
        while meneur[cle] != cle:
            cle = meneur[cle]
        return cle

    for rang, plan in enumerate(plans):
        for autre in plans[rang + 1 :]:
            if compatibles(plan, autre):
                premier, second = sorted((tete(plan.id), tete(autre.id)))
                meneur[second] = premier
    relies: dict[str, list[Plan]] = {}
    for plan in plans:
        relies.setdefault(tete(plan.id), []).append(plan)
    return [siens for siens in relies.values() if len(siens) > 1]


def _partager(plans: Sequence[Plan]) -> list[Groupe]:
    """Cut a linked set into groups that share a day, the one with the most members first."""
    restants, groupes = list(plans), []
    while restants:
        jour = min(restants, key=lambda plan: _rang(restants, plan.debut)).debut
        groupe = Groupe(tuple(plan for plan in restants if plan.au(jour)))
        if len(groupe.membres) < 2:
            break
        groupes.append(groupe)
        restants = [plan for plan in restants if plan not in groupe.plans]
    return groupes


def _rang(plans: Sequence[Plan], jour: dt.date) -> tuple[int, int, dt.date]:
    """Most members, then the largest amount, then the earliest day."""
    presents = [plan for plan in plans if plan.au(jour)]
    membres = {plan.siret for plan in presents}
    return -len(membres), -sum(plan.montant.centimes for plan in presents), jour


def exiger_ouverte(etat: EtatOpportunite) -> None:
    """A decision is taken once, on inputs that still hold."""
    if etat is not EtatOpportunite.OUVERTE:
        raise ConflictError(
            f"Cette opportunité n’est plus à examiner\u00a0: elle est "
            f"«\u00a0{LIBELLES[etat].lower()}\u00a0».",
            code="opportunite_decidee",
        )


def motif_exige(motif: str) -> str:
    """The reason for setting an opportunity aside; everybody may read it later."""
    if not motif.strip():
        raise ValidationError(
            "Dites pourquoi vous écartez cette opportunité.",
            code="motif_requis",
            champs={"motif": "Indiquez un motif."},
        )
    return motif.strip()
