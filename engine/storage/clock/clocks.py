"""The clock of a case as rows: its stops, and the deadlines and timers that move with it.

Read under the lock of the instance's row; written with everything else (``writing``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine.model.clock import ClockStop, StopKind
from engine.model.keys import Key, instance_of
from engine.storage.commands.changes import TaskDue
from engine.storage.database import UnitOfWork

#: The stops of a case, as ``stop_record`` reads them.
STOPS: Final = """select key, kind, reason, by, stopped_at, manual, holders, document, resumed_at,
    resumed_by from clock_stop where instance_key = %(instance)s order by key"""
_DUES: Final = """select key, scope_key, element_id, lane_kind, properties, created_at, due_at,
    due_pending, due_stopped, due_rule, expiry_at, extensions from user_task
    where instance_key = %s and state = 'CREATED' order by key"""
_TIMERS: Final = """select t.key, t.element_key, t.event_id, t.due_at, t.fire_at = 'infinity',
    t.repetitions, v.scope_key, v.entered_at from timer t
    left join visit v on v.instance_key = t.instance_key and v.key = t.element_key
    where t.instance_key = %s order by t.key"""
_STATUTORY: Final = """select statutory_rule, statutory_due_at, statutory_pending, clock_stopped_at,
    clock_stop_kind from instance where key = %s"""
#: Whether a person has an open task of a case, or a seat of one, that is not an applicant's.
HOLDS: Final = """select exists (select from user_task t where t.instance_key = %(instance)s
      and t.state = 'CREATED' and t.lane_kind is distinct from 'applicant'
      and (t.assignee = %(username)s or (t.seated and exists (select from seat s
        where s.instance_key = t.instance_key and s.task_key = t.key and s.state = 'OPEN'
        and s.holder = %(username)s))))"""
_WITHIN: Final = """with recursive gone as (
      select key from scope where instance_key = %(instance)s and key = any(%(roots)s)
      union select s.key from scope s join gone g on s.parent_key = g.key
      where s.instance_key = %(instance)s)
    select key from gone"""
_VISITS_WITHIN: Final = """select key from visit where instance_key = %s and key = any(%s)
    and scope_key = any(%s)"""


@dataclass(frozen=True, kw_only=True)
class OpenDue:
    """An open task's deadline; ``own``: what is to be written of it."""

    key: Key
    scope_key: Key
    element_id: str
    lane_kind: str | None
    properties: Mapping[str, str]
    created_at: datetime
    due: TaskDue


@dataclass(frozen=True, kw_only=True)
class OpenTimer:
    """``entered_at``: when the element that it belongs to was entered."""

    key: Key
    element_key: Key
    event_id: str
    due_at: datetime
    held: bool
    repetitions: int | None
    scope_key: Key | None
    entered_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Statutory:
    """The instance's own period and how its clock stands."""

    rule: Mapping[str, Any] | None
    due_at: datetime | None
    pending: bool
    stopped_at: datetime | None
    kind: StopKind | None


@dataclass(frozen=True, kw_only=True)
class Expired:
    key: Key
    instance_key: Key


def stops_of(work: UnitOfWork, instance_key: Key) -> tuple[ClockStop, ...]:
    """All stops of the case, the first one first."""
    return tuple(stop_record(row) for row in work.hot(STOPS, {"instance": instance_key}))


def dues_of(work: UnitOfWork, instance_key: Key) -> tuple[OpenDue, ...]:
    """The deadlines of all open tasks of the case."""
    return tuple(_due(row) for row in work.hot(_DUES, [instance_key]))


def timers_of(work: UnitOfWork, instance_key: Key) -> tuple[OpenTimer, ...]:
    """The open timers of the case."""
    return tuple(
        OpenTimer(
            key=row[0],
            element_key=row[1],
            event_id=row[2],
            due_at=row[3],
            held=row[4],
            repetitions=row[5],
            scope_key=row[6],
            entered_at=row[7],
        )
        for row in work.hot(_TIMERS, [instance_key])
    )


def statutory_of(work: UnitOfWork, instance_key: Key) -> Statutory | None:
    row = work.hot(_STATUTORY, [instance_key]).fetchone()
    if row is None:
        return None
    return Statutory(
        rule=row[0],
        due_at=row[1],
        pending=row[2],
        stopped_at=row[3],
        kind=StopKind(row[4]) if row[4] else None,
    )


def holds(work: UnitOfWork, instance_key: Key, username: str) -> bool:
    """Whether the person has an open task of the case, or a seat of one, that is not an applicant's."""
    row = work.hot(HOLDS, {"instance": instance_key, "username": username}).fetchone()
    return bool(row and row[0])


def scopes_within(work: UnitOfWork, instance_key: Key, roots: Collection[Key]) -> frozenset[Key]:
    """These scopes and all that lie below."""
    rows = work.hot(_WITHIN, {"instance": instance_key, "roots": list(roots)})
    return frozenset(row[0] for row in rows)


def visits_within(
    work: UnitOfWork, instance_key: Key, visits: Collection[Key], scopes: Collection[Key]
) -> frozenset[Key]:
    """Those of the visits whose scope is one of these."""
    rows = work.hot(_VISITS_WITHIN, [instance_key, list(visits), list(scopes)])
    return frozenset(row[0] for row in rows)


def take_expired(work: UnitOfWork, *, now: datetime) -> Expired | None:
    """The task whose deadline has brought about what holds then, its instance locked with it.

    What others are working on is passed over.
    """
    row = work.hot(
        """select t.key, t.instance_key from user_task t join instance i on i.key = t.instance_key
           where t.expiry_at <= %s and t.state = 'CREATED' and i.state = 'ACTIVE'
           order by t.expiry_at limit 1 for update of i skip locked""",
        [now],
    ).fetchone()
    return Expired(key=row[0], instance_key=row[1]) if row else None


def put_off_expiry(work: UnitOfWork, key: Key, *, until: datetime | None) -> None:
    """When what holds at the deadline is to be done; None: it is done."""
    work.hot(
        """update user_task set expiry_at = %s
           where instance_key = %s and key = %s and state = 'CREATED'""",
        [until, instance_of(key), key],
    )


def stop_record(row: Any) -> ClockStop:
    """A row of ``STOPS``."""
    return ClockStop(
        key=row[0],
        kind=StopKind(row[1]),
        reason=row[2],
        by=row[3],
        stopped_at=row[4],
        manual=row[5],
        holders=tuple(row[6]),
        document=row[7],
        resumed_at=row[8],
        resumed_by=row[9],
    )


def _due(row: Any) -> OpenDue:
    return OpenDue(
        key=row[0],
        scope_key=row[1],
        element_id=row[2],
        lane_kind=row[3],
        properties=row[4],
        created_at=row[5],
        due=TaskDue(
            key=row[0],
            due_at=row[6],
            due_pending=row[7],
            due_stopped=row[8],
            due_rule=row[9],
            expiry_at=row[10],
            extensions=row[11],
        ),
    )
