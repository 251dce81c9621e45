"""The holiday notices that administrators entered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.storage.database import UnitOfWork
from engine.storage.tables.calendar import CALENDAR_NOTICE


def lock(work: UnitOfWork) -> None:
    """One notice is entered after the other."""
    work.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("calendar"))))


def all_notices(work: UnitOfWork) -> tuple[Mapping[str, Any], ...]:
    """As tables, in the order of their years."""
    rows = work.connection.execute(
        sa.select(CALENDAR_NOTICE.c.notice).order_by(
            CALENDAR_NOTICE.c.year, CALENDAR_NOTICE.c.entered_at
        )
    )
    return tuple(rows.scalars())


def add(
    work: UnitOfWork, *, year: int, number: str, notice: Mapping[str, Any], by: str, now: datetime
) -> None:
    work.connection.execute(
        sa.insert(CALENDAR_NOTICE).values(
            year=year, number=number, notice=notice, entered_at=now, entered_by=by
        )
    )
