"""Jobs for workers, outside and inside: activate, complete, fail, throw an error, update.

Our job row is the truth: a worker has a job as long as its lease runs; what was not finished in
time is opened again by the sweep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.case_rules import applicants_own
from engine.model.commands import Command, Complete, CompleteListener, SetVariables, ThrowError
from engine.model.effects import IncidentRaised
from engine.model.errors import Conflict, InvalidInput, NotFound
from engine.model.execution import Locked, OpenJob, OpenTask
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import Job
from engine.model.states import InstanceState, JobState
from engine.runtime import held_back
from engine.service.acting import acting
from engine.service.administration.resolve_incident import NO_RETRIES
from engine.service.app import App
from engine.service.papers import forms
from engine.service.privacy.disclosures import note_disclosures
from engine.service.standing import as_of_now
from engine.service.stepping import Act, advance, record, require_written
from engine.service.tasks.assignment import Case, resolve_group
from engine.storage.commands.changes import JobEnd, JobFailure
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.exchange import jobs
from engine.text import tell

_MOST_AT_ONCE = 1000
_LONGEST_LEASE = timedelta(days=7)
_LONGEST_MESSAGE = 4000


def activate_jobs(
    app: App,
    actor: Actor,
    *,
    type: str,  # noqa: A002 - the field's name
    worker: str,
    timeout: timedelta,
    max_jobs: int,
    fetch_variables: Sequence[str] | None = None,
) -> tuple[Job, ...]:
    """Lease up to ``max_jobs`` open jobs for ``timeout``, with the variables that each sees.

    In clear, and only those named by ``fetch_variables`` (None or empty: all); what of it is
    personal is noted (``disclosures``). Raises Forbidden, InvalidInput.
    """
    if not timedelta(0) < timeout <= _LONGEST_LEASE:
        raise _wrong("timeout", tell("租期应在 1 毫秒到 7 天之间。"))
    if not 0 < max_jobs <= _MOST_AT_ONCE:
        raise _wrong(
            "maxJobsToActivate",
            tell("一次可领取 1–{most_at_once} 个任务。", most_at_once=_MOST_AT_ONCE),
        )
    with acting(app, actor) as (work, me):
        require(me, Action.WORK_JOBS)
        now = app.now()
        leased = jobs.lease_jobs(
            work, kind=type, worker=worker[:200], now=now, deadline=now + timeout, limit=max_jobs
        )
        names = list(fetch_variables) if fetch_variables else None
        seen = jobs.job_variables(work, [job.key for job in leased], names) if leased else {}
        known = jobs.origins_of(work, [job.instance_key for job in leased])
        bundles = {key: origin.bundle_key for key, origin in known.items()}
        note_disclosures(app, work, me, leased, seen, bundles=bundles, now=now)
        work.commit()
    return tuple(
        replace(
            job,
            variables=seen[job.key],
            definition_key=known[job.instance_key].definition_key,
            version=known[job.instance_key].version,
        )
        for job in leased
    )


def complete_job(
    app: App,
    actor: Actor,
    *,
    key: Key,
    variables: Mapping[str, Any] | None = None,
    result: ListenerResult | None = None,
) -> None:
    """The job is done. ``result``: what a task listener says of its task.

    Raises NotFound, Conflict (not leased, over), Forbidden, InvalidInput.
    """
    values = forms.unchecked(variables or {}).variables
    with app.database.unit_of_work() as work:
        at = hold(app, work, actor, key)
        finish(at, completion(at.job, values, result), JobState.COMPLETED)
        work.commit()


#: The events of task listeners, and those whose listeners may deny what is asked of a task.
CORRECTING = frozenset({"CREATING", "ASSIGNING", "UPDATING", "COMPLETING"})
DENIABLE = frozenset({"ASSIGNING", "UPDATING", "COMPLETING"})


@dataclass(frozen=True, kw_only=True)
class ListenerResult:
    """What a task listener gives back: it denies what is asked of the task, or corrects it."""

    denied: bool = False
    reason: str = ""
    corrections: Mapping[str, Any] = field(default_factory=dict)


def completion(
    job: OpenJob, values: Mapping[str, Any], result: ListenerResult | None = None
) -> Complete | CompleteListener:
    """The command that completes a job. Raises InvalidInput where it cannot have that result."""
    found = result or ListenerResult()
    if job.element_key is None:
        if found != ListenerResult():
            raise _wrong("result", tell("只有任务监听器可以给出结果（拒绝、更正）。"))
        return Complete(element_key=job.key, variables=values)
    if found.denied and job.listener_event not in DENIABLE:
        raise _wrong(
            "result.denied", tell("只有 assigning、updating、completing 任务监听器可以拒绝。")
        )
    if found.corrections and job.listener_event not in CORRECTING:
        raise _wrong("result.corrections", tell("只有任务监听器可以更正任务。"))
    if values and job.listener_event in CORRECTING | {"CANCELING"}:
        raise _wrong("variables", tell("任务监听器不能带回变量。"))
    return CompleteListener(
        element_key=job.element_key,
        job_key=job.key,
        variables=values,
        denied=found.denied,
        reason=found.reason[:_LONGEST_MESSAGE],
        corrections=found.corrections,
    )


def throw_job_error(
    app: App,
    actor: Actor,
    *,
    key: Key,
    code: str,
    message: str = "",
    variables: Mapping[str, Any] | None = None,
) -> None:
    """The job ends in a BPMN error. Raises as ``complete_job`` does."""
    values = forms.unchecked(variables or {}).variables
    with app.database.unit_of_work() as work:
        at = hold(app, work, actor, key)
        if at.job.element_key is not None:
            raise Conflict(
                what=tell("此监听任务"), reason=tell("监听器不能抛出业务错误，请让它失败或完成")
            )
        command = ThrowError(
            element_key=key, code=code, message=message[:_LONGEST_MESSAGE], variables=values
        )
        finish(at, command, JobState.ERROR_THROWN)
        work.commit()


def fail_job(
    app: App,
    actor: Actor,
    *,
    key: Key,
    retries: int,
    back_off: timedelta = timedelta(0),
    message: str = "",
    variables: Mapping[str, Any] | None = None,
) -> None:
    """The job failed: open again after ``back_off`` with so many retries, or, with none, an incident.

    ``variables``: written for this task alone; whoever takes it next sees them.
    """
    if retries < 0 or retries > 1_000_000:
        raise _wrong("retries", tell("重试次数应为不小于 0 的整数。"))
    if back_off < timedelta(0):
        raise _wrong("retryBackOff", tell("重试间隔不能为负。"))
    values = forms.unchecked(variables or {}).variables
    with app.database.unit_of_work() as work:
        at = hold(app, work, actor, key)
        if values:
            _note(at, values)
            at = hold(app, work, actor, key)
        _fail(at, retries, back_off, message.replace("\x00", "")[:_LONGEST_MESSAGE])
        work.commit()


def update_job(
    app: App,
    actor: Actor,
    *,
    key: Key,
    retries: int | None = None,
    timeout: timedelta | None = None,
) -> None:
    """Set retries, or the lease's end counted from now. Raises NotFound, Forbidden, InvalidInput."""
    if retries is not None and retries < 1:
        raise _wrong("retries", tell("重试次数应为正整数。"))
    if timeout is not None and not timedelta(0) < timeout <= _LONGEST_LEASE:
        raise _wrong("timeout", tell("租期应在 1 毫秒到 7 天之间。"))
    with acting(app, actor) as (work, me):
        require(me, Action.WORK_JOBS)
        deadline = app.now() + timeout if timeout is not None else None
        if not jobs.update_job(work, key, retries=retries, deadline=deadline):
            raise NotFound(what=tell("系统任务"), key=str(key))
        work.commit()


