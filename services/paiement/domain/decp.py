"""The open data record of a contract (DECP 2.0.3, arrêté du 22 décembre 2022).

What the platform knows is written, what it does not know is asked for and named: nothing is
invented. The published record never changes: modifications and subcontracts are added to it.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, TypeVar

from services.paiement.domain import decp_listes as listes
from shared.kernel.calendrier import ajouter_mois
from shared.kernel.identifiants import siret_valide
from shared.kernel.montant import Montant

Champs = Mapping[str, Any]
Fiche = dict[str, Any]
T = TypeVar("T")
ID_MAX = 16
OBJET_MAX = 1000
_ID = re.compile(r"[^&\"\\<\s,;]{1,16}")
_LIEUX: Mapping[str, re.Pattern[str]] = {
    "Code postal": re.compile(r"\d{5}"),
    "Code commune": re.compile(r"(\d{2}|2[AB])\d{3}"),
    "Code département": re.compile(r"\d{2}|2[AB]|97[1-6]"),
    "Code région": re.compile(r"\d{2}"),
    "Code pays": re.compile(r"[A-Z]{2}"),
}
A_DEMANDER: Mapping[str, str] = {
    "nature": "la nature du marché",
    "procedure": "la procédure de passation",
    "techniques": "les techniques d’achat",
    "modalites": "les modalités d’exécution",
    "innovant": "si le marché est innovant",
    "ccag": "le CCAG de référence",
    "offres_recues": "le nombre d’offres reçues",
    "groupement_operateurs": "le type de groupement d’opérateurs",
    "lieu_code": "le code du lieu d’exécution",
    "lieu_type": "le type de ce code",
    "types_prix": "le type de prix",
    "forme_prix": "la forme du prix",
    "sous_traitance": "si une sous-traitance est déclarée",
    "sociales": "les considérations sociales",
    "environnementales": "les considérations environnementales",
}


@dataclass(frozen=True, slots=True)
class Contrat:
    """What the platform knows; in a group, `acheteur_siret` is the coordinator's."""

    reference: str
    acheteur_siret: str
    objet: str
    cpv: str
    montant_ht: Montant
    duree_mois: int
    notifie_le: dt.date
    titulaire_siret: str
    taux_avance: Decimal | None


@dataclass(frozen=True, slots=True)
class Modification:
    """An amendment: the amount and the end of the contract once it is signed."""

    notifiee_le: dt.date
    montant_ht: Montant
    fin_le: dt.date


@dataclass(frozen=True, slots=True)
class Acte:
    """A special act of subcontracting."""

    siret: str
    duree_mois: int
    notifie_le: dt.date
    montant_ht: Montant
    variation: str


def a_publier_avant(notifie_le: dt.date, mois: int) -> dt.date:
    """The last day to publish: notified on 15 January, published by 15 March."""
    return ajouter_mois(notifie_le, mois)


def mois_entiers(debut: dt.date, fin: dt.date) -> int:
    """Months from a day to another, a month begun counting whole, one at least."""
    mois = (fin.year - debut.year) * 12 + fin.month - debut.month
    while mois > 0 and ajouter_mois(debut, mois - 1) >= fin:
        mois -= 1
    while ajouter_mois(debut, mois) < fin:
        mois += 1
    return max(1, mois)


def duree_arrondie(mois: Decimal) -> int:
    """A duration in months, rounded up: 12.5 → 13."""
    return max(1, int(mois.to_integral_value(ROUND_CEILING)))


def identifiant(reference: str, champs: Champs) -> str | None:
    """The number given on the form, else the contract's own when it fits."""
    propre = str(champs.get("identifiant") or reference)
    return propre if _ID.fullmatch(propre) else None


def manques(contrat: Contrat, champs: Champs) -> Sequence[str]:
    """What is still to be said before the record can be written, in words."""
    absents = [nom for cle, nom in A_DEMANDER.items() if champs.get(cle) in (None, "", [])]
    if identifiant(contrat.reference, champs) is None:
        absents.insert(0, f"un identifiant de {ID_MAX} caractères au plus, sans espace")
    return absents


