"""What is on its way to the outside: written, leased, settled by compare-and-set, opened again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.keys import Key
from engine.model.notices import Dispatch
from engine.model.notifications import (
    ABOUT_OPEN_TASK,
    OPEN_STATES,
    Channel,
    DispatchState,
    NoticeKind,
)
from engine.model.page import Page
from engine.storage.database import UnitOfWork, next_keys
from engine.storage.tables.execution import INSTANCE, USER_TASK
from engine.storage.tables.identity import PERSON
from engine.storage.tables.notifications import DISPATCH, ENDPOINT

_D = DISPATCH.c
_OPEN = _D.state.in_(OPEN_STATES)
_COUNTED = 1000


@dataclass(frozen=True, kw_only=True)
class NewDispatch:
    kind: NoticeKind
    channel: Channel
    address: str
    line: str
    subject: str
    body: str
    at: datetime
    bundled: bool = False
    person_key: Key | None = None
    endpoint_key: Key | None = None
    language: str = "zh"


@dataclass(frozen=True, kw_only=True)
class Leased:
    """A dispatch that a worker has; ``attempt`` is the number of its lease."""

    key: Key
    cause: Key
    kind: NoticeKind
    channel: Channel
    person_key: Key | None
    endpoint_key: Key | None
    address: str
    instance_key: Key | None
    task_key: Key | None
    language: str
    line: str
    subject: str
    body: str
    bundled: bool
    attempt: int
    created_at: datetime


def add(
    work: UnitOfWork,
    dispatches: Sequence[NewDispatch],
    *,
    cause: Key,
    instance: Key | None,
    task: Key | None,
    now: datetime,
) -> int:
    """Write them; whoever was written to for the same cause before is passed over."""
    if not dispatches:
        return 0
    rows = [
        {
            "key": key,
            "cause": cause,
            "kind": each.kind,
            "channel": each.channel,
            "person_key": each.person_key,
            "endpoint_key": each.endpoint_key,
            "address": each.address,
            "instance_key": instance,
            "task_key": task,
            "language": each.language,
            "line": each.line,
            "subject": each.subject,
            "body": each.body,
            "bundled": each.bundled,
            "state": DispatchState.PENDING,
            "next_attempt_at": each.at,
            "created_at": now,
        }
        for key, each in zip(next_keys(work, len(dispatches)), dispatches, strict=True)
    ]
    added = work.connection.scalars(
        postgresql.insert(DISPATCH).values(rows).on_conflict_do_nothing().returning(_D.key)
    )
    return len(added.all())


def lease(work: UnitOfWork, *, now: datetime, until: datetime) -> tuple[Leased, ...]:
    """One that is due, with all mail that is bundled with it; none: ().

    Whoever is killed with them gives them back at ``until``.
    """
    first = work.connection.execute(
        sa.select(_D.key, _D.person_key, _D.bundled)
        .where(_OPEN, _D.next_attempt_at <= now)
        .order_by(_D.next_attempt_at, _D.key)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if first is None:
        return ()
    keys = [first.key]
    if first.bundled:
        more = work.connection.execute(
            sa.select(_D.key)
            .where(
                _OPEN,
                _D.bundled,
                _D.person_key == first.person_key,
                _D.next_attempt_at <= now,
                _D.key != first.key,
            )
            .limit(_COUNTED)
            .with_for_update(skip_locked=True)
        )
        keys += more.scalars()
    rows = work.connection.execute(
        sa.update(DISPATCH)
        .where(_D.key.in_(keys))
        .values(attempts=_D.attempts + 1, next_attempt_at=until)
        .returning(*DISPATCH.c)
    )
    return tuple(sorted((_leased(row) for row in rows), key=lambda each: each.key))


def drop_obsolete(work: UnitOfWork, keys: Collection[Key], *, now: datetime) -> frozenset[Key]:
    """Close mail about a task that was done meanwhile; which it was."""
    over = sa.exists().where(
        USER_TASK.c.instance_key == _D.instance_key,
        USER_TASK.c.key == _D.task_key,
        USER_TASK.c.state != "CREATED",
    )
    rows = work.connection.execute(
        sa.update(DISPATCH)
        .where(
            _D.key.in_(keys),
            _OPEN,
            _D.channel == Channel.EMAIL,
            _D.kind.in_(sorted(ABOUT_OPEN_TASK)),
            over,
        )
        .values(state=DispatchState.OBSOLETE, ended_at=now)
        .returning(_D.key)
    )
    return frozenset(Key(key) for key in rows.scalars())


def settle(
    work: UnitOfWork,
    leased: Sequence[Leased],
    *,
    state: DispatchState,
    now: datetime,
    next_attempt_at: datetime | None = None,
    error: str = "",
) -> int:
    """Write how it went, for those still under this very lease; how many there were."""
    held = sa.tuple_(_D.key, _D.attempts).in_([(each.key, each.attempt) for each in leased])
    values: dict[str, Any] = {
        "state": state,
        "last_error": error[:2000],
        "ended_at": None if state in OPEN_STATES else now,
    }
    if next_attempt_at is not None:
        values["next_attempt_at"] = next_attempt_at
    return work.connection.execute(sa.update(DISPATCH).where(held, _OPEN).values(**values)).rowcount


def revive(work: UnitOfWork, key: Key, *, now: datetime) -> bool:
    """Open one that was given up, its attempts counted from nothing; False where it is not so."""
    return (
        work.connection.execute(
            sa.update(DISPATCH)
            .where(_D.key == key, _D.state == DispatchState.DEAD)
            .values(
                state=DispatchState.PENDING,
                attempts=0,
                next_attempt_at=now,
                ended_at=None,
                bundled=False,
            )
        ).rowcount
        == 1
    )


def search(
    work: UnitOfWork, *, states: Collection[DispatchState], limit: int, before: Key | None = None
) -> Page[Dispatch]:
    """The newest first, older than ``before``; counted up to a thousand."""
    which = _D.state.in_(list(states))
    shown = which if before is None else sa.and_(which, _D.key < before)
    rows = work.connection.execute(
        sa.select(
            *DISPATCH.c,
            sa.func.coalesce(PERSON.c.name, ENDPOINT.c.name, "").label("recipient"),
            sa.func.coalesce(INSTANCE.c.number, "").label("case_number"),
        )
        .outerjoin(PERSON, PERSON.c.key == _D.person_key)
        .outerjoin(ENDPOINT, ENDPOINT.c.key == _D.endpoint_key)
        .outerjoin(INSTANCE, INSTANCE.c.key == _D.instance_key)
        .where(shown)
        .order_by(_D.key.desc())
        .limit(limit)
    )
    items = tuple(_record(row) for row in rows)
    some = sa.select(_D.key).where(which).limit(_COUNTED).subquery()
    total = work.connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return Page(
        items=items,
        total=total,
        total_capped=total == _COUNTED,
        end_cursor=str(items[-1].key) if len(items) == limit else None,
    )


def sweep(work: UnitOfWork, *, before: datetime, limit: int) -> int:
    """Delete what was sent or dropped before then."""
    done = (DispatchState.SENT, DispatchState.OBSOLETE)
    old = sa.select(_D.key).where(_D.state.in_(done), _D.ended_at < before).limit(limit)
    return work.connection.execute(sa.delete(DISPATCH).where(_D.key.in_(old))).rowcount


def _leased(row: Any) -> Leased:
    return Leased(
        key=Key(row.key),
        cause=Key(row.cause),
        kind=NoticeKind(row.kind),
        channel=Channel(row.channel),
        person_key=row.person_key,
        endpoint_key=row.endpoint_key,
        address=row.address,
        instance_key=row.instance_key,
        task_key=row.task_key,
        language=row.language,
        line=row.line,
        subject=row.subject,
        body=row.body,
        bundled=row.bundled,
        attempt=row.attempts,
        created_at=row.created_at,
    )


def _record(row: Any) -> Dispatch:
    return Dispatch(
        key=Key(row.key),
        kind=NoticeKind(row.kind),
        channel=Channel(row.channel),
        state=DispatchState(row.state),
        recipient=row.recipient,
        address=row.address,
        instance_key=row.instance_key,
        case_number=row.case_number,
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        last_error=row.last_error,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
