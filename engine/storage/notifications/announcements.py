"""The outbox of what happened: written with its cause, taken one at a time, then gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model.keys import Key
from engine.model.notifications import Announcement, NoticeKind
from engine.model.states import TaskState
from engine.storage.database import UnitOfWork, next_keys
from engine.storage.tables.notifications import ANNOUNCEMENT

_A = ANNOUNCEMENT.c


@dataclass(frozen=True, kw_only=True)
class Announced:
    """A row of the outbox, locked for whoever took it."""

    key: Key
    announcement: Announcement
    created_at: datetime
    failures: int


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What an announcement is about, as it stands now; ``task`` parts are None without a task."""

    instance_key: Key
    number: str
    service: str
    unit: str
    unit_name: str
    result: str
    applicant_key: Key
    task_name: str | None = None
    task_open: bool = False
    assignee: str | None = None
    lane_kind: str | None = None
    groups: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    due_at: datetime | None = None
    properties: Mapping[str, str] | None = None


def add(work: UnitOfWork, announcements: Sequence[Announcement], *, now: datetime) -> None:
    """Put them into the outbox; they are gone again if the caller rolls back."""
    if not announcements:
        return
    keys = next_keys(work, len(announcements))
    work.connection.execute(
        sa.insert(ANNOUNCEMENT),
        [
            {
                "key": key,
                "kind": each.kind,
                "instance_key": each.instance_key,
                "task_key": each.task_key,
                "people": list(each.people),
                "skip": each.skip,
                "facts": dict(each.facts),
                "created_at": now,
                "due_at": now,
            }
            for key, each in zip(keys, announcements, strict=True)
        ],
    )


def take(work: UnitOfWork, *, now: datetime, limit: int) -> tuple[Announced, ...]:
    """The oldest ones that are due and that no other worker has."""
    rows = work.connection.execute(
        sa.select(ANNOUNCEMENT)
        .where(_A.due_at <= now)
        .order_by(_A.due_at, _A.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return tuple(_announced(row) for row in rows)


@contextmanager
def apart(work: UnitOfWork) -> Iterator[None]:
    """A part of the transaction that is undone by itself where it raises."""
    with work.connection.begin_nested():
        yield


def drop(work: UnitOfWork, key: Key) -> None:
    work.connection.execute(sa.delete(ANNOUNCEMENT).where(_A.key == key))


def put_off(work: UnitOfWork, key: Key, *, until: datetime, because: str) -> None:
    work.connection.execute(
        sa.update(ANNOUNCEMENT)
        .where(_A.key == key)
        .values(due_at=until, failures=_A.failures + 1, error_message=because[:2000])
    )


def waiting(work: UnitOfWork) -> int:
    """How many there are, due or not."""
    return work.connection.scalar(sa.select(sa.func.count()).select_from(ANNOUNCEMENT)) or 0


def subject(work: UnitOfWork, instance: Key, task: Key | None) -> Subject | None:
    """The case, and the user task where there is one; None where the case is gone."""
    row = work.hot(
        """select i.key, i.number, d.name as service, i.unit, u.name as unit_name, i.result,
                  i.applicant_key, t.name as task_name, t.state, t.assignee, t.lane_kind,
                  case when t.seated then (select array_agg(s.role || '@' || s.unit) from seat s
                    where s.instance_key = i.key and s.task_key = t.key and s.state = 'OPEN'
                    and s.holder is null) else t.candidate_groups end,
                  case when t.seated then (select array_agg(s.holder) from seat s
                    where s.instance_key = i.key and s.task_key = t.key and s.state = 'OPEN'
                    and s.holder is not null) else t.candidate_users end,
                  t.due_at, t.properties
           from instance i join process_definition d on d.key = i.definition_key
           left join unit u on u.key = i.unit
           left join user_task t on t.instance_key = i.key and t.key = %s
           where i.key = %s""",
        [task, instance],
    ).fetchone()
    return _subject(row) if row else None


def root_variables(work: UnitOfWork, instance: Key) -> dict[str, Any]:
    """The case's variables of the outermost scope, as stored (JSON of ``engine.model.codec``)."""
    rows = work.hot(
        "select name, value::text from variable where instance_key = %s and scope_key = %s",
        [instance, instance],
    ).fetchall()
    return dict(rows)


def _announced(row: Any) -> Announced:
    return Announced(
        key=Key(row.key),
        announcement=Announcement(
            kind=NoticeKind(row.kind),
            instance_key=row.instance_key,
            task_key=row.task_key,
            people=tuple(row.people),
            facts=row.facts,
            skip=row.skip,
        ),
        created_at=row.created_at,
        failures=row.failures,
    )


def _subject(row: Any) -> Subject:
    key, number, service, unit, unit_name, result, applicant = row[:7]
    name, state, assignee, lane_kind, groups, users, due_at, properties = row[7:]
    return Subject(
        instance_key=Key(key),
        number=number,
        service=service,
        unit=unit,
        unit_name=unit_name or unit,
        result=result,
        applicant_key=Key(applicant),
        task_name=name,
        task_open=state == TaskState.CREATED,
        assignee=assignee,
        lane_kind=lane_kind,
        groups=tuple(groups or ()),
        users=tuple(users or ()),
        due_at=due_at,
        properties=properties,
    )
