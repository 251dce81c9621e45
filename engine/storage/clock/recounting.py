"""What a change of the calendar can have moved: found by index, an instance at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from engine.model.keys import Key
from engine.storage.database import UnitOfWork

#: A deadline that ends before the first day that changed is as it was; whatever waits for a
#: calendar, and whatever ends on that day or later, may be another.
_AFFECTED: Final = """select key from (
      select distinct t.instance_key as key from user_task t
      where t.state = 'CREATED'
      and (t.due_pending or (t.due_rule is not null and t.due_at >= %(first)s))
      union
      select i.key from instance i where i.state in ('ACTIVE', 'SUSPENDED')
      and i.statutory_rule is not null
      and (i.statutory_pending or i.statutory_due_at >= %(first)s)
      union
      select t.instance_key from timer t join instance i on i.key = t.instance_key
      where t.due_at >= %(first)s and i.bundle_key = any(%(bundles)s)
      and split_part(t.event_id, '/', 1) = any(%(events)s)
      and i.state in ('ACTIVE', 'SUSPENDED')) affected
    where key > %(after)s"""


def affected(
    work: UnitOfWork,
    *,
    first: datetime,
    bundles: Collection[Key],
    events: Collection[str],
    after: Key,
    limit: int,
) -> tuple[Key, ...]:
    """Cases with a deadline, a period or a timer of these events that may have moved, by key."""
    rows = work.hot(
        f"{_AFFECTED} order by key limit %(limit)s",
        {
            "first": first,
            "bundles": list(bundles),
            "events": list(events),
            "after": after,
            "limit": limit,
        },
    )
    return tuple(row[0] for row in rows)


def count_affected(
    work: UnitOfWork, *, first: datetime, bundles: Collection[Key], events: Collection[str]
) -> int:
    """How many cases that are."""
    row = work.hot(
        _AFFECTED.replace("select key from", "select count(*) from", 1),
        {"first": first, "bundles": list(bundles), "events": list(events), "after": 0},
    ).fetchone()
    return int(row[0])


def running_bundles(work: UnitOfWork) -> tuple[Key, ...]:
    """The bundles that running cases with open timers are pinned to."""
    rows = work.hot(
        """select distinct i.bundle_key from instance i where i.state in ('ACTIVE', 'SUSPENDED')
           and exists (select from timer t where t.instance_key = i.key)"""
    )
    return tuple(row[0] for row in rows)
