"""When an open timer would be due if it were set again: for a calendar that has changed since. Pure."""

from __future__ import annotations

from datetime import datetime

from engine import feel
from engine.model.keys import Key
from engine.model.step import State
from engine.runtime import timers
from engine.runtime.bundle import Bundle, Environment
from engine.runtime.definition import Definition, EventDefinition

#: What the names of the functions that ask the calendar have in common.
_ASKS_THE_CALENDAR = "working day"


def calendar_timers(bundle: Bundle) -> frozenset[str]:
    """The nodes with a timer whose time hangs on the calendar of working days."""
    return frozenset(
        node.id
        for definition in bundle.processes.values()
        for node in definition.nodes.values()
        if node.event is not None and any(_asks(event) for event in node.event.definitions)
    )


def timer_due(
    bundle: Bundle, state: State, element_key: Key, event_id: str, environment: Environment
) -> datetime | None:
    """When the timer that belongs to the element is due, set at ``environment.now`` (UTC).

    ``state``: the chain of scopes from the element up, root first, with the variables of all of
    them and of the element. None where it repeats, or no time can be found.
    """
    event = _event(bundle, state, event_id)
    if event is None or event.timer is None or event.timer.kind == "cycle":
        return None
    value: object = event.timer.value.text
    if event.timer.value.formula is not None:
        seen = dict(environment.parameters)
        for key in (*(scope.key for scope in state.scopes), element_key):
            seen |= state.variables.get(key, {})
        try:
            value = event.timer.value.formula.evaluate(seen, clock=environment.clock)
        except feel.FeelError:
            return None
    try:
        return timers.first(event.timer.kind, value, environment.now, environment.zone_info).at
    except timers.TimerError:
        return None


def _event(bundle: Bundle, state: State, event_id: str) -> EventDefinition | None:
    node_id, _, own = event_id.partition("/")
    inner = [
        bundle.processes[s.process_id] for s in state.scopes if s.process_id in bundle.processes
    ]
    candidates: list[Definition] = [*reversed(inner), *bundle.processes.values()]
    for definition in candidates:
        node = definition.node(node_id)
        if node is not None and node.event is not None:
            found = (d for d in node.event.definitions if d.kind == "timer")
            return next((d for d in found if not own or d.id == own), None)
    return None


def _asks(event: EventDefinition) -> bool:
    return (
        event.timer is not None
        and event.timer.kind != "cycle"
        and event.timer.value.formula is not None
        and _ASKS_THE_CALENDAR in event.timer.value.text
    )
