"""Working days by the State Council's yearly notices, and counting on them.

Counting always starts the day after the event (民法典 art. 201: the day itself is not counted).
A year without a notice is unknown, before the first as well as after the last one: whatever
depends on it is `Unpublished`, never a guess. A notice for the next year may still move the last
days of December, so deadlines are to be counted again whenever `differences` names days.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from engine.calendar.errors import CalendarError
from engine.calendar.notice import SATURDAY, Notice
from engine.calendar.periods import counted, days_after, months_after, plain, years_after
from engine.calendar.unpublished import Unpublished, UnpublishedCount
from engine.text import tell


class DayKind(StrEnum):
    """Why a day works or rests."""

    WORKDAY = "工作日"
    WEEKEND = "周末"
    HOLIDAY = "节假日"
    MAKE_UP = "调休上班"
    UNPUBLISHED = "待国办公布"


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """An immutable calendar made of notices; equal notices make equal calendars."""

    notices: tuple[Notice, ...] = ()
    #: Month and day of the holidays that the law fixes by date (放假办法 art. 2).
    statutory: frozenset[tuple[int, int]] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.notices, key=lambda n: (n.published, n.year, n.number)))
        object.__setattr__(self, "notices", ordered)
        seen: set[int] = set()
        for notice in ordered:
            if notice.amends:
                continue
            if notice.year in seen:
                raise CalendarError(
                    tell("{year} 年有两份放假安排；补充通知请标明 amends。", year=notice.year)
                )
            seen.add(notice.year)

    @cached_property
    def years(self) -> frozenset[int]:
        """The years whose calendar is published."""
        return frozenset(notice.year for notice in self.notices if not notice.amends)

    @cached_property
    def version(self) -> str:
        """Sixteen hexadecimal digits that name this calendar's content, for the journal."""
        content = [
            [
                n.year,
                n.number,
                n.published.isoformat(),
                n.amends,
                _listed(n.rest),
                _listed(n.make_up),
            ]
            for n in self.notices
        ]
        text = json.dumps([content, sorted(self.statutory)], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @cached_property
    def _named(self) -> dict[date, tuple[DayKind, str]]:
        named: dict[date, tuple[DayKind, str]] = {}
        for notice in self.notices:
            named.update({day: (DayKind.HOLIDAY, name) for day, name in notice.rest.items()})
            named.update({day: (DayKind.MAKE_UP, name) for day, name in notice.make_up.items()})
        return named

    @cached_property
    def _working(self) -> list[date]:
        """Every day known to work, in order."""
        days = {day for year in self.years for day in _days_of(year)} | set(self._named)
        return sorted(day for day in days if self.is_working_day(day))

    def kind(self, day: date) -> DayKind:
        """What kind of day it is; UNPUBLISHED when its year has no calendar."""
        day = plain(day)
        named = self._named.get(day)
        if named is not None:
            return named[0]
        if day.year not in self.years:
            return DayKind.UNPUBLISHED
        return DayKind.WEEKEND if day.weekday() >= SATURDAY else DayKind.WORKDAY

    def holiday_name(self, day: date) -> str | None:
        """The holiday a day belongs to or makes up for (春节), None for an ordinary day."""
        named = self._named.get(plain(day))
        return named[1] if named else None

    def is_working_day(self, day: date) -> bool | None:
        """True, False, or None when the calendar of that year is not published."""
        kind = self.kind(day)
        if kind is DayKind.UNPUBLISHED:
            return None
        return kind in (DayKind.WORKDAY, DayKind.MAKE_UP)

    def next_working_day(self, day: date) -> date | Unpublished:
        """The day itself if it works, else the first working day after it."""
        day = plain(day)
        while (works := self._may_work(day)) is False:
            day = days_after(day, 1)
        return day if works else Unpublished(year=day.year, earliest=day)

    def add_working_days(
        self, start: date, count: int, *, stopped: Collection[date] = ()
    ) -> date | Unpublished:
        """The `count`-th working day after `start`; `start` and days `stopped` are not counted.

        `count` 0 gives `start`, working day or not. Raises CalendarError for a count below 0 or
        above MAX_COUNT.
        """
        day = plain(start)
        unknown: int | None = None
        found, count = 0, counted(count)
        while found < count:
            day = days_after(day, 1)
            if day in stopped:
                continue
            works = self._may_work(day)
            if works is None and unknown is None:
                unknown = day.year
            found += works is not False
        return day if unknown is None else Unpublished(year=unknown, earliest=day)

    def add_natural_days(
        self, start: date, count: int, *, roll: bool = False
    ) -> date | Unpublished:
        """`count` natural days after `start`; with `roll`, off a rest day to the next working day.

        Rolling is 民法典 art. 203: a period whose last day is a legal rest day ends on the day
        after the rest.
        """
        day = days_after(start, count)
        return self.next_working_day(day) if roll else day

    def add_months(self, start: date, count: int, *, roll: bool = False) -> date | Unpublished:
        """The same day `count` months later, or that month's last day; `roll` as above."""
        day = months_after(start, count)
        return self.next_working_day(day) if roll else day

    def add_years(self, start: date, count: int, *, roll: bool = False) -> date | Unpublished:
        """The same day `count` years later; `roll` as above."""
        day = years_after(start, count)
        return self.next_working_day(day) if roll else day

    def working_days_between(self, start: date, end: date) -> int | UnpublishedCount:
        """Working days after `start` up to and with `end`: 还剩几个工作日, with start as today.

        Negative when `end` lies before `start` (days overdue). It undoes `add_working_days`.
        """
        start, end = plain(start), plain(end)
        if end < start:
            overdue = self.working_days_between(end, start)
            return -overdue if isinstance(overdue, int) else overdue
        known = bisect_right(self._working, end) - bisect_right(self._working, start)
        for year in range(start.year, end.year + 1):
            if year not in self.years and self._has_unknown(year, start, end):
                return UnpublishedCount(year=year, at_least=known)
        return known

    def differences(self, other: Calendar) -> frozenset[date]:
        """The days that work in one calendar and not (or not yet known) in the other.

        Deadlines whose counting crosses one of them must be counted again.
        """
        days = set(self._named) | set(other._named)
        for year in self.years ^ other.years:
            days.update(_days_of(year))
        return frozenset(d for d in days if self.is_working_day(d) is not other.is_working_day(d))

    def _may_work(self, day: date) -> bool | None:
        """As is_working_day, but False for a day that the law itself makes a holiday."""
        works = self.is_working_day(day)
        if works is None and (day.month, day.day) in self.statutory:
            return False
        return works

    def _has_unknown(self, year: int, start: date, end: date) -> bool:
        """Some day of this unpublished year after `start` and not after `end` is unknown."""
        days = _days_of(year)
        return any(start < day <= end and self.is_working_day(day) is None for day in days)


def _days_of(year: int) -> Iterator[date]:
    first = date(year, 1, 1).toordinal()
    length = 366 if monthrange(year, 2)[1] == 29 else 365
    return (date.fromordinal(first + n) for n in range(length))


def _listed(days: Mapping[date, str]) -> list[list[str]]:
    return [[day.isoformat(), name] for day, name in sorted(days.items())]
