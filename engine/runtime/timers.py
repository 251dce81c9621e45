"""When a timer is due: ISO 8601 durations, dates and repetitions, cron, and FEEL values.

Durations of months and days are counted on the calendar of the environment's zone, hours and
shorter ones on the clock (the two differ where a zone changes its offset).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine.runtime.cron import Cron, CronError
from engine.runtime.expressions import as_text

_DURATION = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:\.(?P<fraction>\d{1,6})\d*)?S)?)?"
)
_CYCLE = re.compile(r"R(?P<times>\d*)/(?:(?P<start>[^/]+)/)?(?P<duration>-?P[^/]+)")


class TimerError(ValueError):
    """The text or value is no time; the message says so in Chinese."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """An ISO duration."""

    months: int
    days: int
    seconds: timedelta

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """``moment`` moved on; months are clipped to the end of the month."""
        there = moment.astimezone(zone)
        if self.months:
            index = there.year * 12 + there.month - 1 + self.months
            year, month = divmod(index, 12)
            day = there.day
            while True:
                try:
                    there = there.replace(year=year, month=month + 1, day=day)
                    break
                except ValueError:
                    if day <= 28:
                        raise TimerError(f"时间超出范围（{year} 年）") from None
                    day -= 1
        try:
            if self.days:
                there = there + timedelta(days=self.days)
            return there.astimezone(UTC) + self.seconds
        except OverflowError:
            raise TimerError("时间超出范围") from None


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """When a timer fires, and how often it fires again afterwards (None: without end)."""

    at: datetime
    repetitions: int | None = 0


def period(text: str) -> Period:
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(
        found[n] for n in ("years", "months", "weeks", "days", "hours", "minutes", "seconds")
    ):
        raise TimerError(f"“{text}”不是 ISO 8601 时长，例如 PT2H、P3D")
    sign = -1 if found["sign"] else 1
    number = {k: int(v or 0) for k, v in found.groupdict().items() if k not in {"sign", "fraction"}}
    micro = int((found["fraction"] or "0").ljust(6, "0"))
    try:
        seconds = timedelta(
            hours=number["hours"],
            minutes=number["minutes"],
            seconds=number["seconds"],
            microseconds=micro,
        )
        timedelta(days=number["weeks"] * 7 + number["days"])
    except OverflowError:
        raise TimerError(f"时长“{text}”超出范围") from None
    return Period(
        months=sign * (number["years"] * 12 + number["months"]),
        days=sign * (number["weeks"] * 7 + number["days"]),
        seconds=sign * seconds,
    )


def moment(text: str, zone: ZoneInfo) -> datetime:
    """An ISO date-time; without an offset it is local to the zone; a date is its midnight.

    ``2025-03-10T18:00:00@Asia/Shanghai``, as FEEL writes it, names its own zone.
    """
    cleaned, _, named = re.sub(r"\[[^\]]*\]$", "", text.strip()).partition("@")
    try:
        value = datetime.fromisoformat(cleaned)
        if named:
            value = value.replace(tzinfo=ZoneInfo(named))
    except (ValueError, KeyError):
        raise TimerError(
            f"“{text}”不是 ISO 8601 日期时间，例如 2026-09-01T09:00:00+08:00"
        ) from None
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def first(kind: str, value: Any, now: datetime, zone: ZoneInfo) -> Due:
    """When the timer fires for the first time. ``value``: text, or a FEEL value."""
    if kind == "duration":
        return Due(at=period(_text(value)).after(now, zone))
    if kind == "date":
        return Due(at=moment(_text(value), zone))
    return _cycle(_text(value), now, zone)


def following(
    value: Any, due: datetime, left: int | None, now: datetime, zone: ZoneInfo
) -> Due | None:
    """The next firing of a cycle after one at ``due``; None where it was the last.

    Firings missed while nothing ran are not made up for, but for one.
    """
    if left is not None and left <= 0:
        return None
    text = _text(value)
    found = _CYCLE.fullmatch(text)
    if found is None:
        return Due(at=Cron.parse(text).after(max(due, now), zone), repetitions=None)
    at = period(found["duration"]).after(due, zone)
    return Due(at=max(at, now), repetitions=None if left is None else left - 1)


def static_problem(kind: str, text: str) -> str | None:
    """What is wrong with a timer that is written as static text, in Chinese; None if nothing."""
    try:
        first(kind, text, datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("UTC"))
    except TimerError as error:
        return f"有误：{error}。请改正。"
    return None


def _cycle(text: str, now: datetime, zone: ZoneInfo) -> Due:
    found = _CYCLE.fullmatch(text)
    if found is None:
        try:
            return Due(at=Cron.parse(text).after(now, zone), repetitions=None)
        except CronError as error:
            raise TimerError(
                f"“{text}”既不是循环（如 R3/PT10M）也不是 cron 表达式：{error}"
            ) from None
    times = int(found["times"]) if found["times"] else None
    if times == 0:
        raise TimerError(f"循环“{text}”的次数为 0")
    interval = period(found["duration"])
    if interval.after(now, zone) <= now:
        raise TimerError(f"循环“{text}”的间隔必须大于 0")
    at = moment(found["start"], zone) if found["start"] else interval.after(now, zone)
    return Due(at=at, repetitions=None if times is None else times - 1)


def _text(value: Any) -> str:
    text = as_text(value)
    if text is None or not text.strip():
        raise TimerError(f"“{value}”不是时间" if value is not None else "值为空")
    return text.strip()
