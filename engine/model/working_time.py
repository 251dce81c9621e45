"""Working hours: the office hours of working days, for intervals such as “once in 8 working hours”."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

_DAY = timedelta(days=1)
#: No interval is longer: whoever sets more has mistyped.
LONGEST = Decimal(2_000)


def after_working_hours(
    start: datetime,
    hours: Decimal,
    *,
    works: Callable[[date], bool | None],
    opens: time,
    closes: time,
) -> datetime:
    """The moment at which so many working hours have gone by since ``start``.

    ``start``: aware, local. ``works``: whether a day is a working day; None (its calendar is not
    published yet) counts as one on Monday to Friday. ``opens`` before ``closes``. At zero hours
    the answer is ``start`` itself.
    """
    left = timedelta(seconds=float(min(max(hours, Decimal(0)), LONGEST)) * 3600)
    at = start
    while left > timedelta(0):
        day_opens = datetime.combine(at.date(), opens, tzinfo=start.tzinfo)
        day_closes = datetime.combine(at.date(), closes, tzinfo=start.tzinfo)
        begins = max(at, day_opens)
        if begins < day_closes and _works(at.date(), works):
            there = day_closes - begins
            if left <= there:
                return begins + left
            left -= there
        at = datetime.combine(at.date() + _DAY, time(0), tzinfo=start.tzinfo)
    return at


def _works(day: date, works: Callable[[date], bool | None]) -> bool:
    known = works(day)
    return day.isoweekday() <= 5 if known is None else known
