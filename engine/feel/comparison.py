"""Equality, order and membership (DMN 1.5, tables 52 to 55). All are three-valued."""

from __future__ import annotations

from decimal import Decimal

from engine.feel.budget import Budget
from engine.feel.temporal import Date, DateTime, DayTimeDuration, Time, YearMonthDuration
from engine.feel.temporal.duration import NANOS
from engine.feel.values import FeelFunction, Range, Value


def _moments(left: DateTime, right: DateTime) -> tuple[int, int]:
    """Both in whole seconds; where one has no offset, it takes the other's."""
    if left.is_zoned and right.is_zoned:
        return left.instant // NANOS, right.instant // NANOS
    return left.local // NANOS, right.local // NANOS


def _times(left: Time, right: Time) -> tuple[int, int]:
    first, second = left.nanoseconds // NANOS, right.nanoseconds // NANOS
    if left.is_zoned and right.is_zoned:
        return first - (left.utc_offset or 0), second - (right.utc_offset or 0)
    return first, second


def order(left: Value, right: Value) -> int | None:
    """Negative, 0 or positive as `left` is before, equal to or after `right`.

    None if the two can't be ordered. Times count in whole seconds.
    """
    kind = type(left)
    if kind is not type(right):
        return None
    a: Value
    b: Value
    if kind is Decimal or kind is str or kind is Date:
        a, b = left, right
    elif kind is DateTime:
        a, b = _moments(left, right)
    elif kind is Time:
        a, b = _times(left, right)
    elif kind is DayTimeDuration:
        a, b = left.nanoseconds, right.nanoseconds
    elif kind is YearMonthDuration:
        a, b = left.months, right.months
    else:
        return None
    return bool(a > b) - bool(a < b)


def equal(left: Value, right: Value, budget: Budget) -> bool | None:
    """`=`: true or false for values of one kind and for null, else null."""
    kind = type(left)
    if kind is not type(right):
        return False if left is None or right is None else _equal_functions(left, right)
    if kind is Decimal or kind is str or kind is bool or left is None:
        return bool(left == right)
    if kind is list:
        return _equal_lists(left, right, budget)
    if kind is dict:
        return _equal_contexts(left, right, budget)
    if kind is Range:
        return equal_ranges(left, right, budget)
    result = order(left, right)
    return _equal_functions(left, right) if result is None else result == 0


def _equal_functions(left: Value, right: Value) -> bool | None:
    if isinstance(left, FeelFunction) and isinstance(right, FeelFunction):
        return left is right
    return None


def _equal_lists(left: list[Value], right: list[Value], budget: Budget) -> bool | None:
    if len(left) != len(right):
        return False
    budget.tick(len(left) + 1)
    result: bool | None = True
    for a, b in zip(left, right, strict=True):
        same = equal(a, b, budget)
        if same is False:
            return False
        if same is None:
            result = None
    return result


def _equal_contexts(left: dict[str, Value], right: dict[str, Value], budget: Budget) -> bool | None:
    if left.keys() != right.keys():
        return False
    budget.tick(len(left) + 1)
    result: bool | None = True
    for key, value in left.items():
        same = equal(value, right[key], budget)
        if same is False:
            return False
        if same is None:
            result = None
    return result


def equal_ranges(left: Range, right: Range, budget: Budget) -> bool | None:
    """Same endpoints and same operator or inclusion flags."""
    if (
        left.operator != right.operator
        or left.start_included != right.start_included
        or left.end_included != right.end_included
    ):
        return False
    return both(equal(left.start, right.start, budget), equal(left.end, right.end, budget))


def both(left: bool | None, right: bool | None) -> bool | None:
    """Three-valued conjunction."""
    if left is False or right is False:
        return False
    return True if left and right else None


def compare(operator: str, left: Value, right: Value) -> bool | None:
    """`<`, `<=`, `>` or `>=`; null if the two can't be ordered."""
    result = order(left, right)
    if result is None:
        return None
    match operator:
        case "<":
            return result < 0
        case "<=":
            return result <= 0
        case ">":
            return result > 0
        case _:
            return result >= 0


def within(value: Value, bounds: Range, budget: Budget) -> bool | None:
    """Whether a value lies in a range."""
    match bounds.operator:
        case "":
            lower = compare(">=" if bounds.start_included else ">", value, bounds.start)
            upper = compare("<=" if bounds.end_included else "<", value, bounds.end)
            return both(lower, upper)
        case "=":
            return equal(value, bounds.start, budget)
        case "!=":
            same = equal(value, bounds.start, budget)
            return None if same is None else not same
        case "<" | "<=":
            return compare(bounds.operator, value, bounds.end)
        case _:
            return compare(bounds.operator, value, bounds.start)


def satisfies(value: Value, test: Value, budget: Budget) -> bool | None:
    """`value in test`, where the test has been evaluated: a range, a list of tests, or a value."""
    if type(test) is Range and type(value) is not Range:
        return within(value, test, budget)
    if type(test) is list:
        return _satisfies_any(value, test, budget)
    return equal(value, test, budget)


def _satisfies_any(value: Value, tests: list[Value], budget: Budget) -> bool | None:
    budget.tick(len(tests) + 1)
    for test in tests:
        found = (
            within(value, test, budget)
            if type(test) is Range and type(value) is not Range
            else equal(value, test, budget)
        )
        if found:
            return True
    return bool(type(value) is list and equal(value, tests, budget))


def identical(left: Value, right: Value, budget: Budget) -> bool:
    """`is()`: the same element of the semantic domain (10.3.2.2); never null.

    Times with and without an offset, or with different offsets, are different elements even where
    they are the same moment.
    """
    if type(left) is not type(right):
        return False
    if type(left) in (Time, DateTime, Date):
        return bool(left == right)
    return equal(left, right, budget) is True
