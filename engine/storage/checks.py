"""Changed CHECK constraints, which Alembic's comparison does not see, for the next migration."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic.operations.ops import (
    CreateCheckConstraintOp,
    DropConstraintOp,
    MigrateOperation,
    UpgradeOps,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql.elements import conv

_PREPARER = postgresql.dialect().identifier_preparer  # type: ignore[no-untyped-call]
#: Where the tables are created as they are written, to read how PostgreSQL understands them.
_SCRATCH = "banshi_comparison"
_CHECKS = sa.text("""
    select t.relname, c.conname, pg_get_constraintdef(c.oid)
    from pg_constraint c join pg_class t on t.oid = c.conrelid
    where c.contype = 'c' and t.relnamespace = to_regnamespace(:schema)""")


def add_changed_checks(
    connection: sa.Connection, tables: sa.MetaData, operations: UpgradeOps
) -> None:
    """Drop first what the database has otherwise, and create last what the tables say."""
    has = _read(connection, "public")
    wanted = _as_written(connection, tables)
    kept = {name for name in wanted if has.get(name) == wanted[name]}
    there = {table for table, _ in has}
    dropped = [name for name in sorted(has) if name not in kept and name[0] in tables.tables]
    created = [name for name in sorted(wanted) if name not in kept and name[0] in there]
    operations.ops[:0] = list(_drops(dropped))
    operations.ops.extend(_creations(tables, created))


def _read(connection: sa.Connection, schema: str) -> dict[tuple[str, str], str]:
    rows = connection.execute(_CHECKS, {"schema": schema}).all()
    return {(table, name): text for table, name, text in rows}


def _as_written(connection: sa.Connection, tables: sa.MetaData) -> dict[tuple[str, str], str]:
    with connection.begin_nested() as scratch:
        connection.execute(sa.text(f"create schema {_SCRATCH}"))
        connection.execute(sa.text(f"set local search_path to {_SCRATCH}"))
        tables.create_all(connection, checkfirst=False)
        found = _read(connection, _SCRATCH)
        scratch.rollback()
    return found


def _drops(names: list[tuple[str, str]]) -> Iterator[MigrateOperation]:
    for table, name in names:
        yield DropConstraintOp(conv(name), table, type_="check")


def _creations(tables: sa.MetaData, names: list[tuple[str, str]]) -> Iterator[MigrateOperation]:
    for table, name in names:
        for constraint in tables.tables[table].constraints:
            if isinstance(constraint, sa.CheckConstraint) and _named(constraint) == name:
                yield CreateCheckConstraintOp(conv(name), table, sa.text(str(constraint.sqltext)))


def _named(constraint: sa.CheckConstraint) -> str | None:
    """Its name in the database: by the naming convention of the tables."""
    return _PREPARER.format_constraint(constraint)
