"""What a supplier may send in answer to a request for documents."""

from collections.abc import Mapping

from services.paiement.domain.facture import Etat
from shared.kernel.errors import ConflictError, ValidationError

TAILLE_MAX = 10 * 1024 * 1024
NOMBRE_MAX = 10
NOM_MAX = 120
SIGNATURES: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
}
EXTENSIONS: Mapping[str, str] = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
}


def verifier_piece(octets: bytes, etat: Etat, deja: int) -> str:
    """Accept a document while it is expected; return its type, read from its first bytes."""
    if etat is not Etat.SUSPENDUE:
        raise ConflictError(
            "Aucune pièce n’est attendue pour cette facture.", code="piece_non_attendue"
        )
    if deja >= NOMBRE_MAX:
        raise ConflictError(
            f"{NOMBRE_MAX} pièces sont déjà déposées\u00a0: réunissez les autres en un seul PDF.",
            code="trop_de_pieces",
        )
    genre = next((g for debut, g in SIGNATURES.items() if octets.startswith(debut)), None)
    if genre is None:
        raise _refus("Envoyez un PDF, une image PNG ou une image JPEG.", "piece_illisible")
    if len(octets) > TAILLE_MAX:
        raise _refus("Ce fichier dépasse 10\u00a0Mo.", "piece_trop_lourde")
    return genre


def nom_propre(nom: str, genre: str) -> str:
    """The name as the supplier knows it, without folders, with the extension of its type."""
    base = nom.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or "piece"
    lisible = "".join(x for x in base if x.isprintable() and x not in '"<>:|?*')
    return f"{lisible.strip()[:NOM_MAX] or 'piece'}.{EXTENSIONS[genre]}"


def _refus(phrase: str, code: str) -> ValidationError:
    return ValidationError(phrase, code=code, champs={"fichier": phrase})
