"""Files that cannot be examined at all, each refused with a code and a sentence."""

from typing import Any

from shared.kernel.errors import ValidationError

TAILLE_MAX = 10 * 1024 * 1024
PROFONDEUR_MAX = 64

_PHRASES = {
    "fichier_vide": "Le fichier est vide. Exportez de nouveau la facture puis déposez-la.",
    "fichier_trop_volumineux": (
        "Le fichier dépasse 10 Mo. Retirez les pièces jointes et déposez la facture seule."
    ),
    "format_inconnu": (
        "Ce fichier n’est ni un XML ni un PDF. "
        "Déposez une facture CII, UBL ou Factur-X ; l’extension du nom ne compte pas."
    ),
    "doctype_interdit": (
        "Le XML contient une déclaration DOCTYPE ou des entités, interdites ici par sécurité. "
        "Retirez-les."
    ),
    "xml_tronque": (
        "Le XML s’arrête avant la fin : le fichier a sans doute été coupé pendant l’envoi. "
        "Déposez-le de nouveau."
    ),
    "xml_mal_forme": "Le XML est mal formé (ligne {ligne}, colonne {colonne}).",
    "xml_trop_profond": "Le XML imbrique plus de 64 niveaux : ce n’est pas une facture.",
    "xml_trop_dense": "Le XML compte plus d’éléments qu’aucune facture n’en a besoin.",
    "racine_inconnue": (
        "Ce XML n’est pas une facture : sa racine est « {racine} », "
        "une facture commence par CrossIndustryInvoice (CII), Invoice ou CreditNote (UBL)."
    ),
    "pdf_tronque": (
        "Le PDF s’arrête avant la fin : le fichier a sans doute été coupé pendant l’envoi. "
        "Déposez-le de nouveau."
    ),
    "pdf_illisible": "Le PDF est abîmé et ne peut pas être lu. Exportez de nouveau la facture.",
    "pdf_chiffre": "Le PDF est protégé par un mot de passe. Déposez-le sans protection.",
    "pdf_sans_xml": (
        "Ce PDF ne contient pas de facture électronique. "
        "Déposez un Factur-X (PDF avec son XML joint) ou le XML lui-même."
    ),
}


class FichierRefuse(ValidationError):
    """The file cannot be examined; `code` names why."""


def refus(code: str, **valeurs: Any) -> FichierRefuse:
    """Build the refusal named `code`; `valeurs` fill its sentence."""
    return FichierRefuse(
        _PHRASES[code]
        .format(**valeurs)
        .replace(" : ", "\u00a0: ")
        .replace(" ;", "\u202f;")
        .replace("« ", "«\u00a0")
        .replace(" »", "\u00a0»"),
        code=code,
        **valeurs,
    )
