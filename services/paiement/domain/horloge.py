"""The legal payment clock: when it starts, when it stops, when it ends, and why.

It starts on the later of receipt and service done, its first day not counted; it ends on a
working day; it may be interrupted once, before the payment order.
"""

import datetime as dt
from dataclasses import dataclass, replace

from services.paiement.domain.phrases import jour, jours
from shared.kernel.calendrier import ajouter_jours, jour_ouvre_suivant, jours_feries
from shared.kernel.errors import ValidationError
from shared.kernel.parametres import ClasseAcheteur, Parametres

_DEPART = "CCP R2192-12 à R2192-15"
_DELAI = "CCP R2192-10 et R2192-11"
_SOUS_TRAITANCE = "CCP R2193-11 à R2193-14"
_INTERRUPTION = "CCP R2192-27 à R2192-29"


@dataclass(frozen=True, slots=True)
class Delais:
    """Legal durations, in days."""

    paiement: int
    presomption: int
    reprise_min: int
    opposition: int


@dataclass(frozen=True, slots=True)
class Interruption:
    """`notifiee_le`: receipt of the notice; `completee_le`: receipt of all the documents."""

    notifiee_le: dt.date
    completee_le: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Accord:
    """What a contractor answers to the request of a subcontractor paid directly.

    `demandee_le`: the contractor received the request; `donne_le`: the buyer received its
    agreement, None while it is silent.
    """

    demandee_le: dt.date
    donne_le: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Faits:
    """What is known of an invoice; a date that nobody recorded is None.

    `accord` is for a subcontractor paid directly, `decompte_accepte_le` for the balance of works:
    either takes the place of the receipt.
    """

    emise_le: dt.date
    recue_le: dt.date | None = None
    service_fait_le: dt.date | None = None
    interruption: Interruption | None = None
    accord: Accord | None = None
    decompte_accepte_le: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Etape:
    """One step of a reasoning: what, when, in a sentence, by which text."""

    libelle: str
    le: dt.date
    phrase: str
    reference: str


@dataclass(frozen=True, slots=True)
class Horloge:
    """`echeance` is None while the clock is stopped; the period is the one that runs now."""

    depart: dt.date
    delai: int
    echeance: dt.date | None
    arretee_le: dt.date | None
    etapes: tuple[Etape, ...]
    periode_le: dt.date
    periode_jours: int

    def jours_restants(self, aujourdhui: dt.date) -> int | None:
        """Days left, negative when late; None while the clock is stopped: never late then."""
        return None if self.echeance is None else (self.echeance - aujourdhui).days

    def jours_ecoules(self, aujourdhui: dt.date) -> int:
        """Days since the start, up to the stop when the clock is stopped."""
        return max(0, ((self.arretee_le or aujourdhui) - self.depart).days)


def delais(parametres: Parametres, acheteur: ClasseAcheteur, le: dt.date) -> Delais:
    """Durations in force for a class of buyer on a day."""

    def entier(code: str) -> int:
        return int(parametres.valeur(code, le, acheteur).valeur)

    return Delais(
        paiement=entier("delai_paiement_jours"),
        presomption=entier("presomption_reception_jours"),
        reprise_min=entier("reprise_delai_min_jours"),
        opposition=entier("sous_traitance_opposition_jours"),
    )


def calculer(faits: Faits, durees: Delais) -> Horloge:
    """Compute the clock, each step explained."""
    etapes, depart = _depart(faits, durees)
    if faits.interruption is None:
        fin, suite = _fin(depart, durees.paiement)
        return Horloge(
            depart, durees.paiement, fin, None, (*etapes, *suite), depart, durees.paiement
        )
    reste, arret = _arret(depart, durees, faits.interruption)
    completee = faits.interruption.completee_le
    if completee is None:
        arretee = faits.interruption.notifiee_le
        return Horloge(
            depart, durees.paiement, None, arretee, (*etapes, arret), depart, durees.paiement
        )
    nouveau = max(durees.reprise_min, reste)
    depuis = max(completee, depart)
    fin, suite = _fin(depuis, nouveau)
    reprise = _reprise(completee, depuis, nouveau, durees.reprise_min, reste)
    suivies = (*etapes, arret, reprise, *suite)
    return Horloge(depart, durees.paiement, fin, None, suivies, depuis, nouveau)


def verifier_interruption(faits: Faits, durees: Delais) -> None:
    """Refuse an interruption that comes before the request, or once the deadline has ended."""
    if faits.interruption is None:
        return
    notifiee = faits.interruption.notifiee_le
    sans = calculer(replace(faits, interruption=None), durees)
    premier = faits.recue_le or sans.etapes[0].le
    if notifiee < premier:
        raise ValidationError(
            "Le délai ne peut pas être interrompu avant la demande de paiement.",
            code="interruption_incoherente",
            champs={"notifiee_le": f"Choisissez une date à partir du {jour(premier)}."},
        )
    if sans.echeance is not None and notifiee > sans.echeance:
        raise ValidationError(
            f"Le délai a pris fin le {jour(sans.echeance)}\u00a0: il ne peut plus être interrompu.",
            code="delai_expire",
            champs={"notifiee_le": f"Choisissez une date jusqu’au {jour(sans.echeance)}."},
        )


