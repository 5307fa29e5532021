"""flask-smorest with our errors: OpenAPI 3.1, problem+json documented and sent."""

import http
from collections.abc import Sequence
from typing import Any, Final

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask
from flask_smorest import Api, Blueprint
from flask_smorest.utils import prepare_response

from shared.web.access import ouvrir
from shared.web.fields import (
    CpvField,
    JourField,
    MontantField,
    NombreField,
    QuantiteField,
    SiretField,
)
from shared.web.problems import TYPE_MEDIA, ProblemSchema

OPENAPI: Final = "3.1.0"
_FORMATS: Final = (
    (MontantField, "string", "decimal"),
    (QuantiteField, "string", "decimal"),
    (NombreField, "string", "decimal"),
    (SiretField, "string", "siret"),
    (CpvField, "string", "cpv"),
    (JourField, "string", "date"),
)


class EssaimApi(Api):  # type: ignore[misc]
    """The library's extension, with RFC 9457 errors handled by the application itself."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        """Leave errors to `shared.web.problems`."""

    def _register_responses(self) -> None:
        for status in http.HTTPStatus:
            avec_corps = status >= 400
            self._reponse(status.name, status.phrase, avec_corps=avec_corps)
        self._reponse(self.DEFAULT_ERROR_RESPONSE_NAME, "Refus ou panne (RFC 9457)")

    def _reponse(self, nom: str, description: str, *, avec_corps: bool = True) -> None:
        reponse: dict[str, Any] = {"description": description}
        if avec_corps:
            reponse["schema"] = self.ERROR_SCHEMA
        prepare_response(reponse, self.spec, TYPE_MEDIA)
        self.spec.components.response(nom, reponse, lazy=True)


def installer(app: Flask, service: str, blueprints: Sequence[Blueprint]) -> EssaimApi:
    """Register the JSON blueprints; the document is at `/<service>/api/v1/openapi.json`."""
    app.config.update(
        API_TITLE=f"Essaim – {service}",
        API_VERSION="v1",
        OPENAPI_VERSION=OPENAPI,
        OPENAPI_URL_PREFIX=f"/{service}/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = EssaimApi(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin()})
    for champ, genre, forme in _FORMATS:
        api.register_field(champ, genre, forme)
    api.spec.components.security_scheme("jeton", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"jeton": []}]
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    ouvrir(app, "api-docs.openapi_json")
    return api
