"""What an invoice must say before it can be registered, whatever its conformity."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from services.paiement.domain.efacture import Anomalie, Examen, Gravite
from shared.kernel.errors import ValidationError
from shared.kernel.montant import Montant

EURO = "EUR"
NUMERO_MAX = 100
ANNEE_MIN = 2000
LIGNE_MAX = Decimal(10) ** 11


@dataclass(frozen=True, slots=True)
class Lue:
    """The facts that registering needs, none of them missing."""

    numero: str
    emise_le: dt.date
    fournisseur_siret: str
    fournisseur_nom: str
    acheteur_siret: str
    montant_ht: Montant
    montant_tva: Montant
    montant_ttc: Montant
    a_payer: Montant
    references: tuple[str, ...]


def verifier(examen: Examen) -> Lue:
    """Read what registering needs; refuse naming every missing term and every broken rule."""
    faits = examen.faits
    manques = [
        phrase
        for present, phrase in (
            (faits.numero, "le numéro de facture (BT-1)"),
            (faits.emise_le, "la date d’émission (BT-2)"),
            (faits.vendeur.siret, "le SIRET du vendeur (BT-29 ou BT-30)"),
            (faits.acheteur.siret, "le SIRET de l’acheteur (BT-46)"),
            (faits.total_ht is not None, "le total hors taxes (BT-109)"),
            (faits.total_ttc is not None, "le total TTC (BT-112)"),
            (faits.a_payer is not None, "le montant à payer (BT-115)"),
        )
        if not present
    ]
    if manques:
        raise _invalide(f"Il manque\u00a0: {', '.join(manques)}.", "mention_manquante", examen)
    if len(faits.numero) > NUMERO_MAX:
        raise _invalide(
            f"Le numéro de facture (BT-1) dépasse {NUMERO_MAX} caractères.",
            "numero_trop_long",
            examen,
        )
    if faits.emise_le is not None and faits.emise_le.year < ANNEE_MIN:
        raise _invalide(
            "La date d’émission (BT-2) n’est pas plausible.", "date_invraisemblable", examen
        )
    if faits.devise != EURO:
        raise _invalide(
            f"La facture est en {faits.devise or 'devise inconnue'}\u00a0: "
            "seules les factures en euros sont payées ici.",
            "devise_non_acceptee",
            examen,
        )
    if _montant(faits.a_payer) < Montant.zero():
        raise _invalide(
            "Le montant à payer (BT-115) est négatif\u00a0: déposez un avoir (type 381) qui cite "
            "la facture qu’il corrige.",
            "montant_negatif",
            examen,
        )
    if any(
        max(abs(d.quantite), abs(d.prix_ht), abs(d.montant_ht)) >= LIGNE_MAX for d in faits.details
    ):
        raise _invalide(
            "Une quantité ou un prix n’est pas plausible.", "ligne_invraisemblable", examen
        )
    return Lue(
        numero=faits.numero,
        emise_le=faits.emise_le or dt.date.min,
        fournisseur_siret=faits.vendeur.siret or "",
        fournisseur_nom=faits.vendeur.nom or f"SIRET {faits.vendeur.siret}",
        acheteur_siret=faits.acheteur.siret or "",
        montant_ht=_montant(faits.total_ht),
        montant_tva=_montant(faits.total_tva),
        montant_ttc=_montant(faits.total_ttc),
        a_payer=_montant(faits.a_payer),
        references=tuple(r for r in (faits.reference_contrat, faits.reference_commande) if r),
    )


def motifs(anomalies: Sequence[Anomalie]) -> list[str]:
    """Reasons of a rejection: one sentence per blocking rule, its identifier first."""
    return [f"{a.regle}\u00a0: {a.message}" for a in anomalies if a.gravite is Gravite.BLOQUANTE]


def _montant(valeur: Decimal | None) -> Montant:
    return Montant(valeur or Decimal())


def _invalide(phrase: str, code: str, examen: Examen) -> ValidationError:
    return ValidationError(phrase, code=code, motifs=motifs(examen.anomalies))
