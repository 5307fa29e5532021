"""The graph of unpaid invoices: every bracket, from the day's own clock."""

import datetime as dt
from collections.abc import Callable

import pytest
from prometheus_client import REGISTRY

from services.paiement.demo import semer
from services.paiement.jobs import mesurer
from services.paiement.queries.mesures import TRANCHES, impayees, tranche
from shared.ops.context import ServiceContext

pytestmark = pytest.mark.db
JOUR = dt.date(2026, 3, 2)


@pytest.mark.parametrize(
    ("jours", "attendue"),
    [(-1, "en retard"), (0, TRANCHES[1]), (7, TRANCHES[1]), (8, TRANCHES[2]), (15, TRANCHES[2])],
)
def test_brackets_are_closed_on_the_right_day(jours: int, attendue: str):
    assert tranche(JOUR + dt.timedelta(days=jours), JOUR) == attendue


def test_a_far_or_stopped_invoice_has_its_bracket():
    assert tranche(JOUR + dt.timedelta(days=16), JOUR) == "plus de 15 jours"
    assert tranche(None, JOUR) == "arrêtée"


def test_the_job_tells_prometheus_what_the_database_holds(
    contexte: Callable[[str], ServiceContext],
):
    context = contexte("paiement")
    semer(context)
    assert mesurer(context) == 0
    with context.transactions.read() as session:
        nombres = impayees(session, context.clock.today())
    assert sum(nombres.values()) > 0
    for nom, nombre in nombres.items():
        assert REGISTRY.get_sample_value("essaim_invoices_unpaid", {"age_bucket": nom}) == nombre
