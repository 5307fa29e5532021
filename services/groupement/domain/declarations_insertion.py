"""Hours of insertion as a firm declares them: who (a code, never a name), how, with what proof."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

from services.groupement.domain.banque_heures import EtatHeures
from shared.kernel.errors import ConflictError, ValidationError


class Public(StrEnum):
    """Who the clause is for."""

    DEMANDEUR_EMPLOI = "DEMANDEUR_EMPLOI"
    RSA = "RSA"
    HANDICAP = "HANDICAP"
    JEUNE = "JEUNE"
    SENIOR = "SENIOR"
    REFUGIE = "REFUGIE"
    QPV = "QPV"


PUBLICS: Mapping[Public, str] = MappingProxyType(
    {
        Public.DEMANDEUR_EMPLOI: "Demandeur d’emploi depuis plus de 12 mois",
        Public.RSA: "Bénéficiaire d’un minimum social",
        Public.HANDICAP: "Personne en situation de handicap",
        Public.JEUNE: "Moins de 26 ans, peu qualifié",
        Public.SENIOR: "Plus de 50 ans",
        Public.REFUGIE: "Réfugié",
        Public.QPV: "Habitant d’un quartier prioritaire",
    }
)


class ContratTravail(StrEnum):
    """How the person is employed; the coefficient of the hours depends on it."""

    DROIT_COMMUN = "DROIT_COMMUN"
    STRUCTURE_INSERTION = "STRUCTURE_INSERTION"
    APPRENTISSAGE = "APPRENTISSAGE"
    PROFESSIONNALISATION = "PROFESSIONNALISATION"
    CONTRAT_AIDE = "CONTRAT_AIDE"

    @property
    def parametre(self) -> str:
        """Code of the dated parameter that holds its coefficient."""
        return f"insertion_coefficient_{self.value.lower()}"

    @property
    def alternance(self) -> bool:
        return self in {ContratTravail.APPRENTISSAGE, ContratTravail.PROFESSIONNALISATION}


CONTRATS: Mapping[ContratTravail, str] = MappingProxyType(
    {
        ContratTravail.DROIT_COMMUN: "CDI ou CDD",
        ContratTravail.STRUCTURE_INSERTION: "Structure d’insertion (EI, ETTI, AI, ACI) ou GEIQ",
        ContratTravail.APPRENTISSAGE: "Apprentissage",
        ContratTravail.PROFESSIONNALISATION: "Professionnalisation",
        ContratTravail.CONTRAT_AIDE: "Contrat aidé",
    }
)


class Preuve(StrEnum):
    """The paper that shows the person's situation; the paper itself stays with the firm."""

    ATTESTATION_EMPLOI = "ATTESTATION_EMPLOI"
    ATTESTATION_SOCIALE = "ATTESTATION_SOCIALE"
    RECONNAISSANCE_HANDICAP = "RECONNAISSANCE_HANDICAP"
    CONTRAT_ALTERNANCE = "CONTRAT_ALTERNANCE"
    PRESCRIPTION = "PRESCRIPTION"
    AUTRE = "AUTRE"


PREUVES: Mapping[Preuve, str] = MappingProxyType(
    {
        Preuve.ATTESTATION_EMPLOI: "Attestation du service public de l’emploi",
        Preuve.ATTESTATION_SOCIALE: "Attestation de minimum social",
        Preuve.RECONNAISSANCE_HANDICAP: "Reconnaissance de travailleur handicapé",
        Preuve.CONTRAT_ALTERNANCE: "Contrat d’alternance enregistré",
        Preuve.PRESCRIPTION: "Agrément ou prescription d’un parcours d’insertion",
        Preuve.AUTRE: "Autre justificatif",
    }
)

LIBELLES_ETAT: Mapping[EtatHeures, str] = MappingProxyType(
    {
        EtatHeures.DECLAREE: "Déclarées",
        EtatHeures.VALIDEE: "Validées",
        EtatHeures.REFUSEE: "Refusées",
        EtatHeures.ANNULEE: "Annulées",
    }
)

_CODE = re.compile(r"(?=.*\d)[A-Z0-9](?:[A-Z0-9-]{2,18})[A-Z0-9]")


@dataclass(frozen=True, slots=True)
class Declaration:
    """One person, one period, the hours done; `personne` is the firm's own code for that person."""

    personne: str
    public: Public
    contrat_travail: ContratTravail
    preuve: Preuve
    preuve_reference: str
    debut: dt.date
    fin: dt.date
    heures: Decimal

    @classmethod
    def saisie(cls, champs: Mapping[str, Any]) -> Self:
        """As a form or a request holds it; the code is kept in capitals."""
        propres = {champ.name: champs[champ.name] for champ in fields(cls)}
        return cls(**{**propres, "personne": champs["personne"].strip().upper()})


def verifier(
    d: Declaration, *, du: dt.date, au: dt.date, aujourd_hui: dt.date, par_jour: Decimal
) -> None:
    """Refuse what cannot be: a name, a period out of the contract or to come, too many hours.

    `par_jour` is the legal maximum of hours worked in a day.
    """
    fautes: dict[str, str] = {}
    if not _CODE.fullmatch(d.personne):
        fautes["personne"] = (
            "Saisissez un code de 4 à 20 lettres majuscules et chiffres, jamais un nom. "
            "Exemple\u00a0: INS-0042."
        )
    if d.fin < d.debut:
        fautes["fin"] = "La fin suit le début."
    elif d.debut < du or d.fin > au:
        fautes["debut"] = (
            f"La période est comprise dans le marché, du {du:%d/%m/%Y} au {au:%d/%m/%Y}."
        )
    elif d.fin > aujourd_hui:
        fautes["fin"] = "Déclarez les heures une fois faites."
    elif d.heures > (maxi := par_jour * ((d.fin - d.debut).days + 1)):
        fautes["heures"] = (
            f"Au plus {maxi:f}\u00a0h sur cette période ({par_jour:f}\u00a0h par jour)."
        )
    if d.heures <= 0 or d.heures != round(d.heures, 2):
        fautes["heures"] = "Saisissez des heures, au centième. Exemple\u00a0: 35 ou 17,5."
    if fautes:
        raise ValidationError(next(iter(fautes.values())), code="heures_invalides", champs=fautes)


_DECISIONS: Mapping[EtatHeures, frozenset[EtatHeures]] = MappingProxyType(
    {
        EtatHeures.DECLAREE: frozenset({EtatHeures.VALIDEE, EtatHeures.REFUSEE}),
        EtatHeures.VALIDEE: frozenset({EtatHeures.ANNULEE}),
    }
)


def decider(etat: EtatHeures, vers: EtatHeures) -> EtatHeures:
    """Validate or refuse what is declared; cancel what was validated; nothing else."""
    if vers not in _DECISIONS.get(etat, frozenset()):
        raise ConflictError(
            f"Des heures «\u00a0{LIBELLES_ETAT[etat].lower()}\u00a0» ne peuvent pas devenir "
            f"«\u00a0{LIBELLES_ETAT[vers].lower()}\u00a0».",
            code="transition_interdite",
        )
    return vers


def ecart(etat: EtatHeures) -> EtatHeures:
    """What setting hours aside makes of them: refused before validation, cancelled after."""
    return EtatHeures.ANNULEE if etat is EtatHeures.VALIDEE else EtatHeures.REFUSEE
