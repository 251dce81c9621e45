"""List functions (DMN 1.5, 10.3.4.4, table 75) and `sort` (10.3.4.9, table 80)."""

from __future__ import annotations

import functools
from decimal import Decimal

from engine.feel.builtins.registry import builtin
from engine.feel.comparison import equal, order
from engine.feel.number import integer_of
from engine.feel.run import Run
from engine.feel.values import FeelFunction, Value


def same(left: Value, right: Value, run: Run) -> bool:
    """Equal, null included; what can't be compared is different."""
    return equal(left, right, run.budget) is True


def position_of(number: Decimal, length: int) -> int | None:
    """The index (from 0) of a position 1..L or -L..-1, None outside."""
    position = integer_of(number)
    if position is None or position == 0 or abs(position) > length:
        return None
    return position - 1 if position > 0 else length + position


def _wrong_position(run: Run, name: str) -> None:
    run.warn(f"{name} 的位置不在列表之内")


@builtin("list contains", "list: list, element: any")
def list_contains(run: Run, items: list[Value], element: Value) -> Value:
    """list contains(list, element), DMN 1.5, table 75."""
    run.budget.tick(len(items) // 4 + 1)
    return any(same(item, element, run) for item in items)


@builtin("sublist", "list: list, start position: number, length?: number")
def sublist(run: Run, items: list[Value], start: Decimal, length: Decimal | None = None) -> Value:
    """sublist(list, start position, length?), DMN 1.5, table 75."""
    first = position_of(start, len(items))
    if first is None:
        return _wrong_position(run, "sublist")
    if length is None:
        stop = len(items)
    else:
        size = integer_of(length)
        if size is None or not 1 <= size <= len(items) - first:
            return run.warn("sublist 的长度不在列表之内")
        stop = first + size
    run.budget.items(stop - first)
    return items[first:stop]


@builtin("append", "list: list, item...: any")
def append(run: Run, items: list[Value], *further: Value) -> Value:
    """append(list, item...), DMN 1.5, table 75."""
    run.budget.items(len(items) + len(further))
    return [*items, *further]


@builtin("concatenate", "list...: list")
def concatenate(run: Run, *lists: list[Value]) -> Value:
    """concatenate(list...), DMN 1.5, table 75."""
    run.budget.items(sum(len(items) for items in lists))
    return [item for items in lists for item in items]


@builtin("insert before", "list: list, position: number, newItem: any")
def insert_before(run: Run, items: list[Value], position: Decimal, item: Value) -> Value:
    """insert before(list, position, newItem), DMN 1.5, table 75."""
    index = position_of(position, len(items))
    if index is None:
        return _wrong_position(run, "insert before")
    run.budget.items(len(items) + 1)
    return [*items[:index], item, *items[index:]]


@builtin("remove", "list: list, position: number")
def remove(run: Run, items: list[Value], position: Decimal) -> Value:
    """remove(list, position), DMN 1.5, table 75."""
    index = position_of(position, len(items))
    if index is None:
        return _wrong_position(run, "remove")
    run.budget.items(len(items))
    return items[:index] + items[index + 1 :]


@builtin("list replace", "list: list, position: number, newItem: any")
def list_replace(run: Run, items: list[Value], position: Decimal, item: Value) -> Value:
    """list replace(list, position, newItem), DMN 1.5, table 75."""
    index = position_of(position, len(items))
    if index is None:
        return _wrong_position(run, "list replace")
    run.budget.items(len(items))
    return [*items[:index], item, *items[index + 1 :]]


@builtin("list replace", "list: list, match: function, newItem: any")
def list_replace_matching(run: Run, items: list[Value], match: FeelFunction, item: Value) -> Value:
    """list replace(list, match, newItem), DMN 1.5, table 75: `match` is asked with each item."""
    if len(match.parameters) != 2:
        return run.warn("list replace 的判断函数必须有两个参数")
    run.budget.items(len(items))
    result: list[Value] = []
    for old in items:
        chosen = match.invoke(run, (old, item))
        if type(chosen) is not bool:
            return run.warn("list replace 的判断函数没有给出布尔值")
        result.append(item if chosen else old)
    return result


@builtin("reverse", "list: list")
def reverse(run: Run, items: list[Value]) -> Value:
    """reverse(list), DMN 1.5, table 75."""
    run.budget.items(len(items))
    return items[::-1]


@builtin("index of", "list: list, match: any")
def index_of(run: Run, items: list[Value], match: Value) -> Value:
    """index of(list, match), DMN 1.5, table 75."""
    run.budget.items(len(items))
    return [Decimal(number) for number, item in enumerate(items, 1) if same(item, match, run)]


def _distinct(run: Run, items: list[Value]) -> list[Value]:
    """Keep the first of equal items. Numbers, texts, booleans and null are found by hash."""
    result: list[Value] = []
    seen: set[tuple[type, Value]] = set()
    others: list[Value] = []
    for item in items:
        if item is None or type(item) in (Decimal, str, bool):
            key = (type(item), item)
            if key not in seen:
                seen.add(key)
                result.append(item)
            continue
        run.budget.tick(len(others) // 4 + 1)
        if not any(same(other, item, run) for other in others):
            others.append(item)
            result.append(item)
    return result


@builtin("union", "list...: list")
def union(run: Run, *lists: list[Value]) -> Value:
    """union(list...), DMN 1.5, table 75."""
    return _distinct(run, concatenate(run, *lists))


@builtin("distinct values", "list: list")
def distinct_values(run: Run, items: list[Value]) -> Value:
    """distinct values(list), DMN 1.5, table 75."""
    run.budget.items(len(items))
    return _distinct(run, items)


@builtin("flatten", "list: list")
def flatten(run: Run, items: list[Value]) -> Value:
    """flatten(list), DMN 1.5, table 75."""
    result: list[Value] = []
    pending = [iter(items)]
    while pending:
        for item in pending[-1]:
            if type(item) is list:
                run.budget.tick()
                pending.append(iter(item))
                break
            result.append(item)
            if len(result) % 8 == 0:
                run.budget.tick()
        else:
            pending.pop()
    run.budget.items(len(result))
    return result


@builtin("sort", "list: list, precedes?: function")
def sort(run: Run, items: list[Value], precedes: FeelFunction | None = None) -> Value:
    """sort(list, precedes), DMN 1.5, table 80; without `precedes`, ascending by `<`."""
    run.budget.items(len(items))
    if precedes is not None and len(precedes.parameters) != 2:
        return run.warn("sort 的比较函数必须有两个参数")

    def compare(left: Value, right: Value) -> int:
        """Python's sort only asks whether `left` comes first, so that equal items stay in order."""
        if precedes is None:
            run.budget.tick()
            compared = order(left, right)
            if compared is None:
                raise LookupError
            return compared
        return -1 if precedes.invoke(run, (left, right)) is True else 1

    try:
        return sorted(items, key=functools.cmp_to_key(compare))
    except LookupError:
        return run.warn("sort 的列表里有不能比较大小的项")
