"""A leased job under a command: held under its instance's lock, and how the command ends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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
from engine.model.states import InstanceState, JobState
from engine.runtime import held_back
from engine.service.administration.resolve_incident import NO_RETRIES
from engine.service.app import App
from engine.service.standing import as_of_now
from engine.service.stepping import Act, advance, record, require_written
from engine.service.tasks.assignment import Case, resolve_group
from engine.storage.commands.changes import JobEnd, JobFailure
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.text import tell

#: The events whose task listeners may correct the task.
CORRECTING = frozenset({"CREATING", "ASSIGNING", "UPDATING", "COMPLETING"})


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
        raise wrong(
            "result.corrections",
            tell("多席位任务的人员不能由监听器更正，请通过转办、加签和减签调整。"),
        )
    name = corrections.get("assignee")
    if name and not at.app.directory.active(at.work, (name,)):
        raise wrong(
            "result.corrections.assignee", tell("没有在岗人员“{name}”，请重新指定。", name=name)
        )
    case = Case.of(at.locked.head)
    if name in case.barred or (
        name == case.applicant and not applicants_own(task.lane_kind, task.properties)
    ):
        raise wrong(
            "result.corrections.assignee",
            tell("“{name}”是申请人或须回避，不能办理此任务。", name=name),
        )
    for text in corrections.get("candidateGroups") or ():
        if resolve_group(at.app, at.work, case, text) is None:
            raise wrong(
                "result.corrections.candidateGroups",
                tell("没有单位设有角色“{text}”，请写成 角色@单位。", text=text),
            )


def note(at: Held, values: Mapping[str, Any]) -> None:
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


def fail(at: Held, retries: int, back_off: timedelta, message: str) -> None:
    """The job waits for its next try; with no ``retries`` left it stands in an incident."""
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


def wrong(field: str, message: str) -> InvalidInput:
    """The fault of one field of a request."""
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
