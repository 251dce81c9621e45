"""Tasks whose deadline comes near or has gone by, each found once per deadline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.model.keys import Key
from engine.model.notifications import NoticeKind
from engine.storage.database import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class Reminded:
    """A task that was noted just now. ``escalate_to``: the role that is told of it, or ""."""

    instance_key: Key
    task_key: Key
    escalate_to: str


#: Nobody is reminded of what he cannot do: a case that stands still is told of once it goes on.
_MOVING = "exists (select from instance i where i.key = t.instance_key and i.state = 'ACTIVE')"
_NOTE = """insert into task_reminder (instance_key, task_key, kind, due_at, told_at)
    select instance_key, key, %(kind)s, due_at, %(now)s from found
    on conflict do nothing returning instance_key, task_key"""


def note_overdue(
    work: UnitOfWork, *, since: datetime | None, now: datetime, limit: int
) -> tuple[Reminded, ...]:
    """Open tasks that are overdue and were not told of with this deadline; they are noted now.

    ``since``: look only at those that were due then or later; None: at all.
    """
    return _noted(
        work,
        f"""with found as (
              select t.instance_key, t.key, t.due_at,
                     coalesce(t.properties ->> 'banshi:escalateTo', '') as escalate_to
              from user_task t
              where t.state = 'CREATED' and t.due_at < %(now)s and {_MOVING}
              and t.due_at >= coalesce(%(since)s::timestamptz, '-infinity') and not exists (
                select from task_reminder r where r.instance_key = t.instance_key
                and r.task_key = t.key and r.kind = %(kind)s and r.due_at = t.due_at)
              order by t.due_at limit %(limit)s),
            noted as ({_NOTE})
            select f.instance_key, f.key, f.escalate_to from found f
            join noted n on n.instance_key = f.instance_key and n.task_key = f.key""",
        {"kind": NoticeKind.TASK_OVERDUE.value, "since": since, "now": now, "limit": limit},
    )


def note_nearing(
    work: UnitOfWork, *, until: Sequence[tuple[int, datetime]], now: datetime, limit: int
) -> tuple[Reminded, ...]:
    """Open tasks that want to be reminded of ``n`` working days before, and are due by then.

    ``until``: for each n the last moment that lies n working days ahead or nearer.
    """
    return _noted(
        work,
        f"""with span(days, until) as (
              select * from unnest(%(days)s::text[], %(until)s::timestamptz[])),
            found as (
              select t.instance_key, t.key, t.due_at, '' as escalate_to
              from span s join user_task t on t.properties ->> 'banshi:remindBefore' = s.days
              where t.state = 'CREATED' and t.properties ? 'banshi:remindBefore' and {_MOVING}
              and t.due_at >= %(now)s and t.due_at <= s.until and not exists (
                select from task_reminder r where r.instance_key = t.instance_key
                and r.task_key = t.key and r.kind = %(kind)s and r.due_at = t.due_at)
              order by t.due_at limit %(limit)s),
            noted as ({_NOTE})
            select f.instance_key, f.key, f.escalate_to from found f
            join noted n on n.instance_key = f.instance_key and n.task_key = f.key""",
        {
            "kind": NoticeKind.TASK_REMINDER.value,
            "days": [str(days) for days, _ in until],
            "until": [moment for _, moment in until],
            "now": now,
            "limit": limit,
        },
    )


def sweep(work: UnitOfWork, *, limit: int) -> int:
    """Forget reminders of tasks that are done."""
    return int(
        work.hot(
            """delete from task_reminder r where ctid in (
                 select r.ctid from task_reminder r join user_task t
                 on t.instance_key = r.instance_key and t.key = r.task_key
                 where t.state <> 'CREATED' limit %s)""",
            [limit],
        ).rowcount
    )


def _noted(work: UnitOfWork, query: str, parameters: dict[str, Any]) -> tuple[Reminded, ...]:
    rows = work.hot(query, parameters).fetchall()
    return tuple(
        Reminded(instance_key=Key(instance), task_key=Key(task), escalate_to=role)
        for instance, task, role in rows
    )
