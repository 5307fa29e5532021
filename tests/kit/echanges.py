"""Orders, receipts and invoices of the paper contract, as the tests of differences need them."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from services.paiement.gateways.efacture.generation import Ligne
from services.paiement.queries import ecarts
from services.paiement.tables import (
    Facture,
)
from services.paiement.usecases.engagements import (
    CommandePassee,
    PartRecue,
    ReceptionEnregistree,
    enregistrer_engagement,
    enregistrer_reception,
)
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import factures
from tests.kit.paiement import DEPARTEMENT, MARCHE, deposer

D = dt.date.fromisoformat
PAPIER = "PAPIER-A4-80"
COMMANDE = uuid.UUID("0198a3c0-0000-7000-8000-00000000c001")


def commander(tx: Transactions, quantite: str = "105", prix: str = "456") -> None:
    with tx.begin() as uow:
        enregistrer_engagement(
            uow,
            CommandePassee(
                commande_id=COMMANDE,
                reference="C-1",
                marche_id=MARCHE,
                membre_siret=DEPARTEMENT,
                membre_nom=demo.DEPARTEMENT.nom,
                article=PAPIER,
                quantite=Decimal(quantite),
                conditionnement="palette",
                prix_unitaire_ht=Decimal(prix),
                montant_ht=Montant(Decimal(quantite) * Decimal(prix)),
                passee_le=uow.clock.now(),
            ),
        )


def recevoir(tx: Transactions, quantite: str, jour: str = "2026-03-02") -> None:
    with tx.begin() as uow:
        enregistrer_reception(
            uow,
            ReceptionEnregistree(
                reception_id=uuid.uuid4(),
                marche_id=MARCHE,
                article=PAPIER,
                conditionnement="palette",
                quantite=Decimal(quantite),
                demande=Decimal(quantite),
                recue_le=D(jour),
                parts=[PartRecue(COMMANDE, DEPARTEMENT, demo.DEPARTEMENT.nom, Decimal(quantite))],
            ),
        )


def facturer(
    tx: Transactions, quantite: str = "60", prix: str = "456", numero: str = "F-2026-0042", **c: Any
) -> Facture:
    lignes = (Ligne("Papier A4 80 g, palette", Decimal(quantite), Decimal(prix)),)
    return deposer(tx, factures.cii(lignes=lignes, numero=numero, **c)).facture


def mille(tx: Transactions, **champs: Any) -> Facture:
    """An invoice of 1 000.00 TTC on a contract without orders."""
    lignes = (Ligne("Prestation", Decimal(1), Decimal(1000)),)
    return deposer(tx, factures.cii(lignes=lignes, taux_tva=Decimal(0), **champs)).facture


def ouvertes(tx: Transactions) -> list[Montant]:
    with tx.read() as session:
        return [e.ecart_ht for e in ecarts.lister(session, DEPARTEMENT, 1).items]


def relire(tx: Transactions, facture: Facture) -> Facture:
    with tx.read() as session:
        return session.get_one(Facture, facture.id)
