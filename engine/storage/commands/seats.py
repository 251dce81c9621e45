"""Seats as rows: read under the instance's lock, written with everything else (``writing``)."""

from __future__ import annotations

from typing import Any, Final

import orjson

from engine.model import codec
from engine.model.keys import Key
from engine.model.seats import Seat, SeatKind, Seats, SeatState
from engine.storage.database import UnitOfWork

#: The seats of one task, in their order.
READ: Final = """select key, ordinal, kind, state, holder, first_holder, role, unit, stack, added_by,
    parent_key, weight, outcome, opinion, reason_code, actor, on_behalf_of, "cast",
    submission::text, opened_at, ended_at, reason from seat
    where instance_key = %(instance)s::bigint and task_key = %(task)s::bigint order by ordinal"""


def of_task(work: UnitOfWork, *, instance_key: Key, task_key: Key) -> Seats:
    """All seats of the task, in their order."""
    rows = work.hot(READ, {"instance": instance_key, "task": task_key})
    return tuple(seat_of(row) for row in rows)


def row_of(seat: Seat, *, task_key: Key, process_id: str, due_at: Any) -> dict[str, Any]:
    """The seat for the writing statement."""
    return {
        **{name: value for name, value in vars(seat).items() if name != "submission"},
        "task_key": task_key,
        "process_id": process_id,
        "due_at": due_at or "infinity",
        "stack": list(seat.stack),
        "weight": str(seat.weight),
        "submission": orjson.Fragment(codec.encode(dict(seat.submission)).encode()),
    }


def seat_of(row: tuple[Any, ...]) -> Seat:
    """A row of ``READ``."""
    return Seat(
        key=row[0],
        ordinal=row[1],
        kind=SeatKind(row[2]),
        state=SeatState(row[3]),
        holder=row[4],
        first_holder=row[5],
        role=row[6],
        unit=row[7],
        stack=tuple(row[8]),
        added_by=row[9],
        parent_key=row[10],
        weight=row[11],
        outcome=row[12],
        opinion=row[13],
        reason_code=row[14],
        actor=row[15],
        on_behalf_of=row[16],
        cast=row[17],
        submission=codec.decode(row[18]),
        opened_at=row[19],
        ended_at=row[20],
        reason=row[21],
    )
