"""Service orders: who may order what, what the contractor may answer, what an order changes.

Source: CCAG-Travaux, article 3.8; CCP L2194-3 forbids to order work without a price.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.paiement.domain.acomptes import Arret
from services.paiement.domain.phrases import jour, jours
from shared.kernel.calendrier import ajouter_jours, ajouter_mois, echeance
from shared.kernel.errors import ConflictError, ValidationError
from shared.kernel.montant import Montant

ZERO = Montant.zero()


class TypeOrdre(StrEnum):
    """What an order does."""

    DEMARRAGE = "DEMARRAGE"
    SUSPENSION = "SUSPENSION"
    REPRISE = "REPRISE"
    PRIX = "PRIX"
    DELAI = "DELAI"
    INSTRUCTION = "INSTRUCTION"


TYPES = {
    TypeOrdre.DEMARRAGE: "Démarrage de l’exécution",
    TypeOrdre.SUSPENSION: "Suspension de l’exécution",
    TypeOrdre.REPRISE: "Reprise de l’exécution",
    TypeOrdre.PRIX: "Prestations supplémentaires ou modifiées, avec leur prix",
    TypeOrdre.DELAI: "Prolongation du délai",
    TypeOrdre.INSTRUCTION: "Instruction sans effet sur le prix ni sur le délai",
}


class Autorite(StrEnum):
    """Who issues an order."""

    ACHETEUR = "ACHETEUR"
    MAITRE_OEUVRE = "MAITRE_OEUVRE"


AUTORITES = {
    Autorite.ACHETEUR: "L’acheteur (maître d’ouvrage)",
    Autorite.MAITRE_OEUVRE: "Le maître d’œuvre",
}
A_VALIDER = frozenset({TypeOrdre.SUSPENSION, TypeOrdre.PRIX, TypeOrdre.DELAI})
"""Orders that change time or amount: the buyer validates those of the project manager first."""


DU_TEMPS = frozenset(TypeOrdre) - {TypeOrdre.PRIX, TypeOrdre.INSTRUCTION}
"""Orders that say when the contract is executed."""


class EtatOrdre(StrEnum):
    """Issued, notified, received; observed; then executed, refused or cancelled."""

    EMIS = "EMIS"
    NOTIFIE = "NOTIFIE"
    ACCUSE = "ACCUSE"
    OBSERVATIONS = "OBSERVATIONS"
    EXECUTE = "EXECUTE"
    REFUSE = "REFUSE"
    ANNULE = "ANNULE"


LIBELLES = {
    EtatOrdre.EMIS: "Émis",
    EtatOrdre.NOTIFIE: "Notifié",
    EtatOrdre.ACCUSE: "Reçu",
    EtatOrdre.OBSERVATIONS: "Avec observations",
    EtatOrdre.EXECUTE: "Exécuté",
    EtatOrdre.REFUSE: "Refusé",
    EtatOrdre.ANNULE: "Annulé",
}
SUITES = {
    EtatOrdre.EMIS: {EtatOrdre.NOTIFIE, EtatOrdre.ANNULE},
    EtatOrdre.NOTIFIE: {EtatOrdre.ACCUSE, EtatOrdre.ANNULE},
    EtatOrdre.ACCUSE: {
        EtatOrdre.OBSERVATIONS,
        EtatOrdre.EXECUTE,
        EtatOrdre.REFUSE,
        EtatOrdre.ANNULE,
    },
    EtatOrdre.OBSERVATIONS: {EtatOrdre.EXECUTE, EtatOrdre.REFUSE, EtatOrdre.ANNULE},
    EtatOrdre.EXECUTE: set[EtatOrdre](),
    EtatOrdre.REFUSE: set[EtatOrdre](),
    EtatOrdre.ANNULE: set[EtatOrdre](),
}
EFFECTIFS = frozenset(
    {EtatOrdre.NOTIFIE, EtatOrdre.ACCUSE, EtatOrdre.OBSERVATIONS, EtatOrdre.EXECUTE}
)
"""States in which an order moves dates and amounts."""


class MotifRefus(StrEnum):
    """The only reasons for which a contractor may refuse to execute."""

    SECURITE = "SECURITE"
    LEGALITE = "LEGALITE"
    SANS_PRIX = "SANS_PRIX"


MOTIFS = {
    MotifRefus.SECURITE: "L’ordre met en danger la sécurité",
    MotifRefus.LEGALITE: "L’ordre est contraire à la loi",
    MotifRefus.SANS_PRIX: "L’ordre demande une prestation sans en donner le prix",
}


@dataclass(frozen=True, slots=True)
class Ordre:
    """An order as dates and amounts see it."""

    numero: int
    type: TypeOrdre
    effet_le: dt.date
    etat: EtatOrdre = EtatOrdre.EMIS
    jours: int | None = None
    montant_ht: Montant | None = None
    autorite: Autorite = Autorite.ACHETEUR
    validation_le: dt.date | None = None

    @property
    def effectif(self) -> bool:
        return self.etat in EFFECTIFS


def avancer(etat: EtatOrdre, vers: EtatOrdre) -> EtatOrdre:
    """Move an order to its next state, or refuse."""
    if vers not in SUITES[etat]:
        raise ConflictError(
            f"Cet ordre de service est «\u00a0{LIBELLES[etat].lower()}\u00a0»\u00a0: il ne peut "
            f"pas devenir «\u00a0{LIBELLES[vers].lower()}\u00a0».",
            code="etat_ordre",
            etat=etat,
        )
    return vers


@dataclass(frozen=True, slots=True)
class Etape:
    """The end of the contract after one order, and why."""

    libelle: str
    fin: dt.date


@dataclass(frozen=True, slots=True)
class Effets:
    """What the orders in force make of a contract."""

    debut: dt.date
    fin: dt.date
    suspendu_depuis: dt.date | None
    arrets: tuple[Arret, ...]
    prolongation: int
    montant_ht: Montant
    etapes: tuple[Etape, ...]


def effets(
    debut: dt.date, duree_mois: int, fin_par_avenant: dt.date | None, ordres: Iterable[Ordre]
) -> Effets:
    """Dates and amounts after every order in force.

    The end moves by the days suspended and by those granted. An amendment fixes the end that
    orders then move.
    """
    vivants = sorted((o for o in ordres if o.effectif), key=lambda o: (o.effet_le, o.numero))
    demarrage = next((o for o in vivants if o.type is TypeOrdre.DEMARRAGE), None)
    debut = demarrage.effet_le if demarrage else debut
    fin = fin_par_avenant or ajouter_mois(debut, duree_mois)
    origine = "Fin fixée par avenant" if fin_par_avenant else f"{duree_mois} mois après le début"
    etapes, arrets, depuis, prolongation = [Etape(origine, fin)], list[Arret](), None, 0
    for ordre in vivants:
        gagnes = 0
        match ordre.type:
            case TypeOrdre.SUSPENSION:
                depuis = ordre.effet_le
            case TypeOrdre.REPRISE if depuis is not None:
                arrets.append(Arret(depuis, ordre.effet_le))
                gagnes, depuis = (ordre.effet_le - depuis).days, None
            case TypeOrdre.DELAI:
                gagnes = ordre.jours or 0
                prolongation += gagnes
        fin = ajouter_jours(fin, gagnes)
        if ordre.type in DU_TEMPS:
            etapes.append(Etape(_phrase(ordre, gagnes), fin))
    if depuis is not None:
        arrets.append(Arret(depuis))
    total = Montant.somme(o.montant_ht for o in vivants if o.montant_ht is not None)
    return Effets(debut, fin, depuis, tuple(arrets), prolongation, total, tuple(etapes))


def _phrase(ordre: Ordre, gagnes: int) -> str:
    effet = f"\u00a0: {jours(gagnes)} de plus" if gagnes else ""
    return (
        f"OS n°\u00a0{ordre.numero}, {TYPES[ordre.type].lower()} le {jour(ordre.effet_le)}{effet}"
    )


def verifier_emission(nouveau: Ordre, ordres: Sequence[Ordre], notification: dt.date) -> None:
    """Refuse an order that has no meaning, no price, or no right to be issued."""
    fautes = dict(_fautes_de_forme(nouveau, notification)) | _fautes_de_suite(nouveau, ordres)
    if fautes:
        raise ValidationError(
            "Cet ordre de service n’est pas possible.", code="ordre_impossible", champs=fautes
        )


def _fautes_de_forme(nouveau: Ordre, notification: dt.date) -> Iterable[tuple[str, str]]:
    if nouveau.effet_le < notification:
        yield "effet_le", f"Le marché a été notifié le {jour(notification)}."
    if nouveau.type is TypeOrdre.PRIX and not nouveau.montant_ht:
        yield "montant_ht", "Un ordre à zéro euro est interdit (CCP L2194-3)\u00a0: donnez un prix."
    if nouveau.type is not TypeOrdre.PRIX and nouveau.montant_ht:
        yield "montant_ht", "Seul un ordre sur des prestations et leur prix porte un montant."
    if nouveau.type is TypeOrdre.DELAI and not nouveau.jours:
        yield "jours", "Donnez le nombre de jours accordés."
    if nouveau.type is not TypeOrdre.DELAI and nouveau.jours:
        yield "jours", "Seule une prolongation porte un nombre de jours."
    moe = nouveau.autorite is Autorite.MAITRE_OEUVRE
    if moe and nouveau.type in A_VALIDER and nouveau.validation_le is None:
        yield (
            "validation_le",
            "Le maître d’œuvre change ici le délai ou le montant\u00a0: l’acheteur valide d’abord.",
        )


def _fautes_de_suite(nouveau: Ordre, ordres: Sequence[Ordre]) -> dict[str, str]:
    """An order of time follows those that are in force or about to be."""
    connus = [o for o in ordres if o.effectif or o.etat is EtatOrdre.EMIS]
    if nouveau.type is TypeOrdre.DEMARRAGE:
        deja = any(o.type is TypeOrdre.DEMARRAGE for o in connus)
        return {"type": "L’exécution a déjà démarré par un ordre de service."} if deja else {}
    if nouveau.type not in {TypeOrdre.SUSPENSION, TypeOrdre.REPRISE}:
        return {}
    alternance = {TypeOrdre.SUSPENSION, TypeOrdre.REPRISE}
    temps = sorted((o for o in connus if o.type in alternance), key=lambda o: o.numero)
    dernier = temps[-1] if temps else None
    suspendu = dernier is not None and dernier.type is TypeOrdre.SUSPENSION
    if suspendu is (nouveau.type is TypeOrdre.SUSPENSION):
        dit = "L’exécution est déjà suspendue." if suspendu else "L’exécution n’est pas suspendue."
        return {"type": dit}
    if dernier is not None and nouveau.effet_le <= dernier.effet_le:
        return {"effet_le": f"L’ordre précédent a pris effet le {jour(dernier.effet_le)}."}
    return {}


def verifier_annulation(annule: Ordre, ordres: Sequence[Ordre]) -> None:
    """A suspension that was resumed, or a resumption followed by another, can no longer go."""
    alternance = {TypeOrdre.SUSPENSION, TypeOrdre.REPRISE}
    suivants = [
        o
        for o in ordres
        if o.numero > annule.numero
        and o.type in alternance
        and (o.effectif or o.etat is EtatOrdre.EMIS)
    ]
    if annule.type in alternance and suivants:
        raise ConflictError(
            f"L’OS n°\u00a0{suivants[0].numero} en dépend\u00a0: annulez-le d’abord.",
            code="ordre_suivi",
        )


def reception_presumee(notifie_le: dt.date, delai: int) -> dt.date:
    """Without consultation, the day on which an order is deemed received."""
    return echeance(notifie_le, delai)


def observations_avant(accuse_le: dt.date, delai: int) -> dt.date:
    """Last day of the contractor's observations; the day of receipt does not count."""
    return echeance(accuse_le, delai)


def verifier_observations(avant_le: dt.date, aujourdhui: dt.date) -> None:
    if aujourdhui > avant_le:
        raise ConflictError(
            f"Les observations étaient possibles jusqu’au {jour(avant_le)}\u00a0: l’ordre est "
            "réputé accepté.",
            code="observations_tardives",
            avant_le=avant_le,
        )


def verifier_refus(ordre: Ordre, motif: MotifRefus) -> None:
    """An order that gives its price is not refused for want of one."""
    if motif is MotifRefus.SANS_PRIX and ordre.type is not TypeOrdre.INSTRUCTION:
        raise ValidationError(
            "Ce motif de refus n’est pas possible.",
            code="refus_sans_objet",
            champs={
                "motif": "Cet ordre donne son prix, ou ne demande aucune prestation de plus\u00a0: "
                "faites plutôt des observations."
            },
        )