@dataclass(frozen=True, kw_only=True)
class Held:
    """A leased job under its instance's lock; ``task``: the task whose listener's it is."""

    app: App
    work: UnitOfWork
    me: Actor
    locked: Locked
    job: OpenJob
    now: datetime
    task: OpenTask | None = None


def hold(app: App, work: UnitOfWork, actor: Actor, key: Key) -> Held:
    """Lock the job's instance; raises unless the job is leased and the actor may work on jobs."""
    now = app.now()
    locked = lock(
        work,
        instance_key=keys.instance_of(key),
        element_key=key,
        actor=actor,
        now=now,
        job=True,
    )
    me = as_of_now(actor, locked)
    require(me, Action.WORK_JOBS)
    job = locked.job
    if job is None:
        raise NotFound(what=tell("系统任务"), key=str(key))
    if locked.head.state is not InstanceState.ACTIVE:
        raise Conflict(what=tell("此事项"), reason=tell("已暂停或已办结，任务到期后会重新等待领取"))
    if job.state is not JobState.ACTIVATED:
        raise Conflict(
            what=tell("此系统任务"), reason=tell("当前状态为 {state}，未在办理中", state=job.state)
        )
    if job.listener_event != "CANCELING" and held_back(locked.state.scopes):
        raise Conflict(
            what=tell("此事项"),
            reason=tell("有环节正在取消，等待系统核对；任务到期后会重新等待领取"),
        )
    task = None
    if job.listener_event in CORRECTING and job.element_key is not None:
        task = lock(
            work,
            instance_key=locked.head.key,
            element_key=job.element_key,
            actor=actor,
            now=now,
            task=True,
            position=False,
        ).task
    return Held(app=app, work=work, me=me, locked=locked, job=job, now=now, task=task)


