"""Which procedure and which publicity an estimated amount calls for, and why."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from shared.kernel.montant import Montant
from shared.kernel.parametres import ClasseAcheteur, Nature, ParametreLegal, Parametres
from shared.kernel.repartition import ESPACE, FINE, nombre


class TypeProcedure(StrEnum):
    """Families of award procedures."""

    SANS_PUBLICITE = "SANS_PUBLICITE"
    MAPA = "MAPA"
    FORMALISEE = "FORMALISEE"


class Publicite(StrEnum):
    """Where the notice must appear."""

    AUCUNE = "AUCUNE"
    LIBRE = "LIBRE"
    BOAMP_OU_JAL = "BOAMP_OU_JAL"
    JOUE = "JOUE"
    JOUE_ET_BOAMP = "JOUE_ET_BOAMP"


_PROCEDURES = {
    TypeProcedure.SANS_PUBLICITE: "marché sans publicité ni mise en concurrence préalables",
    TypeProcedure.MAPA: "procédure adaptée",
    TypeProcedure.FORMALISEE: "procédure formalisée",
}
_PUBLICITES = {
    Publicite.AUCUNE: "aucune publicité obligatoire",
    Publicite.LIBRE: "publicité aux modalités libres",
    Publicite.BOAMP_OU_JAL: "avis au BOAMP ou dans un journal d’annonces légales",
    Publicite.JOUE: "avis au Journal officiel de l’Union européenne",
    Publicite.JOUE_ET_BOAMP: "avis au Journal officiel de l’Union européenne et au BOAMP",
}


@dataclass(frozen=True, slots=True)
class Procedure:
    """The answer, the dated thresholds it was compared with, and the sentence that says so."""

    procedure: TypeProcedure
    publicite: Publicite
    seuils: tuple[ParametreLegal, ...]
    explication: str


@dataclass(frozen=True, slots=True)
class _Cas:
    """One estimated amount before taxes, ready to be compared with dated thresholds."""

    parametres: Parametres
    date: dt.date
    acheteur: ClasseAcheteur
    nature: Nature
    montant_ht: Montant

    def seuil(self, code: str) -> ParametreLegal:
        return self.parametres.valeur(code, self.date, self.acheteur, self.nature)

    def atteint(self, seuil: ParametreLegal) -> bool:
        return self.montant_ht.decimal >= seuil.valeur

    def conclure(
        self, procedure: TypeProcedure, publicite: Publicite, *seuils: ParametreLegal
    ) -> Procedure:
        return Procedure(
            procedure, publicite, seuils, self._expliquer(procedure, publicite, seuils)
        )

    def _expliquer(
        self,
        procedure: TypeProcedure,
        publicite: Publicite,
        seuils: tuple[ParametreLegal, ...],
    ) -> str:
        comparaisons = f"{FINE}; ".join(self._comparer(seuil) for seuil in seuils)
        return (
            f"Montant estimé de {_euros(self.montant_ht)} HT, consultation lancée le "
            f"{self.date:%d/%m/%Y}{ESPACE}: {comparaisons}. "
            f"Donc {_PROCEDURES[procedure]}, {_PUBLICITES[publicite]}."
        )

    def _comparer(self, seuil: ParametreLegal) -> str:
        sens = "atteint" if self.atteint(seuil) else "reste sous"
        return f"il {sens} le seuil de {nombre(seuil.valeur)}{ESPACE}€ HT ({seuil.ref})"


def procedure(
    parametres: Parametres,
    date_lancement: dt.date,
    acheteur: ClasseAcheteur,
    nature: Nature,
    montant_ht: Montant,
) -> Procedure:
    """Decide on the whole estimated need: every lot, every renewal, every member, before taxes.

    « Égal ou supérieur » counts: an amount exactly at a threshold has reached it (CCP R2122-8,
    R2124-1, R2131-12).
    """
    cas = _Cas(parametres, date_lancement, acheteur, nature, montant_ht)
    dispense = cas.seuil("seuil_dispense_ht")
    if not cas.atteint(dispense):
        return cas.conclure(TypeProcedure.SANS_PUBLICITE, Publicite.AUCUNE, dispense)
    if nature is Nature.SERVICES_SOCIAUX:
        joue = cas.seuil("seuil_services_sociaux_joue_ht")
        publicite = Publicite.JOUE if cas.atteint(joue) else Publicite.LIBRE
        return cas.conclure(TypeProcedure.MAPA, publicite, dispense, joue)
    formalise = cas.seuil("seuil_formalise_ht")
    if cas.atteint(formalise):
        return cas.conclure(TypeProcedure.FORMALISEE, Publicite.JOUE_ET_BOAMP, formalise)
    avis = cas.seuil("seuil_publicite_ht")
    publicite = Publicite.BOAMP_OU_JAL if cas.atteint(avis) else Publicite.LIBRE
    return cas.conclure(TypeProcedure.MAPA, publicite, dispense, avis, formalise)


def _euros(montant: Montant) -> str:
    entier, centimes = str(montant).split(".")
    return f"{nombre(int(entier))},{centimes}{ESPACE}€"
