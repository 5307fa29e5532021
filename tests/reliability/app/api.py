"""The web process of `emetteur`: one POST, one transaction, as many facts as operations."""

import uuid

import sqlalchemy as sa
from flask import Flask, request

from shared.contracts import catalogue as contracts
from shared.ops import logs, web_server
from shared.ops.context import ServiceContext, build_context
from shared.ops.settings import Settings
from tests.reliability.app import EMETTEUR, FAIT, SUJETS

_WRITE = sa.text("INSERT INTO ecriture (operation) VALUES (:operation)")


def create_app(context: ServiceContext) -> Flask:
    app = Flask(__name__)
    sample = contracts.load().get(FAIT).sample

    @app.post("/operations")
    def write() -> tuple[str, int]:
        """`{"operations": [uuid…], "article": …}`: a state row and a fact for each."""
        asked = request.get_json()
        article = asked.get("article", "PAPIER")
        with context.transactions.begin(acteur="api") as uow:
            for operation in asked["operations"]:
                uow.session.execute(_WRITE, {"operation": operation})
                uow.emit(
                    FAIT,
                    subject=f"achat-{uuid.UUID(operation).int % SUJETS}",
                    data={**sample, "besoin_id": operation, "article": article},
                )
        return "", 201

    return app


def main() -> None:
    settings = Settings.from_env(EMETTEUR)
    logs.configure(settings)
    web_server.serve(lambda: create_app(build_context(settings)), settings)


if __name__ == "__main__":
    main()
