"""The holiday notices that administrators entered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.storage.database import UnitOfWork
from engine.storage.tables.calendar import CALENDAR_NOTICE


def lock(work: UnitOfWork) -> None:
    """One notice is entered after the other."""
    work.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("calendar"))))


@dataclass(frozen=True, kw_only=True)
class EnteredNotice:
    """A notice by its year and official number."""

    year: int
    number: str


def all_notices(
    work: UnitOfWork, *, besides: EnteredNotice | None = None
) -> tuple[Mapping[str, Any], ...]:
    """As tables, in the order of their years; ``besides``: without this one."""
    select = sa.select(CALENDAR_NOTICE.c.notice).order_by(
        CALENDAR_NOTICE.c.year, CALENDAR_NOTICE.c.entered_at
    )
    if besides is not None:
        select = select.where(sa.not_(_is(besides)))
    return tuple(work.connection.execute(select).scalars())


def not_recounted(work: UnitOfWork) -> tuple[EnteredNotice, ...]:
    """Those by which the deadlines have still to be counted anew, in the order of entering."""
    c = CALENDAR_NOTICE.c
    rows = work.connection.execute(
        sa.select(c.year, c.number).where(c.recounted_at.is_(None)).order_by(c.entered_at, c.year)
    )
    return tuple(EnteredNotice(year=row.year, number=row.number) for row in rows)


def recounted(work: UnitOfWork, notice: EnteredNotice, *, now: datetime) -> None:
    """All cases have been gone through."""
    work.connection.execute(sa.update(CALENDAR_NOTICE).where(_is(notice)).values(recounted_at=now))


def _is(notice: EnteredNotice) -> sa.ColumnElement[bool]:
    c = CALENDAR_NOTICE.c
    return sa.and_(c.year == notice.year, c.number == notice.number)


def add(
    work: UnitOfWork, *, year: int, number: str, notice: Mapping[str, Any], by: str, now: datetime
) -> None:
    work.connection.execute(
        sa.insert(CALENDAR_NOTICE).values(
            year=year, number=number, notice=notice, entered_at=now, entered_by=by
        )
    )
