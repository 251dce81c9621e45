"""Notices to people: written by a handler, read and ticked off by whom they are for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from engine.model.keys import SPAN, Key
from engine.model.notices import Notice
from engine.model.notifications import NoticeKind
from engine.storage.database import UnitOfWork
from engine.storage.exchange.signals import person_topic
from engine.storage.tables.execution import INSTANCE
from engine.storage.tables.identity import MEMBERSHIP, PERSON
from engine.storage.tables.notices import NOTICE

#: A badge shows “99+” from here on.
UNREAD_CAP = 100


def add_notices(
    work: UnitOfWork,
    *,
    people: Collection[Key],
    instance: Key | None,
    cause: Key,
    text: str,
    now: datetime,
    kind: NoticeKind = NoticeKind.MESSAGE,
    task: Key | None = None,
) -> int:
    """Tell these people; whoever was told of the same ``cause`` before is passed over.

    Returns how many were told now.
    """
    if not people:
        return 0
    work.touch(map(person_topic, people))
    return int(
        work.hot(
            f"""insert into notice (key, person_key, instance_key, task_key, kind, cause, text,
                    created_at)
                select nextval('banshi_key') * {SPAN}, person, %(instance)s, %(task)s, %(kind)s,
                    %(cause)s, %(text)s, %(now)s
                from unnest(%(people)s::bigint[]) as person
                on conflict (person_key, cause) do nothing""",
            {
                "people": sorted(people),
                "instance": instance,
                "task": task,
                "kind": kind.value,
                "cause": cause,
                "text": text,
                "now": now,
            },
        ).rowcount
    )


def list_notices(
    work: UnitOfWork,
    *,
    person: Key,
    limit: int,
    before: Key | None = None,
    unread: bool = False,
) -> tuple[Notice, ...]:
    """The person's notices (``unread``: those not ticked off), newest first, older than ``before``."""
    query = (
        sa.select(
            NOTICE.c.key,
            NOTICE.c.instance_key,
            NOTICE.c.text,
            NOTICE.c.created_at,
            NOTICE.c.read_at,
            NOTICE.c.kind,
            NOTICE.c.task_key,
            sa.func.coalesce(INSTANCE.c.number, "").label("case_number"),
        )
        .outerjoin(INSTANCE, INSTANCE.c.key == NOTICE.c.instance_key)
        .where(NOTICE.c.person_key == person)
        .order_by(NOTICE.c.key.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(NOTICE.c.key < before)
    if unread:
        query = query.where(NOTICE.c.read_at.is_(None))
    return tuple(
        Notice(
            key=row.key,
            instance_key=row.instance_key,
            case_number=row.case_number,
            text=row.text,
            created_at=row.created_at,
            read_at=row.read_at,
            kind=NoticeKind(row.kind),
            task_key=row.task_key,
        )
        for row in work.connection.execute(query)
    )


def count_unread(work: UnitOfWork, *, person: Key) -> int:
    """How many the person has not read, counted no further than ``UNREAD_CAP``."""
    unread = (
        sa.select(NOTICE.c.key)
        .where(NOTICE.c.person_key == person, NOTICE.c.read_at.is_(None))
        .limit(UNREAD_CAP)
        .subquery()
    )
    return work.connection.scalar(sa.select(sa.func.count()).select_from(unread)) or 0


def mark_read(work: UnitOfWork, *, person: Key, up_to: Key, now: datetime) -> int:
    """Tick off everything up to this notice; returns how many became read."""
    work.touch([person_topic(person)])
    return work.connection.execute(
        sa.update(NOTICE)
        .where(NOTICE.c.person_key == person, NOTICE.c.key <= up_to, NOTICE.c.read_at.is_(None))
        .values(read_at=now)
    ).rowcount


def mark_one_read(work: UnitOfWork, *, person: Key, key: Key, now: datetime) -> bool:
    """Tick off this one; False where it is not the person's, or was read before."""
    work.touch([person_topic(person)])
    return (
        work.connection.execute(
            sa.update(NOTICE)
            .where(NOTICE.c.person_key == person, NOTICE.c.key == key, NOTICE.c.read_at.is_(None))
            .values(read_at=now)
        ).rowcount
        == 1
    )


def people_in_role(
    work: UnitOfWork, *, role: str, units: Collection[str] | None = None
) -> frozenset[Key]:
    """The active people who hold the role, at any unit or at one of those given."""
    query = (
        sa.select(MEMBERSHIP.c.person_key)
        .join(PERSON, PERSON.c.key == MEMBERSHIP.c.person_key)
        .where(MEMBERSHIP.c.role == role, PERSON.c.active)
    )
    if units is not None:
        query = query.where(MEMBERSHIP.c.unit.in_(sorted(units)))
    return frozenset(work.connection.scalars(query).all())
