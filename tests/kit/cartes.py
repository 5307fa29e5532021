"""What the tests of purchasing cards share: people, a programme, an active card."""

import datetime as dt
from typing import Any

from services.paiement.domain.programme import Personne
from services.paiement.tables import Carte, ProgrammeCarte
from services.paiement.usecases.cartes import (
    NouvelleCarte,
    activer_carte,
    creer_carte,
    referencer_fournisseur,
)
from services.paiement.usecases.programmes import NouveauProgramme, ouvrir_programme
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions, UnitOfWork
from shared.ops import demo
from tests.kit.paiement import DEPARTEMENT

FINANCES = Personne("finances", frozenset({"finances"}))
CHEF = Personne("chef-achats", frozenset({"finances"}))
PORTEUR = Personne("agent", frozenset({"porteur"}))


def programme(uow: UnitOfWork, acheteur: str = DEPARTEMENT, **faits: Any) -> ProgrammeCarte:
    base: dict[str, Any] = {"emetteur": "Banque du Mézenc", "compte": "CA-0140"}
    return ouvrir_programme(uow, acheteur, NouveauProgramme(**(base | faits)), FINANCES)


def nouvelle(**faits: Any) -> NouvelleCarte:
    """The example card of rules §8."""
    base: dict[str, Any] = {
        "porteur": "Agent technique",
        "fin_numero": "4242",
        "expire_le": dt.date(2027, 12, 31),
        "plafond_transaction": Montant(500),
        "plafond_periode": Montant(2000),
        "plafond_fournisseur": Montant(1200),
    }
    return NouvelleCarte(**(base | faits))


def carte_active(tx: Transactions, **faits: Any) -> Carte:
    """A programme with one active card; Bureau Vivarais is listed."""
    with tx.begin(acteur="finances") as uow:
        ouvert = programme(uow)
        referencer_fournisseur(uow, DEPARTEMENT, demo.BUREAU.siret, demo.BUREAU.nom)
        carte = creer_carte(uow, ouvert.id, DEPARTEMENT, nouvelle(**faits), FINANCES)
        return activer_carte(uow, carte.id, DEPARTEMENT, FINANCES)
