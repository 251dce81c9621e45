"""Plain date arithmetic of periods; no calendar of holidays is needed for it."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from engine.calendar.errors import CalendarError
from engine.text import tell

#: No deadline of any law counts further; it keeps a mistyped number from running for long.
MAX_COUNT = 36_600
ONE_DAY = timedelta(days=1)


def days_after(start: date, count: int) -> date:
    """`count` natural days after `start`, which is not counted (民法典 art. 201)."""
    try:
        return plain(start) + timedelta(days=counted(count))
    except OverflowError:
        raise CalendarError(tell("期限超出了日历能表示的范围。")) from None


def months_after(start: date, count: int) -> date:
    """The same day `count` months later, or that month's last day (民法典 art. 202)."""
    start = plain(start)
    year, month = divmod(start.year * 12 + start.month - 1 + counted(count), 12)
    if year > date.max.year:
        raise CalendarError(tell("期限超出了日历能表示的范围。"))
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def years_after(start: date, count: int) -> date:
    """The same day `count` years later; 29 February becomes 28 February in a common year."""
    return months_after(start, counted(count, limit=MAX_COUNT // 12) * 12)


def plain(day: date) -> date:
    """A calendar day; a datetime would carry an hour and a zone that nobody has resolved."""
    if type(day) is not date:
        raise CalendarError(tell("需要日期，得到 {kind}。", kind=type(day).__name__))
    return day


def counted(count: int, *, limit: int = MAX_COUNT) -> int:
    """The count, checked: an integer from 0 to `limit`."""
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= limit:
        raise CalendarError(
            tell("期限应是 0 到 {limit} 的整数，得到 {count!r}。", limit=limit, count=count)
        )
    return count
