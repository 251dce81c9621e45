"""Holds on cases: as long as there is one, nothing of the case is destroyed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model.keys import Key
from engine.model.retention import LegalHold
from engine.storage.database import UnitOfWork, next_key
from engine.storage.tables.execution import INSTANCE
from engine.storage.tables.retention import LEGAL_HOLD

_I, _H = INSTANCE.c, LEGAL_HOLD.c


def held(instance_key: Any) -> sa.ColumnElement[bool]:
    """Whether a hold is on the case with this key."""
    return sa.exists().where(_H.instance_key == instance_key, _H.lifted_at.is_(None))


def place_hold(work: UnitOfWork, *, instance_key: Key, reason: str, by: str, now: datetime) -> Key:
    key = next_key(work)
    work.connection.execute(
        sa.insert(LEGAL_HOLD).values(
            key=key, instance_key=instance_key, reason=reason, placed_by_name=by, placed_at=now
        )
    )
    return key


def lift_hold(work: UnitOfWork, *, instance_key: Key, by: str, now: datetime) -> bool:
    """False where there is none."""
    done = work.connection.execute(
        sa.update(LEGAL_HOLD)
        .where(_H.instance_key == instance_key, _H.lifted_at.is_(None))
        .values(lifted_by_name=by, lifted_at=now)
    )
    return done.rowcount == 1


def holds(
    work: UnitOfWork, *, instance_key: Key | None = None, live: bool = True, limit: int = 200
) -> tuple[LegalHold, ...]:
    """The newest first."""
    select = (
        sa.select(LEGAL_HOLD, sa.func.coalesce(_I.number, "").label("number"))
        .outerjoin(INSTANCE, _I.key == _H.instance_key)
        .order_by(_H.key.desc())
        .limit(limit)
    )
    if instance_key is not None:
        select = select.where(_H.instance_key == instance_key)
    if live:
        select = select.where(_H.lifted_at.is_(None))
    return tuple(
        LegalHold(
            key=Key(row.key),
            instance_key=Key(row.instance_key),
            number=row.number,
            reason=row.reason,
            placed_by_name=row.placed_by_name,
            placed_at=row.placed_at,
            lifted_by_name=row.lifted_by_name,
            lifted_at=row.lifted_at,
        )
        for row in work.connection.execute(select)
    )
