"""Thresholds of a grouping are checked on the sum of all members' needs, and this is explained."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, ParametreLegal, Parametres
from shared.kernel.repartition import ESPACE, nombre
from shared.kernel.seuils import Procedure, TypeProcedure, procedure

ORDRE = (TypeProcedure.SANS_PUBLICITE, TypeProcedure.MAPA, TypeProcedure.FORMALISEE)
LIBELLES: Mapping[str, str] = {
    TypeProcedure.SANS_PUBLICITE: "Sans publicité ni mise en concurrence",
    TypeProcedure.MAPA: "Procédure adaptée",
    TypeProcedure.FORMALISEE: "Procédure formalisée",
}
LIBELLES_PUBLICITE: Mapping[str, str] = {
    "AUCUNE": "Aucune publicité obligatoire",
    "LIBRE": "Publicité libre",
    "BOAMP_OU_JAL": "BOAMP ou journal d’annonces légales",
    "JOUE": "Journal officiel de l’Union européenne",
    "JOUE_ET_BOAMP": "Journal officiel de l’Union européenne et BOAMP",
}


@dataclass(frozen=True, slots=True)
class Verification:
    """The procedure for the group, and what each member alone or each lot alone would call for."""

    groupe: Procedure
    membres: Mapping[str, Procedure]
    lots: Mapping[int, Procedure]
    phrase: str


@dataclass(frozen=True, slots=True)
class Cadre:
    """The key date and the kind of purchase that thresholds depend on."""

    parametres: Parametres
    date_lancement: dt.date
    acheteur: ClasseAcheteur
    nature: Nature

    def decider(self, montant: Montant) -> Procedure:
        return procedure(self.parametres, self.date_lancement, self.acheteur, self.nature, montant)

    def valeur(self, code: str) -> ParametreLegal:
        """The row of a parameter that covers this case."""
        return self.parametres.valeur(code, self.date_lancement, self.acheteur, self.nature)


def verifier(
    cadre: Cadre, lots: Mapping[int, Montant], membres: Mapping[str, Montant]
) -> Verification:
    """Decide on the sum; say so when neither a member nor a lot alone would have needed it."""
    groupe = cadre.decider(Montant.somme(lots.values()))
    par_membre = {siret: cadre.decider(montant) for siret, montant in membres.items()}
    par_lot = {numero: cadre.decider(montant) for numero, montant in lots.items()}
    phrase = groupe.explication
    effets = [
        texte
        for texte, seules, montants in (
            ("aucun membre seul", par_membre.values(), membres.values()),
            ("aucun lot seul", par_lot.values(), lots.values()),
        )
        if len(montants) > 1 and all(_moindre(seule, groupe) for seule in seules)
    ]
    if effets:
        plus_haut = max((*membres.values(), Montant.zero()))
        phrase += (
            f" C’est l’effet du groupement{ESPACE}: {' et '.join(effets)} ne l’imposerait "
            f"(le membre le plus engagé l’est pour {nombre(plus_haut.decimal)}{ESPACE}€ HT)."
        )
    return Verification(groupe, par_membre, par_lot, phrase)


def _moindre(seule: Procedure, groupe: Procedure) -> bool:
    return ORDRE.index(seule.procedure) < ORDRE.index(groupe.procedure)
