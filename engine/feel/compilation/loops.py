"""`for`, `some`, `every` and filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.feel.budget import NODES_PER_STEP
from engine.feel.compilation.scope import Code, Frame, Parts
from engine.feel.errors import BudgetExceeded
from engine.feel.nodes import Binding, Filter, For, Literal, Node, Quantified
from engine.feel.number import integer_of
from engine.feel.run import Run
from engine.feel.temporal import Date
from engine.feel.values import Range, Value
from engine.feel.walk import size_of, uses_name

if TYPE_CHECKING:
    from engine.feel.compilation.compiler import Compiler

#: Gives the values that a variable takes, or None if its domain is no such thing.
Domain = Callable[[Frame], Iterable[Value] | None]


def _span(start: Value, end: Value, run: Run) -> Iterable[Value] | None:
    """The integers or days from one end to the other, up or down (10.3.2.14)."""
    if type(start) is Date and type(end) is Date:
        return _days(start.days, end.days, run)
    if type(start) is Decimal and type(end) is Decimal:
        first, last = integer_of(start), integer_of(end)
        if first is not None and last is not None:
            step = 1 if first <= last else -1
            return map(Decimal, range(first, last + step, step))
    run.warn("循环的范围必须是两个整数或两个日期")
    return None


def _days(first: int, last: int, run: Run) -> Iterator[Value]:
    step = 1 if first <= last else -1
    for day in range(first, last + step, step):
        run.budget.tick()
        yield Date.from_days(day)


def _of_range(bounds: Range, run: Run) -> Iterable[Value] | None:
    """The integers or days within a range that has both ends."""
    if bounds.operator:
        run.warn("循环的范围必须有两端")
        return None
    values = _span(bounds.start, bounds.end, run)
    return values if values is None else _inner(values, bounds)


def _inner(values: Iterable[Value], bounds: Range) -> Iterator[Value]:
    for value in values:
        if (bounds.start_included or value != bounds.start) and (
            bounds.end_included or value != bounds.end
        ):
            yield value


def _values(domain: Value, run: Run) -> Iterable[Value] | None:
    if type(domain) is list:
        return domain
    if domain is None:
        run.warn("循环的对象是空值")
        return None
    if type(domain) is Range:
        return _of_range(domain, run)
    return (domain,)


def _domain(compiler: Compiler, binding: Binding) -> Domain:
    start = compiler.code(binding.domain)
    if binding.until is None:
        return lambda frame: _values(start(frame), frame[0])
    end = compiler.code(binding.until)
    return lambda frame: _span(start(frame), end(frame), frame[0])


class _NoDomain(Exception):
    """A variable has nothing to range over."""


def _rounds(levels: list[tuple[Domain, int]], frame: Frame, steps: int) -> Iterator[None]:
    """Put each combination of values into the frame in turn (the last variable changes first).

    Each round costs so many steps.
    """
    domain, slot = levels[0]
    values = domain(frame)
    if values is None:
        raise _NoDomain
    budget, inner = frame[0].budget, levels[1:]
    for value in values:
        budget.steps -= steps
        if budget.steps < 0:
            raise BudgetExceeded("steps", budget.limit)
        frame[slot] = value
        if inner:
            yield from _rounds(inner, frame, steps)
        else:
            yield


def steps_of(body: Node) -> int:
    """What one round of a loop with this body costs."""
    return 1 + size_of(body) // NODES_PER_STEP


def _levels(compiler: Compiler, bindings: list[Binding]) -> list[tuple[Domain, int]]:
    """Compile the bindings; each opens a level that the caller closes."""
    levels: list[tuple[Domain, int]] = []
    for binding in bindings:
        domain = _domain(compiler, binding)
        levels.append((domain, compiler.slots.push(binding.name).slots[binding.name]))
    return levels


def for_loop(compiler: Compiler, node: For) -> Code:
    """`for … return …`: the list of results; `partial` is the list so far."""
    levels = _levels(compiler, node.bindings)
    scope = compiler.slots.push("partial")
    body, steps = compiler.code(node.body), steps_of(node.body)
    partial = scope.slots["partial"] if "partial" in scope.used else 0
    for _ in range(len(levels) + 1):
        compiler.slots.pop()

    def loop(frame: Frame) -> Value:
        results: list[Value] = []
        budget = frame[0].budget
        try:
            for _ in _rounds(levels, frame, steps):
                if partial:
                    budget.tick(len(results) // 64)
                    frame[partial] = results.copy()
                results.append(body(frame))
        except _NoDomain:
            return None
        budget.items(len(results))
        return results

    return loop


def quantified(compiler: Compiler, node: Quantified) -> Code:
    """`some` and `every`: `or` and `and` over all combinations (table 49)."""
    levels = _levels(compiler, node.bindings)
    body, steps = compiler.code(node.body), steps_of(node.body)
    for _ in levels:
        compiler.slots.pop()
    decides = node.kind == "some"

    def loop(frame: Frame) -> Value:
        result: bool | None = not decides
        try:
            for _ in _rounds(levels, frame, steps):
                value = body(frame)
                if value is decides:
                    return decides
                if value is not (not decides):
                    result = None
        except _NoDomain:
            return None
        return result

    return loop


def filtered(compiler: Compiler, node: Filter) -> Code:
    """`a[b]`: by position if `b` is a number, else the items for which it is true (table 68)."""
    operand = compiler.code(node.operand)
    if type(node.predicate) is Literal and type(node.predicate.value) is Decimal:
        return _at(operand, node.predicate.value)
    slot = compiler.slots.push_item()
    predicate = compiler.code(node.predicate)
    compiler.slots.pop()
    by_item, steps = uses_name(node.predicate, "item"), steps_of(node.predicate)

    def select(frame: Frame) -> Value:
        value = operand(frame)
        if value is None:
            return None
        items = value if type(value) is list else [value]
        if not items:
            frame[slot] = None
            only = None if by_item else predicate(frame)
            return None if type(only) is Decimal else []
        return _selected(items, slot, predicate, frame, steps)

    return select


def _selected(items: list[Value], slot: int, predicate: Code, frame: Frame, steps: int) -> Value:
    result: list[Value] = []
    budget = frame[0].budget
    for number, item in enumerate(items):
        budget.steps -= steps
        if budget.steps < 0:
            raise BudgetExceeded("steps", budget.limit)
        frame[slot] = item
        chosen = predicate(frame)
        if chosen is True:
            result.append(item)
        elif not number and type(chosen) is not bool and chosen is not None:
            if type(chosen) is Decimal:
                return position(items, chosen, frame[0])
            frame[0].warn("筛选条件必须是布尔值或位置")
            return None
    return result


def _at(operand: Code, where: Decimal) -> Code:
    def at(frame: Frame) -> Value:
        value = operand(frame)
        if value is None:
            return None
        return position(value if type(value) is list else [value], where, frame[0])

    return at


def position(items: list[Value], where: Decimal, run: Run) -> Value:
    """The item at a position, counted from 1, or from the end if negative."""
    index = integer_of(where)
    if index is None or index == 0 or abs(index) > len(items):
        run.warn(f"列表里没有第 {where} 项")
        return None
    return items[index - 1] if index > 0 else items[index]


PARTS: Final[Parts] = {For: for_loop, Quantified: quantified, Filter: filtered}