def fiche(contrat: Contrat, champs: Champs, publiee_le: dt.date) -> Fiche:
    """Write the initial record; every field asked for is there."""
    avance = contrat.taux_avance is not None
    initiale: Fiche = {
        "id": identifiant(contrat.reference, champs),
        "acheteur": {"id": contrat.acheteur_siret},
        "nature": champs["nature"],
        "objet": contrat.objet[:OBJET_MAX],
        "codeCPV": contrat.cpv,
        "techniques": {"technique": list(champs["techniques"])},
        "modalitesExecution": {"modaliteExecution": list(champs["modalites"])},
        "idAccordCadre": champs.get("id_accord_cadre"),
        "marcheInnovant": champs["innovant"] == "oui",
        "ccag": champs["ccag"],
        "offresRecues": int(champs["offres_recues"]),
        "attributionAvance": avance,
        "tauxAvance": contrat.taux_avance,
        "typeGroupementOperateurs": champs["groupement_operateurs"],
        "sousTraitanceDeclaree": champs["sous_traitance"] == "oui",
        "procedure": champs["procedure"],
        "lieuExecution": {"code": champs["lieu_code"], "typeCode": champs["lieu_type"]},
        "dureeMois": contrat.duree_mois,
        "dateNotification": contrat.notifie_le.isoformat(),
        "datePublicationDonnees": publiee_le.isoformat(),
        "montant": contrat.montant_ht.decimal,
        "typesPrix": {"typePrix": list(champs["types_prix"])},
        "formePrix": champs["forme_prix"],
        "origineUE": _part(champs.get("origine_ue")),
        "origineFrance": _part(champs.get("origine_france")),
        "titulaires": [_titulaire(contrat.titulaire_siret)],
        "considerationsSociales": {"considerationSociale": list(champs["sociales"])},
        "considerationsEnvironnementales": {
            "considerationEnvironnementale": list(champs["environnementales"])
        },
    }
    return {cle: valeur for cle, valeur in initiale.items() if valeur is not None}


def completer(
    publiee: Fiche, modifications: Sequence[Modification], actes: Sequence[Acte], le: dt.date
) -> Fiche:
    """Add to a published record what came since; what it already holds keeps its date."""
    suite = {c: v for c, v in publiee.items() if c not in {"modifications", "actesSousTraitance"}}
    notifie_le = dt.date.fromisoformat(publiee["dateNotification"])
    if actes:
        dites = [a["acteSousTraitance"]["datePublicationDonnees"] for a in _liste(publiee, "actes")]
        suite["actesSousTraitance"] = [
            _acte(rang, acte, date)
            for rang, acte, date in _dates(sorted(actes, key=lambda a: a.notifie_le), dites, le)
        ]
    if modifications:
        dites = [
            m["modification"]["datePublicationDonneesModification"]
            for m in _liste(publiee, "modifications")
        ]
        suite["modifications"] = [
            _modification(rang, modification, date, notifie_le)
            for rang, modification, date in _dates(modifications, dites, le)
        ]
    return suite


def _liste(publiee: Fiche, cle: str) -> list[Any]:
    lue: list[Any] = publiee.get("actesSousTraitance" if cle == "actes" else cle, [])
    return lue


def _dates(lignes: Sequence[T], dites: Sequence[str], le: dt.date) -> Iterable[tuple[int, T, str]]:
    """Number lines; those already published keep the date when they were."""
    for rang, ligne in enumerate(lignes, start=1):
        yield rang, ligne, dites[rang - 1] if rang <= len(dites) else le.isoformat()


def _modification(rang: int, m: Modification, publiee_le: str, debut: dt.date) -> Fiche:
    return {
        "modification": {
            "id": rang,
            "dateNotificationModification": m.notifiee_le.isoformat(),
            "datePublicationDonneesModification": publiee_le,
            "dureeMois": mois_entiers(debut, m.fin_le),
            "montant": m.montant_ht.decimal,
        }
    }


