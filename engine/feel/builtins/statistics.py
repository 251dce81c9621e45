"""Aggregating list functions (DMN 1.5, 10.3.4.4, table 75): of a list, or of the arguments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Final

from engine.feel.builtins.registry import builtin
from engine.feel.comparison import order
from engine.feel.number import CONTEXT, ONE, ZERO
from engine.feel.run import Run
from engine.feel.values import Value

OVER_LIST: Final = "list: list"


def _numbers(run: Run, items: list[Value], name: str) -> list[Decimal] | None:
    run.budget.tick(len(items) // 4 + 1)
    if all(type(item) is Decimal for item in items):
        return items
    run.warn(f"{name} 的列表里有不是数字的项")
    return None


def aggregate(
    name: str, of: str = "c...: any"
) -> Callable[[Callable[[Run, list[Value]], Value]], Callable[[Run, list[Value]], Value]]:
    """Define the function for a list and for arguments given one by one."""

    def define(body: Callable[[Run, list[Value]], Value]) -> Callable[[Run, list[Value]], Value]:
        builtin(name, OVER_LIST)(body)
        builtin(name, of)(lambda run, *items: body(run, list(items)) if len(items) > 1 else None)
        return body

    return define


def _extreme(run: Run, items: list[Value], sign: int) -> Value:
    run.budget.tick(len(items) // 4 + 1)
    if not items:
        return None
    best = items[0]
    for item in items:
        compared = order(item, best)
        if compared is None:
            return run.warn("列表里有不能比较大小的项")
        if compared * sign > 0:
            best = item
    return best


@aggregate("min")
def minimum(run: Run, items: list[Value]) -> Value:
    """min(list), DMN 1.5, table 75: null for an empty list."""
    return _extreme(run, items, -1)


@aggregate("max")
def maximum(run: Run, items: list[Value]) -> Value:
    """max(list), DMN 1.5, table 75: null for an empty list."""
    return _extreme(run, items, 1)


def _folded(
    run: Run, items: list[Decimal], first: Decimal, step: Callable[[Decimal, Decimal], Decimal]
) -> Decimal | None:
    total = first
    try:
        for item in items:
            total = step(total, item)
    except DecimalException:
        run.warn("结果超出范围")
        return None
    return total


@aggregate("sum")
def total(run: Run, items: list[Value]) -> Value:
    """sum(list), DMN 1.5, table 75: null for an empty list."""
    numbers = _numbers(run, items, "sum")
    return _folded(run, numbers, ZERO, CONTEXT.add) if numbers else None


@aggregate("product")
def product(run: Run, items: list[Value]) -> Value:
    """product(list), DMN 1.5, table 75: null for an empty list."""
    numbers = _numbers(run, items, "product")
    return _folded(run, numbers, ONE, CONTEXT.multiply) if numbers else None


@aggregate("mean")
def mean(run: Run, items: list[Value]) -> Value:
    """mean(list), DMN 1.5, table 75: null for an empty list."""
    numbers = _numbers(run, items, "mean")
    if not numbers:
        return None
    summed = _folded(run, numbers, ZERO, CONTEXT.add)
    return None if summed is None else CONTEXT.divide(summed, Decimal(len(numbers)))


@aggregate("median")
def median(run: Run, items: list[Value]) -> Value:
    """median(list), DMN 1.5, table 75: null for an empty list."""
    numbers = _numbers(run, items, "median")
    if not numbers:
        return None
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    summed = _folded(run, ordered[middle - 1 : middle + 1], ZERO, CONTEXT.add)
    return None if summed is None else CONTEXT.divide(summed, Decimal(2))


@aggregate("stddev")
def standard_deviation(run: Run, items: list[Value]) -> Value:
    """stddev(list), DMN 1.5, table 75: of a sample; null for fewer than two numbers."""
    numbers = _numbers(run, items, "stddev")
    if numbers is None or len(numbers) < 2:
        return None
    average = mean(run, items)
    if average is None:
        return None
    try:
        squares = [CONTEXT.power(CONTEXT.subtract(item, average), 2) for item in numbers]
        summed = _folded(run, squares, ZERO, CONTEXT.add)
        if summed is None:
            return None
        return CONTEXT.sqrt(CONTEXT.divide(summed, Decimal(len(numbers) - 1)))
    except DecimalException:
        return run.warn("stddev 的结果超出范围")


@aggregate("mode")
def mode(run: Run, items: list[Value]) -> Value:
    """mode(list), DMN 1.5, table 75: the most frequent numbers in ascending order."""
    numbers = _numbers(run, items, "mode")
    if not numbers:
        return numbers
    counts = Counter(numbers)
    most = max(counts.values())
    return sorted(number for number, count in counts.items() if count == most)


@aggregate("all")
def all_true(run: Run, items: list[Value]) -> Value:
    """all(list), DMN 1.5, table 75: three-valued; true for an empty list."""
    run.budget.tick(len(items) // 4 + 1)
    if any(item is False for item in items):
        return False
    return True if all(item is True for item in items) else None


@aggregate("any")
def any_true(run: Run, items: list[Value]) -> Value:
    """any(list), DMN 1.5, table 75: three-valued; false for an empty list."""
    run.budget.tick(len(items) // 4 + 1)
    if any(item is True for item in items):
        return True
    return False if all(item is False for item in items) else None


@builtin("count", OVER_LIST)
def count(_run: Run, items: list[Value]) -> Value:
    """count(list), DMN 1.5, table 75."""
    return Decimal(len(items))
