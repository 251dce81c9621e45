"""Cron expressions as Camunda 8 takes them: six fields (seconds first), ``*``, lists, steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_MACROS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
_MONTHS = {
    n: i
    for i, n in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1
    )
}
_DAYS = {n: i for i, n in enumerate(["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"])}
_RANGES = ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


class CronError(ValueError):
    """The text is no cron expression."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cron:
    seconds: frozenset[int]
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    @classmethod
    def parse(cls, text: str) -> Cron:
        fields = _MACROS.get(text.strip().lower(), text).split()
        if len(fields) != 6:
            raise CronError("应有六段：秒 分 时 日 月 周")
        sets = [
            _field(f.upper(), low, high, _MONTHS if i == 4 else _DAYS if i == 5 else {})
            for i, (f, (low, high)) in enumerate(zip(fields, _RANGES, strict=True))
        ]
        weekdays = frozenset(d % 7 for d in sets[5])
        return cls(
            seconds=sets[0], minutes=sets[1], hours=sets[2], days=sets[3], months=sets[4],
            weekdays=weekdays, any_day=fields[3] in "*?", any_weekday=fields[5] in "*?",
        )  # fmt: skip

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first moment after ``moment`` that fits, in UTC."""
        there = moment.astimezone(zone).replace(microsecond=0, tzinfo=None) + timedelta(seconds=1)
        for _ in range(366 * 9):
            if there.month in self.months and self._day(there):
                found = self._time(there)
                if found is not None:
                    return found.replace(tzinfo=zone).astimezone(UTC)
            there = datetime(there.year, there.month, there.day) + timedelta(days=1)  # noqa: DTZ001
        raise CronError("没有符合的日期")

    def _day(self, there: datetime) -> bool:
        weekday = (there.weekday() + 1) % 7
        return there.day in self.days and weekday in self.weekdays

    def _time(self, there: datetime) -> datetime | None:
        """The first fitting time of the day at or after ``there``."""
        for hour in sorted(h for h in self.hours if h >= there.hour):
            low = there.minute if hour == there.hour else 0
            for minute in sorted(m for m in self.minutes if m >= low):
                same = hour == there.hour and minute == there.minute
                for second in sorted(s for s in self.seconds if not same or s >= there.second):
                    return there.replace(hour=hour, minute=minute, second=second)
        return None


def _field(text: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        body, slash, step = part.partition("/")
        if slash and (not step.isdigit() or int(step) == 0):
            raise CronError(f"步长“{step}”有误")
        if body in {"*", "?"}:
            first, last = low, high
        else:
            begin, dash, end = body.partition("-")
            first = _number(begin, names)
            last = _number(end, names) if dash else (high if slash else first)
        if not low <= first <= last <= high:
            raise CronError(f"“{part}”超出 {low}–{high}")
        found.update(range(first, last + 1, int(step) if slash else 1))
    return frozenset(found)


def _number(text: str, names: dict[str, int]) -> int:
    if text in names:
        return names[text]
    if not text.isdigit():
        raise CronError(f"“{text}”不是数字")
    return int(text)
