"""Decisions that require each other in a circle, which DMN forbids (DMN 1.5, 6.3.13)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from engine.dmn.nodes import DecisionNode

__all__ = ["on_cycles"]

_Edges: TypeAlias = dict[DecisionNode, set[DecisionNode]]


def on_cycles(decisions: Iterable[DecisionNode]) -> set[DecisionNode]:
    """The decisions on circles of requirements (or on the way from one circle to another)."""
    requires = {
        node: {u.node for u in node.information if isinstance(u.node, DecisionNode)}
        for node in decisions
    }
    return set(_stripped(_reversed(_stripped(requires))))


def _stripped(edges: _Edges) -> _Edges:
    """The graph without the nodes from which all ways end."""
    into = _reversed(edges)
    left = {node: len(targets & edges.keys()) for node, targets in edges.items()}
    ended = [node for node, count in left.items() if not count]
    for node in ended:
        for source in into[node]:
            left[source] -= 1
            if not left[source]:
                ended.append(source)
    kept = edges.keys() - set(ended)
    return {node: edges[node] & kept for node in kept}


def _reversed(edges: _Edges) -> _Edges:
    back: _Edges = {node: set() for node in edges}
    for node, targets in edges.items():
        for target in targets & edges.keys():
            back[target].add(node)
    return back
