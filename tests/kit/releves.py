"""Writes statements of card operations, in each layout, for the tests."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from services.paiement.gateways.releves.formats import formats
from shared.ops import demo
from tests.kit.paiement import DEPARTEMENT

BASE: Mapping[str, Any] = {
    "carte": "4242",
    "date": "2026-03-02",
    "accepteur_siret": demo.BUREAU.siret,
    "accepteur_nom": demo.BUREAU.nom,
    "mcc": "5943",
    "niveau": "1BIS",
}
ENTETE: Mapping[str, str] = {
    "numero": "2026-03",
    "emetteur": "Banque du Mézenc",
    "entite_siret": DEPARTEMENT,
    "compte": "CA-0140",
    "du": "2026-03-01",
    "au": "2026-03-31",
}


def operation(ttc: str, **faits: Any) -> dict[str, Any]:
    """One operation; its net amount and its tax at 20 % are derived."""
    tva = (Decimal(ttc) / 6).quantize(Decimal("0.01"))
    montants = {"montant_ttc": ttc, "montant_ht": str(Decimal(ttc) - tva), "montant_tva": str(tva)}
    return {**BASE, **montants, **faits}


def releve(
    operations: Sequence[Mapping[str, Any]],
    *,
    banque: str = "essaim",
    total: str | None = None,
    **entete: str,
) -> bytes:
    """A file of that bank; `articles` of an operation become rows of their own."""
    somme = total or str(sum((Decimal(o["montant_ttc"]) for o in operations), Decimal()))
    tete = {**ENTETE, **entete, "total": somme}
    rangees = [{"type": "releve", **tete}]
    for rang, une in enumerate(operations, 1):
        articles = une.get("articles", ())
        faits = {("jour" if cle == "date" else cle): v for cle, v in une.items()}
        rangees.append({**tete, "type": "operation", "rang": rang, **faits})
        rangees += [{"type": "article", "rang": rang, **article} for article in articles]
    return _ecrire(rangees, banque)


def _ecrire(rangees: Sequence[Mapping[str, Any]], banque: str) -> bytes:
    format_ = formats()[banque]
    if "type" not in format_.colonnes:
        rangees = [r for r in rangees if r["type"] == "operation"]
    lignes = [format_.separateur.join(format_.colonnes.values())]
    for rangee in rangees:
        cellules = (_cellule(champ, rangee.get(champ, ""), format_) for champ in format_.colonnes)
        lignes.append(format_.separateur.join(cellules))
    return "\r\n".join(lignes).encode(format_.encodage)


def _cellule(champ: str, valeur: Any, format_: Any) -> str:
    texte = str(valeur)
    if champ == "type":
        return next(code for code, genre in format_.genres.items() if genre == texte)
    if champ == "niveau" and texte:
        return next(code for code, niveau in format_.niveaux.items() if niveau == texte)
    if champ in {"jour", "du", "au"} and texte:
        return dt.date.fromisoformat(texte).strftime(format_.date)
    if texte and champ in {
        *("total", "montant_ht", "montant_tva", "montant_ttc"),
        *("quantite", "prix_unitaire_ht", "taux_tva"),
    }:
        if format_.centimes:
            return str(int(Decimal(texte) * 100))
        return texte.replace(".", format_.decimale)
    return texte
