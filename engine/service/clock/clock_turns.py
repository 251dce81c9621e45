"""What a turn of the clock means for a case: its own day, its tasks' deadlines, its timers.

Tasks that stop the clock themselves, and the applicant's, run on: the period that stands still is
the administration's. Everything here is worked out under the instance's lock and written with the
rest of the command.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from engine.model.clock import STOPS_CLOCK, ClockStop, Turn, Turned
from engine.model.effects import LaneKind
from engine.model.keys import Key
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.clock.deadlines import Due, Rule, moved, resumed, stopped
from engine.storage.clock import clocks
from engine.storage.clock.clocks import OpenDue, OpenTimer, Statutory
from engine.storage.commands.changes import Changes, ClockRow, TaskDue, TimerMove
from engine.storage.database import UnitOfWork

#: On a process, a task, a catch event: what the properties are called.
STOPS, STATUTORY, ON_EXPIRY = "banshi:stopsClock", "banshi:statutory", "banshi:onExpiry"


def runs_on(lane_kind: str | None, properties: Mapping[str, str]) -> bool:
    """Whether a task's deadline runs on while the case's clock stands still."""
    return properties.get(STOPS) in STOPS_CLOCK or lane_kind == LaneKind.APPLICANT


def turn_clock(
    app: App,
    work: UnitOfWork,
    pinned: Pinned,
    changes: Changes,
    done: Turned,
    *,
    leaving: Collection[Key] = (),
    doomed: Collection[Key] = (),
) -> None:
    """Put into ``changes`` all that follows from the turn.

    ``leaving``: tasks that this command ends; ``doomed``: scopes that it takes away.
    """
    changes.turned = done
    ended = changes.state not in {"ACTIVE", "SUSPENDED"}
    instance = changes.instance_key
    found = clocks.statutory_of(work, instance) if changes.head is not None else _opening(changes)
    if found is None:
        return
    before = clocks.stops_of(work, instance) if changes.head is not None else ()
    stops = (*(s for s in before if s.key != done.stop.key), done.stop)
    changes.clock = _row(app, found, done, stops, now=changes.now)
    if ended or done.turn is Turn.HOLD or changes.head is None:
        return
    gone = {*leaving, *changes.tasks_canceled}
    for task in clocks.dues_of(work, instance):
        if task.key in gone or task.scope_key in doomed:
            continue
        due = _turned_due(app, task, done, stops, now=changes.now)
        if due is not None:
            changes.dues.append(due)
    changes.timers_moved += [
        move
        for timer in _statutory_timers(work, pinned, changes, doomed)
        if (move := _turned_timer(app, pinned, timer, done)) is not None
    ]


def task_due(row: OpenDue, due: Due) -> TaskDue:
    """The open task with this deadline; what holds at its end holds then."""
    return TaskDue(
        key=row.key,
        due_at=due.at,
        due_pending=due.pending,
        due_stopped=due.stopped,
        due_rule=due.stored_rule,
        expiry_at=due.at if ON_EXPIRY in row.properties else None,
        extensions=row.due.extensions,
    )


def due_as_is(row: OpenDue) -> Due:
    stored = row.due.due_rule
    return Due(
        at=row.due.due_at,
        pending=row.due.due_pending,
        stopped=row.due.due_stopped,
        rule=Rule.read(stored) if stored else None,
    )


def counts_working_days(pinned: Pinned, event_id: str) -> bool:
    """Whether the timer is drawn with working days, so that what is left of it counts in them."""
    node_id = event_id.partition("/")[0]
    for definition in pinned.bundle.processes.values():
        node = definition.node(node_id)
        for event in node.event.definitions if node is not None and node.event else ():
            if event.timer is not None and "working day" in event.timer.value.text:
                return True
    return False


def _opening(changes: Changes) -> Statutory | None:
    opens = changes.opens
    if opens is None:
        return None
    return Statutory(
        rule=opens.statutory_rule,
        due_at=opens.statutory_due_at,
        pending=opens.statutory_pending,
        stopped_at=None,
        kind=None,
    )


def _row(
    app: App, found: Statutory, done: Turned, stops: tuple[ClockStop, ...], *, now: datetime
) -> ClockRow:
    zone = app.settings.timezone
    due = Due(
        at=found.due_at,
        pending=found.pending,
        rule=Rule.read(found.rule) if found.rule else None,
    )
    if done.turn is Turn.STOP:
        due = stopped(due, at=now, zone=zone)
    elif done.turn is Turn.RESUME and due.at is None:
        due = resumed(due, calendar=app.calendars.current, stops=stops, zone=zone)
    running = done.turn is Turn.RESUME
    return ClockRow(
        clock_stopped_at=None if running else done.stop.stopped_at,
        clock_stop_kind=None if running else done.stop.kind,
        statutory_due_at=due.at,
        statutory_pending=due.pending,
    )


def _turned_due(
    app: App, task: OpenDue, done: Turned, stops: tuple[ClockStop, ...], *, now: datetime
) -> TaskDue | None:
    zone, due = app.settings.timezone, due_as_is(task)
    if done.turn is Turn.STOP:
        if runs_on(task.lane_kind, task.properties):
            return None
        after = stopped(due, at=now, zone=zone)
    elif due.stopped:
        after = resumed(due, calendar=app.calendars.current, stops=stops, zone=zone)
    else:
        return None
    return task_due(task, after) if after != due else None


def _statutory_timers(
    work: UnitOfWork, pinned: Pinned, changes: Changes, doomed: Collection[Key]
) -> list[OpenTimer]:
    """The marked timers that this command leaves alone."""
    marked = {node for node, value in pinned.marked(STATUTORY).items() if value == "true"}
    if not marked:
        return []
    fired = getattr(changes.gate, "key", None)
    return [
        timer
        for timer in clocks.timers_of(work, changes.instance_key)
        if timer.event_id.partition("/")[0] in marked
        and timer.key != fired
        and timer.key not in changes.waits_closed
        and timer.element_key not in changes.waits_closed_of
        and timer.element_key not in doomed
        and timer.scope_key not in doomed
    ]


def _turned_timer(app: App, pinned: Pinned, timer: OpenTimer, done: Turned) -> TimerMove | None:
    if done.turn is Turn.STOP:
        if timer.due_at <= done.stop.stopped_at:
            return None
        return TimerMove(key=timer.key, due_at=timer.due_at, held=True)
    if not timer.held:
        return None
    began = max(done.stop.stopped_at, timer.entered_at or done.stop.stopped_at)
    at, sure = moved(
        timer.due_at,
        stop=_since(done.stop, began),
        working=counts_working_days(pinned, timer.event_id),
        calendar=app.calendars.current,
        zone=app.settings.timezone,
    )
    return TimerMove(key=timer.key, due_at=at, held=not sure)


def _since(stop: ClockStop, began: datetime) -> ClockStop:
    """The part of the stop that a timer set meanwhile has seen."""
    return ClockStop(
        key=stop.key,
        kind=stop.kind,
        reason=stop.reason,
        by=stop.by,
        stopped_at=began,
        resumed_at=stop.resumed_at,
    )
