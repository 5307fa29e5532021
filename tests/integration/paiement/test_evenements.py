"""The nameko class hears what the catalogue says, and each handler does its part."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.paiement.tables import Commande, Marche, Reception
from shared.contracts import catalogue
from shared.kernel.clock import FrozenClock
from shared.kernel.ids import new_id
from shared.messaging.envelope import Event
from shared.messaging.uow import Transactions

pytestmark = pytest.mark.db
FAITS = {
    "on_marche_notifie": "publication.marche.notifie.v1",
    "on_commande_passee": "groupement.commande.passee.v1",
    "on_commande_annulee": "groupement.commande.annulee.v1",
    "on_reception_enregistree": "groupement.reception.enregistree.v1",
    "on_commande_liberee": "groupement.commande.liberee.v1",
    "on_reception_contrepassee": "groupement.reception.contrepassee.v1",
    "on_surplus_attribue": "groupement.surplus.attribue.v1",
    "on_avenant_conclu": "groupement.avenant.conclu.v1",
}


@pytest.fixture
def entendre(tx: Transactions, clock: FrozenClock) -> Callable[[str], None]:
    """Give a handler the sample of its event, in a transaction."""
    from services.paiement.events import PaiementEvents

    def donner(methode: str) -> None:
        contrat = catalogue.load().get(FAITS[methode])
        evenement = Event(
            id=new_id(clock),
            type=contrat.type,
            source=f"urn:siret:90070001400013:{contrat.emitter}",
            subject=str(contrat.sample[contrat.subject]),
            sequence=1,
            time=clock.now(),
            data=contrat.sample,
            correlation_id="essai",
        )
        service = PaiementEvents()
        with tx.begin() as uow:
            service.uow = uow
            getattr(service, methode)(evenement)

    return donner


def compter(tx: Transactions, table: Any) -> int:
    with tx.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_P8_chaque_abonnement_du_catalogue_a_sa_methode() -> None:
    attendus = {f"paiement.{methode}" for methode in FAITS}
    assert set(catalogue.load().consumers("paiement")) == attendus
    for methode, type_ in FAITS.items():
        assert catalogue.load().subscriptions(f"paiement.{methode}") == (type_,)


@pytest.mark.parametrize(
    "ordre",
    [
        ("on_marche_notifie", "on_commande_passee", "on_reception_enregistree"),
        ("on_reception_enregistree", "on_commande_passee", "on_marche_notifie"),
    ],
)
def test_les_faits_s_entendent_dans_tout_ordre_et_plusieurs_fois(
    tx: Transactions, entendre: Callable[[str], None], ordre: tuple[str, ...]
) -> None:
    for methode in ordre * 2:
        entendre(methode)
    entendre("on_commande_annulee")
    assert [compter(tx, t) for t in (Marche, Commande, Reception)] == [1, 1, 1]
    with tx.read() as session:
        assert session.scalars(sa.select(Commande.annulee_le)).one() is not None
