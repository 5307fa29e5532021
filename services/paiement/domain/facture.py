"""The life cycle of an invoice: the states of Chorus Pro, who holds it, what may follow."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum

from services.paiement.domain.horloge import Horloge
from services.paiement.domain.phrases import jour
from shared.kernel.errors import ConflictError


class Etat(StrEnum):
    """States that the law or the supplier must know of."""

    DEPOSEE = "DEPOSEE"
    EN_COURS_ACHEMINEMENT = "EN_COURS_ACHEMINEMENT"
    MISE_A_DISPOSITION = "MISE_A_DISPOSITION"
    A_RECYCLER = "A_RECYCLER"
    SUSPENDUE = "SUSPENDUE"
    COMPLETEE = "COMPLETEE"
    SERVICE_FAIT = "SERVICE_FAIT"
    MANDATEE = "MANDATEE"
    MISE_A_DISPOSITION_COMPTABLE = "MISE_A_DISPOSITION_COMPTABLE"
    COMPTABILISEE = "COMPTABILISEE"
    MISE_EN_PAIEMENT = "MISE_EN_PAIEMENT"
    REJETEE = "REJETEE"


LIBELLES: Mapping[Etat, str] = {
    Etat.DEPOSEE: "Déposée",
    Etat.EN_COURS_ACHEMINEMENT: "En cours d’acheminement",
    Etat.MISE_A_DISPOSITION: "Mise à disposition",
    Etat.A_RECYCLER: "À recycler",
    Etat.SUSPENDUE: "Suspendue",
    Etat.COMPLETEE: "Complétée",
    Etat.SERVICE_FAIT: "Service fait",
    Etat.MANDATEE: "Mandatée",
    Etat.MISE_A_DISPOSITION_COMPTABLE: "Mise à disposition du comptable",
    Etat.COMPTABILISEE: "Comptabilisée",
    Etat.MISE_EN_PAIEMENT: "Mise en paiement",
    Etat.REJETEE: "Rejetée",
}

# The law lets the delay be interrupted until the payment order, service done or not, and not
# after: the accountant's suspension, which Chorus Pro knows, would interrupt nothing.
SUITES: Mapping[Etat, frozenset[Etat]] = {
    Etat.DEPOSEE: frozenset({Etat.EN_COURS_ACHEMINEMENT, Etat.MISE_A_DISPOSITION}),
    Etat.EN_COURS_ACHEMINEMENT: frozenset({Etat.MISE_A_DISPOSITION, Etat.A_RECYCLER, Etat.REJETEE}),
    Etat.MISE_A_DISPOSITION: frozenset(
        {Etat.SUSPENDUE, Etat.A_RECYCLER, Etat.REJETEE, Etat.SERVICE_FAIT, Etat.MANDATEE}
    ),
    Etat.A_RECYCLER: frozenset({Etat.MISE_A_DISPOSITION}),
    Etat.SUSPENDUE: frozenset({Etat.COMPLETEE}),
    Etat.COMPLETEE: frozenset({Etat.MISE_A_DISPOSITION}),
    Etat.SERVICE_FAIT: frozenset({Etat.SUSPENDUE, Etat.MANDATEE}),
    Etat.MANDATEE: frozenset(
        {Etat.MISE_A_DISPOSITION_COMPTABLE, Etat.COMPTABILISEE, Etat.MISE_EN_PAIEMENT}
    ),
    Etat.MISE_A_DISPOSITION_COMPTABLE: frozenset({Etat.COMPTABILISEE, Etat.MISE_EN_PAIEMENT}),
    Etat.COMPTABILISEE: frozenset({Etat.MISE_EN_PAIEMENT}),
    Etat.MISE_EN_PAIEMENT: frozenset(),
    Etat.REJETEE: frozenset(),
}

DETENTEURS: Mapping[Etat, str] = {
    Etat.DEPOSEE: "la plateforme",
    Etat.EN_COURS_ACHEMINEMENT: "la plateforme",
    Etat.MISE_A_DISPOSITION: "le service destinataire",
    Etat.A_RECYCLER: "le fournisseur",
    Etat.SUSPENDUE: "le fournisseur",
    Etat.COMPLETEE: "la plateforme",
    Etat.SERVICE_FAIT: "l’ordonnateur",
    Etat.MANDATEE: "le comptable",
    Etat.MISE_A_DISPOSITION_COMPTABLE: "le comptable",
    Etat.COMPTABILISEE: "le comptable",
    Etat.MISE_EN_PAIEMENT: "la banque du fournisseur",
    Etat.REJETEE: "le fournisseur",
}

SOLDES = frozenset({Etat.MISE_EN_PAIEMENT, Etat.REJETEE})
"""States in which nothing remains to be paid."""


def avancer(etat: Etat, vers: Etat) -> Etat:
    """Move an invoice to its next state, or refuse naming what is possible."""
    if vers in SUITES[etat]:
        return vers
    possibles = [LIBELLES[e] for e in Etat if e in SUITES[etat]]
    suite = (
        f"Elle peut devenir\u00a0: {', '.join(possibles).lower()}."
        if possibles
        else "Elle ne change plus d’état."
    )
    raise ConflictError(
        f"La facture est «\u00a0{LIBELLES[etat]}\u00a0»\u00a0: elle ne peut pas devenir "
        f"«\u00a0{LIBELLES[vers]}\u00a0». {suite}",
        code="transition_interdite",
        etat=etat,
        vers=vers,
    )


def verifier_interruption(
    etat: Etat, horloge: Horloge, deja_interrompue: bool, notifiee_le: dt.date
) -> None:
    """Allow an interruption once, before the payment order, and while time is left."""
    if deja_interrompue:
        raise ConflictError(
            "Le délai de cette facture a déjà été interrompu\u00a0: il ne peut l’être qu’une "
            "seule fois.",
            code="deja_interrompue",
        )
    avancer(etat, Etat.SUSPENDUE)
    if horloge.echeance is not None and notifiee_le > horloge.echeance:
        raise ConflictError(
            f"Le délai a pris fin le {jour(horloge.echeance)}\u00a0: il ne peut plus être "
            "interrompu.",
            code="delai_expire",
            echeance=horloge.echeance,
        )
