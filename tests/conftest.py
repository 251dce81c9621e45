"""What all tests share: a real PostgreSQL, an application on it, and a clock that stands still."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    """A database with every table, from which each test's own is copied."""
    _administer(postgres, "create database banshi_template")
    database = Database(postgres.url("banshi_template"))
    schema.create_all(database)
    database.close()
    return "banshi_template"


@pytest.fixture(scope="session")
def _world_template(postgres: EmbeddedPostgres, _template: str) -> tuple[str, World]:
    """A database with a small bureau in it, and its people."""
    _administer(postgres, "create database banshi_world template banshi_template")
    database = Database(postgres.url("banshi_world"))
    with tempfile.TemporaryDirectory(prefix="banshi-home-") as home:
        settings = Settings(home=Path(home), database_url="")
        people = furnish(bootstrap.build(settings, database=database))
    database.close()
    return "banshi_world", people


@pytest.fixture
def database(request: pytest.FixtureRequest, postgres: EmbeddedPostgres) -> Iterator[Database]:
    """A database of this test's own: empty but for its tables, or with the bureau of ``world``."""
    if "world" in request.fixturenames:
        template, _ = request.getfixturevalue("_world_template")
    else:
        template = request.getfixturevalue("_template")
    name = f"banshi_{next(_numbers)}"
    _administer(postgres, f"create database {name} template {template}")
    database = Database(postgres.url(name))
    try:
        yield database
    finally:
        database.close()
        _administer(postgres, f"drop database {name} with (force)")


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


@pytest.fixture
def shipped(
    postgres: EmbeddedPostgres, _shipped_template: str, settings: Settings, clock: SettableClock
) -> Iterator[App]:
    """An application with the demonstration's units, roles and people, and the four services."""
    name = f"banshi_{next(_numbers)}"
    _administer(postgres, f"create database {name} template {_shipped_template}")
    database = Database(postgres.url(name))
    try:
        yield bootstrap.build(settings, database=database, clock=clock)
    finally:
        database.close()
        _administer(postgres, f"drop database {name} with (force)")


@pytest.fixture
def world(_world_template: tuple[str, World]) -> World:
    """A small bureau with people in it (see ``tests.world``); it is in this test's database."""
    return _world_template[1]


def _administer(postgres: EmbeddedPostgres, statement: str) -> None:
    url = postgres.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[call-overload]
