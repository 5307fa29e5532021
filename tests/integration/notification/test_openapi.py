"""The API answers as its document says, whatever is sent to it."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

pytestmark = pytest.mark.db
REGLAGES = settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("persona", [None, "exploitation"])
def test_the_api_keeps_to_its_document(client: Callable[..., Any], persona: str | None) -> None:
    appelant = client("notification", persona)
    cookie = appelant.get_cookie("essaim_session")
    entetes = {"Cookie": f"{cookie.key}={cookie.value}"} if cookie else {}
    document = "/notification/api/v1/openapi.json"
    schema = schemathesis.openapi.from_wsgi(document, app=appelant.application)

    def essayer(operation: Any) -> None:
        @REGLAGES
        @given(case=operation.as_strategy())
        def essai(case: Any) -> None:
            case.call_and_validate(headers=entetes)

        essai()

    for operation in schema.get_all_operations():
        essayer(operation.ok())
