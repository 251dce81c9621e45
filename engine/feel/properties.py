"""What stands behind a dot (DMN 1.5, tables 64 to 67)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from engine.feel.run import Run
from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.feel.temporal.duration import NANOS
from engine.feel.values import Range, Value


def _offset(value: Time | DateTime) -> Value:
    offset = value.utc_offset
    return None if offset is None else DayTimeDuration(offset * NANOS)


def _signed(value: DayTimeDuration, part: int) -> Decimal:
    size = Decimal(value.parts[part])
    return -size if value.nanoseconds < 0 else size


def _months(value: YearMonthDuration, unit: int) -> Decimal:
    size = abs(value.months) // 12 if unit else abs(value.months) % 12
    return Decimal(-size if value.months < 0 else size)


_DATE: Final[dict[str, Callable[[Date], Value]]] = {
    "year": lambda date: Decimal(date.year),
    "month": lambda date: Decimal(date.month),
    "day": lambda date: Decimal(date.day),
    "weekday": lambda date: Decimal(date.weekday),
}
_TIME: Final[dict[str, Callable[[Time], Value]]] = {
    "hour": lambda time: Decimal(time.hour),
    "minute": lambda time: Decimal(time.minute),
    "second": lambda time: time.second,
    "timezone": lambda time: time.zone,
}


def _of_date(get: Callable[[Date], Value]) -> Callable[[DateTime], Value]:
    return lambda moment: get(moment.date)


def _of_time(get: Callable[[Time], Value]) -> Callable[[DateTime], Value]:
    return lambda moment: get(moment.time)


PROPERTIES: Final[dict[type, dict[str, Callable[..., Value]]]] = {
    Date: {**_DATE},
    Time: {**_TIME, "time offset": _offset},
    DateTime: {
        **{name: _of_date(get) for name, get in _DATE.items()},
        **{name: _of_time(get) for name, get in _TIME.items()},
        "time offset": _offset,
    },
    DayTimeDuration: {
        "days": lambda value: _signed(value, 0),
        "hours": lambda value: _signed(value, 1),
        "minutes": lambda value: _signed(value, 2),
        "seconds": lambda value: _signed(value, 3),
    },
    YearMonthDuration: {
        "years": lambda value: _months(value, 1),
        "months": lambda value: _months(value, 0),
    },
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}


def property_of(value: Value, name: str, run: Run) -> Value:
    """Entry of a context, property of a temporal value or range; of a list, that of each item."""
    kind = type(value)
    if kind is dict:
        if name not in value:
            run.warn(f"上下文里没有“{name}”")
        return value.get(name)
    if kind is list:
        run.budget.items(len(value))
        return [_of_item(item, name, run) for item in value]
    get = PROPERTIES.get(kind, {}).get(name)
    if get is None:
        if value is not None:
            run.warn(f"值没有属性“{name}”")
        return None
    return get(value)


def _of_item(item: Value, name: str, run: Run) -> Value:
    """Lists inside a list are gone into as well (10.3.1.5)."""
    if type(item) is list:
        run.budget.enter(1)
        try:
            return property_of(item, name, run)
        finally:
            run.budget.leave()
    return property_of(item, name, run)
