"""Timers that are due: taken one at a time, with the lock of their instance or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.model.keys import Key, instance_of
from engine.storage.database import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class DueTimer:
    key: Key
    instance_key: Key
    element_key: Key
    event_id: str
    failures: int


@dataclass(frozen=True, kw_only=True)
class DueStart:
    """A timer start event whose time has come."""

    definition_key: Key
    event_id: str
    due_at: datetime
    repetitions: int | None


def take_due_timer(work: UnitOfWork, *, now: datetime) -> DueTimer | None:
    """The timer that is due longest, locked together with its instance.

    What others are working on is passed over: whoever waited here, holding the timer, for an
    instance whose holder wants to delete that timer, would wait for ever.
    """
    row = work.hot(
        """select t.key, t.instance_key, t.element_key, t.event_id, t.failures from timer t
           join instance i on i.key = t.instance_key
           where t.fire_at <= %s and i.state = 'ACTIVE'
           order by t.fire_at limit 1 for update of t, i skip locked""",
        [now],
    ).fetchone()
    if row is None:
        return None
    return DueTimer(
        key=row[0], instance_key=row[1], element_key=row[2], event_id=row[3], failures=row[4]
    )


def put_off_timer(work: UnitOfWork, key: Key, *, until: datetime) -> None:
    """It could not be fired: try again later."""
    work.hot(
        """update timer set fire_at = %s, failures = least(failures + 1, 1000)
           where instance_key = %s and key = %s""",
        [until, instance_of(key), key],
    )


def try_timers_again(
    work: UnitOfWork, instance_key: Key, element_key: Key, *, now: datetime
) -> None:
    """Timers of this element that could not be fired are tried at once, as if for the first time."""
    work.hot(
        """update timer set fire_at = greatest(due_at, %s), failures = 0
           where instance_key = %s and element_key = %s and failures > 0""",
        [now, instance_key, element_key],
    )


def take_due_start(work: UnitOfWork, *, now: datetime) -> DueStart | None:
    """A start timer that is due, locked; those that others have are passed over."""
    row = work.hot(
        """select definition_key, event_id, due_at, repetitions from start_timer where due_at <= %s
           order by due_at limit 1 for update skip locked""",
        [now],
    ).fetchone()
    if row is None:
        return None
    return DueStart(definition_key=row[0], event_id=row[1], due_at=row[2], repetitions=row[3])


def set_start_timer(
    work: UnitOfWork, start: DueStart, *, due_at: datetime | None, repetitions: int | None
) -> None:
    """When it starts the next case; None: never again."""
    if due_at is None:
        work.hot(
            "delete from start_timer where definition_key = %s and event_id = %s",
            [start.definition_key, start.event_id],
        )
    else:
        work.hot(
            """update start_timer set due_at = %s, repetitions = %s
               where definition_key = %s and event_id = %s""",
            [due_at, repetitions, start.definition_key, start.event_id],
        )


def put_off_start(work: UnitOfWork, start: DueStart, *, until: datetime) -> None:
    """The case could not be started: try again later."""
    work.hot(
        "update start_timer set due_at = %s where definition_key = %s and event_id = %s",
        [until, start.definition_key, start.event_id],
    )
