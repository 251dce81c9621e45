"""Compensation (BPMN 2.0.2 §10.7, §13.5.5): undoing activities that were completed.

A throw event, or the cancel end event of a transaction, finds in the ledger the completed
activities of its scope that have a handler, and runs the handlers one after the other, the newest
first; then it goes on. A completed subprocess without a handler of its own is opened once more,
with its variables, for its compensation event subprocess or for the handlers inside; one that was
done several times, once for each time.
A visit counts as compensated when a handler stems from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.model import effects
from engine.model.keys import Key
from engine.model.states import VisitState
from engine.model.step import NeedMore
from engine.runtime import events
from engine.runtime.scope import Instance, LiveScope

if TYPE_CHECKING:
    from engine.runtime.definition import Definition, FlowScope, Node
    from engine.runtime.run import Run


@dataclass(frozen=True, kw_only=True)
class _Past:
    key: Key
    element_id: str
    parents: tuple[Key, ...]
    state: str
    round: bool = False


def throw(run: Run, instance: Instance, activity: str | None, *, cancels: bool = False) -> None:
    """Compensate what was done in the scope, or one activity; the thrower waits for it.

    ``cancels``: it is the cancel end event of a transaction, which then ends by its boundary.
    """
    scope = instance.scope
    opened_by = scope.definition.nodes.get(scope.flow.id)
    if opened_by is not None and opened_by.triggered:
        scope = run.parent(scope) or scope  # thrown in an event subprocess: for what is around it
    instance.data["k"] = "c"
    instance.data["q"] = [[p.key, p.element_id] for p in compensable(run, scope, activity)]
    instance.data["cs"] = scope.key
    if cancels:
        instance.data["ce"] = 1
    go_on(run, instance)


def go_on(run: Run, thrower: Instance) -> None:
    """Run the next handler; when there is none left the thrower goes on."""
    from engine.runtime import lifecycle  # noqa: PLC0415 - it drives this module

    queue = thrower.data["q"]
    scope = run.scope(Key(thrower.data["cs"]))
    if queue:
        visit, element_id = queue.pop(0)
        back = {"c": [thrower.scope.key, thrower.key]}
        handler = scope.flow.compensators.get(element_id)
        if handler is not None:
            events.put(run, scope, handler, (visit,), data=back)
        else:
            events.put(run, scope, element_id, (visit,), data={**back, "old": visit})
        return
    if thrower.data.get("k") != "c":
        return  # a subprocess opened for compensation ends when its last token is gone
    for name in ("k", "q", "cs"):
        del thrower.data[name]
    if thrower.data.pop("ce", None):
        _cancelled(run, thrower)
    else:
        lifecycle.finish(run, thrower)


def handler_done(run: Run, back: list[int]) -> None:
    """A handler is done: its thrower goes on with the next one."""
    scope_key, key = back
    if not run.has_scope(Key(scope_key)) and Key(scope_key) in run.dropped:
        return
    thrower = run.instance(run.scope(Key(scope_key)), Key(key))
    if thrower is not None and "q" in thrower.data:
        go_on(run, thrower)


def begin_again(run: Run, scope: LiveScope, opener: Instance, old: Key) -> None:
    """A completed subprocess has been opened once more, to compensate it."""
    for name, value in run.variables.local(old).items():
        run.variables.write(scope.key, name, value)
    scope.data["old"] = old
    start = trigger(scope.flow, scope.definition)
    if start is not None:
        events.fire_trigger(run, scope, start, {})
        return
    opener.data["q"] = [[p.key, p.element_id] for p in compensable(run, scope, None)]
    opener.data["cs"] = scope.key
    go_on(run, opener)


def trigger(flow: FlowScope, definition: Definition) -> str | None:
    """The start event of a scope's compensation event subprocess."""
    for start_id in flow.triggers:
        event = definition.nodes[start_id].event
        if event is not None and event.kind == "compensation":
            return start_id
    return None


