"""Arithmetic and comparison."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from engine.feel.arithmetic import OPERATIONS, negate
from engine.feel.comparison import both, compare, equal
from engine.feel.compilation.scope import Code, Frame, Parts
from engine.feel.nodes import Arithmetic, Between, Comparison, Literal, Negation, Node
from engine.feel.run import Run
from engine.feel.values import Value

if TYPE_CHECKING:
    from engine.feel.compilation.compiler import Compiler

ORDERS: Final[dict[str, Callable[[Value, Value], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def arithmetic(compiler: Compiler, node: Arithmetic) -> Code:
    """Operators of one level, left to right."""
    first = compiler.code(node.first)
    rest = [(OPERATIONS[symbol], compiler.code(operand)) for symbol, operand in node.rest]
    if len(rest) == 1:
        operation, second = rest[0]

        def one(frame: Frame) -> Value:
            return operation(first(frame), second(frame), frame[0])

        return one

    def chain(frame: Frame) -> Value:
        value, run = first(frame), frame[0]
        for operation, operand in rest:
            value = operation(value, operand(frame), run)
        return value

    return chain


def negation(compiler: Compiler, node: Negation) -> Code:
    """`-a`."""
    operand = compiler.code(node.operand)
    return lambda frame: negate(operand(frame), frame[0])


def comparison(compiler: Compiler, node: Comparison) -> Code:
    """`=` and its kin."""
    if node.operator in ORDERS:
        return _ordering(compiler, node)
    return _equality(compiler, node)


def _equality(compiler: Compiler, node: Comparison) -> Code:
    left, right = compiler.code(node.left), compiler.code(node.right)
    wanted = node.operator == "="

    def compared(frame: Frame) -> Value:
        a, b = left(frame), right(frame)
        kind = type(a)
        if kind is type(b) and (kind is str or kind is Decimal):
            return (a == b) is wanted
        same = equal(a, b, frame[0].budget)
        if same is None:
            frame[0].warn("“=”两边的值种类不同，不能比较")
            return None
        return same is wanted

    return compared


def _unordered(symbol: str, a: Value, b: Value, run: Run) -> bool | None:
    result = compare(symbol, a, b)
    if result is None and run.warnings is not None:
        run.warn(f"“{symbol}”两边的值不能比较大小")
    return result


def _ordering(compiler: Compiler, node: Comparison) -> Code:
    symbol = node.operator
    test = ORDERS[symbol]
    slot, bound = compiler.plain_slot(node.left), _number(node.right)
    if slot is not None and bound is not None:
        return _slot_against_number(slot, symbol, bound)
    left, right = compiler.code(node.left), compiler.code(node.right)

    def compared(frame: Frame) -> Value:
        a, b = left(frame), right(frame)
        if type(a) is Decimal and type(b) is Decimal:
            return test(a, b)
        return _unordered(symbol, a, b, frame[0])

    return compared


def _number(node: Node) -> Decimal | None:
    """The value of a numeric literal."""
    if isinstance(node, Literal) and isinstance(node.value, Decimal):
        return node.value
    return None


def _slot_against_number(slot: int, symbol: str, bound: Decimal) -> Code:
    """The commonest condition, `amount <= 100000`, without a call for each side."""
    test = ORDERS[symbol]

    def compared(frame: Frame) -> Value:
        value = frame[slot]
        if type(value) is Decimal:
            return test(value, bound)
        return _unordered(symbol, value, bound, frame[0])

    return compared


def between(compiler: Compiler, node: Between) -> Code:
    """`a between b and c`: `a >= b and a <= c`."""
    operand, low, high = (compiler.code(part) for part in (node.operand, node.low, node.high))

    def within(frame: Frame) -> Value:
        value, run = operand(frame), frame[0]
        return both(
            _unordered(">=", value, low(frame), run), _unordered("<=", value, high(frame), run)
        )

    return within


PARTS: Final[Parts] = {
    Arithmetic: arithmetic,
    Negation: negation,
    Comparison: comparison,
    Between: between,
}
