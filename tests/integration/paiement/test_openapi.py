"""The API answers as its document says, whatever is sent to it."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from services.paiement.tables import Facture

pytestmark = pytest.mark.db
SAUF = [positive_data_acceptance]
"""An invoice is a whole file with its own norm: a schema of JSON does not say what one is."""
REGLAGES = settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("persona", [None, "finances", "entreprise"])
def test_the_api_keeps_to_its_document(
    facture: Facture, client: Callable[..., Any], persona: str | None
) -> None:
    appelant = client("paiement", persona)
    cookie = appelant.get_cookie("essaim_session")
    clair = {"Accept-Encoding": "identity"}
    entetes = {"Cookie": f"{cookie.key}={cookie.value}", **clair} if cookie else clair
    document = "/paiement/api/v1/openapi.json"
    schema = schemathesis.openapi.from_wsgi(document, app=appelant.application)

    def essayer(operation: Any) -> None:
        @REGLAGES
        @given(case=operation.as_strategy())
        def essai(case: Any) -> None:
            case.call_and_validate(headers=entetes, excluded_checks=SAUF)

        essai()

    for operation in schema.get_all_operations():
        essayer(operation.ok())