def compensable(run: Run, scope: LiveScope, activity: str | None) -> list[_Past]:
    """The completed visits of a scope that can be compensated and were not yet, newest first."""
    past = _with_rounds(run, scope, _past(run, scope))
    handlers = set(scope.flow.compensators.values())
    again = {  # subprocesses opened once more, to compensate the visit that they stem from
        p.key
        for p in past.values()
        if not p.round
        and any(parent in past and past[parent].element_id == p.element_id for parent in p.parents)
    }
    done = {
        parent
        for p in past.values()
        if p.element_id in handlers or p.key in again
        for parent in p.parents
    }
    found = [
        p
        for p in past.values()
        if p.state == VisitState.COMPLETED
        and p.key not in done
        and p.key not in again
        and (p.round or not _repeated(scope, p))
        and (
            p.element_id in scope.flow.compensators or p.element_id in scope.definition.compensated
        )
        and activity in {None, p.element_id}
    ]
    return sorted(found, key=lambda p: -p.key)


def _repeated(scope: LiveScope, past: _Past) -> bool:
    """Whether what was done there are rounds of a loop, each to be compensated for itself."""
    node = scope.flow.nodes.get(past.element_id)
    return (
        node is not None
        and node.loop is not None
        and past.element_id not in scope.flow.compensators
    )


def _with_rounds(run: Run, scope: LiveScope, past: dict[Key, _Past]) -> dict[Key, _Past]:
    """Together with the rounds of loops and multi-instances that have something to compensate."""
    bodies = {
        p.key
        for p in past.values()
        if p.state == VisitState.COMPLETED
        and p.element_id in scope.definition.compensated
        and _repeated(scope, p)
        and not any(parent in past and past[parent].round for parent in p.parents)
    }
    opened = {e.key for e in run.effects if isinstance(e, effects.VisitOpened)}
    missing = bodies - opened - run.state.visits_of
    if missing:
        raise NeedMore(visits_of=frozenset(missing))
    rounds = _rows(run, frozenset(bodies), frozenset(bodies), round=True)
    return past | {p.key: p for p in rounds.values() if p.element_id in scope.flow.nodes}


def _past(run: Run, scope: LiveScope) -> dict[Key, _Past]:
    """The ledger of a scope (of the ended one that it stands for), this step included."""
    key = Key(scope.data.get("old", scope.key))
    old = key != scope.key
    fresh = scope.saved is None and not old
    in_this_step = any(isinstance(e, effects.VisitOpened) and e.key == key for e in run.effects)
    if not fresh and not (old and in_this_step) and key not in run.state.visits_of:
        raise NeedMore(visits_of=frozenset({key}))
    return _rows(run, frozenset({key}), frozenset({key, scope.key}))


def _rows(
    run: Run,
    saved: frozenset[Key],
    now: frozenset[Key],
    round: bool = False,  # noqa: A002 - the field's name
) -> dict[Key, _Past]:
    """The ledger of these scopes: rows of ``saved``, and what this step did in ``now``."""
    past = {
        v.key: _Past(
            key=v.key, element_id=v.element_id, parents=v.parents, state=v.state, round=round
        )
        for v in run.state.visits
        if v.scope_key in saved
    }
    for effect in run.effects:
        if isinstance(effect, effects.VisitOpened) and effect.scope_key in now:
            past[effect.key] = _Past(
                key=effect.key,
                element_id=effect.element_id,
                parents=effect.parents,
                state=VisitState.ACTIVE,
                round=round,
            )
        elif isinstance(effect, effects.VisitClosed) and effect.key in past:
            found = past[effect.key]
            past[effect.key] = replace(found, state=effect.state)
    return past


def _cancelled(run: Run, thrower: Instance) -> None:
    """A transaction was cancelled and compensated: it is left by its cancel boundary event."""
    owner = run.owner(thrower.scope)
    assert owner is not None  # noqa: S101 - checked when it was compiled
    nodes = owner.scope.flow.nodes
    for boundary in owner.node.boundaries:
        event = nodes[boundary].event
        if event is not None and event.kind == "cancel":
            events.fire_boundary(run, owner, nodes[boundary], {})
            return


def compensated(scopes: Mapping[str, FlowScope], nodes: Mapping[str, Node]) -> frozenset[str]:
    """The subprocesses that can be compensated though they have no handler of their own."""
    found: set[str] = set()
    for scope in reversed(list(scopes.values())):
        node = nodes.get(scope.id)
        if node is None or node.triggered:
            continue
        inside = bool(scope.compensators) or any(n in found for n in scope.nodes)
        starts = (nodes[s].event for s in scope.triggers)
        if inside or any(e is not None and e.kind == "compensation" for e in starts):
            found.add(scope.id)
    return frozenset(found)
