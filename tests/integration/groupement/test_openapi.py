"""The API answers as its document says, whatever is sent to it."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from services.groupement.usecases.creer_acces import NouvelAcces, creer_acces
from tests.integration.groupement.monde import SDIS, Monde

pytestmark = pytest.mark.db
SAUF = [positive_data_acceptance]
"""The door refuses what PostgreSQL cannot hold (a NUL in a text): a schema does not say that."""
REGLAGES = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("connu", [True, False])
def test_the_api_keeps_to_its_document(
    monde: Monde, client: Callable[..., Any], connu: bool
) -> None:
    monde.notifie()
    jeton = monde.faire(creer_acces, NouvelAcces(SDIS, "Finances")).jeton
    clair = {"Accept-Encoding": "identity"}
    entetes = {"Authorization": f"Bearer {jeton}", **clair} if connu else clair
    document = "/groupement/api/v1/openapi.json"
    schema = schemathesis.openapi.from_wsgi(document, app=client("groupement").application)

    def essayer(operation: Any) -> None:
        @REGLAGES
        @given(case=operation.as_strategy())
        def essai(case: Any) -> None:
            case.call_and_validate(headers=entetes, excluded_checks=SAUF)

        essai()

    for operation in schema.get_all_operations():
        essayer(operation.ok())
