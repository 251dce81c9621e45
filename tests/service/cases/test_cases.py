"""A case from its start to its end, as its people see it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.model.actor import Actor
from engine.model.errors import AlreadyHandled, Forbidden, NotFound
from engine.model.keys import Key
from engine.model.records import Instance, UserTask
from engine.model.states import InstanceState, TaskState
from engine.service.app import App
from engine.service.cases.case_page import case_page
from engine.service.cases.end_case import withdraw_case
from engine.service.cases.get_case import get_case, my_cases
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.task_page import task_page
from engine.service.worklists.inbox import inbox, inbox_counts, inbox_services
from tests.conftest import SettableClock
from tests.driver import Driver
from tests.service import diagrams
from tests.world import World

FORM = {"title": "助老项目", "amount": Decimal("98000.50")}


@pytest.fixture
def case(app: App, world: World) -> Instance:
    diagrams.put(app, diagrams.grant())
    return start_case(app, world.zhangsan, process_id="grant", submission=FORM)


def only_task(app: App, actor: Actor) -> UserTask:
    (task,) = inbox(app, actor).items
    return task


def test_a_case_starts_with_number_title_and_a_task_for_its_lane(
    app: App, world: World, case: Instance
) -> None:
    assert case.number == "CT-2025-0001"
    assert case.title == "助老项目（98000.5元）"
    assert (case.state, case.unit_name) == (InstanceState.ACTIVE, "西关街道")
    assert case.current == ("形式审查",)
    task = only_task(app, world.lisi)
    assert task.candidate_groups == ("clerk@weifang",)
    assert task.handler == "潍坊市 市局经办"
    # five working days from Monday the third of March, to the end of the day
    assert task.due_at is not None
    assert task.due_at.isoformat() == "2025-03-10T15:59:59+00:00"
    assert task.remaining_days == 5
    assert not inbox(app, world.zhaoliu).items
    assert not inbox(app, world.zhangsan).items


def test_the_way_to_a_grant(app: App, world: World, case: Instance) -> None:
    done = complete_task(
        app, world.lisi, key=only_task(app, world.lisi).key, submission={"outcome": "approve"}
    )
    assert (done.state, done.outcome, done.assignee) == (TaskState.COMPLETED, "approve", "lisi")
    assert done == get_task(app, world.lisi, key=done.key)
    approval = only_task(app, world.zhaoliu)
    complete_task(app, world.zhaoliu, key=approval.key, submission={})
    ended = get_case(app, world.zhangsan, key=case.key)
    assert (ended.state, ended.result) == (InstanceState.COMPLETED, "予以资助")
    assert verify_record(app, world.zhangsan, key=case.key) == ()
    assert [t.key for t in inbox(app, world.lisi, view="done").items] == [done.key]
    assert my_cases(app, world.zhangsan, state="ended").total == 1


def test_a_return_goes_to_the_applicant_and_back(app: App, world: World, case: Instance) -> None:
    complete_task(
        app, world.lisi, key=only_task(app, world.lisi).key, submission={"outcome": "return"}
    )
    own = only_task(app, world.zhangsan)
    assert (own.name, own.assignee) == ("补正", "zhangsan")
    complete_task(app, world.zhangsan, key=own.key, submission={})
    assert only_task(app, world.lisi).name == "形式审查"


def test_who_reviewed_may_not_approve_too(app: App, world: World, case: Instance) -> None:
    review = only_task(app, world.wangwu)
    complete_task(app, world.wangwu, key=review.key, submission={"outcome": "approve"})
    approval = only_task(app, world.wangwu)
    with pytest.raises(Forbidden, match="不相容岗位"):
        claim_task(app, world.wangwu, key=approval.key)
    with pytest.raises(Forbidden, match="不相容岗位"):
        complete_task(app, world.wangwu, key=approval.key, submission={})
    claim_task(app, world.zhaoliu, key=approval.key)


def test_the_wrong_person_the_second_time_and_after_the_end(
    app: App, world: World, case: Instance
) -> None:
    task = only_task(app, world.lisi)
    for outsider in (world.zhaoliu, world.zhangsan, world.guanli):
        with pytest.raises(Forbidden):
            complete_task(app, outsider, key=task.key, submission={})
    complete_task(app, world.lisi, key=task.key, submission={"outcome": "approve"})
    with pytest.raises(AlreadyHandled) as late:
        complete_task(app, world.wangwu, key=task.key, submission={})
    assert late.value.by == "李四"
    approval = only_task(app, world.zhaoliu)
    withdraw_case(app, world.zhangsan, key=case.key, reason="不办了")
    with pytest.raises(AlreadyHandled):
        complete_task(app, world.zhaoliu, key=approval.key, submission={})
    assert get_case(app, world.zhangsan, key=case.key).result == "申请人已撤销"


def test_a_repeated_request_gets_the_first_answer(app: App, world: World, case: Instance) -> None:
    task = only_task(app, world.lisi)
    first = complete_task(
        app,
        world.lisi,
        key=task.key,
        submission={"outcome": "approve"},
        idempotency_key="k1",
    )
    again = complete_task(
        app,
        world.lisi,
        key=task.key,
        submission={"outcome": "approve"},
        idempotency_key="k1",
    )
    assert again == first
    started = [
        start_case(
            app, world.zhangsan, process_id="grant", submission=FORM, idempotency_key="k2"
        ).key
        for _ in range(2)
    ]
    assert len(set(started)) == 1


def test_pages_show_what_their_reader_may_see(app: App, world: World, case: Instance) -> None:
    task = only_task(app, world.lisi)
    page = task_page(app, world.lisi, key=task.key)
    assert page.allowed_actions == {"claim", "complete", "comment"}
    assert page.task == task
    assert page.case.active_elements == ("review",)
    assert [entry.kind for entry in page.case.entries] == ["start"]
    own = case_page(app, world.zhangsan, key=case.key)
    assert own.allowed_actions == {"withdraw", "urge"}
    assert own.visible_tasks == frozenset()
    with pytest.raises(NotFound):
        task_page(app, world.zhangsan, key=task.key)
    with pytest.raises(NotFound):
        case_page(app, world.quxian, key=case.key)
    with pytest.raises(NotFound):
        case_page(app, world.lisi, key=Key(case.key + (1 << 22)))


def test_counts_and_services_of_an_inbox(app: App, world: World, case: Instance) -> None:
    counts = inbox_counts(app, world.lisi)
    assert (counts.todo, counts.claimable, counts.overdue) == (1, 1, 0)
    claim_task(app, world.lisi, key=only_task(app, world.lisi).key)
    counts = inbox_counts(app, world.lisi)
    assert (counts.todo, counts.claimable) == (1, 0)
    assert inbox_services(app, world.lisi) == (("grant", "测试流程"),)
    assert inbox_services(app, world.wangwu) == ()


@pytest.mark.parametrize("sort", ["due", "created", "priority"])
@pytest.mark.parametrize("search", ["", "助老", "ct-2025-0002", "张三 项目", "没有的"])
def test_an_inbox_is_paged_and_searched(
    app: App, world: World, case: Instance, sort: str, search: str
) -> None:
    for _ in range(4):
        start_case(app, world.zhangsan, process_id="grant", submission=FORM)
    expected = {"ct-2025-0002": 1, "没有的": 0}.get(search, 5)
    seen: list[Key] = []
    cursor = None
    for _ in range(4):
        page = inbox(app, world.lisi, search=search, sort=sort, cursor=cursor, limit=2)  # type: ignore[arg-type]
        seen += [task.key for task in page.items]
        cursor = page.end_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == expected


def test_a_case_is_not_started_past_a_form_that_is_not_there(
    shipped: App, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing typed goes in unchecked because its form cannot be found."""
    pinned = shipped.bundles.resolve(process_id="marriage-booking")
    assert pinned.process.start_form == "marriage-booking"
    monkeypatch.setattr(shipped.bundles, "resolve", lambda **_: replace(pinned, forms={}))
    citizen = Driver(shipped, clock).person("qunzhong")
    with pytest.raises(NotFound, match="开始表单"):
        start_case(shipped, citizen, process_id="marriage-booking", submission=FORM)
