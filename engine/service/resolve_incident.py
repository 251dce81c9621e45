"""Try again what stands in an incident, after its cause has been mended."""

from __future__ import annotations

from engine.model import keys
from engine.model.actor import Actor
from engine.model.commands import Retry
from engine.model.errors import Conflict, NotFound
from engine.model.execution import Locked
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.service.app import App
from engine.service.assignment import NOBODY
from engine.service.standing import as_of_now, case_facts
from engine.service.stepping import Act, advance, record, require_written
from engine.service.task_standing import pairs
from engine.storage import incidents
from engine.storage.changes import JobRetry
from engine.storage.database import UnitOfWork
from engine.storage.incidents import Standing
from engine.storage.locking import lock
from engine.storage.queue import RUN_JOB

#: The kind of the incident of a job whose retries are used up.
NO_RETRIES = "JOB_NO_RETRIES"


def resolve_incident(app: App, actor: Actor, *, key: Key) -> None:
    """Administrators only. A job is opened again, a task must have somebody to take it now, and
    anything else is stepped again. Raises Forbidden, NotFound, Conflict (solved, or not mended)."""
    now = app.now()
    with app.database.unit_of_work() as work:
        found = incidents.standing(work, key)
        if found is None:
            raise NotFound(what="异常", key=str(key))
        locked = lock(
            work,
            instance_key=keys.instance_of(key),
            element_key=found.element_key,
            actor=actor,
            now=now,
            task=found.kind == NOBODY,
            job=found.kind == NO_RETRIES,
        )
        me = as_of_now(actor, locked)
        require(me, Action.CHANGE_CASE, case_facts(me, locked))
        found = incidents.standing(work, key) or found
        if not found.active:
            raise Conflict(what="此异常", reason="已经处理")
        _retry(app, work, me, locked, found)
        work.commit()


def _retry(app: App, work: UnitOfWork, me: Actor, locked: Locked, found: Standing) -> None:
    now = app.now()
    act = Act(
        kind="retry",
        element_key=found.element_key,
        element_id=found.element_id,
        facts={"incident": found.kind},
    )
    if found.kind in {NOBODY, NO_RETRIES}:
        if found.kind == NOBODY:
            _require_staffed(app, work, locked)
        gate = JobRetry(key=found.element_key) if found.kind == NO_RETRIES else None
        require_written(
            record(
                work,
                head=locked.head,
                act=act,
                actor=me,
                gate=gate,
                now=now,
                incidents_resolved_of=[found.element_key],
            )
        )
        if locked.job is not None and locked.job.type in app.handlers:
            app.queue.defer(work, RUN_JOB, [{"key": str(found.element_key)}])
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
            now=now,
        )
    )


def _require_staffed(app: App, work: UnitOfWork, locked: Locked) -> None:
    task = locked.task
    if task is None:
        return
    besides = locked.head.applicant_key
    staffed = (
        task.assignee is not None
        or bool(app.directory.active(work, task.candidate_users))
        or any(
            app.directory.held(work, role, unit, besides=besides)
            for role, unit in pairs(task.candidate_groups)
        )
    )
    if not staffed:
        raise Conflict(what="此任务", reason="仍无人可以办理，请先设置岗位人员或直接转办")
