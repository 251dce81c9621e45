"""``canceling`` listeners in the service: what takes a task away happens when they are done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from engine.jobs import run_due_jobs
from engine.model.actor import SYSTEM
from engine.model.errors import Conflict, InvalidInput
from engine.model.keys import Key
from engine.model.records import Instance
from engine.model.search import Query
from engine.model.states import IncidentState, InstanceState, JobState, TaskState
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.end_case import cancel_case, withdraw_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.sweep import sweep
from engine.service.exchange.work_jobs import ListenerResult, complete_job, fail_job
from engine.service.history.record import verify_record
from engine.service.searching import search_incidents, search_jobs, search_tasks
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.exchange.test_listeners import begin, drawn, lease, task
from tests.service.exchange.test_task_listeners import agree, told
from tests.world import World

CANCELING = drawn("task", "canceling:ask")


def test_a_withdrawn_case_ends_when_they_are_done(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "canceling:ask", "canceling:then"))
    claim_task(app, world.lisi, key=task(app, world).key)
    held = withdraw_case(app, world.zhangsan, key=case.key, reason="不办了")
    assert (held.state, held.result) == (InstanceState.ACTIVE, "")
    assert task(app, world).pending == "canceling"
    entry = case_page(app, world.guanli, key=case.key).entries[-1]
    assert entry.kind == "withdraw"
    job = agree(app)
    assert (told(job, "action"), told(job, "assignee")) == ("cancel", "lisi")
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.ACTIVE
    assert told(agree(app, "then"), "candidateUsers") == '["lisi"]'
    ended = get_case(app, world.guanli, key=case.key)
    assert (ended.state, ended.result) == (InstanceState.TERMINATED, "申请人已撤销")
    assert task(app, world).state is TaskState.CANCELED
    assert verify_record(app, world.guanli, key=case.key) == ()


def test_meanwhile_the_task_is_nobodys_to_work_on(app: App, world: World) -> None:
    case = begin(app, world, CANCELING)
    key = task(app, world).key
    withdraw_case(app, world.zhangsan, key=case.key, reason="不办了")
    for late in (
        lambda: claim_task(app, world.lisi, key=key),
        lambda: complete_task(app, world.lisi, key=key, submission={}),
    ):
        with pytest.raises(Conflict, match="取消此任务"):
            late()
    assert "complete" not in task_page(app, world.lisi, key=key).allowed_actions
    job = lease(app, "ask")
    for wrong in (
        {"variables": {"x": 1}},
        {"result": ListenerResult(denied=True)},
        {"result": ListenerResult(corrections={"priority": 1})},
    ):
        with pytest.raises(InvalidInput):
            complete_job(app, SYSTEM, key=job.key, **wrong)  # type: ignore[arg-type]
    complete_job(app, SYSTEM, key=job.key)
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.TERMINATED


def test_one_that_fails_is_tried_again_by_hand(app: App, world: World) -> None:
    case = begin(app, world, CANCELING)
    cancel_case(app, world.guanli, key=case.key, reason="重复申请")
    fail_job(app, SYSTEM, key=lease(app, "ask").key, retries=0, message="接口不通")
    (incident,) = search_incidents(app, world.guanli, query=Query()).items
    cancel_case(app, world.guanli, key=case.key, reason="再试一次")
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.ACTIVE
    resolve_incident(app, world.guanli, key=incident.key)
    agree(app)
    ended = get_case(app, world.guanli, key=case.key)
    assert (ended.state, ended.result) == (InstanceState.TERMINATED, "已终止")
    (incident,) = search_incidents(app, world.guanli, query=Query()).items
    assert incident.state is IncidentState.RESOLVED


def test_a_claim_that_is_asked_about_gives_way(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "assigning:may", "canceling:ask"))
    claim_task(app, world.lisi, key=task(app, world).key)
    late = lease(app, "may")
    withdraw_case(app, world.zhangsan, key=case.key, reason="不办了")
    with pytest.raises(Conflict):
        complete_job(app, SYSTEM, key=late.key)
    assert told(agree(app), "assignee") is None
    states = {j.type: j.state for j in search_jobs(app, world.guanli, query=Query()).items}
    assert states == {"may": JobState.CANCELED, "ask": JobState.COMPLETED}
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.TERMINATED


def test_a_completion_that_is_asked_about_gives_way(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "completing:may", "canceling:ask"))
    complete_task(app, world.lisi, key=task(app, world).key, submission={"score": 1})
    withdraw_case(app, world.zhangsan, key=case.key, reason="不办了")
    agree(app)
    found = task(app, world)
    assert found.state is TaskState.CANCELED
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.TERMINATED


def test_handlers_inside_serve_as_listeners(app: App, world: World) -> None:
    seen: list[str] = []

    def note(call: object) -> dict[str, object]:
        seen.append("asked")
        return {}

    app = replace(app, handlers={**app.handlers, "ask": note})
    case = begin(app, world, CANCELING)
    withdraw_case(app, world.zhangsan, key=case.key, reason="不办了")
    assert run_due_jobs(app) == 1
    assert seen == ["asked"]
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.TERMINATED


def two_branches(app: App, world: World) -> Instance:
    """Two steps, then a task with a deadline and a listener, beside an internal job and a task."""
    timer = (
        '<bpmn:boundaryEvent id="late" attachedToRef="check"><bpmn:timerEventDefinition>'
        "<bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition>"
        "</bpmn:boundaryEvent>"
    )
    check = diagrams.user_task("check", "核对", users="lisi").replace(
        "<zeebe:userTask/>", "<zeebe:userTask/>" + CANCELING
    )
    xml = diagrams.process(
        "branches",
        diagrams.start(),
        diagrams.user_task("first", "初审", users="wangwu"),
        '<bpmn:parallelGateway id="fork"/>',
        check,
        timer,
        diagrams.user_task("other", "另一环节", users="lisi"),
        diagrams.end("done", "办结"),
        diagrams.end("late-end", "逾期"),
        diagrams.end("other-end", "另一结束"),
        diagrams.flow("start", "first"),
        diagrams.flow("first", "fork"),
        diagrams.flow("fork", "check"),
        diagrams.flow("fork", "other"),
        diagrams.flow("check", "done"),
        diagrams.flow("late", "late-end"),
        diagrams.flow("other", "other-end"),
    )
    diagrams.put(app, xml)
    case = start_case(app, world.zhangsan, process_id="branches", submission={})
    (first,) = search_tasks(app, world.guanli, query=Query()).items
    complete_task(app, world.wangwu, key=first.key, submission={})
    return case


def open_keys(app: App, world: World) -> dict[str, Key]:
    found = search_tasks(app, world.guanli, query=Query()).items
    return {t.element_id: t.key for t in found if t.state is TaskState.CREATED}


def test_a_deadline_waits_with_the_case_and_then_passes(
    app: App, world: World, clock: SettableClock
) -> None:
    case = two_branches(app, world)
    clock.advance(timedelta(hours=2))
    assert sweep(app).timers == 1
    other = open_keys(app, world)["other"]
    with pytest.raises(Conflict, match="有环节正在取消"):
        complete_task(app, world.lisi, key=other, submission={})
    assert sweep(app).timers == 0
    agree(app)
    assert open_keys(app, world).keys() == {"other"}
    complete_task(app, world.lisi, key=other, submission={})
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.COMPLETED


def test_a_return_waits_and_goes_to_whoever_had_it(app: App, world: World) -> None:
    two_branches(app, world)
    key = open_keys(app, world)["check"]
    claim_task(app, world.lisi, key=key)
    returned = return_to_node(app, world.lisi, key=key, target="first", reason="缺材料")
    assert returned.state is TaskState.CREATED
    agree(app)
    found = search_tasks(app, world.guanli, query=Query()).items
    again = next(t for t in found if t.element_id == "first" and t.state is TaskState.CREATED)
    assert again.assignee == "wangwu"
    assert next(t for t in found if t.key == key).outcome == "return"
    assert open_keys(app, world).keys() == {"first"}


def test_jobs_elsewhere_wait_as_well_and_lose_no_try(app: App, world: World) -> None:
    check = diagrams.user_task("check", "核对", users="lisi").replace(
        "<zeebe:userTask/>", "<zeebe:userTask/>" + CANCELING
    )
    end = '<bpmn:endEvent id="stop" name="停止"><bpmn:terminateEventDefinition/></bpmn:endEvent>'
    job = '<bpmn:serviceTask id="pay"><bpmn:extensionElements><zeebe:taskDefinition type="pay"/>'
    xml = diagrams.process(
        "apart",
        diagrams.start(),
        '<bpmn:parallelGateway id="fork"/>',
        '<bpmn:subProcess id="part"><bpmn:startEvent id="s2"/>'
        '<bpmn:parallelGateway id="f2"/>'
        + check
        + diagrams.user_task("other", "另一环节", users="lisi")
        + end
        + diagrams.flow("s2", "f2")
        + diagrams.flow("f2", "check")
        + diagrams.flow("f2", "other")
        + diagrams.flow("other", "stop")
        + "</bpmn:subProcess>",
        job + "</bpmn:extensionElements></bpmn:serviceTask>",
        diagrams.end("done", "办结"),
        diagrams.flow("start", "fork"),
        diagrams.flow("fork", "part"),
        diagrams.flow("fork", "pay"),
        diagrams.flow("part", "done"),
        diagrams.flow("pay", "done"),
    )
    diagrams.put(app, xml)
    case = start_case(app, world.zhangsan, process_id="apart", submission={})
    pay = lease(app, "pay")
    other = open_keys(app, world)["other"]
    done = complete_task(app, world.lisi, key=other, submission={})
    assert done.state is TaskState.COMPLETED
    for late in (
        lambda: complete_job(app, SYSTEM, key=pay.key),
        lambda: fail_job(app, SYSTEM, key=pay.key, retries=0),
    ):
        with pytest.raises(Conflict, match="有环节正在取消"):
            late()
    agree(app)
    complete_job(app, SYSTEM, key=pay.key)
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.COMPLETED
    assert verify_record(app, world.guanli, key=case.key) == ()
