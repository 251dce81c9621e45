"""Try again what stands in an incident, after its cause has been mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.commands import Retry
from engine.model.errors import Conflict, NotFound
from engine.model.execution import Locked
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.cases.copying import announcement, copies_again
from engine.service.clock.task_deadlines import (
    BESIDE,
    NO_DEADLINE,
    NOT_COPIED,
    NOT_EXPIRED,
    deadline_again,
)
from engine.service.standing import as_of_now, case_facts
from engine.service.stepping import Act, advance, record, require_written
from engine.service.tasks.assignment import NOBODY, Case
from engine.service.tasks.task_standing import pairs
from engine.storage.clock import clocks, timers
from engine.storage.commands.changes import Changes, JobRetry, NewCopy, TaskDue
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.exchange.queue import RUN_JOB
from engine.storage.instances import incidents
from engine.storage.instances.incidents import Standing
from engine.text import tell

#: The kind of the incident of a job whose retries are used up.
NO_RETRIES = "JOB_NO_RETRIES"
#: The kind of the incident of a timer that could not be fired again and again.
TIMER_FAILED = "TIMER_FAILED"

#: Kinds of which the diagram's own position knows nothing.
_OURS = frozenset({NOBODY, NO_RETRIES, TIMER_FAILED}) | BESIDE


def resolve_incident(app: App, actor: Actor, *, key: Key) -> None:
    """Administrators only. A job is opened again, a task must have somebody to take it now, a
    deadline that can be worked out now, and anything else is stepped again. Raises Forbidden, NotFound, Conflict (solved, or not mended)."""
    with app.database.unit_of_work() as work:
        resolve_in(app, work, actor, key=key)
        work.commit()


def resolve_in(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    *,
    key: Key,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """The same in the caller's transaction; ``facts``: what else the journal says of it."""
    now = app.now()
    found = incidents.standing(work, key)
    if found is None:
        raise NotFound(what=tell("异常"), key=str(key))
    locked = lock(
        work,
        instance_key=keys.instance_of(key),
        element_key=_work_of(found),
        actor=actor,
        now=now,
        task=found.kind == NOBODY,
        job=found.kind == NO_RETRIES,
    )
    me = as_of_now(actor, locked)
    facts_of_case = case_facts(me, locked)
    if found.kind == NOT_COPIED:  # the case may have ended with it
        facts_of_case = replace(facts_of_case, running=True)
    require(me, Action.CHANGE_CASE, facts_of_case)
    if locked.head.state is InstanceState.SUSPENDED:
        raise Conflict(what=tell("此事项"), reason=tell("已暂停，请先恢复办理再重试"))
    found = incidents.standing(work, key) or found
    if not found.active:
        raise Conflict(what=tell("此异常"), reason=tell("已经处理"))
    act = Act(
        kind="retry",
        element_key=found.element_key,
        element_id=found.element_id,
        facts={"incident": found.kind, **(facts or {})},
    )
    _retry(app, work, me, locked=locked, found=found, act=act)


def _retry(
    app: App, work: UnitOfWork, me: Actor, *, locked: Locked, found: Standing, act: Act
) -> None:
    if found.kind in _OURS:
        _mended(app, work, me, locked=locked, found=found, act=act)
        return
    require_written(
        advance(
            app,
            work,
            at=locked.head,
            state=locked.state,
            pinned=app.bundles.of_instance(work, locked.head.bundle_key),
            command=Retry(element_key=found.element_key),
            act=act,
            actor=me,
            now=app.now(),
        )
    )


def _mended(
    app: App, work: UnitOfWork, me: Actor, *, locked: Locked, found: Standing, act: Act
) -> None:
    """What only this incident is about; others that the element stands in stay open."""
    copied: tuple[NewCopy, ...] = ()
    due: TaskDue | None = None
    if found.kind == NOBODY:
        _require_staffed(app, work, locked)
    elif found.kind == NO_DEADLINE:
        due = deadline_again(app, work, locked, found.element_key)
    elif found.kind == NOT_COPIED:
        copied = copies_again(app, work, locked, found.element_id)

    def adapt(changes: Changes) -> None:
        changes.dues += [due] if due is not None else []
        changes.incidents_kept = _OURS - {found.kind}

    require_written(
        record(
            work,
            head=locked.head,
            act=act,
            actor=me,
            gate=JobRetry(key=_work_of(found)) if found.kind == NO_RETRIES else None,
            now=app.now(),
            incidents_resolved_of=[found.element_key],
            copies=copied,
            also=[announcement(locked.head.key, [c.username for c in copied])] if copied else (),
            adapt=adapt,
        )
    )
    if found.kind == NOT_EXPIRED:
        clocks.put_off_expiry(work, found.element_key, until=app.now())
    if found.kind == TIMER_FAILED:
        timers.try_timers_again(work, locked.head.key, found.element_key, now=app.now())
    if locked.job is not None and locked.job.type in app.handlers:
        app.queue.defer(work, RUN_JOB, [{"key": str(_work_of(found))}])


def _work_of(found: Standing) -> Key:
    """The key of the job that has failed (a listener's is not its element's)."""
    if found.kind == NO_RETRIES and found.job_key is not None:
        return found.job_key
    return found.element_key


def _require_staffed(app: App, work: UnitOfWork, locked: Locked) -> None:
    task = locked.task
    if task is None:
        return
    besides = Case.of(locked.head).besides(task.lane_kind, task.properties)
    people = app.directory.active(work, task.candidate_users).values()
    staffed = (
        (task.assignee is not None and task.assignee not in locked.head.barred)
        or any(key not in besides for key in people)
        or any(
            app.directory.held(work, role, unit, besides=besides)
            for role, unit in pairs(task.candidate_groups)
        )
    )
    if not staffed:
        raise Conflict(
            what=tell("此任务"), reason=tell("仍无人可以办理，请先设置岗位人员或直接转办")
        )
