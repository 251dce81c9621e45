"""Looking through a tree."""

from __future__ import annotations

from collections.abc import Iterator

from engine.feel import nodes as n


def children(node: n.Node) -> Iterator[n.Node]:  # noqa: PLR0912 - one case for each kind of node
    """The parts directly below a node, in the order of the text."""
    match node:
        case n.Arithmetic():
            yield node.first
            yield from (operand for _, operand in node.rest)
        case n.Negation() | n.Path() | n.InstanceOf():
            yield node.operand
        case n.Comparison():
            yield from (node.left, node.right)
        case n.Logical():
            yield from node.operands
        case n.Between():
            yield from (node.operand, node.low, node.high)
        case n.Membership():
            yield node.operand
            yield from node.tests
        case n.Tests() | n.ListOf():
            yield from node.items
        case n.If():
            for pair in node.branches:
                yield from pair
            yield node.otherwise
        case n.Binding():
            yield node.domain
            if node.until is not None:
                yield node.until
        case n.For() | n.Quantified():
            yield from node.bindings
            yield node.body
        case n.Filter():
            yield from (node.operand, node.predicate)
        case n.Call():
            yield node.function
            yield from node.arguments
        case n.ContextOf():
            yield from (value for _, value in node.entries)
        case n.Function():
            yield node.body
        case n.Interval():
            yield from (node.low, node.high)
        case n.Compared():
            yield node.endpoint


def called_names(node: n.Node) -> frozenset[str]:
    """The names by which functions are called in a tree."""
    found: set[str] = set()
    pending = [node]
    while pending:
        at = pending.pop()
        if isinstance(at, n.Call) and isinstance(at.function, n.Name):
            found.add(at.function.name)
        pending.extend(children(at))
    return frozenset(found)


def size_of(node: n.Node) -> int:
    """How many parts a tree has."""
    size = 0
    pending = [node]
    while pending:
        size += 1
        pending.extend(children(pending.pop()))
    return size


def uses_name(node: n.Node, name: str) -> bool:
    """Whether a name occurs anywhere in a tree."""
    pending = [node]
    while pending:
        part = pending.pop()
        if type(part) is n.Name:
            if part.name == name:
                return True
        else:
            pending.extend(children(part))
    return False