def _reprise(completee: dt.date, depuis: dt.date, nouveau: int, minimum: int, reste: int) -> Etape:
    """The new period opens with the documents, but never before the service is done."""
    tardif = (
        "" if depuis == completee else f" Il part de l’exécution du service, le {jour(depuis)}."
    )
    return Etape(
        "Nouveau délai",
        depuis,
        f"Les pièces sont reçues le {jour(completee)}\u00a0: un nouveau délai de {jours(nouveau)} "
        f"s’ouvre, le plus long entre {minimum} et le solde de {reste}.{tardif}",
        _INTERRUPTION,
    )


def _depart(faits: Faits, durees: Delais) -> tuple[list[Etape], dt.date]:
    reception = _reception(faits, durees)
    recue, etapes = reception.le, [reception]
    service = faits.service_fait_le
    if service is None:
        etapes.append(
            Etape(
                "Départ du délai",
                recue,
                "Le service fait n’est pas encore constaté\u00a0: le délai est compté depuis "
                f"le {jour(recue)}.",
                _DEPART,
            )
        )
        return etapes, recue
    depart = max(recue, service)
    phrase = (
        f"Le service est exécuté le {jour(service)}, après la réception\u00a0: "
        "le délai part de l’exécution."
        if service > recue
        else f"Le service est exécuté le {jour(service)}\u00a0: le délai part de la réception."
    )
    etapes.append(Etape("Départ du délai", depart, phrase, _DEPART))
    return etapes, depart


def _reception(faits: Faits, durees: Delais) -> Etape:
    """The fact that opens the deadline, before the service is looked at."""
    if faits.accord is not None:
        return _accord(faits.accord, durees.opposition)
    if faits.decompte_accepte_le is not None:
        accepte = faits.decompte_accepte_le
        phrase = f"Le décompte général est accepté le {jour(accepte)}."
        return Etape("Acceptation du décompte général", accepte, phrase, _DEPART)
    if faits.recue_le is not None:
        phrase = f"La facture est reçue le {jour(faits.recue_le)}."
        return Etape("Réception de la facture", faits.recue_le, phrase, _DEPART)
    reputee = ajouter_jours(faits.emise_le, durees.presomption)
    phrase = (
        f"Sans preuve de réception, la facture du {jour(faits.emise_le)} est réputée reçue "
        f"{jours(durees.presomption)} après sa date."
    )
    return Etape("Réception de la facture", reputee, phrase, _DEPART)


def _accord(accord: Accord, opposition: int) -> Etape:
    """The agreement of the contractor, or the end of its silence if it comes first."""
    silence = ajouter_jours(accord.demandee_le, opposition)
    if accord.donne_le is not None and accord.donne_le <= silence:
        phrase = f"L’accord du titulaire est reçu le {jour(accord.donne_le)}."
        return Etape("Accord du titulaire", accord.donne_le, phrase, _SOUS_TRAITANCE)
    phrase = (
        f"Le titulaire, saisi le {jour(accord.demandee_le)}, n’a pas répondu en "
        f"{jours(opposition)}\u00a0: son silence vaut accord."
    )
    return Etape("Silence du titulaire", silence, phrase, _SOUS_TRAITANCE)


def _arret(depart: dt.date, durees: Delais, interruption: Interruption) -> tuple[int, Etape]:
    notifiee, completee = interruption.notifiee_le, interruption.completee_le
    if completee is not None and completee < notifiee:
        raise ValidationError(
            "Les pièces ne peuvent pas être reçues avant d’avoir été demandées.",
            code="interruption_incoherente",
            champs={"completee_le": f"Choisissez une date à partir du {jour(notifiee)}."},
        )
    ecoules = max(0, (notifiee - depart).days)
    reste = max(0, durees.paiement - ecoules)
    return reste, Etape(
        "Interruption du délai",
        notifiee,
        f"La demande de pièces est reçue par le fournisseur\u00a0: le délai s’arrête après "
        f"{jours(ecoules)}, il en restait {reste}.",
        _INTERRUPTION,
    )


def _fin(depuis: dt.date, duree: int) -> tuple[dt.date, list[Etape]]:
    brute = ajouter_jours(depuis, duree)
    etapes = [
        Etape(
            "Fin du délai",
            brute,
            f"{jours(duree).capitalize()} après le {jour(depuis)}, qui ne compte pas\u00a0: "
            f"{jour(brute)}.",
            _DELAI,
        )
    ]
    ouvree = jour_ouvre_suivant(brute)
    if ouvree != brute:
        etapes.append(
            Etape(
                "Report au jour ouvré",
                ouvree,
                f"Le {jour(brute)} est {_empechement(brute)}\u00a0: l’échéance passe au "
                f"{jour(ouvree)}.",
                _DELAI,
            )
        )
    return ouvree, etapes


def _empechement(date: dt.date) -> str:
    ferie = jours_feries(date.year).get(date)
    if ferie:
        return f"un jour férié ({ferie})"
    return "un samedi" if date.weekday() == 5 else "un dimanche"
