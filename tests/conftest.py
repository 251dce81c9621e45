"""What all tests share: a real PostgreSQL, an application on it, and a clock that stands still."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import hypothesis
import psycopg
import pytest

from engine import bootstrap
from engine.config import Settings
from engine.service.app import App
from engine.storage import schema
from engine.storage.database import Database
from engine.storage.embedded import NOT_DURABLE, EmbeddedPostgres
from tests import skips
from tests.world import World, furnish

_numbers = itertools.count(1)
_skipped: list[str] = []

# No test depends on how fast the machine is.
hypothesis.settings.register_profile(
    "banshi",
    parent=hypothesis.settings.get_profile("ci" if os.environ.get("CI") else "default"),
    deadline=None,
)
hypothesis.settings.load_profile("banshi")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and not hasattr(report, "wasxfail") and skips.forbidden(report.nodeid):
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test fails the run, unless ``tests/skips.py`` says why it may be."""
    if _skipped and os.environ.get("CI"):
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line("")
            for node_id in _skipped:
                reporter.write_line(f"skipped without a reason in tests/skips.py: {node_id}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class SettableClock:
    """Stands still until a test moves it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def set(self, at: datetime) -> None:
        self.at = at

    def advance(self, step: timedelta) -> None:
        self.at += step


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One server for the whole run, with its data in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="banshi-test-", ignore_cleanup_errors=True) as folder:
        server = EmbeddedPostgres(Path(folder), settings={**NOT_DURABLE, "shared_buffers": "64MB"})
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def _template(postgres: EmbeddedPostgres) -> str:
    """A database with every table and nothing in them."""
    _administer(postgres, "create database banshi_template")
    database = Database(postgres.url("banshi_template"))
    schema.create_all(database)
    database.close()
    return "banshi_template"


@pytest.fixture(scope="session")
def _bare(postgres: EmbeddedPostgres, _template: str) -> Iterator[Resettable]:
    """The database of tests that start from nothing."""
    with Resettable.copy_of(postgres, _template, "banshi_bare") as kept:
        yield kept


@pytest.fixture(scope="session")
def _bureau(postgres: EmbeddedPostgres, _template: str) -> Iterator[tuple[Resettable, World]]:
    """The database of tests that start from a small bureau, and its people."""
    _administer(postgres, f"create database banshi_bureau_template template {_template}")
    database = Database(postgres.url("banshi_bureau_template"))
    with tempfile.TemporaryDirectory(prefix="banshi-home-") as home:
        settings = Settings(home=Path(home), database_url="")
        people = furnish(bootstrap.build(settings, database=database))
    database.close()
    with Resettable.copy_of(postgres, "banshi_bureau_template", "banshi_bureau") as kept:
        yield kept, people


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """A database for this test: empty but for its tables, or with the bureau of ``world``."""
    kept: Resettable
    if "world" in request.fixturenames:
        kept, _ = request.getfixturevalue("_bureau")
    else:
        kept = request.getfixturevalue("_bare")
    return kept.reset()


@pytest.fixture
def clock() -> SettableClock:
    """2025-03-03, a Monday, nine in the morning in Shanghai."""
    return SettableClock(datetime(2025, 3, 3, 1, 0, tzinfo=UTC))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", database_url="")


@pytest.fixture
def app(database: Database, settings: Settings, clock: SettableClock) -> App:
    return bootstrap.build(settings, database=database, clock=clock)


@pytest.fixture(scope="session")
def _shipped_template(postgres: EmbeddedPostgres, _template: str) -> str:
    """A database with the demonstration's people, and all that is shipped deployed."""
    from engine.processes import prepare  # noqa: PLC0415 - the whole program, for few tests

    _administer(postgres, "create database banshi_shipped template banshi_template")
    database = Database(postgres.url("banshi_shipped"))
    with tempfile.TemporaryDirectory(prefix="banshi-home-") as home:
        demo = Settings(home=Path(home), database_url="", demo=True)
        prepare(bootstrap.build(demo, database=database))
    database.close()
    return "banshi_shipped"


@pytest.fixture(scope="session")
def _shipped(postgres: EmbeddedPostgres, _shipped_template: str) -> Iterator[Resettable]:
    with Resettable.copy_of(postgres, _shipped_template, "banshi_shipped_reset") as kept:
        yield kept


@pytest.fixture
def shipped(_shipped: Resettable, settings: Settings, clock: SettableClock) -> App:
    """An application with the demonstration's units, roles and people, and the four services."""
    return bootstrap.build(settings, database=_shipped.reset(), clock=clock)


@pytest.fixture
def world(_bureau: tuple[Resettable, World]) -> World:
    """A small bureau with people in it (see ``tests.world``); it is in this test's database."""
    return _bureau[1]


class Resettable:
    """A database that goes back to what it was between tests, its connections kept warm.

    To copy a database for each test would cost every test a cold start of PostgreSQL's caches.
    """

    def __init__(self, postgres: EmbeddedPostgres, name: str) -> None:
        self._database = Database(postgres.url(name))
        url = postgres.url(name).replace("+psycopg", "")
        self._connection = psycopg.connect(url, autocommit=True)
        self._tables = self._names()
        self._execute("create schema kept")
        script = ["begin", "set local session_replication_role = replica"]
        for table in self._tables:
            script.append(f'delete from public."{table}"')
            self._execute(f'create table kept."{table}" as table public."{table}"')
            if self._execute(f'select exists (select from kept."{table}")')[0][0]:
                script.append(
                    f'insert into public."{table}" overriding system value table kept."{table}"'
                )
        sequences = self._execute(
            "select sequencename, last_value from pg_sequences where schemaname = 'public'"
        )
        for sequence, last in sequences:
            value, called = (last, "true") if last is not None else (1, "false")
            script.append(f"select setval('public.\"{sequence}\"', {value}, {called})")
        self._script = "; ".join([*script, "commit"])

    @classmethod
    @contextmanager
    def copy_of(cls, postgres: EmbeddedPostgres, template: str, name: str) -> Iterator[Self]:
        _administer(postgres, f"create database {name} template {template}")
        kept = cls(postgres, name)
        try:
            yield kept
        finally:
            kept._connection.close()
            kept._database.close()

    def reset(self) -> Database:
        """As it was, with nobody left in the middle of something."""
        self._execute(
            """select pg_terminate_backend(pid) from pg_stat_activity
               where datname = current_database() and pid <> pg_backend_pid()
               and state <> 'idle'"""
        )
        for table in self._names() - self._tables:
            self._execute(f'drop table public."{table}" cascade')
        self._execute(self._script)
        return self._database

    def _names(self) -> set[str]:
        rows = self._execute("select tablename from pg_tables where schemaname = 'public'")
        return {name for (name,) in rows}

    def _execute(self, statement: str) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(statement)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def _administer(postgres: EmbeddedPostgres, statement: str) -> None:
    url = postgres.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
