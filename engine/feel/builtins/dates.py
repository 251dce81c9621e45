"""Temporal functions (DMN 1.5, 10.3.4.8, table 79), `is` (table 77), `now` and `today` (table 82)."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.feel.builtins.registry import builtin
from engine.feel.comparison import identical
from engine.feel.run import Run
from engine.feel.temporal import Date, DateTime
from engine.feel.values import Value

WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _date(value: Date | DateTime) -> Date:
    return value.date if isinstance(value, DateTime) else value


@builtin("day of year", "date: date | date and time")
def day_of_year(_run: Run, value: Date | DateTime) -> Value:
    """day of year(date), DMN 1.5, table 79."""
    return Decimal(_date(value).day_of_year)


@builtin("day of week", "date: date | date and time")
def day_of_week(_run: Run, value: Date | DateTime) -> Value:
    """day of week(date), DMN 1.5, table 79: the English name."""
    return WEEKDAYS[_date(value).weekday - 1]


@builtin("month of year", "date: date | date and time")
def month_of_year(_run: Run, value: Date | DateTime) -> Value:
    """month of year(date), DMN 1.5, table 79: the English name."""
    return MONTHS[_date(value).month - 1]


@builtin("week of year", "date: date | date and time")
def week_of_year(_run: Run, value: Date | DateTime) -> Value:
    """week of year(date), DMN 1.5, table 79: ISO 8601."""
    return Decimal(_date(value).week)


@builtin("is", "value1: any, value2: any")
def is_same(run: Run, left: Value, right: Value) -> Value:
    """is(value1, value2), DMN 1.5, table 77; never null."""
    return identical(left, right, run.budget)


@builtin("now", "")
def now(run: Run) -> Value:
    """now(), DMN 1.5, table 82: the time of the given clock; null without one."""
    moment = run.moment()
    return run.warn("没有给时钟，now() 为空") if moment is None else DateTime.from_python(moment)


@builtin("today", "")
def today(run: Run) -> Value:
    """today(), DMN 1.5, table 82: the date of the given clock, in the clock's own zone; null without one."""
    moment = run.moment()
    return run.warn("没有给时钟，today() 为空") if moment is None else Date.from_python(moment)
