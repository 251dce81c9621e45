"""Stages races: one transaction is held at a chosen point until the others are waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from engine.storage.database import Database, UnitOfWork

_PATIENCE = 20.0


class Outcome:
    """What became of a call made in a thread of its own."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.value: Any = None
        self.error: BaseException | None = None
        self._call = call
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.value = self._call()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test looks at it
            self.error = error

    def done(self) -> Outcome:
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive(), "the call never came back"
        return self


def race(
    monkeypatch: pytest.MonkeyPatch,
    database: Database,
    first: Callable[[], Any],
    *others: Callable[[], Any],
) -> tuple[Outcome, ...]:
    """Run ``first`` up to its commit, let the others run into it, then let all go on.

    The others either wait for a lock of the first, or are through already.
    """
    with holding_commits(monkeypatch) as held:
        winner = Outcome(first)
        assert held.reached.wait(_PATIENCE), f"the first never came to its commit: {winner.error!r}"
        losers = [Outcome(other) for other in others]
        wait_for_locks(database, losers)
        held.release.set()
        winner.done()
    return (winner, *(loser.done() for loser in losers))


class Held:
    def __init__(self) -> None:
        self.reached = threading.Event()
        self.release = threading.Event()
        self.owner: int | None = None


@contextmanager
def holding_commits(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    """Hold the first thread that commits; the others commit as ever."""
    held = Held()
    commit = UnitOfWork.commit
    lock = threading.Lock()

    def held_commit(work: UnitOfWork) -> None:
        with lock:
            mine = held.owner is None
            if mine:
                held.owner = threading.get_ident()
        if mine:
            held.reached.set()
            assert held.release.wait(_PATIENCE)
        commit(work)

    with monkeypatch.context() as patch:
        patch.setattr(UnitOfWork, "commit", held_commit)
        try:
            yield held
        finally:
            held.release.set()


def wait_for_locks(database: Database, outcomes: list[Outcome]) -> None:
    """Until every call waits for a lock or has come back."""
    for _ in range(int(_PATIENCE * 100)):
        with database.unit_of_work() as work:
            row = work.hot(
                """select count(*) from pg_stat_activity
                   where datname = current_database() and wait_event_type = 'Lock'"""
            ).fetchone()
        back = sum(1 for outcome in outcomes if outcome.value is not None or outcome.error)
        if row[0] + back >= len(outcomes):
            return
        threading.Event().wait(0.01)
    raise AssertionError("the others neither wait nor came back")
