"""Conditional events: looked at when they are entered and whenever variables have changed.

An event fires when its condition becomes true: a non-interrupting one fires again only after it
was false in between. A condition that gives neither true nor false counts as false.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.model.step import NeedMore
from engine.runtime import body, events
from engine.runtime.definition import Node
from engine.runtime.faults import Fault
from engine.runtime.scope import Instance, Kind, LiveScope
from engine.runtime.variables import Chain

if TYPE_CHECKING:
    from engine.runtime.run import Run


def review(run: Run) -> bool:
    """Fire the first conditional event whose condition has become true; gives whether one did."""
    if run.variables.version == run.reviewed:
        return False
    if not any(d.conditional for d in run.bundle.processes.values()):
        return False
    version = run.variables.version
    for row in run.rows:
        if row not in run.dropped:
            run.scope(row)
    for scope in _scopes(run):
        if _look(run, scope):
            return True
    run.reviewed = version
    return False


def _scopes(run: Run) -> Iterator[LiveScope]:
    """The live scopes with conditional events in or below them, loaded or asked for."""
    work = [s for s in run.scopes.values() if not s.over]
    seen = {s.key for s in work}
    missing: set[int] = set()
    for scope in work:  # grows while it is walked
        if scope.kind is Kind.BODY:
            inner = scope.definition.nodes[scope.element_id or ""]
            keys = body.open_keys(scope) if inner.id in scope.definition.conditional else []
        elif scope.flow.id not in scope.definition.conditional:
            continue
        else:
            yield scope
            keys = [
                t.key
                for t in scope.tree.tokens
                if t.internal_data.get("k") == "s" and t.node.id in scope.definition.conditional
            ]
        for key in keys:
            if key in seen:
                continue
            seen.add(key)
            if run.has_scope(key):
                work.append(run.scope(key))
            elif key not in run.dropped:
                missing.add(key)
    if missing:
        raise NeedMore(scopes=frozenset(missing))  # type: ignore[arg-type]


def _look(run: Run, scope: LiveScope) -> bool:
    for wait in list(scope.data.get("w", ())):
        node = scope.definition.nodes[events.node_id(wait[1])]
        if wait[0] == 0 and _turned(run, node, wait, run.chain(scope)):
            if events.consume(run, scope.data, wait, node, scope.key, run.chain(scope)):
                events.fire_trigger(run, scope, node.id, {})
            return True
    for token in scope.tree.tokens:
        waits = token.internal_data.get("w", ())
        if not any(wait[0] == 0 for wait in waits):
            continue
        instance = run.instance(scope, token.key)
        if instance is not None and _look_at(run, instance):
            return True
    return False


def _look_at(run: Run, instance: Instance) -> bool:
    chain = run.chain_of(instance)
    for wait in list(instance.data["w"]):
        node = instance.scope.definition.nodes[events.node_id(wait[1])]
        if wait[0] == 0 and _turned(run, node, wait, chain):
            run.disturb(instance.scope)
            if events.consume(run, instance.data, wait, node, instance.key, chain):
                events.fire(run, instance, node, {})
            return True
    return False


def _turned(run: Run, node: Node, wait: events.Wait, chain: Chain) -> bool:
    """Whether the condition has become true; its value is noted in the wait."""
    definition = next(
        d
        for d in (node.event.definitions if node.event else ())
        if events.event_id(node, d) == wait[1]
    )
    filtered = definition.variable_names
    if filtered and wait[3] is not None and not filtered & run.variables.changed_names():
        return False
    assert definition.condition is not None  # noqa: S101 - conditional events have one
    try:
        holds = run.evaluate(definition.condition, chain) is True
    except Fault:
        holds = False
    before, wait[3] = wait[3], holds
    return holds and not before
