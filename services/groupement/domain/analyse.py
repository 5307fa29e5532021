"""What a grouping would change: procedure, publicity, lots, and the firms able to answer.

The two aims of the law pull apart: buying together brings better prices and may cross a threshold
or shut small firms out. The guard counts both sides and says what the count is based on.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from services.groupement.domain.opportunites import Groupe, Plan, classe_cpv
from services.groupement.domain.seuils import ORDRE, Cadre
from shared.kernel.montant import Montant
from shared.kernel.repartition import ESPACE, nombre
from shared.kernel.seuils import Procedure, Publicite

RAPPORT_DE_TAILLE = 2
"""A firm counts for a contract up to twice the largest one that it is known to have held: the
ratio that CCP R2142-7 sets between the turnover a buyer may require and its contract."""
MOIS_CONNUS = 36
"""How far back notified contracts are read."""
_PUBLICITES = tuple(Publicite)


class Decoupage(StrEnum):
    """How a grouping could be cut into lots."""

    UNIQUE = "UNIQUE"
    FAMILLE = "FAMILLE"
    LIEU = "LIEU"


LIBELLES: Mapping[Decoupage, str] = {
    Decoupage.UNIQUE: "un seul lot",
    Decoupage.FAMILLE: "un lot par famille",
    Decoupage.LIEU: "un lot par lieu",
}


_PREFERENCE = (Decoupage.LIEU, Decoupage.UNIQUE, Decoupage.FAMILLE)
"""When several keep as many firms: distinct supplies are distinct lots (CCP L2113-10), but places
are cut only when that opens the purchase."""


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot that the analysis proposes; `cle` is the CPV code or the place it stands for."""

    cle: str
    objet: str
    cpv: str
    montant: Montant


@dataclass(frozen=True, slots=True)
class Firme:
    """A small or medium firm, and the largest contract of the class that it is known to hold."""

    siret: str
    nom: str
    plus_gros_ht: Montant

    def capable(self, montant: Montant) -> bool:
        return self.plus_gros_ht * RAPPORT_DE_TAILLE >= montant


@dataclass(frozen=True, slots=True)
class Connaissance:
    """What is known of the local market: notified contracts of the class and place."""

    pme: tuple[Firme, ...]
    marches: int
    titulaires: int
    depuis: dt.date


@dataclass(frozen=True, slots=True)
class Garde:
    """Small firms able to answer before (each member alone), as one lot, and as proposed."""

    avant: int
    en_un_lot: int
    apres: int

    @property
    def perdues(self) -> int:
        """Small firms that answer a member alone and can no longer answer the group."""
        return max(self.avant - self.apres, 0)


@dataclass(frozen=True, slots=True)
class Analyse:
    """Everything the page says of a grouping."""

    groupe: Groupe
    ensemble: Procedure
    seuls: Mapping[str, Procedure]
    decoupage: Decoupage
    lots: tuple[Lot, ...]
    garde: Garde
    connu: Connaissance

    @property
    def seuil_franchi(self) -> bool:
        """Tell whether grouping calls for a heavier procedure than any member alone."""
        rang = ORDRE.index(self.ensemble.procedure)
        return all(rang > ORDRE.index(seul.procedure) for seul in self.seuls.values())

    @property
    def publicite_renforcee(self) -> bool:
        rang = _PUBLICITES.index(self.ensemble.publicite)
        return all(rang > _PUBLICITES.index(seul.publicite) for seul in self.seuls.values())


def analyser(
    groupe: Groupe, ensemble: Cadre, seuls: Mapping[str, Cadre], connu: Connaissance
) -> Analyse:
    """Compare alone and together; choose the lots that keep the most small firms able to answer."""
    par_membre = groupe.par_membre
    choix = max(
        ((decoupage, lots) for decoupage in Decoupage if (lots := _lots(groupe, decoupage))),
        key=lambda choix: (_capables(connu, choix[1]), _PREFERENCE.index(choix[0])),
    )
    unique = _lots(groupe, Decoupage.UNIQUE)
    seul = [Lot(siret, "", groupe.cpv, montant) for siret, montant in par_membre.items()]
    return Analyse(
        groupe,
        ensemble.decider(groupe.total),
        {siret: seuls[siret].decider(montant) for siret, montant in par_membre.items()},
        *choix,
        Garde(_capables(connu, seul), _capables(connu, unique), _capables(connu, choix[1])),
        connu,
    )


def _capables(connu: Connaissance, lots: Iterable[Lot]) -> int:
    """How many small firms could hold at least one of these contracts, amounts unknown apart."""
    plus_petit = min((lot.montant for lot in lots if lot.montant), default=None)
    return 0 if plus_petit is None else sum(firme.capable(plus_petit) for firme in connu.pme)


def _lots(groupe: Groupe, decoupage: Decoupage) -> tuple[Lot, ...]:
    """Lots of that kind; none when there would be only one (unless one is what is asked)."""
    if decoupage is Decoupage.UNIQUE:
        return (Lot("", groupe.objet, groupe.cpv, groupe.total),)
    cles = {plan.id: plan.cpv if decoupage is Decoupage.FAMILLE else plan.lieu
            for plan in groupe.plans}  # fmt: skip
    distinctes = sorted(set(cles.values()))
    if len(distinctes) < 2:
        return ()
    return tuple(
        _lot(cle, [plan for plan in groupe.plans if cles[plan.id] == cle]) for cle in distinctes
    )


def _lot(cle: str, plans: list[Plan]) -> Lot:
    reunis = Groupe(tuple(plans))
    return Lot(cle, reunis.objet, reunis.cpv, reunis.total)


