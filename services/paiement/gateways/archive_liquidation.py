"""The archive of a batch: the same batch always gives the same bytes."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from shared.web.exports import Tableau, en_csv

COLONNES: Mapping[str, str] = {
    "nature": "Nature",
    "numero": "Numéro",
    "marche": "Marché",
    "engagement": "Engagement",
    "code_service": "Code service",
    "fournisseur_siret": "SIRET fournisseur",
    "fournisseur_nom": "Fournisseur",
    "ibans": "IBAN",
    "montant_ht": "Montant HT",
    "montant_tva": "TVA",
    "montant_ttc": "Montant TTC",
    "a_payer": "À payer",
    "depart_le": "Départ du délai",
    "echeance_le": "Échéance",
    "mandatee_le": "Mandatée le",
    "fichier": "Fichier",
    "empreinte": "SHA-256 du fichier",
}
MONTANTS = frozenset({"montant_ht", "montant_tva", "montant_ttc", "a_payer"})
JAMAIS = (1980, 1, 1, 0, 0, 0)  # the oldest date an archive can hold


def archiver(
    entete: Mapping[str, Any], articles: Sequence[Mapping[str, Any]], fichiers: Mapping[str, bytes]
) -> bytes:
    """Write `liquidation.csv`, `liquidation.json` and the invoice files, uncompressed."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_STORED) as archive:
        _ajouter(archive, "liquidation.csv", _csv(articles))
        _ajouter(archive, "liquidation.json", _json(entete, articles))
        for nom, octets in fichiers.items():
            _ajouter(archive, nom, octets)
    return sortie.getvalue()


def _ajouter(archive: zipfile.ZipFile, nom: str, octets: bytes) -> None:
    membre = zipfile.ZipInfo(nom, JAMAIS)
    membre.create_system = 3
    membre.external_attr = 0o644 << 16
    archive.writestr(membre, octets)


def _csv(articles: Sequence[Mapping[str, Any]]) -> bytes:
    lignes = [[_cellule(cle, article[cle]) for cle in COLONNES] for article in articles]
    return en_csv(Tableau("liquidation", list(COLONNES.values()), lignes))


def _cellule(cle: str, valeur: Any) -> str | None:
    if cle in MONTANTS:
        return str(valeur).replace(".", ",")
    return " ".join(valeur) if isinstance(valeur, list) else valeur


def _json(entete: Mapping[str, Any], articles: Sequence[Mapping[str, Any]]) -> bytes:
    corps = {**entete, "articles": [dict(article) for article in articles]}
    return json.dumps(corps, ensure_ascii=False, indent=2, sort_keys=True).encode()
