"""Task listeners in the service: who may take a task, and how it changes, as listeners agree."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from engine.model.actor import SYSTEM, Actor
from engine.model.errors import Conflict, InvalidInput
from engine.model.execution import PENDING
from engine.model.records import Job, UserTask
from engine.model.search import Query
from engine.model.states import InstanceState, JobState, TaskState
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.end_case import cancel_case
from engine.service.cases.get_case import get_case
from engine.service.exchange.work_jobs import ListenerResult, complete_job, fail_job
from engine.service.history.record import verify_record
from engine.service.recusal.recuse import declare_recusal
from engine.service.searching import search_incidents, search_jobs
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.call_back_task import call_back_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.delegate_task import delegate_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.resolve_task import resolve_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.update_task import update_task
from engine.service.worklists.inbox import inbox
from tests.service.cases.test_pages import counted
from tests.service.exchange.test_listeners import begin, drawn, lease, task
from tests.storage.changes import count
from tests.world import World

Operation = Callable[[App, World, UserTask], object]

AGREED = ListenerResult()
DENIED = ListenerResult(denied=True, reason="不在班")


def agree(app: App, kind: str = "ask", result: ListenerResult = AGREED) -> Job:
    job = lease(app, kind)
    complete_job(app, SYSTEM, key=job.key, result=result)
    return job


def told(job: Job, name: str) -> str | None:
    return job.headers.get(f"io.camunda.zeebe:{name}")


def listed(app: App, actor: Actor) -> list[str]:
    """The tasks in somebody's inbox, his own and those he may take."""
    return [found.name for found in inbox(app, actor).items]


def test_a_claim_counts_when_the_listeners_have_agreed(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "assigning:ask", "assigning:then"))
    found = claim_task(app, world.lisi, key=task(app, world).key)
    assert (found.state, found.assignee, found.pending) == (TaskState.CREATED, None, "assigning")
    assert listed(app, world.lisi) == ["核对"]
    first = agree(app)
    assert (told(first, "action"), told(first, "assignee")) == ("claim", "lisi")
    assert told(first, "candidateUsers") == '["lisi"]'
    assert task(app, world).assignee is None
    agree(app, "then")
    now = task(app, world)
    assert (now.assignee, now.pending) == ("lisi", "")
    complete_task(app, world.lisi, key=now.key, submission={})
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.COMPLETED
    assert verify_record(app, world.guanli, key=case.key) == ()


def test_while_they_are_asked_nothing_else_is_done_with_the_task(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "assigning:ask"))
    key = claim_task(app, world.lisi, key=task(app, world).key).key
    others: list[Callable[[], object]] = [
        lambda: claim_task(app, world.lisi, key=key),
        lambda: complete_task(app, world.lisi, key=key, submission={}),
        lambda: assign_task(app, world.guanli, key=key, assignee="wangwu"),
        lambda: update_task(app, world.guanli, key=key, priority=1),
        lambda: return_to_node(app, world.lisi, key=key, target="check", reason="再看"),
    ]
    for other in others:
        with pytest.raises(Conflict, match="正在等待系统核对"):
            other()
    page = task_page(app, world.lisi, key=key)
    assert page.allowed_actions & {"claim", "complete", "return"} == set()
    assert page.refusals["claim"] == "此任务正在等待系统核对，核对完成后才能继续办理。"
    cancel_case(app, world.guanli, key=case.key, reason="重复申请")
    (job,) = search_jobs(app, world.guanli, query=Query()).items
    assert job.state is JobState.CANCELED
    assert task(app, world).state is TaskState.CANCELED


def test_a_denied_claim_leaves_the_task_to_its_candidates(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "assigning:ask"))
    key = claim_task(app, world.lisi, key=task(app, world).key).key
    agree(app, result=DENIED)
    found = task(app, world)
    assert (found.assignee, found.candidate_users, found.pending) == (None, ("lisi",), "")
    entry = case_page(app, world.guanli, key=case.key).entries[-1]
    assert (entry.kind, entry.said) == ("job-denied", {"reason": "不在班"})
    assert task_page(app, world.lisi, key=key).denied == "不在班"
    claim_task(app, world.lisi, key=key)
    agree(app)
    assert task(app, world).assignee == "lisi"
    assert task_page(app, world.lisi, key=key).denied == ""


def held_by_lisi(app: App, world: World) -> UserTask:
    begin(app, world, drawn("task", "assigning:ask"))
    claim_task(app, world.lisi, key=task(app, world).key)
    agree(app)
    return task(app, world)