def phrases(analyse: Analyse, *, lieu: str, nom_lot: Mapping[str, str]) -> list[str]:
    """The reasons, one sentence each, in the order of a decision."""
    groupe = analyse.groupe
    commun = (
        f"{_et(groupe.membres.values())} prévoient chacun un achat de la classe CPV{ESPACE}"
        f"{classe_cpv(groupe.cpv)}, de même nature, dans le même département{ESPACE}: {lieu}."
    )
    periode = f"Leurs périodes se recouvrent du {_jour(groupe.debut)} au {_jour(groupe.fin)}."
    return [
        commun,
        periode,
        _phrase_seuil(analyse),
        *_phrase_inconnus(groupe),
        _phrase_lots(analyse, nom_lot),
        *_phrases_garde(analyse, lieu),
    ]


def _phrase_inconnus(groupe: Groupe) -> list[str]:
    inconnus = dict.fromkeys(plan.nom for plan in groupe.plans if plan.montant_ht is None)
    if not inconnus:
        return []
    return [f"Montant non communiqué par {_et(inconnus)}{ESPACE}: le total est un minimum."]


def _phrase_seuil(analyse: Analyse) -> str:
    plus_haut = max(analyse.groupe.par_membre.values())
    if analyse.seuil_franchi:
        effet = "le groupement franchit un seuil qu’aucun membre n’atteint seul"
    elif analyse.publicite_renforcee:
        effet = "la procédure reste la même, mais la publicité devient plus large"
    else:
        effet = "aucun seuil nouveau n’est franchi"
    return (
        f"Ensemble {_euros(analyse.groupe.total)} HT, au plus {_euros(plus_haut)} HT pour un "
        f"membre seul{ESPACE}: {effet}. {analyse.ensemble.explication}"
    )


def _phrase_lots(analyse: Analyse, nom_lot: Mapping[str, str]) -> str:
    if analyse.decoupage is Decoupage.UNIQUE:
        return (
            f"Un lot unique convient{ESPACE}: les fournitures sont de même famille, et un lot par "
            "lieu n’ouvrirait l’achat à aucune PME connue de plus."
        )
    details = ", ".join(
        f"{nom_lot.get(lot.cle, lot.cle)} ({_euros(lot.montant)})" for lot in analyse.lots
    )
    return (
        f"Découpage proposé{ESPACE}: {LIBELLES[analyse.decoupage]}, soit {len(analyse.lots)} lots "
        f"({details})."
    )


def _phrases_garde(analyse: Analyse, lieu: str) -> list[str]:
    connu, garde = analyse.connu, analyse.garde
    depuis = f"depuis le {_jour(connu.depuis)}"
    if not connu.marches or not analyse.groupe.total:
        manque = (
            f"aucun marché de cette classe n’est connu dans le département ({lieu}) {depuis}"
            if analyse.groupe.total
            else "aucun montant n’est communiqué"
        )
        suite = "interrogez les entreprises avant de lancer."
        return [f"Effet sur les PME impossible à chiffrer{ESPACE}: {manque}. {suite.capitalize()}"]
    pme = _compte(len(connu.pme), "PME connue", "PME connues")
    effet = (
        f"Capables de répondre, sur {pme}{ESPACE}: {garde.avant} si chacun achète seul, "
        f"{garde.en_un_lot} en un seul lot, {garde.apres} comme proposé."
    )
    if garde.perdues:
        ecartees = _compte(garde.perdues, "PME écartée", "PME écartées")
        effet += f" Grouper coûte donc {ecartees}{ESPACE}: pesez-le avant de proposer."
    titulaires = _compte(connu.titulaires, "titulaire connu", "titulaires connus")
    marches = _compte(connu.marches, "marché", "marchés")
    base = (
        f"Calcul fait sur {titulaires}, dont {len(connu.pme)} PME, d’après {marches} de la classe "
        f"dans le département ({lieu}) {depuis}{ESPACE}; une entreprise est jugée capable "
        "jusqu’au double du plus gros marché qu’on lui connaît."
    )
    return [effet, base]


def _compte(n: int, un: str, plusieurs: str) -> str:
    return f"{n} {plusieurs if n > 1 else un}"


def _jour(jour: dt.date) -> str:
    return f"{jour:%d/%m/%Y}"


def _euros(montant: Montant) -> str:
    return f"{nombre(montant.decimal)}{ESPACE}€"


def _et(noms: Iterable[str]) -> str:
    *premiers, dernier = noms
    return f"{', '.join(premiers)} et {dernier}" if premiers else dernier


def en_donnees(analyse: Analyse, raisons: list[str]) -> dict[str, Any]:
    """The analysis as it is kept and served by the API; amounts as strings."""
    return {
        "procedure": analyse.ensemble.procedure.value,
        "publicite": analyse.ensemble.publicite.value,
        "seuil_franchi": analyse.seuil_franchi,
        "publicite_renforcee": analyse.publicite_renforcee,
        "decoupage": analyse.decoupage.value,
        "lots": [
            {"cle": n.cle, "objet": n.objet, "cpv": n.cpv, "montant_estime_ht": str(n.montant)}
            for n in analyse.lots
        ],
        "garde_pme": {
            "avant": analyse.garde.avant,
            "en_un_lot": analyse.garde.en_un_lot,
            "apres": analyse.garde.apres,
            "perdues": analyse.garde.perdues,
            "pme_connues": len(analyse.connu.pme),
            "titulaires_connus": analyse.connu.titulaires,
            "marches_connus": analyse.connu.marches,
            "depuis": str(analyse.connu.depuis),
        },
        "raisons": raisons,
    }
