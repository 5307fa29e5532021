"""One key, one effect, one answer: on a real database, with real threads (promise P11)."""

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from marshmallow import Schema, fields

from shared.db.database import Database
from shared.kernel.clock import FrozenClock
from shared.kernel.errors import ConflictError
from shared.messaging.migrations import create_tables
from shared.messaging.uow import Transactions
from shared.ops.context import ServiceContext
from shared.web.access import Utilisateur, allow
from shared.web.app import create_app
from shared.web.context import reading, transaction
from shared.web.fields import QuantiteField
from shared.web.idempotence import idempotence, idempotent
from shared.web.stricte import BlueprintStrict
from tests.kit.postgres import Postgres
from tests.kit.vitrine import contexte

pytestmark = pytest.mark.db
URL = "/vitrine/api/v1/effets"
SIRETS = {"jeton-a": "90070001400013", "jeton-b": "90070002200016"}

api = BlueprintStrict("effets", __name__, url_prefix="/vitrine/api/v1")


class EffetSchema(Schema):
    id = fields.UUID(dump_only=True)
    quantite = QuantiteField(required=True)
    refuser = fields.Boolean(load_default=False, load_only=True)


@api.post("/effets")
@allow("api")
@idempotent
@api.arguments(EffetSchema)
@api.response(201, EffetSchema)
def creer(donnees: dict[str, Any]) -> dict[str, Any]:
    with transaction() as uow:
        effet = {"id": uow.new_id(), "quantite": donnees["quantite"]}
        uow.session.execute(sa.text("INSERT INTO effet VALUES (:id, :quantite)"), effet)
        uow.audit("effet.cree", str(effet["id"]))
    if donnees["refuser"]:
        raise ConflictError("Trop tard.", code="trop_tard")
    return effet


@api.get("/effets")
@allow("api")
def compter() -> dict[str, int]:
    with reading() as session:
        return {"nombre": session.scalar(sa.text("SELECT count(*) FROM effet")) or 0}


def jetons(jeton: str) -> Utilisateur | None:
    siret = SIRETS.get(jeton)
    return Utilisateur(jeton, "", siret, "", frozenset({"api"})) if siret else None


@pytest.fixture(scope="module")
def base(pg: Postgres) -> Iterator[Database]:
    database = Database(pg.create("test_idempotence"), pool_size=5)
    with database.engine.begin() as connection:
        create_tables(connection)
        connection.exec_driver_sql("CREATE TABLE effet (id uuid PRIMARY KEY, quantite numeric)")
    yield database
    database.dispose()


@pytest.fixture
def app(base: Database, clock: FrozenClock) -> Flask:
    with base.engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE effet, idempotence, audit")
    modele = contexte(clock)
    reel = ServiceContext(
        modele.settings,
        base,
        Transactions(base, service="vitrine", siret="90070001400013", clock=clock),
        clock,
        modele.parametres,
    )
    return create_app(reel, pages=[], api=[api], package="tests.kit.vitrine", jetons=jetons)


def poster(app: Flask, cle: str | None, *, jeton: str = "jeton-a", **corps: Any) -> Any:
    entetes = {"Authorization": f"Bearer {jeton}"}
    if cle is not None:
        entetes["Idempotency-Key"] = cle
    return app.test_client().post(URL, json={"quantite": "3", **corps}, headers=entetes)


def effets(app: Flask) -> int:
    entetes = {"Authorization": "Bearer jeton-a"}
    nombre: int = app.test_client().get(URL, headers=entetes).json["nombre"]
    return nombre


def test_P11_fifty_identical_posts_have_one_effect_and_one_answer(app: Flask) -> None:
    depart = threading.Barrier(50)

    def envoyer(_: int) -> Any:
        depart.wait()
        return poster(app, "cle-unique-1")

    with ThreadPoolExecutor(50) as fils:
        reponses = list(fils.map(envoyer, range(50)))
    assert {r.status_code for r in reponses} == {201}
    assert len({r.text for r in reponses}) == 1
    assert sum("Idempotent-Replayed" not in r.headers for r in reponses) == 1
    assert effets(app) == 1


def test_the_same_key_with_another_body_is_refused(app: Flask) -> None:
    assert poster(app, "cle-2").status_code == 201
    refus = poster(app, "cle-2", quantite="4")
    assert refus.status_code == 422
    assert refus.json["type"] == "urn:essaim:probleme:cle_deja_utilisee"
    assert effets(app) == 1


def test_keys_belong_to_their_caller(app: Flask) -> None:
    une, autre = poster(app, "cle-3"), poster(app, "cle-3", jeton="jeton-b")
    assert une.json["id"] != autre.json["id"]
    assert effets(app) == 2


def test_a_refusal_undoes_the_effect_and_is_not_kept(app: Flask) -> None:
    assert poster(app, "cle-4", refuser=True).status_code == 409
    assert effets(app) == 0
    assert poster(app, "cle-4").status_code == 201
    assert effets(app) == 1


def test_without_a_key_every_call_counts(app: Flask) -> None:
    assert [poster(app, None).status_code for _ in range(2)] == [201, 201]
    assert effets(app) == 2


@pytest.mark.parametrize("cle", ["", "a b", "é", "x" * 256])
def test_a_key_must_be_a_short_word(app: Flask, cle: str) -> None:
    refus = poster(app, cle)
    assert refus.status_code == 422
    assert refus.json["type"] == "urn:essaim:probleme:cle_invalide"


def test_an_answer_is_given_again_as_it_was(app: Flask) -> None:
    premiere, seconde = poster(app, "cle-5"), poster(app, "cle-5")
    assert (seconde.status_code, seconde.json, seconde.mimetype) == (
        premiere.status_code,
        premiere.json,
        premiere.mimetype,
    )
    assert uuid.UUID(seconde.json["id"])


def test_old_answers_are_forgotten(app: Flask, base: Database, clock: FrozenClock) -> None:
    poster(app, "cle-6")
    clock.advance(dt.timedelta(days=6))
    poster(app, "cle-7")
    clock.advance(dt.timedelta(days=2))
    poster(app, "cle-8")
    with base.session() as session:
        cles = session.scalars(sa.select(idempotence.c.cle)).all()
    assert set(cles) == {"cle-7", "cle-8"}


def test_openapi_tells_the_header(app: Flask) -> None:
    document = app.test_client().get("/vitrine/api/v1/openapi.json").json
    operation = document["paths"][URL]["post"]
    entetes = [p["name"] for p in operation["parameters"]]
    assert entetes == ["Idempotency-Key"]
    assert "requestBody" in operation
