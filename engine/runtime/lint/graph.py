"""The flow graph of a scope as the checks walk it: who can follow whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.runtime.definition import FlowScope, Node

#: Nodes on which a token stays until something from outside comes.
_WAITING_TYPES = frozenset(
    {"userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway", "callActivity"}
)


def waits(node: Node) -> bool:
    """Whether a token on the node surely waits for the outside (or may, inside what it holds)."""
    if node.type == "intermediateCatchEvent":
        return node.event is None or node.event.kind != "link"
    return node.type in _WAITING_TYPES or node.job is not None or bool(node.listeners)


def successors(scope: FlowScope) -> Mapping[str, tuple[str, ...]]:
    """For each node, those that a token can be on next: flows, boundary events, links."""
    following: dict[str, list[str]] = {
        n.id: [f.target for f in n.outgoing] + list(n.boundaries) for n in scope.nodes.values()
    }
    for node in scope.nodes.values():
        if node.type == "intermediateThrowEvent" and node.event is not None:
            for definition in node.event.definitions:
                if definition.kind == "link" and definition.name is not None:
                    target = scope.links.get(definition.name.text)
                    if target is not None:
                        following[node.id].append(target)
    for activity, handler in scope.compensators.items():
        following[activity].append(handler)
    return {identifier: tuple(found) for identifier, found in following.items()}


def entries(scope: FlowScope) -> frozenset[str]:
    """Where tokens come into the scope from outside."""
    typed = (
        n.id
        for n in scope.nodes.values()
        if n.type == "startEvent" or n.triggered or (n.instantiate and not n.incoming)
    )
    return frozenset(scope.starts) | frozenset(typed)


def reachable(following: Mapping[str, Iterable[str]], sources: Iterable[str]) -> frozenset[str]:
    """Every node that can be come to from the sources, these included."""
    found = set(sources)
    todo = list(found)
    while todo:
        for target in following.get(todo.pop(), ()):
            if target not in found:
                found.add(target)
                todo.append(target)
    return frozenset(found)


def cycles(following: Mapping[str, Iterable[str]]) -> list[frozenset[str]]:
    """The strongly connected parts that hold a cycle (Tarjan, without recursion)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: list[frozenset[str]] = []
    for root in following:
        if root in order:
            continue
        walk = [(root, iter(following[root]))]
        order[root] = low[root] = len(order)
        stack.append(root)
        on_stack.add(root)
        while walk:
            node, targets = walk[-1]
            for target in targets:
                if target not in order:
                    order[target] = low[target] = len(order)
                    stack.append(target)
                    on_stack.add(target)
                    walk.append((target, iter(following.get(target, ()))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], order[target])
            else:
                walk.pop()
                if walk:
                    above = walk[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == order[node]:
                    part = _pop_part(stack, on_stack, node)
                    if len(part) > 1 or node in following[node]:
                        found.append(part)
    return found


def _pop_part(stack: list[str], on_stack: set[str], root: str) -> frozenset[str]:
    part = set()
    while True:
        node = stack.pop()
        on_stack.discard(node)
        part.add(node)
        if node == root:
            return frozenset(part)
