"""The parts of a parsed expression. `start` and `end` are offsets into its text."""

from __future__ import annotations

from dataclasses import dataclass

from engine.feel.lattice import Type
from engine.feel.values import Value


@dataclass(slots=True)
class Node:
    """Anything with a place in the text."""

    start: int
    end: int


@dataclass(slots=True)
class Literal(Node):
    """A constant; `fault` says why it is null, if it should have been something else."""

    value: Value
    fault: str = ""


@dataclass(slots=True)
class Name(Node):
    """A variable, parameter, context entry or built-in function."""

    name: str


@dataclass(slots=True)
class Arithmetic(Node):
    """Operators of one level, left to right: `a + b - c`."""

    first: Node
    rest: list[tuple[str, Node]]


@dataclass(slots=True)
class Negation(Node):
    """`-a`."""

    operand: Node


@dataclass(slots=True)
class Comparison(Node):
    """`=`, `!=`, `<`, `<=`, `>`, `>=`."""

    operator: str
    left: Node
    right: Node


@dataclass(slots=True)
class Logical(Node):
    """`and` or `or` over two or more operands."""

    operator: str
    operands: list[Node]


@dataclass(slots=True)
class Between(Node):
    """`a between b and c`."""

    operand: Node
    low: Node
    high: Node


@dataclass(slots=True)
class Membership(Node):
    """`a in b`, `a in (b, < c)`."""

    operand: Node
    tests: list[Node]


@dataclass(slots=True)
class Tests(Node):
    """The parenthesised tests after `in`, before they are taken apart."""

    items: list[Node]


@dataclass(slots=True)
class If(Node):
    """`if a then b else if c then d else e`."""

    branches: list[tuple[Node, Node]]
    otherwise: Node


@dataclass(slots=True)
class Binding(Node):
    """`x in domain`, or `x in domain .. until`."""

    name: str
    domain: Node
    until: Node | None


@dataclass(slots=True)
class For(Node):
    """`for x in a, y in b return c`."""

    bindings: list[Binding]
    body: Node


@dataclass(slots=True)
class Quantified(Node):
    """`some x in a satisfies b`, `every …`."""

    kind: str
    bindings: list[Binding]
    body: Node


@dataclass(slots=True)
class InstanceOf(Node):
    """`a instance of T`; `type` is None if there is no such type (the result is null)."""

    operand: Node
    type: Type | None


@dataclass(slots=True)
class Path(Node):
    """`a.b`."""

    operand: Node
    name: str


@dataclass(slots=True)
class Filter(Node):
    """`a[b]`."""

    operand: Node
    predicate: Node


@dataclass(slots=True)
class Call(Node):
    """`f(a, b)`, or `f(x: a, y: b)` where `names` has one name for each argument."""

    function: Node
    arguments: list[Node]
    names: list[str] | None


@dataclass(slots=True)
class ListOf(Node):
    """`[a, b]`."""

    items: list[Node]


@dataclass(slots=True)
class ContextOf(Node):
    """`{a: b}`."""

    entries: list[tuple[str, Node]]


@dataclass(slots=True)
class Function(Node):
    """`function(a: T) body`."""

    parameters: list[tuple[str, Type | None]]
    body: Node
    external: bool


@dataclass(slots=True)
class Interval(Node):
    """`[a..b]` and its kin."""

    low: Node
    high: Node
    low_included: bool
    high_included: bool


@dataclass(slots=True)
class Compared(Node):
    """`< a` as a value: a range open to one side."""

    operator: str
    endpoint: Node
