"""Constants, names and paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.feel.compilation.scope import Code, Frame, Parts
from engine.feel.nodes import Literal, Name, Path
from engine.feel.properties import property_of
from engine.feel.values import Value

if TYPE_CHECKING:
    from engine.feel.compilation.compiler import Compiler


def literal(_compiler: Compiler, node: Literal) -> Code:
    """A constant; one that should have been something says so."""
    value, fault = node.value, node.fault
    if not fault:
        return lambda _frame: value

    def faulty(frame: Frame) -> Value:
        frame[0].warn(fault)
        return value

    return faulty


def name(compiler: Compiler, node: Name) -> Code:
    """A variable: in filters, an entry of the item if it has one of that name."""
    found = compiler.slots.find(node.name)
    slot, items, key = found.place, found.items, node.name
    if not items:
        return lambda frame: frame[slot]

    def from_item(frame: Frame) -> Value:
        for item_slot in items:
            item = frame[item_slot]
            if type(item) is dict and key in item:
                return item[key]
        return frame[slot]

    return from_item


def path(compiler: Compiler, node: Path) -> Code:
    """`a.b`."""
    operand, key = compiler.code(node.operand), node.name

    def select(frame: Frame) -> Value:
        value = operand(frame)
        if type(value) is dict and key in value:
            return value[key]
        return property_of(value, key, frame[0])

    return select


PARTS: Final[Parts] = {Literal: literal, Name: name, Path: path}
