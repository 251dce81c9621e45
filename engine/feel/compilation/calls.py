"""Calls of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.feel.builtins.conversion import TEMPORAL
from engine.feel.compilation.scope import Code, Found, Frame, Parts
from engine.feel.functions import Builtin
from engine.feel.nodes import Call, Literal, Name
from engine.feel.run import Run
from engine.feel.values import FeelFunction, Value

if TYPE_CHECKING:
    from engine.feel.compilation.compiler import Compiler


def call(compiler: Compiler, node: Call) -> Code:
    """`f(a, b)` or `f(x: a, y: b)`; null if `f` is no function."""
    function, fixed = _function(compiler, node)
    if fixed is not None:
        constant = _temporal_constant(node, fixed)
        if constant is not None:
            return lambda _frame: constant
    arguments = [compiler.code(argument) for argument in node.arguments]
    if node.names is not None:
        return _named(function, node.names, arguments)
    if isinstance(fixed, Builtin) and not compiler.traces:
        return _builtin(fixed, arguments)

    def positional(frame: Frame) -> Value:
        target = function(frame)
        if not isinstance(target, FeelFunction):
            return frame[0].warn("被调用的不是函数")
        return target.invoke(frame[0], [argument(frame) for argument in arguments])

    return positional


def _builtin(target: Builtin, arguments: list[Code]) -> Code:
    invoke = target.invoke
    if len(arguments) == 1:
        only = arguments[0]
        return lambda frame: invoke(frame[0], (only(frame),))
    return lambda frame: invoke(frame[0], [argument(frame) for argument in arguments])


def _named(function: Code, names: list[str], arguments: list[Code]) -> Code:
    def named(frame: Frame) -> Value:
        target = function(frame)
        if not isinstance(target, FeelFunction):
            return frame[0].warn("被调用的不是函数")
        values = {name: value(frame) for name, value in zip(names, arguments, strict=True)}
        return target.invoke_named(frame[0], values)

    return named


def _function(compiler: Compiler, node: Call) -> tuple[Code, FeelFunction | None]:
    """What is called, and the function itself if it is known already."""
    if not isinstance(node.function, Name):
        return compiler.code(node.function), None
    found = compiler.slots.find(node.function.name, called=True)
    if found.slot is None and not found.items:
        fixed = found.function
        return lambda _frame: fixed, fixed
    return _looked_up(found, node.function.name), None


def _looked_up(found: Found, key: str) -> Code:
    """A variable that holds a function; a value that is none does not hide a function of its name."""
    slot, items, fallback = found.slot, found.items, found.function

    def look_up(frame: Frame) -> Value:
        for item_slot in items:
            item = frame[item_slot]
            if type(item) is dict and isinstance(item.get(key), FeelFunction):
                return item[key]
        value = None if slot is None else frame[slot]
        return value if isinstance(value, FeelFunction) else fallback

    return look_up


def _temporal_constant(node: Call, function: FeelFunction) -> Value:
    """The value of `date("2024-01-01")` and its kin, worked out once."""
    if function.name not in TEMPORAL or len(node.arguments) != 1 or node.names is not None:
        return None
    argument = node.arguments[0]
    if not isinstance(argument, Literal) or type(argument.value) is not str:
        return None
    return function.invoke(Run(), (argument.value,))


PARTS: Final[Parts] = {Call: call}
