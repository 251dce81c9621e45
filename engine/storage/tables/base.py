"""The metadata that all tables share, and the sequence that every key comes from."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

METADATA = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: See ``engine.model.keys``: a key is a value of this sequence times ``SPAN``.
KEY_SEQUENCE = sa.Sequence("banshi_key", metadata=METADATA, data_type=sa.BigInteger)


def key_column(name: str = "key", *, primary_key: bool = True) -> sa.Column[int]:
    """A 64-bit key that the program hands out (never the database by itself)."""
    return sa.Column(
        name, sa.BigInteger, primary_key=primary_key, autoincrement=False, nullable=False
    )


def moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """A point in time, stored in UTC."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def document(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """A JSONB column; what goes in and out is plain JSON, or ``engine.model.codec`` text."""
    return sa.Column(name, postgresql.JSONB, nullable=nullable)


def one_of(column: str, values: type[object]) -> sa.CheckConstraint:
    """A CHECK that ``column`` holds one of the enum's values."""
    listed = ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]
    return sa.CheckConstraint(f"{column} in ({listed})", name=f"{column}_known")
