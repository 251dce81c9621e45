"""Addition to exponentiation (DMN 1.5, tables 56 to 62). What has no meaning is null."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Final

from engine.feel.number import CONTEXT, ZERO
from engine.feel.run import Run
from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.feel.temporal.duration import NANOS
from engine.feel.temporal.time import DAY_NANOS
from engine.feel.values import Value

Operation = Callable[[Value, Value, Run], Value]

POWER_LIMIT: Final = Decimal(999_999_999)
DAY: Final = 86_400


def _refuse(run: Run, operator: str, left: Value, right: Value) -> None:
    from engine.feel.lattice import type_of  # noqa: PLC0415 -- types know values, not the reverse

    if run.warnings is not None:
        run.warn(f"“{type_of(left).text}”与“{type_of(right).text}”之间不能做“{operator}”运算")


def _guarded(operation: Callable[[Decimal, Decimal], Decimal], a: Value, b: Value, run: Run) -> Value:
    try:
        return operation(a, b)
    except DecimalException:
        run.warn("数字运算的结果超出范围")
        return None


def add(left: Value, right: Value, run: Run) -> Value:
    """`+`."""
    a, b = type(left), type(right)
    if a is Decimal and b is Decimal:
        return _guarded(CONTEXT.add, left, right, run)
    if a is str and b is str:
        run.budget.text(len(left) + len(right))
        return left + right
    if b in (DayTimeDuration, YearMonthDuration) and a is not b:
        return _later(left, right, run, 1, "+")
    if a in (DayTimeDuration, YearMonthDuration) and a is not b:
        return _later(right, left, run, 1, "+")
    if a is DayTimeDuration and b is a:
        return DayTimeDuration.of(left.nanoseconds + right.nanoseconds)
    if a is YearMonthDuration and b is a:
        return YearMonthDuration.of(left.months + right.months)
    return _refuse(run, "+", left, right)


def subtract(left: Value, right: Value, run: Run) -> Value:
    """`-`."""
    a, b = type(left), type(right)
    if a is Decimal and b is Decimal:
        return _guarded(CONTEXT.subtract, left, right, run)
    if a is DayTimeDuration and b is a:
        return DayTimeDuration.of(left.nanoseconds - right.nanoseconds)
    if a is YearMonthDuration and b is a:
        return YearMonthDuration.of(left.months - right.months)
    if b in (DayTimeDuration, YearMonthDuration):
        return _later(left, right, run, -1, "-")
    if a is Time and b is a:
        return _between_times(left, right, run)
    if a in (Date, DateTime) and b in (Date, DateTime):
        return _between_dates(left, right, run)
    return _refuse(run, "-", left, right)


def _later(moment: Value, duration: Value, run: Run, sign: int, operator: str) -> Value:
    kind = type(moment)
    if type(duration) is YearMonthDuration and kind in (Date, DateTime):
        return moment.plus_months(sign * duration.months)
    if type(duration) is DayTimeDuration:
        nanos = sign * duration.nanoseconds
        if kind in (DateTime, Time):
            return moment.plus(nanos)
        if kind is Date:
            return Date.from_days(moment.days + nanos // DAY_NANOS)
    return _refuse(run, operator, moment, duration)


def _between_times(left: Time, right: Time, run: Run) -> Value:
    if left.is_zoned != right.is_zoned:
        return _refuse(run, "-", left, right)
    nanos = left.nanoseconds - right.nanoseconds
    return DayTimeDuration(nanos - ((left.utc_offset or 0) - (right.utc_offset or 0)) * NANOS)


def _between_dates(left: Value, right: Value, run: Run) -> Value:
    """A date counts as midnight in UTC; both must have an offset, or neither (table 57)."""
    a = _midnight(left) if type(left) is Date else left
    b = _midnight(right) if type(right) is Date else right
    if a.is_zoned != b.is_zoned:
        return _refuse(run, "-", left, right)
    return DayTimeDuration(a.instant - b.instant)


def _midnight(date: Date) -> DateTime:
    return DateTime(date, Time(0, 0))


def multiply(left: Value, right: Value, run: Run) -> Value:
    """`*`."""
    a, b = type(left), type(right)
    if a is Decimal and b is Decimal:
        return _guarded(CONTEXT.multiply, left, right, run)
    if a is Decimal and b in (DayTimeDuration, YearMonthDuration):
        return _scale(right, left, run, CONTEXT.multiply)
    if b is Decimal and a in (DayTimeDuration, YearMonthDuration):
        return _scale(left, right, run, CONTEXT.multiply)
    return _refuse(run, "*", left, right)


def divide(left: Value, right: Value, run: Run) -> Value:
    """`/`."""
    a, b = type(left), type(right)
    if b is Decimal:
        if right == ZERO:
            return run.warn("除数为零")
        if a is Decimal:
            return _guarded(CONTEXT.divide, left, right, run)
        if a in (DayTimeDuration, YearMonthDuration):
            return _scale(left, right, run, CONTEXT.divide)
    elif a is b and a is DayTimeDuration and right.nanoseconds:
        return CONTEXT.divide(Decimal(left.nanoseconds), Decimal(right.nanoseconds))
    elif a is b and a is YearMonthDuration and right.months:
        return CONTEXT.divide(Decimal(left.months), Decimal(right.months))
    return _refuse(run, "/", left, right)


def _scale(
    duration: Value, by: Decimal, run: Run, operation: Callable[[Decimal, Decimal], Decimal]
) -> Value:
    """The duration times or over a number, cut to whole nanoseconds or months."""
    unit = duration.months if type(duration) is YearMonthDuration else duration.nanoseconds
    product = _guarded(operation, Decimal(unit), by, run)
    if product is None or product.adjusted() > 30:
        return None
    return type(duration).of(int(product))


def power(left: Value, right: Value, run: Run) -> Value:
    """`**`; the exponent lies within ±999,999,999 (table 60)."""
    if type(left) is not Decimal or type(right) is not Decimal:
        return _refuse(run, "**", left, right)
    if abs(right) > POWER_LIMIT:
        return run.warn("指数超出范围")
    if not left and not right:
        return Decimal(1)
    return _guarded(CONTEXT.power, left, right, run)


def negate(value: Value, run: Run) -> Value:
    """Unary `-` (table 62)."""
    kind = type(value)
    if kind is Decimal:
        return CONTEXT.minus(value)
    if kind is DayTimeDuration:
        return DayTimeDuration(-value.nanoseconds)
    if kind is YearMonthDuration:
        return YearMonthDuration(-value.months)
    return run.warn("只有数字和时长可以取负")


OPERATIONS: Final[dict[str, Operation]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}
