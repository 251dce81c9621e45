"""Jobs: leased, done inside or outside, repeated, given up, opened again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.jobs import run_due_jobs
from engine.model.actor import SYSTEM
from engine.model.errors import Conflict, Forbidden, InvalidInput
from engine.model.records import Incident, Instance
from engine.model.search import Query
from engine.model.states import IncidentState, InstanceState, JobState
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.handlers import BpmnFault, Call, JobFault
from engine.service.exchange.sweep import requeue_expired
from engine.service.exchange.work_jobs import (
    activate_jobs,
    complete_job,
    fail_job,
    throw_job_error,
    update_job,
)
from engine.service.history.record import verify_record
from engine.service.searching import search_incidents, search_jobs
from engine.service.worklists.notices import list_notices
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.storage.changes import count
from tests.world import World

MINUTE = timedelta(minutes=1)


def job_diagram(type: str = "outside", headers: str = "") -> bytes:  # noqa: A002
    return diagrams.process(
        "worked",
        diagrams.start(),
        '<bpmn:serviceTask id="work" name="核验">'
        + diagrams.extension(
            f'<zeebe:taskDefinition type="{type}" retries="2"/>',
            f"<zeebe:taskHeaders>{headers}</zeebe:taskHeaders>" if headers else "",
            '<zeebe:ioMapping><zeebe:input source="=amount * 2" target="doubled"/>'
            '<zeebe:input source="=&quot;已受理&quot;" target="message"/>'
            '<zeebe:output source="=answer" target="verdict"/></zeebe:ioMapping>',
        )
        + "</bpmn:serviceTask>",
        '<bpmn:boundaryEvent id="caught" attachedToRef="work">'
        '<bpmn:errorEventDefinition id="ed" errorRef="error"/></bpmn:boundaryEvent>',
        diagrams.end("done", "核验通过"),
        diagrams.end("failed", "核验不通过"),
        diagrams.flow("start", "work"),
        diagrams.flow("work", "done"),
        diagrams.flow("caught", "failed"),
        extra='<bpmn:error id="error" name="拒绝" errorCode="REFUSED"/>',
    )


@pytest.fixture
def case(app: App, world: World) -> Instance:
    diagrams.put(app, job_diagram())
    return start_case(app, world.zhangsan, process_id="worked", submission={"amount": 21})


def lease(app: App, **given: Any) -> Any:
    arguments: dict[str, Any] = {
        "type": "outside",
        "worker": "w1",
        "timeout": MINUTE,
        "max_jobs": 10,
    }
    return activate_jobs(app, SYSTEM, **{**arguments, **given})


def incident(app: App, world: World) -> Incident:
    (found,) = search_incidents(app, world.guanli, query=Query()).items
    return found


def test_a_worker_gets_what_the_job_sees_and_gives_back_its_answer(
    app: App, world: World, case: Instance
) -> None:
    (job,) = lease(app)
    assert (job.state, job.worker, job.version) == (JobState.ACTIVATED, "w1", 1)
    assert job.variables["doubled"] == 42
    assert job.variables["case"]["applicant"] == "zhangsan"
    assert lease(app) == (), "it is leased"
    complete_job(app, SYSTEM, key=job.key, variables={"answer": "符合"})
    ended = get_case(app, world.zhangsan, key=case.key)
    assert (ended.state, ended.result) == (InstanceState.COMPLETED, "核验通过")
    with pytest.raises(Conflict):
        complete_job(app, SYSTEM, key=job.key)


def test_a_worker_fetches_only_what_it_asks_for(app: App, world: World, case: Instance) -> None:
    (job,) = lease(app, fetch_variables=["doubled"])
    assert job.variables == {"doubled": 42}


def test_only_administrators_work_on_jobs(app: App, world: World, case: Instance) -> None:
    (job,) = lease(app)
    with pytest.raises(Forbidden):
        complete_job(app, world.lisi, key=job.key)
    with pytest.raises(Forbidden):
        activate_jobs(app, world.lisi, type="outside", worker="w", timeout=MINUTE, max_jobs=1)
    for wrong in ({"timeout": timedelta(0)}, {"max_jobs": 0}, {"max_jobs": 10**9}):
        with pytest.raises(InvalidInput):
            lease(app, **wrong)


def test_a_lease_that_runs_out_opens_the_job_again(
    app: App, world: World, case: Instance, clock: SettableClock
) -> None:
    (first,) = lease(app)
    assert requeue_expired(app, limit=10) == 0
    clock.advance(MINUTE * 2)
    assert requeue_expired(app, limit=10) == 1
    (second,) = lease(app, worker="w2")
    assert second.key == first.key
    update_job(app, SYSTEM, key=second.key, timeout=timedelta(hours=1))
    clock.advance(MINUTE * 2)
    assert requeue_expired(app, limit=10) == 0


def test_failures_wait_then_become_an_incident_that_can_be_retried(
    app: App, world: World, case: Instance, clock: SettableClock
) -> None:
    (job,) = lease(app)
    fail_job(app, SYSTEM, key=job.key, retries=1, back_off=MINUTE, message="对方没有应答")
    assert lease(app) == (), "not before its time"
    clock.advance(MINUTE)
    (job,) = lease(app)
    fail_job(app, SYSTEM, key=job.key, retries=0, message="对方没有应答")
    clock.advance(MINUTE * 100)
    assert lease(app) == ()
    found = incident(app, world)
    assert (found.kind, found.message, found.element_name) == (
        "JOB_NO_RETRIES",
        "对方没有应答",
        "核验",
    )
    assert found.job_key == job.key
    assert get_case(app, world.zhangsan, key=case.key).incident
    resolve_incident(app, world.guanli, key=found.key)
    assert incident(app, world).state is IncidentState.RESOLVED
    with pytest.raises(Conflict):
        resolve_incident(app, world.guanli, key=found.key)
    (job,) = lease(app)
    complete_job(app, SYSTEM, key=job.key, variables={"answer": 1})
    assert verify_record(app, world.guanli, key=case.key) == ()


def test_a_bpmn_error_takes_the_way_out_that_catches_it(
    app: App, world: World, case: Instance
) -> None:
    (job,) = lease(app)
    throw_job_error(app, SYSTEM, key=job.key, code="REFUSED", message="材料不符")
    assert get_case(app, world.zhangsan, key=case.key).result == "核验不通过"
    assert search_jobs(app, world.guanli, query=Query()).items[0].state is JobState.ERROR_THROWN


def handled(app: App, world: World, handler: Any) -> tuple[App, Instance]:
    with_handler = replace(app, handlers={**app.handlers, "inside": handler})
    diagrams.put(with_handler, job_diagram("inside"))
    case = start_case(with_handler, world.zhangsan, process_id="worked", submission={"amount": 21})
    return with_handler, case


def test_a_handler_and_its_step_commit_together(app: App, world: World) -> None:
    def handler(call: Call) -> Mapping[str, Any]:
        call.work.hot("insert into case_series values ('handler', 2025, 7)")
        return {"answer": call.variables["doubled"]}

    app, case = handled(app, world, handler)
    assert count(app.database, "select count(*) from procrastinate_jobs") == 1
    assert run_due_jobs(app) == 1
    assert get_case(app, world.zhangsan, key=case.key).result == "核验通过"
    assert count(app.database, "select last from case_series where series = 'handler'") == 7
    assert run_due_jobs(app) == 0


def test_a_handler_that_fails_leaves_nothing_behind_but_a_retry(
    app: App, world: World, clock: SettableClock
) -> None:
    calls = []

    def handler(call: Call) -> Mapping[str, Any]:
        calls.append(call.now)
        call.work.hot("insert into case_series values ('handler', 2025, 7)")
        raise JobFault("接口暂不可用") if len(calls) < 3 else ZeroDivisionError("oops")

    app, _ = handled(app, world, handler)
    for _ in range(4):
        run_due_jobs(app)
        clock.advance(timedelta(hours=1))
    assert len(calls) == 2
    assert count(app.database, "select count(*) from case_series") == 0
    found = incident(app, world)
    assert found.message == "接口暂不可用"
    resolve_incident(app, world.guanli, key=found.key)
    run_due_jobs(app)
    messages = {i.message for i in search_incidents(app, world.guanli, query=Query()).items}
    assert messages == {"接口暂不可用", "办理系统任务时出错：ZeroDivisionError: oops"}


def test_a_handler_may_end_in_a_bpmn_error(app: App, world: World) -> None:
    def handler(_: Call) -> Mapping[str, Any]:
        raise BpmnFault("REFUSED", "不符")

    app, case = handled(app, world, handler)
    run_due_jobs(app)
    assert get_case(app, world.zhangsan, key=case.key).result == "核验不通过"


def test_a_notice_is_written_once(app: App, world: World) -> None:
    diagrams.put(app, job_diagram("banshi.notify", '<zeebe:header key="to" value="applicant"/>'))
    start_case(app, world.zhangsan, process_id="worked", submission={"amount": 1})
    run_due_jobs(app)
    (notice,) = list_notices(app, world.zhangsan)
    assert notice.text == "已受理"
