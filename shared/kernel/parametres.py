"""The law as data: dated parameters, picked by the key date of the case and never by today.

The key date is the launch of the consultation for thresholds and advances, the first day of the
half-year for the rate of late interest. When no row covers it, the answer is an error that names
the code and the date: the last known value is never reused in silence.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import yaml

from shared.kernel.errors import DomainError

SEMENCE = Path(__file__).parent / "donnees" / "parametres.yaml"


class ClasseAcheteur(StrEnum):
    """Classes of public buyers that the law tells apart."""

    ETAT = "ETAT"
    COLLECTIVITE = "COLLECTIVITE"
    EPS = "EPS"
    OPH = "OPH"
    ENTREPRISE_PUBLIQUE = "ENTREPRISE_PUBLIQUE"
    ENTITE_ADJUDICATRICE = "ENTITE_ADJUDICATRICE"
    AUTRE_POUVOIR_ADJUDICATEUR = "AUTRE_POUVOIR_ADJUDICATEUR"


class Nature(StrEnum):
    """What a contract buys."""

    FOURNITURES = "FOURNITURES"
    SERVICES = "SERVICES"
    TRAVAUX = "TRAVAUX"
    SERVICES_SOCIAUX = "SERVICES_SOCIAUX"


@dataclass(frozen=True, slots=True)
class ParametreLegal:
    """One dated row. `au` is included, `None` while no text has ended it.

    `acheteurs` and `natures` are who and what it applies to, `None` for all; `verifie` is false
    when the number or its date was not read in the text itself; `saisi_par` names the
    administrator who typed the row.
    """

    code: str
    valeur: Decimal
    du: dt.date
    au: dt.date | None = None
    ref: str = ""
    verifie: bool = False
    acheteurs: frozenset[ClasseAcheteur] | None = None
    natures: frozenset[Nature] | None = None
    libelle: str = ""
    saisi_par: str = ""

    def couvre(self, jour: dt.date, acheteur: ClasseAcheteur | None, nature: Nature | None) -> bool:
        return (
            self.du <= jour
            and (self.au is None or jour <= self.au)
            and (self.acheteurs is None or acheteur in self.acheteurs)
            and (self.natures is None or nature in self.natures)
        )


class ParametreManquant(DomainError):
    """No row covers the key date: an administrator must enter it."""

    code_par_defaut = "parametre-manquant"

    def __init__(self, code: str, date_cle: dt.date, pour: str = "") -> None:
        super().__init__(
            f"Paramètre légal manquant\u00a0: aucune valeur de «\u00a0{code}\u00a0»{pour} ne "
            f"couvre le {date_cle:%d/%m/%Y}. Un administrateur doit la saisir.",
            parametre=code,
            date_cle=date_cle,
        )


class Parametres:
    """All known rows; those entered by an administrator come before the shipped ones."""

    def __init__(
        self, lignes: Iterable[ParametreLegal], saisies: Iterable[ParametreLegal] = ()
    ) -> None:
        self._semence = tuple(lignes)
        self._saisies = tuple(saisies)
        self._par_code: dict[str, list[ParametreLegal]] = {}
        for ligne in (*reversed(self._saisies), *self._semence):
            self._par_code.setdefault(ligne.code, []).append(ligne)

    @classmethod
    def depuis_yaml(cls, chemin: Path = SEMENCE) -> Self:
        """Load the rows shipped with the platform."""
        contenu = yaml.load(chemin.read_text(encoding="utf-8"), Loader=_ChargeurDecimal)  # noqa: S506  # a SafeLoader
        groupes = {nom: _selecteurs(groupe) for nom, groupe in contenu["groupes"].items()}
        return cls(
            ligne
            for code, parametre in contenu["parametres"].items()
            for ligne in _lignes(code, parametre, groupes)
        )

    def avec(self, saisies: Iterable[ParametreLegal]) -> "Parametres":
        """Overlay rows typed by an administrator; the later one wins."""
        return Parametres(self._semence, (*self._saisies, *saisies))

    def __iter__(self) -> Iterator[ParametreLegal]:
        return (ligne for lignes in self._par_code.values() for ligne in lignes)

    def valeur(
        self,
        code: str,
        date_cle: dt.date,
        acheteur: ClasseAcheteur | None = None,
        nature: Nature | None = None,
    ) -> ParametreLegal:
        """Return the row that covers the key date, or raise `ParametreManquant`."""
        for ligne in self._par_code.get(code, ()):
            if ligne.couvre(date_cle, acheteur, nature):
                return ligne
        cas = [str(c) for c in (acheteur, nature) if c is not None]
        raise ParametreManquant(code, date_cle, f" ({', '.join(cas)})" if cas else "")


class _ChargeurDecimal(yaml.SafeLoader):
    """A safe loader that reads `0.05` as a Decimal: no float ever enters a calculation."""


def _decimal(_: yaml.SafeLoader, noeud: yaml.Node) -> Decimal:
    return Decimal(str(noeud.value))


_ChargeurDecimal.add_constructor("tag:yaml.org,2002:float", _decimal)
_ChargeurDecimal.add_constructor("tag:yaml.org,2002:int", _decimal)

Selecteurs = tuple[frozenset[ClasseAcheteur] | None, frozenset[Nature] | None]
_HORS_COLONNES = {"du", "au", "ref", "verifie"}
_TOUS: Selecteurs = (None, None)


def _selecteurs(groupe: Mapping[str, list[str]]) -> Selecteurs:
    acheteurs, natures = groupe.get("acheteur"), groupe.get("nature")
    return (
        frozenset(ClasseAcheteur(a) for a in acheteurs) if acheteurs else None,
        frozenset(Nature(n) for n in natures) if natures else None,
    )


def _lignes(
    code: str, parametre: Mapping[str, Any], groupes: Mapping[str, Selecteurs]
) -> Iterator[ParametreLegal]:
    """Spread each row over its columns and end it on the eve of the next one."""
    lignes = parametre["lignes"]
    suivantes = [*(ligne["du"] for ligne in lignes[1:]), None]
    for ligne, suivante in zip(lignes, suivantes, strict=True):
        commune = ParametreLegal(
            code=code,
            valeur=Decimal(),
            du=ligne["du"],
            au=ligne.get("au") or (suivante - dt.timedelta(days=1) if suivante else None),
            ref=ligne["ref"],
            verifie=ligne["verifie"],
            libelle=parametre["libelle"],
        )
        for colonne in ligne.keys() - _HORS_COLONNES:
            acheteurs, natures = _TOUS if colonne == "valeur" else groupes[colonne]
            yield replace(commune, valeur=ligne[colonne], acheteurs=acheteurs, natures=natures)
