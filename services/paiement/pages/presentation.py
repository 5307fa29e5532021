"""How invoices, advances and cards are told to people."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint

from services.paiement.domain import carte, partage
from services.paiement.domain.avance import EtatAvance
from services.paiement.domain.engagements import LIBELLES_LIBERATION
from services.paiement.domain.facture import LIBELLES, SOLDES, SUITES, Etat
from services.paiement.domain.motifs import LIBELLES as LIBELLES_MOTIFS
from services.paiement.domain.programme import ETATS, EtatCarte
from services.paiement.domain.rapprochement import LIBELLES_ISSUE, LIBELLES_NATURE
from services.paiement.pages.formulaires import CLASSES
from services.paiement.tables import Facture
from shared.web.charts import texte_horloge
from shared.web.context import context

TONS: Mapping[Etat, str] = {
    Etat.DEPOSEE: "gris",
    Etat.EN_COURS_ACHEMINEMENT: "gris",
    Etat.A_RECYCLER: "or",
    Etat.MISE_A_DISPOSITION_COMPTABLE: "vert",
    Etat.COMPTABILISEE: "vert",
    Etat.MISE_A_DISPOSITION: "",
    Etat.SUSPENDUE: "or",
    Etat.COMPLETEE: "",
    Etat.SERVICE_FAIT: "vert",
    Etat.MANDATEE: "vert",
    Etat.MISE_EN_PAIEMENT: "vert",
    Etat.REJETEE: "rouge",
}
AVANCES: Mapping[EtatAvance, tuple[str, str]] = {
    EtatAvance.PROPOSEE: ("Proposée", ""),
    EtatAvance.ACCEPTEE: ("Acceptée", "or"),
    EtatAvance.VERSEE: ("Versée", "vert"),
    EtatAvance.REFUSEE: ("Refusée", "gris"),
}
CARTES: Mapping[EtatCarte, str] = {
    EtatCarte.A_ACTIVER: "gris",
    EtatCarte.ACTIVE: "vert",
    EtatCarte.SUSPENDUE: "or",
    EtatCarte.OPPOSEE: "rouge",
}
SYNTAXES = {"CII": "CII", "UBL": "UBL", "UBL_AVOIR": "UBL (avoir)"}
CONTENEURS = {"XML": "fichier XML", "PDF": "PDF Factur-X"}
VERDICTS = {
    "valide": "Conforme à la norme EN 16931",
    "invalide": "Non conforme à la norme EN 16931",
    "indetermine": "Contrôle en attente",
}


@dataclass(frozen=True, slots=True)
class Cadran:
    """The clock of an invoice as its bar shows it: days gone out of a total."""

    jours: int
    total: int
    suspendue: bool

    @property
    def texte(self) -> str:
        return texte_horloge(self.jours, total=self.total, suspendue=self.suspendue)


def cadran(facture: Facture, aujourdhui: dt.date) -> Cadran | None:
    """Bar of an invoice still to pay; none when it is settled or not checked yet."""
    etat = Etat(facture.etat)
    if etat in SOLDES or facture.depart_le is None:
        return None
    depart = facture.completee_le or facture.depart_le
    if facture.echeance_le is None:
        arret = facture.suspendue_le or aujourdhui
        return Cadran(max(0, (arret - facture.depart_le).days), 30, suspendue=True)
    total = (facture.echeance_le - depart).days
    return Cadran((aujourdhui - depart).days, total, suspendue=False)


def installer(pages: Blueprint) -> None:
    """Give these words to the templates of the application."""

    @pages.app_context_processor
    def vocabulaire() -> dict[str, Any]:
        return {
            "libelle_etat": lambda etat: LIBELLES[Etat(etat)],
            "ton_etat": lambda etat: TONS[Etat(etat)],
            "soldee": lambda facture: Etat(facture.etat) in SOLDES,
            "peut": lambda facture, vers: Etat(vers) in SUITES[Etat(facture.etat)],
            "cadran": lambda facture: cadran(facture, context().clock.today()),
            "motif_dit": lambda motif: carte.LIBELLES[carte.Motif(motif)],
            "liberation_dite": lambda genre: LIBELLES_LIBERATION[genre],
            "carte_dite": lambda etat: (ETATS[EtatCarte(etat)], CARTES[EtatCarte(etat)]),
            "avance_dite": lambda etat: AVANCES[EtatAvance(etat)],
            "partage_dit": lambda partagee, mandatee, payee: (
                partage.phrase(partagee, mandatee, payee) if partagee else ""
            ),
            "SYNTAXES": SYNTAXES,
            "ISSUES": LIBELLES_ISSUE,
            "NATURES": LIBELLES_NATURE,
            "motif_code": lambda code: LIBELLES_MOTIFS[code],
            "CONTENEURS": CONTENEURS,
            "VERDICTS": VERDICTS,
            "CLASSES": CLASSES,
        }
