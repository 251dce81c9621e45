"""A task's deadline as its diagram says it; one that cannot be worked out is an incident.

The case goes on without the deadline meanwhile; an administrator mends the data (or whatever is
wrong) and tries again, and the deadline stands as if it had been there from the first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.model.effects import TaskOpened
from engine.model.errors import Conflict
from engine.model.execution import Locked
from engine.model.keys import Key
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.clock.clock_turns import ON_EXPIRY, runs_on, task_due
from engine.service.clock.deadlines import (
    DeadlineFault,
    Due,
    days_stopped,
    due_of,
    evaluated,
)
from engine.storage.clock import clocks
from engine.storage.clock.clocks import OpenDue
from engine.storage.commands.changes import TaskDue
from engine.storage.database import UnitOfWork
from engine.text import tell

#: The kinds of the incidents: no deadline; what holds at the deadline could not be done.
NO_DEADLINE, NOT_EXPIRED = "DEADLINE_ERROR", "EXPIRY_FAILED"

#: Nobody can tell to whom a copy goes (``copying``).
NOT_COPIED = "COPY_ERROR"

#: Incidents that a task may stand in beside having nobody: who gets it does not end them.
BESIDE = frozenset({NO_DEADLINE, NOT_EXPIRED, NOT_COPIED})

DEADLINE = "banshi:deadline"


def is_worked_out(properties: Mapping[str, str]) -> bool:
    """Whether the deadline is an expression over the task's variables."""
    return properties.get(DEADLINE, "").lstrip().startswith("=")


def may_stand_in(pinned: Pinned, element_id: str | None) -> bool:
    """Whether a task of this element may have an incident of its deadline."""
    at = element_id or ""
    return at in pinned.marked(ON_EXPIRY) or pinned.marked(DEADLINE).get(at, "").startswith("=")


def opening_deadline(
    app: App, effect: TaskOpened, seen: Callable[[], Mapping[str, Any]], *, now: datetime
) -> tuple[Due, str]:
    """The deadline of a task that opens, and why it has none though it should ("" = it has).

    ``seen``: the variables that the task sees, asked for only by expressions.
    """
    told: Mapping[str, str] = effect.properties
    if effect.due_at is not None:
        return Due(at=effect.due_at), ""
    if is_worked_out(told):
        source = told[DEADLINE]
        try:
            told = {**told, DEADLINE: evaluated(app, source, seen())}
        except DeadlineFault as fault:
            return Due(), tell(
                "“{name}”的办理期限“{source}”{why}，此任务暂无期限。",
                name=effect.name,
                source=source.strip()[:200],
                why=str(fault),
            )
    return due_of(app, told, opened_at=now) or Due(), ""


def deadline_again(app: App, work: UnitOfWork, locked: Locked, key: Key) -> TaskDue | None:
    """The deadline of the open task as it should have been; None where it has ended, or somebody
    has set one meanwhile. Raises Conflict: it cannot be worked out yet."""
    row = next((row for row in clocks.dues_of(work, locked.head.key) if row.key == key), None)
    if row is None or row.due.due_at is not None or row.due.due_pending or row.due.due_stopped:
        return None
    told = dict(row.properties)
    if is_worked_out(told):
        try:
            told[DEADLINE] = evaluated(app, told[DEADLINE], _seen(locked, row))
        except DeadlineFault as fault:
            why = tell("办理期限仍{why}", why=str(fault))
            raise Conflict(what=tell("此任务"), reason=why) from fault
    due = due_of(app, told, opened_at=row.created_at)
    return None if due is None else task_due(row, _on_the_clock(app, work, locked, row, due))


def _on_the_clock(app: App, work: UnitOfWork, locked: Locked, row: OpenDue, due: Due) -> Due:
    """As the case's clock stands: what it stood still since counts on, or is still to count."""
    if due.rule is None or runs_on(row.lane_kind, row.properties):
        return due
    if locked.head.clock_stopped_at is not None:
        return replace(due, at=None, pending=False, stopped=True)
    zone = app.settings.timezone
    stops = days_stopped(clocks.stops_of(work, locked.head.key), zone)
    return due.rule.due(app.calendars.current, stops, zone)


def _seen(locked: Locked, row: OpenDue) -> Mapping[str, Any]:
    """The variables that the task sees now, inner scopes over outer ones."""
    parents = {scope.key: scope.parent_key for scope in locked.state.scopes}
    chain: list[Key] = [row.key]
    above: Key | None = row.scope_key
    while above is not None:
        chain.append(above)
        above = parents.get(above)
    seen: dict[str, Any] = {}
    for scope in reversed(chain):
        seen |= locked.state.variables.get(scope, {})
    return seen
