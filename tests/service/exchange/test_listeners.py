"""Listeners in the service: jobs beside an element's own, and what task listeners say of a task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.jobs import run_due_jobs
from engine.model.actor import SYSTEM
from engine.model.errors import AlreadyHandled, Conflict, InvalidInput
from engine.model.records import Instance, Job, UserTask
from engine.model.search import Query
from engine.model.states import IncidentState, InstanceState, JobKind, JobState, TaskState
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.end_case import cancel_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.handlers import Call, Denied
from engine.service.exchange.work_jobs import (
    ListenerResult,
    activate_jobs,
    complete_job,
    fail_job,
    throw_job_error,
)
from engine.service.history.record import verify_record
from engine.service.searching import search_incidents, search_jobs, search_tasks
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from tests.service import diagrams
from tests.storage.changes import count
from tests.world import World

MINUTE = timedelta(minutes=1)


def drawn(kind: str, *pairs: str) -> str:
    items = "".join(
        f'<zeebe:{kind}Listener eventType="{event}" type="{type_}" retries="1"/>'
        for event, type_ in (p.split(":") for p in pairs)
    )
    return f"<zeebe:{kind}Listeners>{items}</zeebe:{kind}Listeners>"


def begin(
    app: App,
    world: World,
    *listeners: str,
    process: str = "",
    assignee: str = "",
    groups: str = "",
    **values: str,
) -> Instance:
    """Zhang San has begun a case whose one task, for Li Si (or groups), has these listeners."""
    users = "" if groups else "lisi"
    user = diagrams.user_task(
        "check", "核对", users=users, groups=groups, assignee=assignee, **values
    ).replace("<zeebe:userTask/>", "<zeebe:userTask/>" + "".join(listeners))
    xml = diagrams.process(
        "listened",
        diagrams.start(),
        user,
        diagrams.end("done", "办结"),
        diagrams.flow("start", "check"),
        diagrams.flow("check", "done"),
    )
    mark = b"<zeebe:properties>"
    diagrams.put(app, xml.replace(mark, process.encode() + mark, 1))
    return start_case(app, world.zhangsan, process_id="listened", submission={"amount": 1})


def lease(app: App, kind: str) -> Job:
    (job,) = activate_jobs(app, SYSTEM, type=kind, worker="w", timeout=MINUTE, max_jobs=5)
    return job


def task(app: App, world: World) -> UserTask:
    (found,) = search_tasks(app, world.guanli, query=Query()).items
    return found


def test_listeners_of_process_and_element_are_jobs_of_their_own(app: App, world: World) -> None:
    case = begin(
        app,
        world,
        drawn("execution", "start:before", "end:after"),
        process=drawn("execution", "start:open", "end:close"),
    )
    opened = lease(app, "open")
    assert (opened.kind, opened.listener_event) == (JobKind.EXECUTION_LISTENER, "START")
    assert (opened.element_key, opened.element_id) == (case.key, "listened")
    complete_job(app, SYSTEM, key=opened.key, variables={"opened": 1})
    before = lease(app, "before")
    assert before.variables["opened"] == 1
    assert before.element_id == "check"
    complete_job(app, SYSTEM, key=before.key, variables={"own": 2})
    assert task(app, world).key == before.element_key
    complete_task(app, world.lisi, key=task(app, world).key, submission={"said": 3})
    after = lease(app, "after")
    assert {after.variables["own"], after.variables["said"]} == {2, 3}
    complete_job(app, SYSTEM, key=after.key, variables={"given": 4})
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.ACTIVE
    closing = lease(app, "close")
    assert closing.variables["given"] == 4
    assert "own" not in closing.variables
    complete_job(app, SYSTEM, key=closing.key)
    assert get_case(app, world.guanli, key=case.key).result == "办结"
    assert verify_record(app, world.guanli, key=case.key) == ()
    listed = search_jobs(app, world.guanli, query=Query()).items
    assert {j.kind for j in listed} == {JobKind.EXECUTION_LISTENER}
    assert {j.state for j in listed} == {JobState.COMPLETED}


def test_a_listener_that_fails_is_an_incident_of_its_element(app: App, world: World) -> None:
    case = begin(app, world, drawn("execution", "start:one", "start:two"))
    complete_job(app, SYSTEM, key=lease(app, "one").key)
    job = lease(app, "two")
    with pytest.raises(Conflict):
        throw_job_error(app, SYSTEM, key=job.key, code="X")
    fail_job(app, SYSTEM, key=job.key, retries=0, message="接口不通")
    (found,) = search_incidents(app, world.guanli, query=Query()).items
    assert (found.job_key, found.element_key, found.element_name) == (
        job.key,
        job.element_key,
        "核对",
    )
    resolve_incident(app, world.guanli, key=found.key)
    complete_job(app, SYSTEM, key=lease(app, "two").key)
    assert task(app, world).state is TaskState.CREATED
    complete_task(app, world.lisi, key=task(app, world).key, submission={})
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.COMPLETED


@pytest.mark.parametrize("failed", [False, True])
def test_a_case_that_is_cancelled_takes_its_listeners_along(
    app: App, world: World, failed: bool
) -> None:
    case = begin(app, world, process=drawn("execution", "start:open"))
    if failed:
        fail_job(app, SYSTEM, key=lease(app, "open").key, retries=0)
    cancel_case(app, world.guanli, key=case.key, reason="重复申请")
    (job,) = search_jobs(app, world.guanli, query=Query()).items
    assert job.state is JobState.CANCELED
    incidents = search_incidents(app, world.guanli, query=Query()).items
    assert all(i.state is IncidentState.RESOLVED for i in incidents)


def test_a_creating_listener_corrects_the_task_before_anyone_sees_it(
    app: App, world: World
) -> None:
    begin(app, world, drawn("task", "creating:new"))
    assert search_tasks(app, world.guanli, query=Query()).items == ()
    job = lease(app, "new")
    assert job.headers["io.camunda.zeebe:candidateUsers"] == '["lisi"]'
    for wrong in ({"variables": {"x": 1}}, {"result": ListenerResult(denied=True)}):
        with pytest.raises(InvalidInput):
            complete_job(app, SYSTEM, key=job.key, **wrong)  # type: ignore[arg-type]
    result = ListenerResult(corrections={"assignee": "wangwu", "priority": 90})
    complete_job(app, SYSTEM, key=job.key, result=result)
    found = task(app, world)
    assert (found.assignee, found.priority) == ("wangwu", 90)


def test_a_completing_listener_holds_the_task_until_it_agrees(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "completing:ask"))
    claim_task(app, world.lisi, key=task(app, world).key)
    done = complete_task(app, world.lisi, key=task(app, world).key, submission={"score": 5})
    assert done.state is TaskState.COMPLETING
    assert task(app, world).state is TaskState.COMPLETING
    with pytest.raises(AlreadyHandled):
        complete_task(app, world.lisi, key=done.key, submission={})
    job = lease(app, "ask")
    assert (job.kind, job.listener_event) == (JobKind.TASK_LISTENER, "COMPLETING")
    assert job.variables["score"] == 5
    assert job.headers["io.camunda.zeebe:assignee"] == "lisi"
    complete_job(app, SYSTEM, key=job.key)
    assert task(app, world).state is TaskState.COMPLETED
    ended = get_case(app, world.guanli, key=case.key)
    assert ended.state is InstanceState.COMPLETED
    assert verify_record(app, world.guanli, key=case.key) == ()


def test_a_denied_task_is_open_again_with_who_completed_it(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "completing:ask"))
    complete_task(app, world.lisi, key=task(app, world).key, submission={"score": 5})
    result = ListenerResult(denied=True, reason="分数超出范围")
    complete_job(app, SYSTEM, key=lease(app, "ask").key, result=result)
    found = task(app, world)
    assert (found.state, found.assignee, found.outcome) == (TaskState.CREATED, "lisi", None)
    entry = case_page(app, world.guanli, key=case.key).entries[-1]
    assert (entry.kind, entry.said) == ("job-denied", {"reason": "分数超出范围"})
    told = "select count(*) from announcement where kind = 'task-assigned'"
    assert count(app.database, f"{told} and task_key = {found.key}") == 1
    complete_task(app, world.lisi, key=found.key, submission={"score": 4})
    complete_job(app, SYSTEM, key=lease(app, "ask").key)
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.COMPLETED
    assert verify_record(app, world.guanli, key=case.key) == ()


def test_handlers_inside_serve_as_listeners(app: App, world: World) -> None:
    def careful(call: Call) -> Mapping[str, Any]:
        if call.variables.get("score") == 5:
            raise Denied("分数超出范围")
        return {}

    app = replace(app, handlers={**app.handlers, "ask": careful})
    case = begin(app, world, drawn("task", "completing:ask"))
    complete_task(app, world.lisi, key=task(app, world).key, submission={"score": 5})
    assert run_due_jobs(app) == 1
    assert task(app, world).state is TaskState.CREATED
    complete_task(app, world.lisi, key=task(app, world).key, submission={"score": 4})
    assert run_due_jobs(app) == 1
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.COMPLETED
