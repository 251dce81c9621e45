"""Lists, contexts, ranges, functions and `instance of`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.feel.budget import CALL_STEPS, ITEMS_PER_STEP, NODES_PER_STEP
from engine.feel.closures import Closure, ExternalFunction
from engine.feel.comparison import order
from engine.feel.compilation.scope import Code, Frame, Parts
from engine.feel.lattice import NULL, Type, conforms, type_of
from engine.feel.nodes import (
    Compared,
    ContextOf,
    Function,
    InstanceOf,
    Interval,
    ListOf,
    Literal,
    Node,
)
from engine.feel.values import Parameter, Range, Value
from engine.feel.walk import size_of

if TYPE_CHECKING:
    from engine.feel.compilation.compiler import Compiler


def list_of(compiler: Compiler, node: ListOf) -> Code:
    """`[a, b]`."""
    items = [compiler.code(item) for item in node.items]

    def build(frame: Frame) -> Value:
        frame[0].budget.items(len(items))
        return [item(frame) for item in items]

    return build


def context_of(compiler: Compiler, node: ContextOf) -> Code:
    """`{a: b}`: an entry sees those before it, and a function itself."""
    level = compiler.slots.push()
    entries: list[tuple[str, int, Code, bool]] = []
    for key, value in node.entries:
        own = isinstance(value, Function)
        slot = compiler.slots.new()
        if own:
            level.slots[key] = slot
        code = compiler.code(value)
        level.slots[key] = slot
        entries.append((key, slot, code, own))
    compiler.slots.pop()

    def build(frame: Frame) -> Value:
        frame[0].budget.items(len(entries))
        result: dict[str, Value] = {}
        for key, slot, code, own in entries:
            value = code(frame)
            frame[slot] = value
            result[key] = value
            if own and type(value) is Closure:
                value.frame[slot] = value
        return result

    return build


def interval(compiler: Compiler, node: Interval) -> Code:
    """`[a..b]`: null if the ends are of different kinds or the wrong way round."""
    low, high = compiler.code(node.low), compiler.code(node.high)
    low_included, high_included = node.low_included, node.high_included

    def build(frame: Frame) -> Value:
        start, end = low(frame), high(frame)
        if start is not None and end is not None:
            compared = order(start, end)
            if compared is None or compared > 0:
                frame[0].warn("区间的两端必须能比较，且起点不大于终点")
                return None
        return Range(start, end, low_included, high_included)

    return build


def compared_range(compiler: Compiler, node: Compared) -> Code:
    """`< a` as a value."""
    endpoint, symbol = compiler.code(node.endpoint), node.operator
    return lambda frame: Range.compared(symbol, endpoint(frame))


def instance_of(compiler: Compiler, node: InstanceOf) -> Code:
    """`a instance of T`: null if there is no such type (table 61)."""
    operand, kind = compiler.code(node.operand), node.type

    def test(frame: Frame) -> Value:
        value = operand(frame)
        if kind is None:
            frame[0].warn("instance of 之后的类型不存在")
            return None
        return conforms(value, kind, frame[0].budget)

    return test


def function(compiler: Compiler, node: Function) -> Code:
    """`function(a) b`: a closure over the names in scope. External functions give null."""
    parameters = tuple(Parameter(name, kind) for name, kind in node.parameters)
    if node.external:
        stub = ExternalFunction("", parameters)
        return lambda _frame: stub
    level = compiler.slots.push(*(name for name, _ in node.parameters))
    slots = tuple(level.slots[name] for name, _ in node.parameters)
    body = compiler.code(node.body)
    compiler.slots.pop()
    result = _result_type(node.body)
    steps = CALL_STEPS + size_of(node.body) // NODES_PER_STEP

    def close(frame: Frame) -> Value:
        frame[0].budget.tick(len(frame) // ITEMS_PER_STEP + 1)
        return Closure(parameters, result, slots=slots, body=body, frame=frame.copy(), steps=steps)

    return close


def _result_type(body: Node) -> Type | None:
    """The type of the result where the text alone tells it."""
    if isinstance(body, Literal):
        kind = type_of(body.value)
        return None if kind is NULL else kind
    return None


PARTS: Final[Parts] = {
    ListOf: list_of,
    ContextOf: context_of,
    Interval: interval,
    Compared: compared_range,
    InstanceOf: instance_of,
    Function: function,
}
