"""What the tests of paiement share: the paper contract, deposits that do not wake Saxon."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from services.paiement.domain.efacture import Anomalie
from services.paiement.gateways.efacture.examen import examiner
from services.paiement.tables import Facture
from services.paiement.usecases.constater_service_fait import constater_service_fait
from services.paiement.usecases.deposer_facture import Depot, Envoi, deposer_facture
from services.paiement.usecases.enregistrer_marche import MarcheNotifie
from services.paiement.usecases.mandater import mandater
from shared.kernel.clock import FrozenClock
from shared.kernel.montant import Montant
from shared.messaging.uow import Transactions
from shared.ops import demo
from tests.kit import factures

MARCHE = uuid.UUID("0198a3c0-0000-7000-8000-000000000007")
ACHAT = uuid.UUID("0198a3c0-0000-7000-8000-000000000001")
DEPARTEMENT, PAPETERIE = demo.DEPARTEMENT.siret, demo.PAPETERIE.siret


def notifie(**champs: Any) -> MarcheNotifie:
    """The paper contract, with other facts if given."""
    base: dict[str, Any] = {
        "marche_id": MARCHE,
        "reference": "2026-07-0001-L1",
        "achat_id": ACHAT,
        "lot": 1,
        "objet": "Papier A4 80 g",
        "cpv": "30197630",
        "nature": "FOURNITURES",
        "acheteur_siret": DEPARTEMENT,
        "acheteur_nom": demo.DEPARTEMENT.nom,
        "titulaire_siret": PAPETERIE,
        "titulaire_nom": demo.PAPETERIE.nom,
        "titulaire_pme": True,
        "titulaire_courriel": demo.PAPETERIE.courriel,
        "montant_ht": Montant("47880.00"),
        "taux_tva": Decimal("0.20"),
        "duree_mois": 12,
        "date_lancement": dt.date(2026, 2, 2),
        "date_notification": dt.date(2026, 2, 27),
        "avance_taux": Decimal("0.05"),
        "avance_garantie": False,
        "travaux": False,
    }
    return MarcheNotifie(**(base | champs))


def conforme(*_: Any) -> tuple[Anomalie, ...]:
    """Stands for Saxon: no rule is broken."""
    return ()


def deposer(
    tx: Transactions, octets: bytes | None = None, regles: Any = conforme, **envoi: Any
) -> Depot:
    """Deposit an invoice (the demonstration's by default) without waking Saxon."""
    octets = octets or factures.cii()
    examen = examiner(octets, regles)
    with tx.begin(acteur="entreprise") as uow:
        return deposer_facture(uow, Envoi("facture.xml", octets, **envoi), examen)


def mener_au_mandat(tx: Transactions, clock: FrozenClock, facture: Facture) -> None:
    """Certify the service on the day of the invoice, and order the payment."""
    with tx.begin(acteur="finances") as uow:
        constater_service_fait(uow, facture.id, DEPARTEMENT, execute_le=facture.emise_le)
        mandater(uow, facture.id, DEPARTEMENT)


def le(clock: FrozenClock, jour: str) -> None:
    """Move the clock to nine in the morning of a day, in winter or summer time."""
    clock.set(dt.datetime.fromisoformat(f"{jour}T08:00:00+00:00"))
