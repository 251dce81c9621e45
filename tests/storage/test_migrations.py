"""The migrations and the tables say the same."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps

from engine.storage import migrate, schema
from engine.storage.checks import add_changed_checks
from engine.storage.database import Database
from engine.storage.embedded import EmbeddedPostgres
from tests.conftest import _administer

_CONSTRAINTS = sa.text("""
    select c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
    from pg_constraint c join pg_namespace n on n.oid = c.connamespace
    where n.nspname = 'public' and c.conrelid <> 0 and c.contype <> 'n'
      and c.conrelid::regclass::text not like 'procrastinate%'
      and c.conrelid::regclass::text <> 'alembic_version'
    order by 1, 2""")
_INDEXES = sa.text("""
    select tablename, indexname, indexdef from pg_indexes
    where schemaname = 'public' and tablename not like 'procrastinate%'
      and tablename <> 'alembic_version'
    order by 1, 2""")
_COLUMNS = sa.text("""
    select table_name, column_name, data_type, is_nullable, column_default
    from information_schema.columns
    where table_schema = 'public' and table_name not like 'procrastinate%'
      and table_name <> 'alembic_version'
    order by 1, 2""")
_SEQUENCES = sa.text("""
    select sequencename, data_type::text, start_value, increment_by from pg_sequences
    where schemaname = 'public' and sequencename not like 'procrastinate%'
    order by 1""")
_TRIGGERS = sa.text("""
    select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger
    where not tgisinternal and tgrelid::regclass::text not like 'procrastinate%'
    order by 1, 2""")


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[Database]:
    _administer(postgres, "create database banshi_empty")
    database = Database(postgres.url("banshi_empty"))
    try:
        yield database
    finally:
        database.close()
        _administer(postgres, "drop database banshi_empty with (force)")


def test_migrating_an_empty_database_gives_the_tables_as_they_are_written(
    empty: Database, database: Database
) -> None:
    assert migrate.upgrade(empty) == migrate.latest()
    with empty.engine.connect() as migrated, database.engine.connect() as created:
        for query in (_COLUMNS, _CONSTRAINTS, _INDEXES, _SEQUENCES, _TRIGGERS):
            assert migrated.execute(query).all() == created.execute(query).all()


def test_nothing_is_left_to_migrate(empty: Database) -> None:
    migrate.upgrade(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        left = [
            change
            for change in compare_metadata(context, schema.metadata())
            if "procrastinate" not in repr(change)
        ]
    assert left == []


def test_migrating_again_changes_nothing(empty: Database) -> None:
    migrate.upgrade(empty)
    assert migrate.upgrade(empty) == migrate.latest()


def test_the_next_migration_leaves_the_queue_alone(
    empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``make migration`` on unchanged tables writes nothing to do, and drops nobody's tables."""
    migrate.upgrade(empty)
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrate.__file__).parent / "migrations", folder)
    monkeypatch.setattr(migrate, "FOLDER", folder)
    migrate.revise(empty, "nothing")
    (written,) = (folder / "versions").glob("*_nothing.py")
    assert "op." not in written.read_text().partition("def upgrade")[2]


def test_the_next_migration_notices_changed_checks(empty: Database) -> None:
    migrate.upgrade(empty)
    operations = UpgradeOps(ops=[])
    with empty.engine.connect() as connection:
        add_changed_checks(connection, schema.metadata(), operations)
        assert operations.ops == []
        connection.execute(sa.text("alter table seat drop constraint ck_seat_weight_not_negative"))
        connection.execute(sa.text("alter table seat drop constraint ck_seat_somebody_s"))
        connection.execute(
            sa.text("alter table seat add constraint ck_seat_somebody_s check (holder <> '')")
        )
        add_changed_checks(connection, schema.metadata(), operations)
        found = [(type(op).__name__, str(op.constraint_name)) for op in operations.ops]  # type: ignore[attr-defined]
    assert found == [
        ("DropConstraintOp", "ck_seat_somebody_s"),
        ("CreateCheckConstraintOp", "ck_seat_somebody_s"),
        ("CreateCheckConstraintOp", "ck_seat_weight_not_negative"),
    ]
