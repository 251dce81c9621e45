"""The periodic round: due timers, the outbox, leases that ran out, and what has had its time.

Every round is safe to run in several processes at once, and each piece of work commits by itself:
one bad case never stops the round.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from engine.model.actor import SYSTEM
from engine.model.commands import Trigger
from engine.model.effects import IncidentRaised
from engine.model.errors import BanshiError
from engine.model.keys import part
from engine.runtime import next_timer
from engine.service.app import App
from engine.service.cases.opening import Applicant, open_instance
from engine.service.clock.expire_task import expire_tasks
from engine.service.exchange.deliver import deliver
from engine.service.exchange.run_job import run_job
from engine.service.stepping import Act, advance, record, require_written
from engine.storage.clock import timers
from engine.storage.clock.timers import DueStart, DueTimer
from engine.storage.commands import idempotency
from engine.storage.commands.changes import TimerEnd
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.exchange import jobs, messages
from engine.storage.exchange.queue import RUN_JOB
from engine.storage.instances import tree_root
from engine.text import tell

_log = logging.getLogger(__name__)

FIRST_BACK_OFF = timedelta(seconds=5)
LONGEST_BACK_OFF = timedelta(hours=1)
START_BACK_OFF = timedelta(minutes=1)
#: After so many failures of one timer somebody has to look at it.
FAILURES_TO_INCIDENT = 5


@dataclass(frozen=True, kw_only=True)
class Swept:
    """How much there was of everything."""

    timers: int
    deadlines: int
    starts: int
    deliveries: int
    leases: int
    messages: int
    answers: int

    def __bool__(self) -> bool:
        return any((self.timers, self.deadlines, self.starts, self.deliveries, self.leases))


def sweep(app: App, *, limit: int = 500) -> Swept:
    """One round; at most ``limit`` of each kind."""
    return Swept(
        timers=fire_due_timers(app, limit=limit),
        deadlines=expire_tasks(app, limit=limit),
        starts=fire_due_starts(app, limit=limit),
        deliveries=deliver(app, limit=limit),
        leases=requeue_expired(app, limit=limit),
        messages=_in_one(app, lambda work: messages.expire_messages(work, now=app.now())),
        answers=_in_one(
            app,
            lambda work: idempotency.sweep(
                work, before=app.now() - timedelta(days=app.settings.idempotency_days)
            ),
        ),
    )


def fire_due_timers(app: App, *, limit: int) -> int:
    """Fire timers that are due, each in its own transaction; returns how many were taken."""
    return _until_done(limit, lambda: _fire_timer(app))


def fire_due_starts(app: App, *, limit: int) -> int:
    """Start the cases whose time has come (process-level timer start events)."""
    return _until_done(limit, lambda: _fire_start(app))


def requeue_expired(app: App, *, limit: int) -> int:
    """Open again jobs whose worker did not finish in time, and wake the background for them."""
    with app.database.unit_of_work() as work:
        late = jobs.expire_leases(work, now=app.now(), limit=limit)
        app.queue.defer(
            work, RUN_JOB, [{"key": str(key)} for key, kind in late if kind in app.handlers]
        )
        work.commit()
    return len(late)


def run_waiting_jobs(app: App, *, limit: int) -> int:
    """Do internal jobs whose time has come: those put off, and any that nobody was woken for."""
    with app.database.unit_of_work() as work:
        waiting = jobs.waiting_jobs(work, app.handlers.keys(), now=app.now(), limit=limit)
    return sum(1 for key in waiting if run_job(app, key))


def _fire_timer(app: App) -> bool:
    with app.database.unit_of_work() as work:
        timer = timers.take_due_timer(work, now=app.now())
        if timer is None:
            return False
        try:
            _trigger(app, work, timer)
        except BanshiError as error:
            failure: Exception = error
        except Exception as error:  # noqa: BLE001 - one bad case never stops the round
            _log.exception("timer %s failed", timer.key)
            failure = error
        else:
            work.commit()
            return True
    _put_off(app, timer, failure)
    return True


def _trigger(app: App, work: UnitOfWork, timer: DueTimer) -> None:
    now = app.now()
    locked = lock(
        work,
        instance_key=timer.instance_key,
        element_key=timer.element_key,
        actor=SYSTEM,
        now=now,
    )
    require_written(
        advance(
            app,
            work,
            at=locked.head,
            state=locked.state,
            pinned=app.bundles.of_instance(work, locked.head.bundle_key),
            command=Trigger(element_key=timer.element_key, event_id=timer.event_id),
            act=Act(kind="timer", element_key=timer.element_key, element_id=timer.event_id),
            actor=SYSTEM,
            gate=TimerEnd(key=timer.key, failed=timer.failures >= FAILURES_TO_INCIDENT),
            now=now,
        )
    )


def _put_off(app: App, timer: DueTimer, failure: Exception) -> None:
    wait = min(FIRST_BACK_OFF * 2 ** min(timer.failures, 10), LONGEST_BACK_OFF)
    _log.warning("timer %s put off for %s: %s", timer.key, wait, failure)
    with app.database.unit_of_work() as work:
        if timer.failures + 1 == FAILURES_TO_INCIDENT:
            _raise_incident(app, work, timer, failure)
        timers.put_off_timer(work, timer.key, until=app.now() + wait)
        work.commit()


def _raise_incident(app: App, work: UnitOfWork, timer: DueTimer, failure: Exception) -> None:
    now = app.now()
    locked = lock(
        work,
        instance_key=timer.instance_key,
        element_key=timer.element_key,
        actor=SYSTEM,
        now=now,
        position=False,
    )
    head = locked.head
    incident = IncidentRaised(
        key=part(head.key, head.counter + 1),
        element_key=timer.element_key,
        element_id=timer.event_id,
        kind="TIMER_FAILED",
        message=tell("定时器到期后多次未能触发：{failure}", failure=failure),
    )
    record(
        work,
        head=head,
        act=Act(kind="timer-failure", element_key=timer.element_key, element_id=timer.event_id),
        actor=SYSTEM,
        gate=None,
        now=now,
        incidents=[incident],
    )


def _fire_start(app: App) -> bool:
    with app.database.unit_of_work() as work:
        due = timers.take_due_start(work, now=app.now())
        if due is None:
            return False
        try:
            _start(app, work, due)
        except Exception:  # noqa: BLE001 - one bad case never stops the round
            _log.exception("start timer %s of %s failed", due.event_id, due.definition_key)
        else:
            work.commit()
            return True
    with app.database.unit_of_work() as work:
        timers.put_off_start(work, due, until=app.now() + START_BACK_OFF)
        work.commit()
    return True


def _start(app: App, work: UnitOfWork, due: DueStart) -> None:
    pinned = app.bundles.resolve(definition_key=due.definition_key)
    following = next_timer(
        pinned.definition,
        due.event_id,
        app.environment(),
        after=due.due_at,
        left=due.repetitions,
    )
    at, repetitions = following if following is not None else (None, None)
    timers.set_start_timer(work, due, due_at=at, repetitions=repetitions)
    open_instance(
        app,
        work,
        pinned=pinned,
        variables={},
        applicant=Applicant.of(SYSTEM),
        unit=tree_root.root_unit(work),
        actor=SYSTEM,
        act=Act(kind="timer", facts={"process": pinned.process.process_id}),
        now=app.now(),
        event_id=due.event_id,
    )


def _until_done(limit: int, once: Callable[[], bool]) -> int:
    taken = 0
    while taken < limit and once():
        taken += 1
    return taken


def _in_one(app: App, do: Callable[[UnitOfWork], int]) -> int:
    with app.database.unit_of_work() as work:
        count = do(work)
        work.commit()
    return count
