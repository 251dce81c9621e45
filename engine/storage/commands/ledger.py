"""The ledger of an instance's visits, with who completed the user tasks among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine.model.keys import Key
from engine.model.ledger import Past
from engine.model.records import Visit
from engine.model.states import VisitState
from engine.storage.database import UnitOfWork

_READ: Final = """select v.key, v.scope_key, v.element_id, v.element_type, v.parents, v.state,
    t.ended_by, coalesce(t.seated, false), case when t.seated then (
        select count(*) from seat s where s.instance_key = t.instance_key and s.task_key = t.key
        and s.state = 'DONE') else 0 end,
    v.flow_id, v.entered_at, v.left_at,
    exists (select from incident i where i.instance_key = v.instance_key
        and i.element_key = v.key and i.state = 'ACTIVE'),
    t.on_behalf_of
    from visit v left join user_task t on t.instance_key = v.instance_key and t.key = v.key
    where v.instance_key = %(instance)s::bigint order by v.key"""
_TAKEN_BACK: Final = """update user_task set ended_by = %(by)s::text, outcome = 'return'
    where instance_key = %(instance)s::bigint and key = %(task)s::bigint
    and state = 'CANCELED' and ended_at = %(now)s::timestamptz"""


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """A case's visits, oldest first: as the rules ask of them, and as the diagram is lit by them.

    ``troubled``: the elements that stand in incidents.
    """

    past: tuple[Past, ...]
    visits: tuple[Visit, ...]
    troubled: frozenset[str]


def read(work: UnitOfWork, instance_key: Key) -> Ledger:
    """All of it."""
    rows = work.hot(_READ, {"instance": instance_key}).fetchall()
    return Ledger(
        past=tuple(_past(row) for row in rows),
        visits=tuple(_visit(row) for row in rows),
        troubled=frozenset(row[2] for row in rows if row[12]),
    )


def _past(row: tuple[Any, ...]) -> Past:
    return Past(
        key=row[0],
        scope_key=row[1],
        element_id=row[2],
        element_type=row[3],
        parents=tuple(row[4]),
        state=VisitState(row[5]),
        by=row[6],
        on_behalf_of=row[13],
        seated=row[7],
        votes=row[8],
    )


def _visit(row: tuple[Any, ...]) -> Visit:
    return Visit(
        key=row[0],
        scope_key=row[1],
        element_id=row[2],
        element_type=row[3],
        flow_id=row[9],
        state=VisitState(row[5]),
        entered_at=row[10],
        left_at=row[11],
    )


def note_returned(
    work: UnitOfWork, *, instance_key: Key, task_key: Key, by: str, now: datetime
) -> None:
    """Who sent the task back, so that whoever comes late is told."""
    work.hot(_TAKEN_BACK, {"instance": instance_key, "task": task_key, "by": by, "now": now})
