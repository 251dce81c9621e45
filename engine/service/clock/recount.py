"""A changed calendar: deadlines, statutory periods and timers that hang on it are counted anew.

In the background, case by case, each under its lock and in its own transaction. A notice is done
when every case was gone through; until then the worker comes back to it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from engine.calendar import Calendar, end_of_day
from engine.calendar.periods import ONE_DAY
from engine.model.actor import SYSTEM
from engine.model.keys import Key, instance_of
from engine.model.notifications import Announcement, NoticeKind
from engine.model.states import InstanceState
from engine.runtime import Environment
from engine.runtime.recounting import calendar_timers, timer_due
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.clock.calendars import calendar_of
from engine.service.clock.clock_turns import (
    STATUTORY,
    counts_working_days,
    due_as_is,
    runs_on,
    task_due,
)
from engine.service.clock.deadlines import Due, Rule, due_of, moved, resumed
from engine.service.stepping import Act, record, require_written
from engine.storage.clock import calendar_notices, clocks, recounting
from engine.storage.clock.calendar_notices import EnteredNotice
from engine.storage.clock.clocks import OpenTimer, Statutory
from engine.storage.commands.changes import Changes, ClockRow, TaskDue, TimerMove
from engine.storage.commands.locking import lock, look
from engine.storage.database import UnitOfWork
from engine.text import tell

_LOG = logging.getLogger(__name__)
_BATCH = 200
_RUNNING = (InstanceState.ACTIVE, InstanceState.SUSPENDED)


@dataclass(frozen=True, kw_only=True)
class Recount:
    """From one calendar to another. ``bundles`` and ``events``: whose timers ask the calendar."""

    old: Calendar
    new: Calendar
    number: str = ""
    bundles: tuple[Key, ...] = ()
    events: tuple[str, ...] = ()

    def first(self, app: App) -> datetime | None:
        """When the first day begins that works in one and not in the other; None: no such day."""
        days = self.old.differences(self.new)
        if not days:
            return None
        return end_of_day(min(days) - ONE_DAY, app.settings.timezone).astimezone(UTC)


@dataclass(kw_only=True)
class _Found:
    """What of one case has moved."""

    dues: list[TaskDue] = field(default_factory=list)
    timers: list[TimerMove] = field(default_factory=list)
    clock: ClockRow | None = None
    told: list[list[str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.dues or self.timers or self.clock)


def recount_waiting(app: App) -> int:
    """Go through the cases that notices entered since may have moved; returns how many did."""
    with app.database.unit_of_work() as work:
        waiting = calendar_notices.not_recounted(work)
    return sum(_recount(app, notice) for notice in waiting)


def count_affected(app: App, work: UnitOfWork, *, old: Calendar, new: Calendar) -> int:
    """How many cases would be gone through, before anything is written."""
    recount = _with_timers(app, work, Recount(old=old, new=new))
    first = recount.first(app)
    if first is None:
        return 0
    return recounting.count_affected(
        work, first=first, bundles=recount.bundles, events=recount.events
    )


def _recount(app: App, notice: EnteredNotice) -> int:
    with app.database.unit_of_work() as work:
        recount = Recount(
            old=calendar_of(work, besides=notice),
            new=calendar_of(work),
            number=notice.number,
        )
        recount = _with_timers(app, work, recount)
    app.calendars.replace(recount.new)
    first, count, failed = recount.first(app), 0, False
    for key in _affected(app, recount, first) if first is not None else ():
        try:
            with app.database.unit_of_work() as work:
                if _recount_case(app, work, key, recount):
                    count += 1
                work.commit()
        except Exception:  # noqa: BLE001 - one case never stops the others
            _LOG.exception("the deadlines of case %s could not be counted anew", key)
            failed = True
    if not failed:
        with app.database.unit_of_work() as work:
            calendar_notices.recounted(work, notice, now=app.now())
            work.commit()
    return count


def _affected(app: App, recount: Recount, first: datetime) -> Iterator[Key]:
    after = Key(0)
    while True:
        with app.database.unit_of_work() as work:
            found = recounting.affected(
                work,
                first=first,
                bundles=recount.bundles,
                events=recount.events,
                after=after,
                limit=_BATCH,
            )
        yield from found
        if len(found) < _BATCH:
            return
        after = found[-1]


def _with_timers(app: App, work: UnitOfWork, recount: Recount) -> Recount:
    """With the timers that ask the calendar, of whatever is running."""
    asking: dict[Key, frozenset[str]] = {}
    for key in recounting.running_bundles(work):
        nodes = calendar_timers(app.bundles.of_instance(work, key).bundle)
        if nodes:
            asking[key] = nodes
    events = sorted({node for nodes in asking.values() for node in nodes})
    return replace(recount, bundles=tuple(sorted(asking)), events=tuple(events))


def _recount_case(app: App, work: UnitOfWork, key: Key, recount: Recount) -> bool:
    now = app.now()
    head = lock(work, instance_key=key, element_key=key, actor=SYSTEM, now=now, position=False).head
    if head.state not in _RUNNING:
        return False
    pinned = app.bundles.of_instance(work, head.bundle_key)
    found = _Found()
    _tasks(app, work, key, recount, found)
    _statutory(app, work, key, recount, found)
    _timers(app, work, key, pinned, recount, found)
    if not found:
        return False

    def adapt(changes: Changes) -> None:
        changes.dues = found.dues
        changes.clock = found.clock
        changes.timers_moved = found.timers

    require_written(
        record(
            work,
            head=head,
            act=Act(kind="recount", facts={"notice": recount.number, "moved": found.told}),
            actor=SYSTEM,
            gate=None,
            now=now,
            state=head.state,
            also=[
                Announcement(kind=NoticeKind.DEADLINE_RECOUNTED, instance_key=key, task_key=due.key)
                for due in found.dues
            ],
            adapt=adapt,
        )
    )
    return True


def _tasks(app: App, work: UnitOfWork, key: Key, recount: Recount, found: _Found) -> None:
    zone, stops = app.settings.timezone, clocks.stops_of(work, key)
    for row in clocks.dues_of(work, key):
        due = due_as_is(row)
        if due.rule is None and due.pending:  # it opened before rules were kept with tasks
            due = due_of(app, row.properties, opened_at=row.created_at) or due
            due = replace(due, at=None, pending=True)
        if due.rule is None or due.stopped:
            continue
        own = runs_on(row.lane_kind, row.properties)
        after = resumed(due, calendar=recount.new, stops=() if own else stops, zone=zone)
        if (after.at, after.pending) != (due.at, due.pending):
            found.dues.append(task_due(row, after))
            found.told.append([row.element_id, _text(due), _text(after)])


def _statutory(app: App, work: UnitOfWork, key: Key, recount: Recount, found: _Found) -> None:
    own: Statutory | None = clocks.statutory_of(work, key)
    if own is None or own.rule is None or (own.stopped_at and own.due_at is None):
        return
    due = Due(at=own.due_at, pending=own.pending, rule=Rule.read(own.rule))
    after = resumed(
        due,
        calendar=recount.new,
        stops=clocks.stops_of(work, key),
        zone=app.settings.timezone,
    )
    if (after.at, after.pending) == (due.at, due.pending):
        return
    found.clock = ClockRow(
        clock_stopped_at=own.stopped_at,
        clock_stop_kind=own.kind,
        statutory_due_at=after.at,
        statutory_pending=after.pending,
    )
    found.told.append(["", _text(due), _text(after)])


def _timers(  # noqa: PLR0917 - the parts of a case
    app: App, work: UnitOfWork, key: Key, pinned: Pinned, recount: Recount, found: _Found
) -> None:
    asking = calendar_timers(pinned.bundle)
    for timer in clocks.timers_of(work, key) if asking else ():
        if timer.event_id.partition("/")[0] not in asking or timer.entered_at is None:
            continue
        before, _ = _timer(app, work, pinned, timer, recount.old)
        after, sure = _timer(app, work, pinned, timer, recount.new)
        if before != timer.due_at or after is None:
            continue  # its variables are others by now: it stays as it was set
        stands = timer.held and _stands_still(work, key)
        if after != timer.due_at or (timer.held and sure and not stands):
            found.timers.append(TimerMove(key=timer.key, due_at=after, held=stands or not sure))
            found.told.append([timer.event_id, timer.due_at.isoformat(), after.isoformat()])


def _timer(
    app: App, work: UnitOfWork, pinned: Pinned, timer: OpenTimer, calendar: Calendar
) -> tuple[datetime | None, bool]:
    """When it would be due by this calendar, had it been set when its element was entered."""
    assert timer.entered_at is not None  # noqa: S101 - the caller has looked
    instance = instance_of(timer.key)
    state = look(
        work,
        instance_key=instance,
        element_key=timer.element_key,
        actor=SYSTEM,
        now=app.now(),
    ).state
    with app.calendars.as_if(calendar):
        at = timer_due(
            pinned.bundle,
            state,
            timer.element_key,
            timer.event_id,
            Environment(now=timer.entered_at, zone=app.settings.zone),
        )
    sure = True
    marked = pinned.marked(STATUTORY).get(timer.event_id.partition("/")[0]) == "true"
    for stop in clocks.stops_of(work, instance) if marked else ():
        if at is None or stop.resumed_at is None or stop.resumed_at <= timer.entered_at:
            continue
        at, certain = moved(
            at,
            stop=replace(stop, stopped_at=max(stop.stopped_at, timer.entered_at)),
            working=counts_working_days(pinned, timer.event_id),
            calendar=calendar,
            zone=app.settings.timezone,
        )
        sure = sure and certain
    return at, sure


def _stands_still(work: UnitOfWork, key: Key) -> bool:
    own = clocks.statutory_of(work, key)
    return own is not None and own.stopped_at is not None


def _text(due: Due) -> Any:
    return due.at.isoformat() if due.at else tell("待国办公布")
