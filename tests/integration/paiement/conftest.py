"""A service of payment with the paper contract of the demonstration, on a real database."""

from collections.abc import Callable

import pytest

from services.paiement.tables import Facture, Marche
from services.paiement.usecases.acheteurs import connaitre_acheteur
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from shared.kernel.clock import FrozenClock
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit.decomptes import ouvrir_ouvrage
from tests.kit.paiement import deposer, notifie


@pytest.fixture
def tx(transactions: Callable[[str], Transactions]) -> Transactions:
    return transactions("paiement")


@pytest.fixture
def marche(tx: Transactions) -> Marche:
    with tx.begin() as uow:
        return enregistrer_marche(uow, notifie())


@pytest.fixture
def acheteurs(tx: Transactions) -> None:
    """Every member of the demonstration may receive invoices."""
    with tx.begin() as uow:
        for membre in demo.MEMBRES:
            connaitre_acheteur(uow, membre.siret, membre.nom)


@pytest.fixture
def facture(tx: Transactions, marche: Marche) -> Facture:
    return deposer(tx).facture


@pytest.fixture
def ouvrage(tx: Transactions, clock: FrozenClock) -> Marche:
    """The works contract of the worked example, in August."""
    return ouvrir_ouvrage(tx, clock)
