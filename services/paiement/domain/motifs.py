"""Reason codes of the French life cycle: closed lists, one per status that needs a reason.

Codes 200 to 214 are those of the reform; the lists are those of its schematron. A test compares
them, so that a new version of the rules cannot drift unseen.
"""

from collections.abc import Mapping

from services.paiement.domain.facture import Etat
from shared.kernel.errors import ValidationError

DEPOSEE, RECUE, MISE_A_DISPOSITION, PRISE_EN_CHARGE, APPROUVEE = 200, 202, 203, 204, 205
PARTIELLE, LITIGE, SUSPENDUE, COMPLETEE, REFUSEE = 206, 207, 208, 209, 210
PAIEMENT_TRANSMIS, REJETEE, ROUTAGE = 211, 213, 221

CODES: Mapping[Etat, int] = {
    Etat.DEPOSEE: DEPOSEE,
    Etat.EN_COURS_ACHEMINEMENT: RECUE,
    Etat.MISE_A_DISPOSITION: MISE_A_DISPOSITION,
    Etat.A_RECYCLER: ROUTAGE,
    Etat.SUSPENDUE: SUSPENDUE,
    Etat.COMPLETEE: COMPLETEE,
    Etat.SERVICE_FAIT: PRISE_EN_CHARGE,
    Etat.MANDATEE: APPROUVEE,
    Etat.MISE_EN_PAIEMENT: PAIEMENT_TRANSMIS,
    Etat.REJETEE: REFUSEE,
}
"""The accountant's own states have no code: they stay between public bodies."""

LIBELLES_CODES: Mapping[int, str] = {
    DEPOSEE: "Déposée",
    RECUE: "Reçue par la plateforme",
    MISE_A_DISPOSITION: "Mise à disposition",
    PRISE_EN_CHARGE: "Prise en charge",
    APPROUVEE: "Approuvée",
    PARTIELLE: "Approuvée partiellement",
    LITIGE: "En litige",
    SUSPENDUE: "Suspendue",
    COMPLETEE: "Complétée",
    REFUSEE: "Refusée",
    PAIEMENT_TRANSMIS: "Paiement transmis",
    REJETEE: "Rejetée",
    ROUTAGE: "Erreur de routage",
}

_COMMUNS = "TX_TVA_ERR MONTANTTOTAL_ERR CALCUL_ERR NON_CONFORME DOUBLON DEST_ERR TRANSAC_INC"
_COMMUNS += " EMMET_INC CONTRAT_TERM DOUBLE_FACT CMD_ERR ADR_ERR REF_CT_ABSENT"
_LIGNES = "SIRET_ERR CODE_ROUTAGE_ERR REF_ERR PU_ERR REM_ERR QTE_ERR ART_ERR MODPAI_ERR"
_LIGNES += " QUALITE_ERR LIVR_INCOMP"

_SUSPENSION = "JUSTIF_ABS COORD_BANC_ERR CMD_ERR SIRET_ERR CODE_ROUTAGE_ERR REF_CT_ABSENT REF_ERR"
_REJET = "MONTANTTOTAL_ERR CALCUL_ERR DOUBLON DEST_INC ADR_ERR REJ_SEMAN REJ_UNI REJ_COH REJ_ADR"
_REJET += " REJ_CONT_B2G REJ_REF_PJ REJ_ASS_PJ"

MOTIFS: Mapping[int, frozenset[str]] = {
    PARTIELLE: frozenset(f"AUTRE CMD_ERR REF_CT_ABSENT {_LIGNES}".split()),
    LITIGE: frozenset(f"AUTRE COORD_BANC_ERR DEST_INC {_COMMUNS} {_LIGNES}".split()),
    SUSPENDUE: frozenset(_SUSPENSION.split()),
    REFUSEE: frozenset(_COMMUNS.split()),
    REJETEE: frozenset(_REJET.split()),
    ROUTAGE: frozenset({"ROUTAGE_ERR"}),
}

LIBELLES: Mapping[str, str] = {
    "ADR_ERR": "Adresse de facturation erronée",
    "ART_ERR": "Article erroné",
    "AUTRE": "Autre motif",
    "CALCUL_ERR": "Erreur de calcul",
    "CMD_ERR": "Numéro de commande absent ou erroné",
    "CODE_ROUTAGE_ERR": "Code de routage absent ou erroné",
    "CONTRAT_TERM": "Marché terminé",
    "COORD_BANC_ERR": "Coordonnées bancaires erronées",
    "DEST_ERR": "Destinataire erroné",
    "DEST_INC": "Destinataire inconnu",
    "DOUBLE_FACT": "Prestation déjà facturée",
    "DOUBLON": "Facture en double",
    "EMMET_INC": "Émetteur inconnu",
    "JUSTIF_ABS": "Pièce justificative absente",
    "LIVR_INCOMP": "Livraison incomplète",
    "MODPAI_ERR": "Moyen de paiement erroné",
    "MONTANTTOTAL_ERR": "Montant total erroné",
    "NON_CONFORME": "Mention obligatoire absente ou inexacte",
    "PU_ERR": "Prix unitaire erroné",
    "QTE_ERR": "Quantité erronée",
    "QUALITE_ERR": "Qualité non conforme",
    "REF_CT_ABSENT": "Référence du marché absente",
    "REF_ERR": "Référence erronée",
    "REJ_ADR": "Contrôle d’adressage",
    "REJ_ASS_PJ": "Pièces jointes mal associées",
    "REJ_COH": "Contrôle de cohérence",
    "REJ_CONT_B2G": "Contrôle propre au secteur public",
    "REJ_REF_PJ": "Pièce jointe mal référencée",
    "REJ_SEMAN": "Règle de gestion non respectée",
    "REJ_UNI": "Contrôle d’unicité",
    "REM_ERR": "Remise erronée",
    "ROUTAGE_ERR": "Erreur de routage",
    "SIRET_ERR": "SIRET erroné",
    "TRANSAC_INC": "Transaction inconnue",
    "TX_TVA_ERR": "Taux de TVA erroné",
}


def choix(statut: int) -> list[tuple[str, str]]:
    """Reasons of a status as (code, label), by label; the code follows for those who know it."""
    paires = [(code, f"{LIBELLES[code]} ({code})") for code in MOTIFS[statut]]
    return sorted(paires, key=lambda paire: paire[1])


def verifier_motif(statut: int, code: str) -> str:
    """Accept a reason of the closed list of a status, or refuse naming the list."""
    if code in MOTIFS[statut]:
        return code
    permis = ", ".join(sorted(MOTIFS[statut]))
    raise ValidationError(
        f"Ce motif n’existe pas pour «\u00a0{LIBELLES_CODES[statut]}\u00a0» ({statut}).",
        code="motif_inconnu",
        champs={"code": f"Choisissez un de ces motifs\u00a0: {permis}."},
    )
