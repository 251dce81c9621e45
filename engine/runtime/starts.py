"""When a timer start event opens instances."""

from __future__ import annotations

from datetime import datetime

from engine import feel
from engine.runtime import timers
from engine.runtime.bundle import Environment
from engine.runtime.definition import Definition, EventDefinition


def next_timer(
    definition: Definition,
    event_id: str,
    environment: Environment,
    *,
    after: datetime | None = None,
    left: int | None = None,
) -> tuple[datetime, int | None] | None:
    """When the start event fires (UTC), and how often again after that (None: without end).

    ``after``, ``left``: the firing before, and what it said of repetitions; None where there is
    none after it. Raises ValueError (Chinese) where no time can be found.
    """
    found = _timer_of(definition, event_id)
    if found is None or found.timer is None:
        return None
    timer = found.timer
    value: object = timer.value.text
    if timer.value.formula is not None:
        try:
            value = timer.value.formula.evaluate(environment.parameters, clock=environment.clock)
        except feel.FeelError as error:
            raise ValueError(str(error)) from error
    zone = environment.zone_info
    if after is None:
        due: timers.Due | None = timers.first(timer.kind, value, environment.now, zone)
    elif timer.kind == "cycle":
        due = timers.following(value, after, left, environment.now, zone)
    else:
        due = None
    return None if due is None else (due.at, due.repetitions)


def _timer_of(definition: Definition, event_id: str) -> EventDefinition | None:
    node = definition.node(event_id)
    if node is None or node.event is None:
        return None
    return next((d for d in node.event.definitions if d.kind == "timer"), None)
