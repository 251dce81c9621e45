"""Deadlines: a number and a unit, counted from an event."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from engine.calendar.calendar import Calendar
from engine.calendar.errors import CalendarError
from engine.calendar.periods import (
    MAX_COUNT,
    ONE_DAY,
    days_after,
    months_after,
    years_after,
)
from engine.calendar.unpublished import Unpublished
from engine.text import tell


class Unit(StrEnum):
    """What a deadline is counted in. The four never convert into each other."""

    WORKING_DAY = "工作日"
    NATURAL_DAY = "自然日"
    MONTH = "月"
    YEAR = "年"

    @property
    def limit(self) -> int:
        """The largest number that makes sense in this unit."""
        return {Unit.MONTH: 1200, Unit.YEAR: 100}.get(self, MAX_COUNT)


@dataclass(frozen=True, kw_only=True)
class Stop:
    """Days on which the clock stands still (补正、公告、检测、专家评审), both included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise CalendarError(tell("计时暂停的结束日早于开始日。"))


_WORDS = {
    Unit.WORKING_DAY: ("个工作日", "工作日"),
    Unit.NATURAL_DAY: ("个自然日", "自然日", "日", "天"),
    Unit.MONTH: ("个月", "月"),
    Unit.YEAR: ("年",),
}
_UNIT_OF = {word: unit for unit, words in _WORDS.items() for word in words}
_TEXT = re.compile(rf"([0-9]{{1,5}})\s*({'|'.join(_UNIT_OF)})(顺延)?")


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """A period such as 30 个工作日. Counting starts the day after the event.

    `roll`: a period in natural days, months or years that ends on a rest day ends on the next
    working day (民法典 art. 203). Whether it does is part of each rule, so it is part of the value.
    """

    number: int
    unit: Unit
    roll: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.number, bool) or not isinstance(self.number, int):
            raise CalendarError(tell("期限的数目应是整数。"))
        if not 0 <= self.number <= self.unit.limit:
            raise CalendarError(
                tell("期限应在 0 到 {limit} {unit} 之间。", limit=self.unit.limit, unit=self.unit)
            )

    @classmethod
    def parse(cls, text: str) -> Deadline:
        """`30个工作日`, `7自然日`, `7天顺延`, `3个月`, `5年`; CalendarError for anything else."""
        found = _TEXT.fullmatch(text.strip())
        if not found:
            raise CalendarError(
                tell(
                    "看不懂期限 {text!r}，请写成“30个工作日”“7自然日”“3个月”或“5年”。",
                    text=text[:40],
                )
            )
        unit = _UNIT_OF[found[2]]
        if found[3] and unit is Unit.WORKING_DAY:
            raise CalendarError(tell("工作日期限总是落在工作日上，不用写“顺延”。"))
        return cls(number=int(found[1]), unit=unit, roll=bool(found[3]))

    @property
    def text(self) -> str:
        """As people write it, and as `parse` reads it."""
        return f"{self.number} {_WORDS[self.unit][0]}{'顺延' if self.roll else ''}"

    def __str__(self) -> str:
        return self.text

    def due(
        self, start: date, calendar: Calendar, stops: Iterable[Stop] = ()
    ) -> date | Unpublished:
        """The last day of the period that an event on `start` opens.

        Days of `stops` are not counted: a period in working days skips them, any other is
        lengthened by those of them that lie within it. Where the clock stops on the last day,
        what is left of that day is left on the day it goes on again, or on the next working day
        where the period ends on one (民法典 art. 203).
        """
        stopped = _stopped_days(start, stops)
        end = self._counted(start, calendar, stopped)
        while isinstance(end, date):
            resumed = end
            while resumed + ONE_DAY in stopped:
                resumed += ONE_DAY
            if resumed == end:
                break
            end = calendar.next_working_day(resumed) if self._ends_on_work else resumed
        return end

    @property
    def _ends_on_work(self) -> bool:
        return self.roll or self.unit is Unit.WORKING_DAY

    def _counted(
        self, start: date, calendar: Calendar, stopped: frozenset[date]
    ) -> date | Unpublished:
        if self.unit is Unit.WORKING_DAY:
            return calendar.add_working_days(start, self.number, stopped=stopped)
        after = {Unit.MONTH: months_after, Unit.YEAR: years_after}.get(self.unit, days_after)
        end = after(start, self.number)
        for day in sorted(stopped):
            if day <= end:
                end += ONE_DAY
        return calendar.next_working_day(end) if self.roll else end


def end_of_day(day: date, zone: tzinfo, *, closing: time | None = None) -> datetime:
    """The instant at which a period whose last day is `day` has run out, aware, in `zone`.

    24:00 of the day, or the close of business where there are business hours (民法典 art. 203).
    """
    if closing is not None:
        return datetime.combine(day, closing, zone)
    return datetime.combine(days_after(day, 1), time(), zone)


def _stopped_days(start: date, stops: Iterable[Stop]) -> frozenset[date]:
    days: set[date] = set()
    for stop in stops:
        length = (stop.last - stop.first).days + 1
        if length > MAX_COUNT:
            raise CalendarError(tell("计时暂停的时间太长。"))
        days.update(stop.first + timedelta(days=n) for n in range(length))
    return frozenset(day for day in days if day > start)
