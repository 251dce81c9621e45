"""Jobs for workers, outside and inside: activate, complete, fail, throw an error, update.

Our job row is the truth: a worker has a job as long as its lease runs; what was not finished in
time is opened again by the sweep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from engine.model.actor import Actor
from engine.model.commands import Complete, CompleteListener, ThrowError
from engine.model.errors import Conflict, NotFound
from engine.model.execution import OpenJob
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.records import Job
from engine.model.states import JobState
from engine.service.acting import acting
from engine.service.app import App
from engine.service.exchange.leased_job import CORRECTING, fail, finish, hold, note, wrong
from engine.service.papers import forms
from engine.service.privacy.disclosures import note_disclosures
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
        raise wrong("timeout", tell("租期应在 1 毫秒到 7 天之间。"))
    if not 0 < max_jobs <= _MOST_AT_ONCE:
        raise wrong(
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


#: The events whose task listeners may deny what is asked of the task.
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
            raise wrong("result", tell("只有任务监听器可以给出结果（拒绝、更正）。"))
        return Complete(element_key=job.key, variables=values)
    if found.denied and job.listener_event not in DENIABLE:
        raise wrong(
            "result.denied", tell("只有 assigning、updating、completing 任务监听器可以拒绝。")
        )
    if found.corrections and job.listener_event not in CORRECTING:
        raise wrong("result.corrections", tell("只有任务监听器可以更正任务。"))
    if values and job.listener_event in CORRECTING | {"CANCELING"}:
        raise wrong("variables", tell("任务监听器不能带回变量。"))
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
        raise wrong("retries", tell("重试次数应为不小于 0 的整数。"))
    if back_off < timedelta(0):
        raise wrong("retryBackOff", tell("重试间隔不能为负。"))
    values = forms.unchecked(variables or {}).variables
    with app.database.unit_of_work() as work:
        at = hold(app, work, actor, key)
        if values:
            note(at, values)
            at = hold(app, work, actor, key)
        fail(at, retries, back_off, message.replace("\x00", "")[:_LONGEST_MESSAGE])
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
        raise wrong("retries", tell("重试次数应为正整数。"))
    if timeout is not None and not timedelta(0) < timeout <= _LONGEST_LEASE:
        raise wrong("timeout", tell("租期应在 1 毫秒到 7 天之间。"))
    with acting(app, actor) as (work, me):
        require(me, Action.WORK_JOBS)
        deadline = app.now() + timeout if timeout is not None else None
        if not jobs.update_job(work, key, retries=retries, deadline=deadline):
            raise NotFound(what=tell("系统任务"), key=str(key))
        work.commit()