def test_releasing_and_handing_on_are_asked_about(app: App, world: World) -> None:
    found = held_by_lisi(app, world)
    assign_task(app, world.guanli, key=found.key, assignee="wangwu", reason="出差")
    assert task(app, world).assignee == "lisi"
    job = agree(app)
    assert (told(job, "action"), told(job, "assignee")) == ("assign", "wangwu")
    assert task(app, world).assignee == "wangwu"
    release_task(app, world.guanli, key=found.key)
    assert task(app, world).assignee == "wangwu"
    job = agree(app)
    assert (told(job, "action"), told(job, "assignee")) == ("unassign", None)
    assert told(job, "changedAttributes") == '["assignee"]'
    assert task(app, world).assignee is None


def test_a_delegated_task_goes_there_and_back_as_they_agree(app: App, world: World) -> None:
    found = held_by_lisi(app, world)
    delegate_task(app, world.lisi, key=found.key, to="wangwu")
    assert not task(app, world).seated
    job = agree(app)
    assert (told(job, "action"), told(job, "assignee")) == ("delegate", "wangwu")
    assert [s.holder for s in task_page(app, world.lisi, key=found.key).seats] == ["wangwu"]
    resolve_task(app, world.wangwu, key=found.key, opinion="已核")
    agree(app, result=DENIED)
    assert [s.holder for s in task_page(app, world.lisi, key=found.key).seats] == ["wangwu"]
    call_back_task(app, world.lisi, key=found.key)
    job = agree(app)
    assert (told(job, "action"), told(job, "assignee")) == ("callBack", "lisi")
    assert [s.holder for s in task_page(app, world.lisi, key=found.key).seats] == ["lisi"]
    complete_task(app, world.lisi, key=found.key, submission={})
    assert task(app, world).state is TaskState.COMPLETED


def test_an_update_is_written_with_its_corrections(app: App, world: World) -> None:
    begin(app, world, drawn("task", "updating:ask"))
    key = task(app, world).key
    due = app.now() + timedelta(days=3)
    update_task(app, world.guanli, key=key, due_at=due, priority=70)
    assert task(app, world).priority == 50
    corrections = {"priority": 60, "candidateUsers": ["lisi", "wangwu"]}
    job = agree(app, result=ListenerResult(corrections=corrections))
    assert told(job, "changedAttributes") == '["dueDate","priority"]'
    found = task(app, world)
    assert (found.priority, found.due_at) == (60, due)
    assert found.candidate_users == ("lisi", "wangwu")
    claim_task(app, world.wangwu, key=key)
    assert task(app, world).assignee == "wangwu"


def test_a_completed_task_is_corrected_with_its_completion(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "completing:ask"))
    complete_task(app, world.lisi, key=task(app, world).key, submission={})
    job = agree(app, result=ListenerResult(corrections={"priority": 1}))
    assert told(job, "priority") == "50"
    found = task(app, world)
    assert (found.state, found.priority, found.assignee) == (TaskState.COMPLETED, 1, "lisi")
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.COMPLETED


@pytest.mark.parametrize(
    "wrong",
    [
        {"assignee": "nobody"},
        {"assignee": "zhangsan"},
        {"candidateGroups": ["no-such-role"]},
    ],
)
def test_a_correction_that_cannot_be_is_refused(
    app: App, world: World, wrong: dict[str, object]
) -> None:
    begin(app, world, drawn("task", "assigning:ask"))
    claim_task(app, world.lisi, key=task(app, world).key)
    job = lease(app, "ask")
    with pytest.raises(InvalidInput):
        complete_job(app, SYSTEM, key=job.key, result=ListenerResult(corrections=wrong))
    complete_job(app, SYSTEM, key=job.key)
    assert task(app, world).assignee == "lisi"


def test_a_listener_that_fails_is_tried_again_by_hand(app: App, world: World) -> None:
    begin(app, world, drawn("task", "assigning:ask", "assigning:then"))
    claim_task(app, world.lisi, key=task(app, world).key)
    agree(app)
    fail_job(app, SYSTEM, key=lease(app, "then").key, retries=0, message="接口不通")
    (incident,) = search_incidents(app, world.guanli, query=Query()).items
    assert incident.element_name == "核对"
    assert task(app, world).pending == "assigning"
    resolve_incident(app, world.guanli, key=incident.key)
    agree(app, "then")
    assert task(app, world).assignee == "lisi"