def _acte(rang: int, acte: Acte, publie_le: str) -> Fiche:
    return {
        "acteSousTraitance": {
            "id": rang,
            "sousTraitant": {"typeIdentifiant": listes.SIRET, "id": acte.siret},
            "dureeMois": acte.duree_mois,
            "dateNotification": acte.notifie_le.isoformat(),
            "datePublicationDonnees": publie_le,
            "montant": acte.montant_ht.decimal,
            "variationPrix": acte.variation,
        }
    }


def _titulaire(siret: str) -> Fiche:
    return {"titulaire": {"typeIdentifiant": listes.SIRET, "id": siret}}


def _part(valeur: Any) -> Decimal | None:
    return None if valeur in (None, "") else Decimal(str(valeur))


def verifier(lue: Fiche) -> Sequence[str]:
    """What the official schema lets through and should not: dates, SIRET keys, order, shares."""
    return [phrase for controle in _CONTROLES for phrase in controle(lue)]


def _sirets(lue: Fiche) -> Iterable[str]:
    nommes = [("de l’acheteur", lue["acheteur"]["id"])]
    nommes += [("du titulaire", t["titulaire"]["id"]) for t in lue["titulaires"]]
    for acte in lue.get("actesSousTraitance", []):
        nommes.append(("du sous-traitant", acte["acteSousTraitance"]["sousTraitant"]["id"]))
    return [f"Le SIRET {qui} ({s}) n’est pas valide." for qui, s in nommes if not siret_valide(s)]


def _jours(lue: Fiche) -> Iterable[str]:
    if not (jour(lue["dateNotification"]) and jour(lue["datePublicationDonnees"])):
        return ["Une date n’existe pas dans le calendrier."]
    if lue["datePublicationDonnees"] < lue["dateNotification"]:
        return ["Les données ne peuvent pas être publiées avant la notification."]
    return []


def jour(texte: str) -> dt.date | None:
    """Read a date strictly: the schema takes any digits, `2024-13-45` included."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", texte):
        return None
    try:
        return dt.date.fromisoformat(texte)
    except ValueError:
        return None


def _montants(lue: Fiche) -> Iterable[str]:
    montants = [lue["montant"]]
    montants += [m["modification"]["montant"] for m in lue.get("modifications", [])]
    montants += [a["acteSousTraitance"]["montant"] for a in lue.get("actesSousTraitance", [])]
    return ["Un montant est inférieur à 1 €."] if min(montants) < 1 else []


def _ordre(lue: Fiche) -> Iterable[str]:
    dates = [
        m["modification"]["dateNotificationModification"] for m in lue.get("modifications", [])
    ]
    if dates != sorted(dates) or any(date < lue["dateNotification"] for date in dates):
        return ["Les modifications ne sont pas dans l’ordre de leur notification."]
    return []


def _origines(lue: Fiche) -> Iterable[str]:
    ue, france = lue.get("origineUE"), lue.get("origineFrance")
    if france is not None and (ue is None or ue < france):
        return [
            "La part venue de l’Union européenne ne peut pas être inférieure à celle de France."
        ]
    return []


def _exclusifs(lue: Fiche) -> Iterable[str]:
    choix = (
        (lue["techniques"]["technique"], listes.SANS_OBJET),
        (lue["modalitesExecution"]["modaliteExecution"], listes.SANS_OBJET),
        (lue["considerationsSociales"]["considerationSociale"], listes.PAS_DE_SOCIAL),
        (
            lue["considerationsEnvironnementales"]["considerationEnvironnementale"],
            listes.PAS_D_ENVIRONNEMENT,
        ),
    )
    return [
        f"«\u00a0{seul}\u00a0» ne se combine pas avec un autre choix."
        for retenus, seul in choix
        if seul in retenus and len(retenus) > 1
    ]


def _lieu(lue: Fiche) -> Iterable[str]:
    lieu = lue["lieuExecution"]
    motif = _LIEUX.get(lieu["typeCode"])
    if motif is not None and not motif.fullmatch(lieu["code"]):
        return [f"«\u00a0{lieu['code']}\u00a0» n’est pas un {lieu['typeCode'].lower()}."]
    return []


_CONTROLES: Sequence[Callable[[Fiche], Iterable[str]]] = (
    _sirets,
    _jours,
    _montants,
    _ordre,
    _origines,
    _exclusifs,
    _lieu,
)
