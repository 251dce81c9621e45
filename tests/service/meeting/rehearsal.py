"""One after the other, on one connection, and nothing of it stays: what commands come to in turn.

A rehearsed unit of work is a savepoint, so that the same case with the same keys serves any
number of rehearsals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from engine.model.errors import BanshiError
from engine.storage.database import Database, UnitOfWork
from tests.service.meeting.commands import Command
from tests.service.meeting.ground import Ground
from tests.service.meeting.scenes import Scene
from tests.service.meeting.state import State

#: How a command ended: "" or its refusal in words.
Outcome = str


class _Rehearsed(UnitOfWork):
    """Its commit is the release of a savepoint, after which the next one begins."""

    def commit(self) -> None:
        self.hot("release savepoint rehearsed")
        self.hot("savepoint rehearsed")


class _OneConnection(Database):
    """The same database, seen through one transaction that is rolled back in the end."""

    def __init__(self, real: Database, connection: Connection) -> None:
        self._work = _Rehearsed(connection, clock=real._clock)
        self.url, self.engine, self.signals = real.url, real.engine, real.signals

    @contextmanager
    def unit_of_work(self) -> Iterator[UnitOfWork]:
        with self.taken_back():
            yield self._work

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """What was not committed inside is gone afterwards."""
        self._work.hot("savepoint rehearsed")
        try:
            yield
        finally:
            self._work.hot("rollback to savepoint rehearsed")
            self._work.hot("release savepoint rehearsed")


class Rehearsal:
    """A scene on one connection, on which any number of commands can be tried in turn."""

    def __init__(self, ground: Ground, connection: Connection) -> None:
        self._ground = ground
        self._database = _OneConnection(ground.scene.app.database, connection)
        self._work = self._database._work
        app = replace(ground.scene.app, database=self._database)
        self._scene: Scene = replace(ground.scene, app=app)

    @contextmanager
    def after(self, *commands: Command) -> Iterator[list[Outcome]]:
        """How these end in turn; inside, whatever they did is there."""
        self._work.hot("savepoint kept_apart")
        try:
            yield [outcome_of(lambda c=c: c.act(self._scene)) for c in commands]  # type: ignore[misc]
        finally:
            self._work.hot("rollback to savepoint kept_apart")
            self._work.hot("release savepoint kept_apart")

    def state(self) -> State:
        return self._ground.read(self._work)


def outcome_of(call: Callable[[], Any]) -> Outcome:
    """Refusals are facts; whatever else is raised goes on."""
    try:
        call()
    except BanshiError as refusal:
        return f"{type(refusal).__name__}: {refusal.message}"
    return ""


@contextmanager
def rehearsing(ground: Ground) -> Iterator[Rehearsal]:
    """All that is tried is taken back in the end."""
    with ground.scene.app.database.engine.connect() as connection:
        try:
            yield Rehearsal(ground, connection)
        finally:
            connection.rollback()
