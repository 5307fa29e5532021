"""Reads for pages, API and use cases."""

from services.notification.queries.alertes import (
    Gestion,
    alertes_du_lien,
    du_lien,
    en_attente_de_confirmation,
    gestion,
    portee_recente,
)
from services.notification.queries.journal import (
    Compteur,
    FiltreJournal,
    compteurs,
    evenements,
    fil,
    registre,
    reprises,
    types_connus,
)

__all__ = [
    "Compteur",
    "FiltreJournal",
    "Gestion",
    "alertes_du_lien",
    "compteurs",
    "du_lien",
    "en_attente_de_confirmation",
    "evenements",
    "fil",
    "gestion",
    "portee_recente",
    "registre",
    "reprises",
    "types_connus",
]
