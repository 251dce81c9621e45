"""Conversion functions (DMN 1.5, 10.3.4.1, table 72)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from engine.feel.builtins.registry import builtin
from engine.feel.literals import MAX_LENGTH, duration
from engine.feel.number import MAX_DIGITS, integer_of, number_of
from engine.feel.range_literals import range_literal
from engine.feel.run import Run
from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.feel.temporal.duration import NANOS
from engine.feel.temporal.time import MAX_OFFSET
from engine.feel.texts import text_of
from engine.feel.values import Value

#: Functions whose result for a constant text is itself a constant.
TEMPORAL: Final = frozenset(("date", "time", "date and time", "duration"))
GROUPING: Final = (" ", ",", ".", None)
DECIMALS: Final = (",", ".", None)
_NUMERAL: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def _parsed(run: Run, value: Value, text: str, what: str) -> Value:
    if value is None:
        run.warn(f"“{text[:50]}”不是{what}")
    return value


@builtin("date", "from: string")
def date_from_text(run: Run, text: str) -> Value:
    """date(from), DMN 1.5, table 72: a date string."""
    return _parsed(run, Date.parse(text) if len(text) < MAX_LENGTH else None, text, "日期")


@builtin("date", "from: date | date and time")
def date_from_date(_run: Run, value: Date | DateTime) -> Value:
    """date(from), DMN 1.5, table 72: the time is dropped."""
    return value.date if isinstance(value, DateTime) else value


@builtin("date", "year: number, month: number, day: number")
def date_from_parts(run: Run, year: Decimal, month: Decimal, day: Decimal) -> Value:
    """date(year, month, day), DMN 1.5, table 72."""
    parts = [integer_of(part) for part in (year, month, day)]
    if None in parts:
        return run.warn("年、月、日必须是整数")
    result = Date.of(*(part for part in parts if part is not None))
    return result if result is not None else run.warn("没有这一天")


@builtin("time", "from: string")
def time_from_text(run: Run, text: str) -> Value:
    """time(from), DMN 1.5, table 72: a time string."""
    return _parsed(run, Time.parse(text) if len(text) < MAX_LENGTH else None, text, "时间")


@builtin("time", "from: time | date | date and time")
def time_from_moment(_run: Run, value: Time | Date | DateTime) -> Value:
    """time(from), DMN 1.5, table 72: the date is dropped; a date alone is midnight in UTC."""
    if isinstance(value, Date):
        return Time(0, 0)
    return value.time if isinstance(value, DateTime) else value


@builtin(
    "time",
    "hour: number, minute: number, second: number, offset?: days and time duration",
)
def time_from_parts(
    run: Run,
    hour: Decimal,
    minute: Decimal,
    second: Decimal,
    offset: DayTimeDuration | None = None,
) -> Value:
    """time(hour, minute, second, offset?), DMN 1.5, table 72: seconds may have a fraction."""
    hours, minutes = integer_of(hour), integer_of(minute)
    if hours is None or minutes is None or not 0 <= second < 60:
        return run.warn("没有这个时间")
    east = None if offset is None else offset.nanoseconds // NANOS
    if east is not None and abs(east) > MAX_OFFSET:
        return run.warn("时差超出范围")
    seconds = int(second)
    nanos = int((second - seconds) * NANOS)
    result = Time.of(hours, minutes, seconds, nanos, east)
    return result if result is not None else run.warn("没有这个时间")


@builtin("date and time", "from: string")
def date_time_from_text(run: Run, text: str) -> Value:
    """date and time(from), DMN 1.5, table 72: a date time string; a date alone is its midnight."""
    value = DateTime.parse(text) if len(text) < MAX_LENGTH else None
    return _parsed(run, value, text, "日期时间")


@builtin("date and time", "from: date and time")
def date_time_from_moment(_run: Run, value: DateTime) -> Value:
    """date and time(from) of what is one already; a date converts to midnight in UTC."""
    return value


@builtin("date and time", "date: date | date and time, time: time")
def date_time_from_parts(_run: Run, date: Date | DateTime, time: Time) -> Value:
    """date and time(date, time), DMN 1.5, table 72: any time of the first is replaced."""
    return DateTime(date.date if isinstance(date, DateTime) else date, time)


@builtin("duration", "from: string")
def duration_from_text(run: Run, text: str) -> Value:
    """duration(from), DMN 1.5, table 72."""
    return _parsed(run, duration(text), text, "时长")


@builtin("duration", "from: days and time duration | years and months duration")
def duration_from_duration(_run: Run, value: Value) -> Value:
    """duration(from) of what is one already."""
    return value


@builtin("years and months duration", "from: date | date and time, to: date | date and time")
def years_and_months(_run: Run, start: Date | DateTime, end: Date | DateTime) -> Value:
    """years and months duration(from, to), DMN 1.5, table 72: whole months, cut towards zero."""
    first = start.date if isinstance(start, DateTime) else start
    last = end.date if isinstance(end, DateTime) else end
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return YearMonthDuration(months)


@builtin("number", "from: string, grouping separator: any, decimal separator: any")
def number_from_grouped(run: Run, text: str, grouping: Value, point: Value) -> Value:
    """number(from, grouping separator, decimal separator), DMN 1.5, table 72 and its footnote 1."""
    if grouping not in GROUPING or point not in DECIMALS or (grouping == point and point):
        return run.warn("number 的分隔符不对")
    run.budget.text(len(text))
    plain = text.replace(grouping, "") if grouping else text
    if point and point != ".":
        if "." in plain:
            return run.warn(f"“{text[:50]}”不是数字")
        plain = plain.replace(point, ".")
    return number_from_text(run, plain)


@builtin("number", "from: string")
def number_from_text(run: Run, text: str) -> Value:
    """number(from): a numeric literal (grammar rule 35)."""
    if len(text) > MAX_DIGITS or _NUMERAL.fullmatch(text) is None:
        return run.warn(f"“{text[:50]}”不是数字")
    return number_of(text)


@builtin("number", "from: number")
def number_from_number(_run: Run, value: Decimal) -> Value:
    """number(from) of what is one already."""
    return value


@builtin("string", "from: any")
def string_from(run: Run, value: Value) -> Value:
    """string(from), DMN 1.5, table 72: null of null."""
    return None if value is None else text_of(value, run.budget)


@builtin("range", "from: string")
def range_from_text(run: Run, text: str) -> Value:
    """range(from), DMN 1.5, table 72: a range literal with literal endpoints (grammar rule 66)."""
    return _parsed(run, range_literal(text, run), text, "区间")
