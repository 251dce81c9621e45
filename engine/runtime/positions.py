"""Where the tokens of an instance stand, for whoever moves them by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from engine.model.keys import Key
from engine.model.step import Scope
from engine.runtime.bundle import Bundle
from engine.runtime.scope import Kind, kind_of
from engine.runtime.tree import STARTED, WAITING


@dataclass(frozen=True, kw_only=True)
class Position:
    """A live token. ``waits_to_join``: it is at a join and has no visit of its own yet.

    ``inner``: it is in an instance of a multi-instance or loop.
    """

    key: Key
    scope_key: Key
    process_id: str
    element_id: str
    name: str
    type: str
    waits_to_join: bool
    holds_others: bool
    inner: bool


def positions(bundle: Bundle, scopes: Iterable[Scope]) -> tuple[Position, ...]:
    """Every live token of these scopes (outer ones first), in the order in which they came about.

    Raises ``SnapshotUnreadable``.
    """
    found: list[Position] = []
    bodies: set[Key] = set()
    for scope in scopes:
        kind = kind_of(scope.snapshot)
        if kind is Kind.BODY:
            bodies.add(scope.key)
            continue
        tokens, _ = orjson.loads(scope.snapshot[2:])
        nodes = bundle.processes[scope.process_id].nodes
        for key, name, state, data in tokens:
            node = nodes[name]
            found.append(
                Position(
                    key=Key(key),
                    scope_key=scope.key,
                    process_id=scope.process_id,
                    element_id=node.id,
                    name=node.name,
                    type=node.type,
                    waits_to_join=state == WAITING,
                    holds_others=state == STARTED and data.get("k") == "s",
                    inner=scope.parent_key in bodies,
                )
            )
    return tuple(sorted(found, key=lambda p: p.key))
