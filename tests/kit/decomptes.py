"""The works contract of the rule book's worked example, and what moves its certificates."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from services.paiement.domain.acomptes import Methode
from services.paiement.domain.decompte import EtatDecompte, Genre
from services.paiement.tables import Decompte, Marche
from services.paiement.usecases.avances import accepter_avance, verser_avance
from services.paiement.usecases.conditions_marche import NouvellesConditions, fixer_conditions
from services.paiement.usecases.decomptes import (
    NouveauDecompte,
    avancer_decompte,
    preparer_decompte,
)
from services.paiement.usecases.enregistrer_marche import enregistrer_marche
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from tests.kit.paiement import DEPARTEMENT, MARCHE, le, notifie

DEBUT = dt.date(2026, 3, 1)
JUILLET = (dt.date(2026, 7, 1), dt.date(2026, 7, 31))


def ouvrir_ouvrage(tx: Transactions, clock: FrozenClock) -> Marche:
    """The contract of the worked example: 100 000 HT of works, 6 000 of advance, 5 % retained."""
    with tx.begin() as uow:
        marche = enregistrer_marche(
            uow,
            notifie(
                montant_ht=Montant("100000"),
                travaux=True,
                nature="TRAVAUX",
                titulaire_pme=False,
                date_lancement=dt.date(2024, 12, 2),
                avance_taux=Decimal("0.05"),
            ),
        )
    with tx.begin() as uow:
        accepter_avance(uow, MARCHE, DEPARTEMENT)
        verser_avance(uow, MARCHE, DEPARTEMENT, dt.date(2026, 3, 2))
        fixer_conditions(uow, MARCHE, DEPARTEMENT, conditions())
    le(clock, "2026-08-03")
    return marche


def conditions(**champs: Any) -> NouvellesConditions:
    base: dict[str, Any] = {
        "methode": Methode.CONSTAT,
        "debut_le": DEBUT,
        "retenue": Decimal("0.05"),
        "garantie_mois": 12,
        "sur_demande": False,
    }
    return NouvellesConditions(**(base | champs))


def faire(tx: Transactions, acte: Callable[..., Any], *args: Any, **champs: Any) -> Any:
    with tx.begin(acteur="finances") as uow:
        return acte(uow, *args, **champs)


def preparer(tx: Transactions, **champs: Any) -> Decompte:
    base: dict[str, Any] = {"genre": Genre.ACOMPTE, "du": JUILLET[0], "au": JUILLET[1]}
    nouveau = NouveauDecompte(**(base | champs))
    decompte: Decompte = faire(tx, preparer_decompte, MARCHE, DEPARTEMENT, nouveau)
    return decompte


def valider(tx: Transactions, decompte: Decompte) -> None:
    faire(tx, avancer_decompte, decompte.id, DEPARTEMENT, EtatDecompte.VALIDE)


def jusqu_a_72_000(tx: Transactions) -> None:
    valider(
        tx,
        preparer(tx, du=DEBUT, au=dt.date(2026, 6, 30), travaux_ht=Montant("60000")),
    )
