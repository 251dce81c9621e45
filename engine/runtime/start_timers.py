"""Timer start events of a process: when the next instance begins."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from engine import feel
from engine.runtime import timers

if TYPE_CHECKING:
    from engine.runtime.bundle import Environment
    from engine.runtime.definition import Node


def next_timer(
    node: Node, environment: Environment, after: datetime | None, left: int | None
) -> tuple[datetime, int | None] | None:
    """See ``Definition.next_timer``."""
    definitions = node.event.definitions if node.event is not None else ()
    timer = next((d.timer for d in definitions if d.timer is not None), None)
    if timer is None:
        return None
    value: object = timer.value.text
    if timer.value.formula is not None:
        try:
            value = timer.value.formula.evaluate(environment.parameters, clock=environment.clock)
        except (feel.FeelError, TypeError) as error:
            raise timers.TimerError(f"定时“{timer.value.text}”无法计算：{error}") from None
    if after is None:
        due: timers.Due | None = timers.first(
            timer.kind, value, environment.now, environment.zone_info
        )
    elif timer.kind == "cycle":
        due = timers.following(value, after, left, environment.now, environment.zone_info)
    else:
        due = None
    return None if due is None else (due.at, due.repetitions)
