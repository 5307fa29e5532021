"""What every service's tables have in common: constraint names and column types."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, MetaData, Numeric, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from shared.kernel.montant import Montant

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def new_metadata() -> MetaData:
    """One metadata per service: its tables live in its own database."""
    return MetaData(naming_convention=NAMING)


class MontantType(TypeDecorator[Montant]):
    """`Montant` stored as NUMERIC(14,2)."""

    impl = Numeric(14, 2)
    cache_ok = True

    def process_bind_param(self, value: Montant | None, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else value.decimal

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Montant | None:  # noqa: ARG002
        return None if value is None else Montant(value)


QUANTITE = Numeric(18, 6)

TYPES = {
    str: Text,
    int: BigInteger,
    uuid.UUID: Uuid,
    dt.datetime: DateTime(timezone=True),
    Decimal: QUANTITE,
    Montant: MontantType,
    dict[str, Any]: JSONB,
    list[Any]: JSONB,
}
