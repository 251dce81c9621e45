"""Who pressed for a case, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.model.copies import Urge
from engine.model.keys import Key
from engine.storage.database import UnitOfWork


def urges_of(work: UnitOfWork, instance_key: Key, *, limit: int = 200) -> tuple[Urge, ...]:
    """The latest of a case, the first one first."""
    rows = work.hot(
        """select u.key, u.instance_key, u.username, coalesce(p.name, u.username), u.note,
             u.tasks, u.created_at
           from (select * from urge where instance_key = %s order by key desc limit %s) u
           left join person p on p.username = u.username order by u.key""",
        [instance_key, limit],
    )
    return tuple(_urge(row) for row in rows)


def last_urge(work: UnitOfWork, *, instance_key: Key, username: str) -> datetime | None:
    """When this person pressed for the case the last time."""
    row = work.hot(
        "select max(created_at) from urge where instance_key = %s and username = %s",
        [instance_key, username],
    ).fetchone()
    return row[0] if row else None


def _urge(row: tuple[Any, ...]) -> Urge:
    return Urge(
        key=Key(row[0]),
        instance_key=Key(row[1]),
        username=row[2],
        name=row[3],
        note=row[4],
        tasks=tuple(Key(key) for key in row[5]),
        created_at=row[6],
    )
