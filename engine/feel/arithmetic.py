"""Addition to exponentiation (DMN 1.5, tables 56 to 62). What has no meaning is null."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, DecimalException
from typing import Final, TypeAlias

from engine.feel.number import CONTEXT, ONE, ZERO
from engine.feel.run import Run
from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.feel.temporal.duration import NANOS
from engine.feel.temporal.time import DAY_NANOS
from engine.feel.values import Value, kind_of

Operation: TypeAlias = Callable[[Value, Value, Run], Value]
Table: TypeAlias = Mapping[tuple[type, type], Operation]

POWER_LIMIT: Final = Decimal(999_999_999)
#: A quotient with more digits before the point is longer than any duration.
MAX_DURATION_DIGITS: Final = 30


def _on_numbers(operation: Callable[[Decimal, Decimal], Decimal]) -> Operation:
    def guarded(left: Decimal, right: Decimal, run: Run) -> Value:
        try:
            return operation(left, right) or ZERO  # there is no -0 (10.3.2.3.1)
        except DecimalException:
            return run.warn("数字运算的结果超出范围")

    return guarded


def _concatenated(left: str, right: str, run: Run) -> str:
    run.budget.text(len(left) + len(right))
    return left + right


def _swapped(operation: Operation) -> Operation:
    return lambda left, right, run: operation(right, left, run)


# -- moments and durations


def _months_later(sign: int) -> Operation:
    return lambda moment, duration, _run: moment.plus_months(sign * duration.months)


def _later(sign: int) -> Operation:
    return lambda moment, duration, _run: moment.plus(sign * duration.nanoseconds)


def _days_later(sign: int) -> Operation:
    """A date counts as its midnight; the time of the result is dropped."""

    def later(date: Date, duration: DayTimeDuration, _run: Run) -> Value:
        return Date.from_days(date.days + sign * duration.nanoseconds // DAY_NANOS)

    return later


def _between_times(left: Time, right: Time, run: Run) -> Value:
    if left.is_zoned != right.is_zoned:
        return run.warn("一个时间有时区，另一个没有，不能相减")
    nanos = left.nanoseconds - right.nanoseconds
    return DayTimeDuration(nanos - ((left.utc_offset or 0) - (right.utc_offset or 0)) * NANOS)


def _between_dates(left: Date | DateTime, right: Date | DateTime, run: Run) -> Value:
    """A date counts as midnight in UTC; both must have an offset, or neither (table 57)."""
    first = DateTime(left, Time(0, 0)) if isinstance(left, Date) else left
    second = DateTime(right, Time(0, 0)) if isinstance(right, Date) else right
    if first.is_zoned != second.is_zoned:
        return run.warn("一个日期时间有时区，另一个没有，不能相减")
    return DayTimeDuration(first.instant - second.instant)


def _durations(sign: int) -> Operation:
    return lambda left, right, _run: DayTimeDuration.of(left.nanoseconds + sign * right.nanoseconds)


def _month_durations(sign: int) -> Operation:
    return lambda left, right, _run: YearMonthDuration.of(left.months + sign * right.months)


def _unit(duration: DayTimeDuration | YearMonthDuration) -> Decimal:
    """The duration in nanoseconds or months."""
    if isinstance(duration, YearMonthDuration):
        return Decimal(duration.months)
    return Decimal(duration.nanoseconds)


def _scaled(operation: Operation) -> Operation:
    """The duration times or over a number, cut to whole nanoseconds or months."""

    def scaled(duration: DayTimeDuration | YearMonthDuration, by: Decimal, run: Run) -> Value:
        product = operation(_unit(duration), by, run)
        if product is None or product.adjusted() > MAX_DURATION_DIGITS:
            return None
        return type(duration).of(int(product))

    return scaled


def _divided(left: Decimal, right: Decimal, run: Run) -> Value:
    return _divide_numbers(left, right, run) if right else run.warn("除数为零")


def _ratio(left: Value, right: Value, run: Run) -> Value:
    return _divided(_unit(left), _unit(right), run)


def _raised(left: Decimal, right: Decimal, run: Run) -> Value:
    """The exponent lies within ±999,999,999 (table 60)."""
    if abs(right) > POWER_LIMIT:
        return run.warn("指数超出范围")
    return _power_numbers(left, right, run) if right else ONE


_divide_numbers: Final = _on_numbers(CONTEXT.divide)
_power_numbers: Final = _on_numbers(CONTEXT.power)
_multiply_numbers: Final = _on_numbers(CONTEXT.multiply)

ADDITIONS: Final[Table] = {
    (Decimal, Decimal): _on_numbers(CONTEXT.add),
    (str, str): _concatenated,
    (DayTimeDuration, DayTimeDuration): _durations(1),
    (YearMonthDuration, YearMonthDuration): _month_durations(1),
    (Date, YearMonthDuration): _months_later(1),
    (YearMonthDuration, Date): _swapped(_months_later(1)),
    (DateTime, YearMonthDuration): _months_later(1),
    (YearMonthDuration, DateTime): _swapped(_months_later(1)),
    (Date, DayTimeDuration): _days_later(1),
    (DayTimeDuration, Date): _swapped(_days_later(1)),
    (DateTime, DayTimeDuration): _later(1),
    (DayTimeDuration, DateTime): _swapped(_later(1)),
    (Time, DayTimeDuration): _later(1),
    (DayTimeDuration, Time): _swapped(_later(1)),
}
SUBTRACTIONS: Final[Table] = {
    (Decimal, Decimal): _on_numbers(CONTEXT.subtract),
    (DayTimeDuration, DayTimeDuration): _durations(-1),
    (YearMonthDuration, YearMonthDuration): _month_durations(-1),
    (Date, YearMonthDuration): _months_later(-1),
    (DateTime, YearMonthDuration): _months_later(-1),
    (Date, DayTimeDuration): _days_later(-1),
    (DateTime, DayTimeDuration): _later(-1),
    (Time, DayTimeDuration): _later(-1),
    (Time, Time): _between_times,
    (Date, Date): _between_dates,
    (Date, DateTime): _between_dates,
    (DateTime, Date): _between_dates,
    (DateTime, DateTime): _between_dates,
}
MULTIPLICATIONS: Final[Table] = {
    (Decimal, Decimal): _multiply_numbers,
    (DayTimeDuration, Decimal): _scaled(_multiply_numbers),
    (Decimal, DayTimeDuration): _swapped(_scaled(_multiply_numbers)),
    (YearMonthDuration, Decimal): _scaled(_multiply_numbers),
    (Decimal, YearMonthDuration): _swapped(_scaled(_multiply_numbers)),
}
DIVISIONS: Final[Table] = {
    (Decimal, Decimal): _divided,
    (DayTimeDuration, Decimal): _scaled(_divided),
    (YearMonthDuration, Decimal): _scaled(_divided),
    (DayTimeDuration, DayTimeDuration): _ratio,
    (YearMonthDuration, YearMonthDuration): _ratio,
}
POWERS: Final[Table] = {(Decimal, Decimal): _raised}


def _operation(symbol: str, table: Table) -> Operation:
    def operate(left: Value, right: Value, run: Run) -> Value:
        operation = table.get((type(left), type(right)))
        if operation is None:
            return run.warn(f"{kind_of(left)}与{kind_of(right)}之间不能做“{symbol}”运算")
        return operation(left, right, run)

    return operate


#: By symbol: operations on any two values.
OPERATIONS: Final[dict[str, Operation]] = {
    "+": _operation("+", ADDITIONS),
    "-": _operation("-", SUBTRACTIONS),
    "*": _operation("*", MULTIPLICATIONS),
    "/": _operation("/", DIVISIONS),
    "**": _operation("**", POWERS),
}


def negate(value: Value, run: Run) -> Value:
    """Unary `-` (table 62)."""
    match value:
        case Decimal():
            return CONTEXT.minus(value) or ZERO
        case DayTimeDuration():
            return DayTimeDuration(-value.nanoseconds)
        case YearMonthDuration():
            return YearMonthDuration(-value.months)
    return run.warn(f"{kind_of(value)}不能取负")
