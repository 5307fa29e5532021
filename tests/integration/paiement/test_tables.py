from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from services.paiement.tables import Base
from shared.db.database import Database


def test_les_migrations_font_exactement_les_tables_du_code(
    database: Callable[[str], Database],
) -> None:
    def notre(objet: object, nom: str | None, genre: str, *_: object) -> bool:
        table = objet.name if genre == "table" else getattr(objet, "table", objet).name
        return table in Base.metadata.tables

    with database("paiement").engine.connect() as connection:
        contexte = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": notre}
        )
        assert compare_metadata(contexte, Base.metadata) == []
