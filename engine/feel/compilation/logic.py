"""`and`, `or`, `if`, `in` and unary tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from engine.feel.comparison import satisfies
from engine.feel.compilation.scope import Code, Frame, Parts
from engine.feel.nodes import Compared, If, Interval, Literal, Logical, Membership, Node
from engine.feel.values import Value
from engine.feel.walk import uses_name

if TYPE_CHECKING:
    from engine.feel.compilation.compiler import Compiler


def logical(compiler: Compiler, node: Logical) -> Code:
    """Three-valued `and` and `or` (table 50); what is no boolean counts as unknown."""
    operands = [compiler.code(operand) for operand in node.operands]
    decides = node.operator == "or"
    if len(operands) == 2:
        return _pair(operands[0], operands[1], decides)

    def chain(frame: Frame) -> Value:
        result: bool | None = not decides
        for operand in operands:
            value = operand(frame)
            if value is decides:
                return decides
            if value is not (not decides):
                result = None
        return result

    return chain


def _pair(left: Code, right: Code, decides: bool) -> Code:
    other = not decides

    def pair(frame: Frame) -> Value:
        a = left(frame)
        if a is decides:
            return decides
        b = right(frame)
        if b is decides:
            return decides
        return other if a is other and b is other else None

    return pair


def conditional(compiler: Compiler, node: If) -> Code:
    """`if`: what is not true goes to `else`."""
    branches = [(compiler.code(test), compiler.code(value)) for test, value in node.branches]
    otherwise = compiler.code(node.otherwise)
    if len(branches) == 1:
        condition, then = branches[0]
        return lambda frame: then(frame) if condition(frame) is True else otherwise(frame)

    def choose(frame: Frame) -> Value:
        for test, value in branches:
            if test(frame) is True:
                return value(frame)
        return otherwise(frame)

    return choose


def membership(compiler: Compiler, node: Membership) -> Code:
    """`a in b`: any of the tests."""
    operand = compiler.code(node.operand)
    if not any(uses_name(test, "?") for test in node.tests):
        return any_test(compiler, operand, node.tests)
    subject = compiler.slots.push("?").slots["?"]
    decide = any_test(compiler, lambda frame: frame[subject], node.tests)
    compiler.slots.pop()

    def tested(frame: Frame) -> Value:
        frame[subject] = operand(frame)
        return decide(frame)

    return tested


def any_test(compiler: Compiler, operand: Code, tests: list[Node]) -> Code:
    """Whether the operand passes any of the tests (table 55)."""
    if len(tests) == 1:
        decide = _test(compiler, tests[0])
        return lambda frame: decide(frame, operand(frame))
    decisions = [_test(compiler, test) for test in tests]

    def decide_any(frame: Frame) -> Value:
        value = operand(frame)
        result: bool | None = False
        for decide in decisions:
            passed = decide(frame, value)
            if passed is True:
                return True
            if passed is None:
                result = None
        return result

    return decide_any


class _Test:
    """One positive unary test: what the value must be, be in, or what must hold for it.

    A test that mentions `?` is a condition and holds if it is true. So does any other that is
    worked out to be a boolean while the value is none: nothing else could be meant by it.
    """

    __slots__ = ("code", "computed", "is_condition")

    def __init__(self, code: Code, *, is_condition: bool, computed: bool) -> None:
        self.code = code
        self.is_condition = is_condition
        self.computed = computed

    def __call__(self, frame: Frame, value: Value) -> bool | None:
        test = self.code(frame)
        if type(test) is bool and (
            self.is_condition or (self.computed and type(value) is not bool and value is not None)
        ):
            return test
        result: bool | None = satisfies(value, test, frame[0].budget)
        return result


def _test(compiler: Compiler, node: Node) -> _Test:
    return _Test(
        compiler.code(node),
        is_condition=uses_name(node, "?"),
        computed=not isinstance(node, Literal | Interval | Compared),
    )


PARTS: Final[Parts] = {Logical: logical, If: conditional, Membership: membership}
