"""Two people at the same instant: one wins, the other is told who, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.model.errors import (
    AlreadyHandled,
    BanshiError,
    Conflict,
    Forbidden,
    IdempotencyMismatch,
)
from engine.model.records import Instance, UserTask
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.cases.end_case import cancel_case, withdraw_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.sweep import fire_due_timers
from engine.service.history.record import verify_record
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.staging import race
from tests.storage.changes import count
from tests.world import World, add_person

TIMED = diagrams.process(
    "timed",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    '<bpmn:boundaryEvent id="late" attachedToRef="work"><bpmn:timerEventDefinition id="td">'
    '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>'
    "</bpmn:timerEventDefinition></bpmn:boundaryEvent>",
    diagrams.end("done", "办结"),
    diagrams.end("overdue", "超期"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "done"),
    diagrams.flow("late", "overdue"),
)


@pytest.fixture
def task(app: App, world: World) -> UserTask:
    diagrams.put(app, TIMED)
    start_case(app, world.zhangsan, process_id="timed", submission={})
    (found,) = inbox(app, world.lisi).items
    return found


def ended_once(app: App, world: World, task: UserTask, result: str) -> None:
    case = get_case(app, world.zhangsan, key=task.instance_key)
    assert (case.state is not InstanceState.ACTIVE, case.result) == (True, result)
    assert verify_record(app, world.guanli, key=case.key) == ()
    assert count(app.database, "select count(*) from task_candidate") == 0
    assert count(app.database, "select count(*) from timer") == 0
    assert count(app.database, "select count(*) from visit where state = 'ACTIVE'") == 0
    assert count(app.database, "select count(*) from scope") == 0


def test_of_two_who_complete_one_wins(
    app: App, world: World, task: UserTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = race(
        monkeypatch,
        app.database,
        lambda: complete_task(app, world.lisi, key=task.key, submission={"by": "李四"}),
        lambda: complete_task(app, world.wangwu, key=task.key, submission={"by": "王五"}),
    )
    assert first.error is None
    assert isinstance(second.error, AlreadyHandled)
    assert second.error.by == "李四"
    ended_once(app, world, task, "办结")
    assert count(app.database, "select count(*) from journal where kind = 'complete'") == 1


def test_of_eight_who_complete_one_wins(
    app: App, world: World, task: UserTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerks = [add_person(app, f"clerk{n}", f"经办{n}", "clerk@weifang") for n in range(8)]
    outcomes = race(
        monkeypatch,
        app.database,
        *(
            lambda clerk=clerk: complete_task(app, clerk, key=task.key, submission={})  # type: ignore[misc]
            for clerk in clerks
        ),
    )
    assert [type(o.error) for o in outcomes] == [type(None)] + [AlreadyHandled] * 7
    assert count(app.database, "select count(*) from journal where kind = 'complete'") == 1


def test_of_two_who_claim_one_wins(
    app: App, world: World, task: UserTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = race(
        monkeypatch,
        app.database,
        lambda: claim_task(app, world.lisi, key=task.key),
        lambda: claim_task(app, world.wangwu, key=task.key),
    )
    assert first.error is None
    assert first.value.assignee == "lisi"
    assert isinstance(second.error, Forbidden)
    assert "他人签收" in second.error.message
    assert not inbox(app, world.wangwu).items


def test_the_same_request_twice_at_once_is_done_once(
    app: App, world: World, task: UserTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def once() -> Any:
        return complete_task(app, world.lisi, key=task.key, submission={}, idempotency_key="k")

    first, second = race(monkeypatch, app.database, once, once)
    assert first.error is None
    assert second.error is None
    assert second.value == first.value

    def open_one() -> Any:
        return start_case(
            app, world.zhangsan, process_id="timed", submission={}, idempotency_key="s"
        )

    one, same = race(monkeypatch, app.database, open_one, open_one)
    assert (one.error, same.error) == (None, None)
    assert one.value.key == same.value.key


def test_one_key_on_two_tasks_at_once_is_no_fault_of_the_program(
    app: App, world: World, task: UserTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_case(app, world.zhangsan, process_id="timed", submission={})
    first, second = (t.key for t in inbox(app, world.lisi).items)
    one, other = race(
        monkeypatch,
        app.database,
        lambda: complete_task(app, world.lisi, key=first, submission={}, idempotency_key="k"),
        lambda: complete_task(app, world.lisi, key=second, submission={}, idempotency_key="k"),
    )
    assert one.error is None
    assert isinstance(other.error, IdempotencyMismatch)
    assert count(app.database, "select count(*) from journal where kind = 'complete'") == 1


Act = Callable[[App, World, UserTask], Any]
COMPLETE: Act = lambda app, world, task: complete_task(  # noqa: E731
    app, world.lisi, key=task.key, submission={}
)
WITHDRAW: Act = lambda app, world, task: withdraw_case(  # noqa: E731
    app, world.zhangsan, key=task.instance_key, reason="不办了"
)
CANCEL: Act = lambda app, world, task: cancel_case(  # noqa: E731
    app, world.guanli, key=task.instance_key, reason="重复"
)
TIMER: Act = lambda app, _world, _task: fire_due_timers(app, limit=5)  # noqa: E731


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (COMPLETE, TIMER, "办结"),
        (TIMER, COMPLETE, "超期"),
        (COMPLETE, WITHDRAW, "办结"),
        (WITHDRAW, COMPLETE, "申请人已撤销"),
        (CANCEL, COMPLETE, "已终止"),
        (CANCEL, TIMER, "已终止"),
        (TIMER, WITHDRAW, "超期"),
        (WITHDRAW, CANCEL, "申请人已撤销"),
    ],
)
def test_whoever_commits_first_decides(
    app: App,
    world: World,
    task: UserTask,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    first: Act,
    second: Act,
    result: str,
) -> None:
    clock.advance(timedelta(hours=2))
    winner, loser = race(
        monkeypatch,
        app.database,
        lambda: first(app, world, task),
        lambda: second(app, world, task),
    )
    assert winner.error is None
    if second is TIMER:
        assert loser.value == 0, "the sweep passes over what is locked"
    else:
        assert isinstance(loser.error, AlreadyHandled | Conflict | Forbidden)
    assert fire_due_timers(app, limit=5) == 0
    ended_once(app, world, task, result)


def test_cases_opened_at_once_get_numbers_without_gaps(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    diagrams.put(app, diagrams.grant())
    form = {"title": "项目", "amount": 1}

    def open_one() -> Instance:
        return start_case(app, world.zhangsan, process_id="grant", submission=form)

    outcomes = race(monkeypatch, app.database, *[open_one] * 5)
    numbers = sorted(outcome.value.number for outcome in outcomes)
    assert numbers == [f"CT-2025-000{n}" for n in range(1, 6)]


def test_a_number_taken_by_a_case_that_never_opened_is_given_again(app: App, world: World) -> None:
    diagrams.put(app, diagrams.grant())
    with pytest.raises(BanshiError):
        start_case(
            app, world.zhangsan, process_id="grant", submission={"title": "x"}, unit="nowhere"
        )
    form = {"title": "项目", "amount": 1}
    case = start_case(app, world.zhangsan, process_id="grant", submission=form)
    assert case.number == "CT-2025-0001"
