"""The shop window, ready to be asked."""

import pytest
from flask import Flask

from tests.kit.vitrine import application
from tests.kit.web import ClientWeb


def client_de(app: Flask) -> ClientWeb:
    app.test_client_class = ClientWeb
    client: ClientWeb = app.test_client()
    return client


@pytest.fixture(scope="module")
def app() -> Flask:
    return application()


@pytest.fixture
def client(app: Flask) -> ClientWeb:
    return client_de(app)
