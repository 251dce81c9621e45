"""The case's clock follows its tokens: it stands still while one stays on a marked node.

Worked out of a step's effects (``projection``), so that the stop is written in the same statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import replace

from engine.model.clock import STOPS_CLOCK, ClockStop, StopKind, Turn, Turned, turned
from engine.model.effects import TimerSet
from engine.model.keys import Key
from engine.model.states import InstanceState, TaskState, VisitState
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.clock.clock_turns import STATUTORY, STOPS, runs_on, turn_clock
from engine.service.clock.deadlines import Due, Rule, stopped
from engine.storage.clock import clocks
from engine.storage.commands.changes import Changes, NewTask, NewVisit, TaskEnd
from engine.storage.database import UnitOfWork

_ENDED = (InstanceState.COMPLETED, InstanceState.TERMINATED)


def follow_tokens(
    app: App,
    work: UnitOfWork,
    pinned: Pinned,
    changes: Changes,
    *,
    visits: Mapping[Key, NewVisit],
    tasks: MutableMapping[Key, NewTask],
    timers: Mapping[Key, TimerSet],
    next_key: Callable[[], Key],
) -> None:
    """Put into ``changes`` what the step does to the clock; ``tasks`` that open while it stands
    still lose their day until it goes on. Costs nothing where no node is marked."""
    marked = pinned.marked(STOPS)
    head = changes.head
    still = head is not None and head.clock_stopped_at is not None
    opened = _opened(marked, visits) if marked else {}
    if not still and not opened:
        return
    doomed: frozenset[Key] = frozenset()
    if changes.terminated and head is not None:
        doomed = clocks.scopes_within(work, head.key, changes.terminated)
    stop = _open_stop(work, changes.instance_key) if still else None
    done = turned(
        stop,
        opened=opened,
        closed=_closed(work, changes, stop, doomed),
        key=stop.key if stop else next_key(),
        reason="、".join(pinned.element_name(visits[key].element_id) for key in opened),
        now=changes.now,
    )
    if stop is not None and changes.state in _ENDED:
        over = replace(stop, holders=(), resumed_at=changes.now)
        done = Turned(turn=Turn.RESUME, stop=over)
    if done is None or done.turn is not Turn.RESUME:
        _wait(app, pinned, changes, tasks, timers)
    if done is not None:
        gate = changes.gate
        leaving = [gate.key] if isinstance(gate, TaskEnd) else []
        turn_clock(app, work, pinned, changes, done, leaving=leaving, doomed=doomed)


def _opened(marked: Mapping[str, str], visits: Mapping[Key, NewVisit]) -> dict[Key, StopKind]:
    return {
        key: STOPS_CLOCK[marked[visit.element_id]]
        for key, visit in visits.items()
        if visit.state is VisitState.ACTIVE and marked.get(visit.element_id) in STOPS_CLOCK
    }


def _open_stop(work: UnitOfWork, instance_key: Key) -> ClockStop | None:
    return next((stop for stop in clocks.stops_of(work, instance_key) if stop.open), None)


def _closed(
    work: UnitOfWork, changes: Changes, stop: ClockStop | None, doomed: frozenset[Key]
) -> set[Key]:
    closed = set(changes.visits_closed)
    if stop is not None and doomed:
        closed |= clocks.visits_within(work, changes.instance_key, stop.holders, doomed)
    return closed


def _wait(
    app: App,
    pinned: Pinned,
    changes: Changes,
    tasks: MutableMapping[Key, NewTask],
    timers: Mapping[Key, TimerSet],
) -> None:
    """What opens while the clock stands still gets its day when the clock goes on."""
    for key, task in tasks.items():
        if task.state is not TaskState.CREATED or runs_on(task.lane_kind, task.properties):
            continue
        rule = Rule.read(task.due_rule) if task.due_rule else None
        due = stopped(
            Due(at=task.due_at, pending=task.due_pending, rule=rule),
            at=changes.now,
            zone=app.settings.timezone,
        )
        tasks[key] = replace(
            task,
            due_at=due.at,
            due_pending=due.pending,
            due_stopped=due.stopped,
            due_rule=due.stored_rule,
        )
    marked = pinned.marked(STATUTORY)
    changes.timers_held = frozenset(
        key
        for key, timer in timers.items()
        if marked.get(timer.event_id.partition("/")[0]) == "true"
    )