def finish(at: Held, command: Complete | CompleteListener | ThrowError, state: JobState) -> None:
    """End the job with this command, in the caller's transaction."""
    if isinstance(command, CompleteListener) and command.corrections and at.task is not None:
        require_correctable(at, at.task, command.corrections)
    error = command if isinstance(command, ThrowError) else None
    facts = {"type": at.job.type} | ({"error": error.code} if error else {})
    if at.job.listener_event:
        facts["listener"] = at.job.listener_event
    denied = isinstance(command, CompleteListener) and command.denied
    said = (say("variables", dict(command.variables)),) if command.variables else ()
    if isinstance(command, CompleteListener) and denied and command.reason:
        said = (say("reason", command.reason),)
    moved: Command = command
    require_written(
        advance(
            at.app,
            at.work,
            at=at.locked.head,
            state=at.locked.state,
            pinned=at.app.bundles.of_instance(at.work, at.locked.head.bundle_key),
            command=moved,
            act=Act(
                kind="job-error" if error else "job-denied" if denied else "job",
                element_key=at.job.element,
                element_id=at.job.element_id,
                facts=facts,
                said=said,
            ),
            actor=at.me,
            gate=JobEnd(key=at.job.key, state=state, message=error.message if error else ""),
            now=at.now,
            task=at.task,
        )
    )


def require_correctable(at: Held, task: OpenTask, corrections: Mapping[str, Any]) -> None:
    """Raises InvalidInput where a task that is there already cannot be corrected like that."""
    if task.seated and corrections.keys() & {"assignee", "candidateGroups", "candidateUsers"}:
        raise _wrong(
            "result.corrections",
            tell("多席位任务的人员不能由监听器更正，请通过转办、加签和减签调整。"),
        )
    name = corrections.get("assignee")
    if name and not at.app.directory.active(at.work, (name,)):
        raise _wrong(
            "result.corrections.assignee", tell("没有在岗人员“{name}”，请重新指定。", name=name)
        )
    case = Case.of(at.locked.head)
    if name in case.barred or (
        name == case.applicant and not applicants_own(task.lane_kind, task.properties)
    ):
        raise _wrong(
            "result.corrections.assignee",
            tell("“{name}”是申请人或须回避，不能办理此任务。", name=name),
        )
    for text in corrections.get("candidateGroups") or ():
        if resolve_group(at.app, at.work, case, text) is None:
            raise _wrong(
                "result.corrections.candidateGroups",
                tell("没有单位设有角色“{text}”，请写成 角色@单位。", text=text),
            )


def _note(at: Held, values: Mapping[str, Any]) -> None:
    """Write what the worker has found out so far into the task's own variables."""
    require_written(
        advance(
            at.app,
            at.work,
            at=at.locked.head,
            state=at.locked.state,
            pinned=at.app.bundles.of_instance(at.work, at.locked.head.bundle_key),
            command=SetVariables(scope_key=at.job.key, variables=values),
            act=Act(
                kind="job-variables",
                element_key=at.job.key,
                element_id=at.job.element_id,
                facts={"type": at.job.type, "names": sorted(values)},
                said=(say("variables", dict(values)),),
            ),
            actor=at.me,
            now=at.now,
        )
    )


def _fail(at: Held, retries: int, back_off: timedelta, message: str) -> None:
    head = at.locked.head
    incidents: list[IncidentRaised] = []
    if retries == 0:
        incidents.append(
            IncidentRaised(
                key=keys.part(head.key, head.counter + 1),
                element_key=at.job.element,
                job_key=at.job.key,
                element_id=at.job.element_id,
                kind=NO_RETRIES,
                message=message or tell("系统任务多次失败，没有给出原因。"),
            )
        )
    require_written(
        record(
            at.work,
            head=head,
            act=Act(
                kind="job-failure",
                element_key=at.job.element,
                element_id=at.job.element_id,
                facts={"type": at.job.type, "retries": retries},
                said=(say("message", message),) if message else (),
            ),
            actor=at.me,
            gate=JobFailure(
                key=at.job.key,
                state=JobState.CREATED if retries else JobState.FAILED,
                retries=retries,
                available_at=at.now + back_off,
                message=message,
            ),
            now=at.now,
            incidents=incidents,
        )
    )


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
