"""Jobs for external workers: accounts with the role ``job-worker``, and administrators."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from pydantic import Field

from api import auth
from api.bells import Bells
from api.exact import ExactRoute
from api.rest.answers import answer, done
from api.rest.parameters import Administrator, Caller
from api.rest.searching import Filter, Found, KeyFilter, SearchAsk, TextFilter, WholeFilter, found
from api.rest.shapes import (
    TENANT,
    Answer,
    Ask,
    KeyOut,
    KeyText,
    Name,
    ShortText,
    Tenant,
    Text,
    Variables,
    VariablesOut,
    Whole,
)
from engine.model.records import Job
from engine.service.exchange.work_jobs import (
    ListenerResult,
    activate_jobs,
    complete_job,
    fail_job,
    throw_job_error,
    update_job,
)
from engine.service.searching import search_jobs
from engine.service.signals import job_topic

router = APIRouter(tags=["作业"], route_class=ExactRoute, prefix="/jobs")


#: Milliseconds of a day: no lease, back-off or poll is longer.
_DAY = 24 * 3600 * 1000
_LONGEST_POLL = 60.0
_USUAL_POLL = 10.0

#: Seconds between two looks at the table, while nothing wakes the worker.
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0

Milliseconds = Annotated[Whole, Field(ge=0, le=_DAY)]


class ActivationAsk(Ask):
    """Times in milliseconds. ``requestTimeout`` below 0: answer at once; 0: the usual wait."""

    type: Name
    worker: ShortText = "default"
    timeout: Annotated[Whole, Field(ge=1, le=_DAY)]
    max_jobs_to_activate: Annotated[Whole, Field(ge=1, le=1_000)]
    fetch_variable: Annotated[list[Name], Field(max_length=200)] | None = None
    request_timeout: Annotated[Whole, Field(ge=-_DAY, le=_DAY)] = 0
    tenant_ids: list[Tenant] | None = None


class ActivatedOut(Answer):
    job_key: KeyOut
    type: str
    process_definition_id: str
    process_definition_version: int
    process_definition_key: KeyOut
    process_instance_key: KeyOut
    element_id: str
    element_instance_key: KeyOut
    custom_headers: dict[str, str]
    worker: str
    retries: int
    deadline: int
    variables: VariablesOut
    kind: str
    listener_event_type: str
    tenant_id: str = TENANT
    tags: list[str]


class ActivationOut(Answer):
    jobs: list[ActivatedOut]


class JobFilter(Filter):
    job_key: KeyFilter | None = None
    type: TextFilter | None = None
    worker: TextFilter | None = None
    state: TextFilter | None = None
    retries: WholeFilter | None = None
    kind: TextFilter | None = None
    listener_event_type: TextFilter | None = None
    element_instance_key: KeyFilter | None = None
    element_id: TextFilter | None = None
    process_definition_id: TextFilter | None = None
    process_definition_key: KeyFilter | None = None
    process_instance_key: KeyFilter | None = None


class JobSearch(SearchAsk):
    filter: JobFilter = JobFilter()


class JobOut(Answer):
    job_key: KeyOut
    type: str
    worker: str
    state: str
    retries: int
    kind: str
    listener_event_type: str
    element_id: str
    element_instance_key: KeyOut
    process_definition_id: str
    process_definition_key: KeyOut
    process_instance_key: KeyOut
    custom_headers: dict[str, str]
    error_message: str
    has_failed_with_retries_left: bool
    tenant_id: str = TENANT


class CorrectionsAsk(Ask):
    """What a creating listener changes of the task: null keeps, "" and [] clear."""

    assignee: ShortText | None = None
    candidate_users: Annotated[list[Name], Field(max_length=200)] | None = None
    candidate_groups: Annotated[list[Name], Field(max_length=200)] | None = None
    due_date: ShortText | None = None
    follow_up_date: ShortText | None = None
    priority: Annotated[Whole, Field(ge=0, le=100)] | None = None


class ResultAsk(Ask):
    """What a task listener says of its task."""

    type: Literal["userTask"] = "userTask"
    denied: bool | None = None
    denied_reason: Text | None = None
    corrections: CorrectionsAsk | None = None


class CompletionAsk(Ask):
    variables: Variables | None = None
    result: ResultAsk | None = None


class FailureAsk(Ask):
    """``variables``: kept for this job alone; whoever takes it next sees them."""

    retries: Annotated[Whole, Field(ge=0, le=1_000)] = 0
    error_message: Text = ""
    retry_back_off: Milliseconds = 0
    variables: Variables | None = None


class ErrorAsk(Ask):
    error_code: Name
    error_message: Text | None = None
    variables: Variables | None = None


class JobChangeset(Ask):
    retries: Annotated[Whole, Field(ge=1, le=1_000)] | None = None
    timeout: Milliseconds | None = None


class UpdateAsk(Ask):
    changeset: JobChangeset
    operation_reference: Whole | None = None


@router.post("/activation", summary="领取作业", response_model=ActivationOut)
async def activate(request: Request, actor: Caller, ask: ActivationAsk) -> Response:
    """Take jobs on a lease; waits until there is one, or the request's time is over.

    No thread and no connection is held while waiting. A new job wakes whoever waits for its type;
    one that comes back (a lease run out, a pause after a failure) is found by looking again.
    """
    app = auth.application(request)
    bells: Bells = request.app.state.bells
    until = time.monotonic() + _patience(ask.request_timeout)
    pause = _FIRST_PAUSE
    with bells.waiting({job_topic(ask.type)}) as bell:
        while True:
            bell.quiet()
            jobs = await run_in_threadpool(
                activate_jobs,
                app,
                actor,
                type=ask.type,
                worker=ask.worker,
                timeout=timedelta(milliseconds=ask.timeout),
                max_jobs=ask.max_jobs_to_activate,
                fetch_variables=tuple(ask.fetch_variable) if ask.fetch_variable else None,
            )
            left = until - time.monotonic()
            if jobs or left <= 0 or bells.closing or await request.is_disconnected():
                return answer(ActivationOut(jobs=[_activated(job) for job in jobs]))
            await bell.rung(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)


@router.post("/search", summary="查询作业", response_model=Found[JobOut])
def search(request: Request, actor: Administrator, ask: JobSearch | None = None) -> Response:
    query = (ask or JobSearch()).query()
    return answer(found(search_jobs(auth.application(request), actor, query=query), _job))


@router.post("/{jobKey}/completion", summary="完成作业", status_code=204)
def complete(
    request: Request,
    actor: Caller,
    jobKey: KeyText,  # noqa: N803
    ask: CompletionAsk | None = None,
) -> Response:
    given = ask or CompletionAsk()
    complete_job(
        auth.application(request),
        actor,
        key=jobKey,
        variables=given.variables or {},
        result=_result(given.result) if given.result else None,
    )
    return done()


@router.post("/{jobKey}/failure", summary="作业失败", status_code=204)
def fail(
    request: Request,
    actor: Caller,
    jobKey: KeyText,  # noqa: N803
    ask: FailureAsk | None = None,
) -> Response:
    """With retries left the job comes again after the back-off; without, it is an incident."""
    failure = ask or FailureAsk()
    fail_job(
        auth.application(request),
        actor,
        key=jobKey,
        retries=failure.retries,
        back_off=timedelta(milliseconds=failure.retry_back_off),
        message=failure.error_message,
        variables=failure.variables,
    )
    return done()


@router.post("/{jobKey}/error", summary="抛出业务错误", status_code=204)
def throw(
    request: Request,
    actor: Caller,
    jobKey: KeyText,  # noqa: N803
    ask: ErrorAsk,
) -> Response:
    """A BPMN error, for the diagram to catch."""
    throw_job_error(
        auth.application(request),
        actor,
        key=jobKey,
        code=ask.error_code,
        message=ask.error_message or "",
        variables=ask.variables or {},
    )
    return done()


@router.patch("/{jobKey}", summary="调整作业", status_code=204)
def update(
    request: Request,
    actor: Caller,
    jobKey: KeyText,  # noqa: N803
    ask: UpdateAsk,
) -> Response:
    """The retries left, or the time of the lease from now."""
    timeout = ask.changeset.timeout
    update_job(
        auth.application(request),
        actor,
        key=jobKey,
        retries=ask.changeset.retries,
        timeout=timedelta(milliseconds=timeout) if timeout is not None else None,
    )
    return done()


def _result(result: ResultAsk) -> ListenerResult:
    corrections = result.corrections.model_dump(by_alias=True) if result.corrections else {}
    return ListenerResult(
        denied=bool(result.denied),
        reason=result.denied_reason or "",
        corrections={name: value for name, value in corrections.items() if value is not None},
    )


def _patience(request_timeout: int) -> float:
    """How long to wait for a job, in seconds."""
    if request_timeout < 0:
        return 0.0
    return min(request_timeout / 1000, _LONGEST_POLL) if request_timeout else _USUAL_POLL


def _activated(job: Job) -> ActivatedOut:
    return ActivatedOut(
        job_key=job.key,
        type=job.type,
        process_definition_id=job.process_id,
        process_definition_version=job.version,
        process_definition_key=job.definition_key,
        process_instance_key=job.instance_key,
        element_id=job.element_id,
        element_instance_key=job.element_key or job.key,
        custom_headers=dict(job.headers),
        worker=job.worker,
        kind=job.kind.value,
        listener_event_type=job.listener_event or "UNSPECIFIED",
        retries=job.retries,
        deadline=int(job.deadline.timestamp() * 1000) if job.deadline else 0,
        variables=job.variables,
        tags=[],
    )


def _job(job: Job) -> JobOut:
    return JobOut(
        job_key=job.key,
        type=job.type,
        worker=job.worker,
        state=job.state.value,
        retries=job.retries,
        kind=job.kind.value,
        listener_event_type=job.listener_event or "UNSPECIFIED",
        element_id=job.element_id,
        element_instance_key=job.element_key or job.key,
        process_definition_id=job.process_id,
        process_definition_key=job.definition_key,
        process_instance_key=job.instance_key,
        custom_headers=dict(job.headers),
        error_message=job.error_message,
        has_failed_with_retries_left=bool(job.error_message) and job.retries > 0,
    )
