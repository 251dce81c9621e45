"""The dispatch from nodes to the functions that compile them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from engine.feel.compilation import boxed, calls, logic, loops, operators, references
from engine.feel.compilation.scope import Code, Parts, Slots
from engine.feel.explanation import traced
from engine.feel.functions import Registry
from engine.feel.nodes import Name, Node

PARTS: Final[Parts] = {
    **references.PARTS,
    **operators.PARTS,
    **logic.PARTS,
    **loops.PARTS,
    **boxed.PARTS,
    **calls.PARTS,
}


class Compiled(NamedTuple):
    """Code and the size of its frame.

    `free` has the slots of the free names, `certain` those of them that can only be variables,
    `defaults` the functions that stand in where there is no variable; `subject` is the slot of `?`.
    """

    code: Code
    size: int
    free: tuple[tuple[str, int], ...]
    certain: frozenset[str]
    defaults: tuple[tuple[int, object], ...]
    subject: int = 0


class Compiler:
    """Compiles the nodes of one expression."""

    def __init__(self, names: Iterable[str], functions: Registry, *, traces: bool = False) -> None:
        self.slots = Slots(frozenset(names), functions.functions)
        self.traces = traces

    def code(self, node: Node) -> Code:
        """The closure of a node."""
        code = PARTS[type(node)](self, node)
        return traced(node, code) if self.traces else code

    def plain_slot(self, node: Node) -> int | None:
        """The slot of a name that needs no more than reading it."""
        if type(node) is not Name or self.traces:
            return None
        found = self.slots.find(node.name)
        return None if found.items else found.slot

    def finished(self, code: Code, subject: int = 0) -> Compiled:
        """The code with its frame."""
        free = self.slots.free
        defaults = tuple(
            (slot, self.slots.functions[name])
            for name, slot in free.items()
            if name in self.slots.functions
        )
        certain = frozenset(self.slots.certain)
        return Compiled(code, self.slots.size, tuple(free.items()), certain, defaults, subject)


def compile_node(
    node: Node, *, names: Iterable[str], functions: Registry, traces: bool = False
) -> Compiled:
    """The code of an expression."""
    compiler = Compiler(names, functions, traces=traces)
    return compiler.finished(compiler.code(node))


def compile_tests(
    tests: list[Node], *, names: Iterable[str], functions: Registry, traces: bool = False
) -> Compiled:
    """The code of unary tests: whether the value in the slot of `?` passes any of them."""
    compiler = Compiler(names, functions, traces=traces)
    level = compiler.slots.push("?")
    subject = level.slots["?"]
    return compiler.finished(logic.any_test(compiler, lambda frame: frame[subject], tests), subject)
