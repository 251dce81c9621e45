"""A database for each scene, prepared once for the whole run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from engine import bootstrap
from engine.config import Settings
from engine.storage.database import Database
from engine.storage.embedded import EmbeddedPostgres
from tests.conftest import SettableClock
from tests.service.meeting.ground import Ground
from tests.service.meeting.scenes import NOON, SCENES
from tests.service.meeting.staged import Stage, staging

Grounds = Callable[[str], Ground]


@pytest.fixture(scope="session")
def grounds(postgres: EmbeddedPostgres, _bureau: tuple[Any, Any]) -> Iterator[Grounds]:
    """The ground of a scene, by its name."""
    prepared: dict[str, Ground] = {}
    with ExitStack() as stack:

        def of(name: str) -> Ground:
            if name not in prepared:
                prepared[name] = _prepare(postgres, _bureau[1], name, stack)
            return prepared[name]

        yield of


def _prepare(postgres: EmbeddedPostgres, world: Any, name: str, stack: ExitStack) -> Ground:
    own = f"banshi_meeting_{name}"
    url = postgres.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create database {own} template banshi_bureau_template")
    database = stack.enter_context(closing(Database(postgres.url(own))))
    home = stack.enter_context(tempfile.TemporaryDirectory(prefix="banshi-home-"))
    clock = SettableClock(NOON)
    app = bootstrap.build(
        Settings(home=Path(home), database_url=""), database=database, clock=clock
    )
    watch = psycopg.connect(postgres.url(own).replace("+psycopg", ""), autocommit=True)
    stack.enter_context(closing(watch))
    return Ground(SCENES[name](app, world, clock), watch)


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    with staging() as made:
        yield made