def test_the_assignee_of_the_diagram_is_asked_about(app: App, world: World) -> None:
    listeners = drawn("task", "assigning:ask")
    begin(app, world, listeners, assignee="wangwu")
    assert (
        search_jobs(app, world.guanli, query=Query()).items[0].headers["io.camunda.zeebe:assignee"]
        == "wangwu"
    )
    agree(app, result=ListenerResult(corrections={"assignee": "lisi"}))
    assert task(app, world).assignee == "lisi"


def test_no_diagram_marks_its_task_as_pending(app: App, world: World) -> None:
    mark = (
        f'<zeebe:properties><zeebe:property name="{PENDING}" value="assigning"/></zeebe:properties>'
    )
    begin(app, world, mark)
    assert task(app, world).pending == ""
    assert claim_task(app, world.lisi, key=task(app, world).key).assignee == "lisi"


def test_taking_a_seat_is_asked_about(app: App, world: World) -> None:
    listeners, seats = drawn("task", "assigning:ask"), '=["clerk@weifang", "leader@weifang"]'
    begin(app, world, listeners, groups="clerk@weifang", completionRule="any", seats=seats)
    key = task(app, world).key
    claim_task(app, world.lisi, key=key)
    assert [s.holder for s in task_page(app, world.lisi, key=key).seats] == [None, None]
    job = agree(app)
    assert (told(job, "action"), told(job, "assignee")) == ("claim", "lisi")
    assert [s.holder for s in task_page(app, world.lisi, key=key).seats] == ["lisi", None]
    claim_task(app, world.wangwu, key=key)
    job = lease(app, "ask")
    corrected = ListenerResult(corrections={"assignee": "lisi"})
    with pytest.raises(InvalidInput):
        complete_job(app, SYSTEM, key=job.key, result=corrected)
    complete_job(app, SYSTEM, key=job.key)
    assert [s.holder for s in task_page(app, world.lisi, key=key).seats] == ["lisi", "wangwu"]


def test_whoever_must_keep_away_meanwhile_does_not_get_the_task(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "assigning:ask"), groups="clerk@weifang")
    claim_task(app, world.lisi, key=task(app, world).key)
    declare_recusal(app, world.lisi, key=case.key, reason="申请人是我弟弟")
    agree(app)
    found = task(app, world)
    assert (found.assignee, found.pending) == (None, "")
    entry = case_page(app, world.guanli, key=case.key).entries[-1]
    assert (entry.kind, entry.said) == ("job-denied", {"reason": "“lisi”须回避此事项，不能办理。"})
    claim_task(app, world.wangwu, key=found.key)
    agree(app)
    assert task(app, world).assignee == "wangwu"


def test_a_listener_comes_too_late_for_a_task_that_is_gone(app: App, world: World) -> None:
    case = begin(app, world, drawn("task", "assigning:ask"))
    claim_task(app, world.lisi, key=task(app, world).key)
    late = lease(app, "ask")
    cancel_case(app, world.guanli, key=case.key, reason="重复申请")
    with pytest.raises(Conflict):
        complete_job(app, SYSTEM, key=late.key)
    assert (task(app, world).state, task(app, world).assignee) == (TaskState.CANCELED, None)


def test_whoever_asks_is_told_when_it_is_denied(app: App, world: World) -> None:
    begin(app, world, drawn("task", "assigning:ask"))
    key = claim_task(app, world.lisi, key=task(app, world).key).key
    agree(app, result=DENIED)
    told_to = f"select count(*) from announcement where task_key = {key} and facts->>'to' = 'lisi'"
    assert count(app.database, told_to) == 1


def test_tasks_without_listeners_cost_no_statement_more(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers are those of the time before there were such listeners."""
    begin(app, world)
    key = task(app, world).key
    claim_task(app, world.lisi, key=key)
    release_task(app, world.lisi, key=key)
    acts: dict[str, tuple[int, Callable[[], object]]] = {
        "claim": (3, lambda: claim_task(app, world.lisi, key=key)),
        "assign": (4, lambda: assign_task(app, world.guanli, key=key, assignee="wangwu")),
        "update": (3, lambda: update_task(app, world.guanli, key=key, priority=3)),
        "release": (3, lambda: release_task(app, world.wangwu, key=key)),
        "complete": (2, lambda: complete_task(app, world.lisi, key=key, submission={})),
    }
    taken = {}
    for name, (_, act) in acts.items():
        with counted(monkeypatch) as seen:
            act()
        taken[name] = len(seen)
    assert taken == {name: number for name, (number, _) in acts.items()}
