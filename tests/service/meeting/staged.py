"""Two sessions at one case: the first is held at its commit until the second waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.storage.database import UnitOfWork
from tests.service.meeting.commands import Command
from tests.service.meeting.ground import Ground
from tests.service.meeting.rehearsal import Outcome, outcome_of

_PATIENCE = 20.0
_LOOK = 0.001
#: Finds nothing where somebody has locked or changed the case, or has taken it away.
_FREE = "select from instance where key = %s for update skip locked"


@dataclass
class Gate:
    """Where a session is held: at the commit of the transaction that has the case, or, of what
    never has it, at its first commit."""

    ground: Ground
    locks: bool
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    process: int = 0

    def pass_through(self, work: UnitOfWork) -> None:
        if self.released.is_set() or (self.locks and not self._held()):
            return
        self.process = work.driver.info.backend_pid
        self.reached.set()
        assert self.released.wait(_PATIENCE), "nobody let it go on"

    def _held(self) -> bool:
        """Whether the case is locked: there is nobody else yet who could have done it."""
        return self.ground.watch.execute(_FREE, [self.ground.scene.case]).fetchone() is None


@dataclass(frozen=True, kw_only=True)
class Met:
    """``waited``: the second was seen waiting for a lock of the first."""

    first: Outcome
    second: Outcome
    waited: bool


class Stage:
    """Two threads and a gate between them, for any number of meetings."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._one = ThreadPoolExecutor(1)
        self._other = ThreadPoolExecutor(1)
        self._gates = threading.local()
        commit = UnitOfWork.commit

        def held(work: UnitOfWork) -> None:
            gate: Gate | None = getattr(self._gates, "own", None)
            if gate is not None:
                gate.pass_through(work)
            commit(work)

        patch.setattr(UnitOfWork, "commit", held)

    def close(self) -> None:
        self._one.shutdown()
        self._other.shutdown()

    def meet(self, ground: Ground, first: Command, second: Command) -> Met:
        """Both on the real database; what they did stays until it is put back."""
        scene = ground.scene
        gate = Gate(ground=ground, locks=first.locks)
        one = self._one.submit(self._behind, gate, lambda: first.act(scene))
        try:
            _until(lambda: gate.reached.is_set() or one.done())
            assert gate.reached.is_set(), f"{first.label} never held the case: {one.result()}"
            other = self._other.submit(outcome_of, lambda: second.act(scene))
            waited = _until(lambda: _waits(ground, gate.process) or (other.done() and None))
        finally:
            gate.released.set()
        return Met(first=_end(one), second=_end(other), waited=bool(waited))

    def _behind(self, gate: Gate, call: Callable[[], Any]) -> Outcome:
        self._gates.own = gate
        try:
            return outcome_of(call)
        finally:
            self._gates.own = None


def _waits(ground: Ground, process: int) -> bool:
    """Whether anybody waits for a lock of this process."""
    row = ground.watch.execute(
        """select exists (select from pg_locks where not granted
           and %s = any(pg_blocking_pids(pid)))""",
        [process],
    ).fetchone()
    return bool(row and row[0])


def _until(found: Callable[[], bool | None]) -> bool | None:
    """Wait for it to be true, or settled otherwise (None)."""
    for _ in range(int(_PATIENCE / _LOOK)):
        result = found()
        if result or result is None:
            return result
        threading.Event().wait(_LOOK)
    raise AssertionError("neither waiting nor done")


def _end(future: Future[Outcome]) -> Outcome:
    return future.result(timeout=_PATIENCE)


@contextmanager
def staging() -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch:
        stage = Stage(patch)
        try:
            yield stage
        finally:
            stage.close()
