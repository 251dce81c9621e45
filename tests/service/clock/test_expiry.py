"""What holds at a task's deadline: it fails, is extended or goes upwards; never approved by itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.model.clock import StopKind
from engine.model.errors import AlreadyHandled, Conflict, Forbidden
from engine.model.keys import Key
from engine.model.search import Query
from engine.model.states import InstanceState
from engine.service import stepping
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.clock import expire_task
from engine.service.clock.expire_task import expire_tasks
from engine.service.clock.stop_clock import resume_clock, stop_clock
from engine.service.exchange.sweep import sweep
from engine.service.history.record import verify_record
from engine.service.recusal.relations import add_relation
from engine.service.searching import search_incidents
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.staging import race
from tests.world import World

ZONE = ZoneInfo("Asia/Shanghai")
EXPERTS = '=["zhuanjia1", "zhuanjia2", "zhuanjia3"]'


def decided(**values: str) -> bytes:
    """A decision with a deadline of five working days; approve, else refused."""
    return diagrams.process(
        "decided",
        diagrams.start(),
        diagrams.user_task(
            "decide", "审批", **{"groups": "clerk@weifang", "deadline": "5", **values}
        ),
        '<bpmn:exclusiveGateway id="how" default="how-refused"/>',
        diagrams.end("granted", "通过"),
        diagrams.end("refused", "不通过"),
        diagrams.flow("start", "decide"),
        diagrams.flow("decide", "how"),
        diagrams.flow("how", "granted", 'outcome = "approve"'),
        diagrams.flow("how", "refused"),
    )


def at(day: str, hour: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}:00+08:00")


def rows(app: App, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query, list(parameters)))


def opened(app: App, world: World, clock: SettableClock, **values: str) -> tuple[Key, Key]:
    """A case that starts on Monday 3 March 2025: due on the 10th."""
    clock.set(at("2025-03-03"))
    diagrams.put(app, decided(**values))
    case = start_case(app, world.zhangsan, process_id="decided", submission={})
    ((task,),) = rows(app, "select key from user_task")
    return case.key, Key(task)


def due_day(app: App) -> str:
    ((due,),) = rows(app, "select due_at from user_task")
    return str(due.astimezone(ZONE).date())


def test_a_vote_without_a_quorum_fails_when_its_time_is_over(
    app: App, world: World, clock: SettableClock
) -> None:
    case, task = opened(
        app,
        world,
        clock,
        seats=EXPERTS,
        completionRule="ratio",
        threshold="1/2",
        quorum="2/3",
        onExpiry="fail",
    )
    complete_task(app, world.zhuanjia1, key=task, submission={"outcome": "approve"})
    clock.set(at("2025-03-10", "23:59"))
    assert expire_tasks(app, limit=10) == 0, "the last day belongs to the period"
    clock.set(at("2025-03-11", "00:00"))
    assert sweep(app).deadlines == 1
    assert expire_tasks(app, limit=10) == 0
    ended = get_case(app, world.guanli, key=case)
    assert (ended.state, ended.result) == (InstanceState.COMPLETED, "不通过")
    assert rows(app, "select state, reason from seat order by ordinal") == [
        ("DONE", ""),
        ("CANCELED", "expired"),
        ("CANCELED", "expired"),
    ]
    assert rows(
        app,
        "select actor_key, facts::json ->> 'rule', facts::json ->> 'outcome' from journal"
        " where kind = 'expire'",
    ) == [(0, "fail", "reject")]
    assert verify_record(app, world.guanli, key=case) == ()
    with pytest.raises((AlreadyHandled, Conflict)):
        complete_task(app, world.zhuanjia2, key=task, submission={"outcome": "approve"})


def test_a_plain_task_fails_only_where_the_diagram_says_so(
    app: App, world: World, clock: SettableClock
) -> None:
    case, _ = opened(app, world, clock)
    clock.set(at("2025-04-01"))
    assert expire_tasks(app, limit=10) == 0
    assert get_case(app, world.guanli, key=case).state is InstanceState.ACTIVE
    rows_before = rows(app, "select count(*) from user_task where expiry_at is not null")
    assert rows_before == [(0,)]


def test_a_plain_task_fails_with_the_outcome_that_is_named(
    app: App, world: World, clock: SettableClock
) -> None:
    case, _ = opened(app, world, clock, onExpiry="fail", expiryOutcome="refuse")
    clock.set(at("2025-03-11"))
    assert expire_tasks(app, limit=10) == 1
    assert get_case(app, world.guanli, key=case).result == "不通过"
    assert rows(app, "select outcome, ended_by from user_task") == [("refuse", "system")]


def test_it_is_extended_as_often_as_is_said_and_then_fails(
    app: App, world: World, clock: SettableClock
) -> None:
    case, _ = opened(
        app,
        world,
        clock,
        onExpiry="extend",
        extendBy="3",
        extensions="2",
        afterExtensions="fail",
    )
    clock.set(at("2025-03-11"))
    assert expire_tasks(app, limit=10) == 1
    assert due_day(app) == "2025-03-13", "counted from the 10th"
    assert rows(app, "select distinct due_at from task_candidate") == rows(
        app, "select due_at from user_task"
    )
    assert expire_tasks(app, limit=10) == 0
    clock.set(at("2025-03-14"))
    assert expire_tasks(app, limit=10) == 1
    assert due_day(app) == "2025-03-18"
    clock.set(at("2025-03-19"))
    assert expire_tasks(app, limit=10) == 1
    assert get_case(app, world.guanli, key=case).result == "不通过"


def test_after_its_extensions_nothing_more_happens_where_nothing_is_named(
    app: App, world: World, clock: SettableClock
) -> None:
    case, _ = opened(app, world, clock, onExpiry="extend", extendBy="1")
    clock.set(at("2025-03-11"))
    assert expire_tasks(app, limit=10) == 1
    clock.set(at("2025-03-20"))
    assert expire_tasks(app, limit=10) == 1
    assert expire_tasks(app, limit=10) == 0
    assert get_case(app, world.guanli, key=case).state is InstanceState.ACTIVE


def test_a_plain_task_goes_to_the_superior_role_beside_whoever_has_it(
    app: App, world: World, clock: SettableClock
) -> None:
    case, task = opened(app, world, clock, onExpiry="escalate", escalateTo="leader")
    claim_task(app, world.lisi, key=task)
    assert inbox(app, world.zhaoliu).total == 0
    clock.set(at("2025-03-11"))
    assert expire_tasks(app, limit=10) == 1
    assert expire_tasks(app, limit=10) == 0
    assert [t.key for t in inbox(app, world.zhaoliu).items] == [task]
    assert [t.key for t in inbox(app, world.lisi).items] == [task]
    complete_task(app, world.zhaoliu, key=task, submission={"outcome": "approve"})
    assert get_case(app, world.guanli, key=case).result == "通过"
    assert verify_record(app, world.guanli, key=case) == ()


def test_a_vote_gets_a_seat_of_the_superior_role(
    app: App, world: World, clock: SettableClock
) -> None:
    case, task = opened(
        app,
        world,
        clock,
        seats=EXPERTS,
        completionRule="ratio",
        threshold="1/2",
        onExpiry="escalate",
        escalateTo="leader",
    )
    complete_task(app, world.zhuanjia1, key=task, submission={"outcome": "approve"})
    clock.set(at("2025-03-11"))
    assert expire_tasks(app, limit=10) == 1
    assert rows(app, "select kind, role, unit, state from seat where role is not null") == [
        ("PARALLEL", "leader", "weifang", "OPEN")
    ]
    assert [t.key for t in inbox(app, world.zhaoliu).items] == [task]
    complete_task(app, world.zhaoliu, key=task, submission={"outcome": "approve"})
    assert get_case(app, world.guanli, key=case).result == "通过", "two of four"


def test_nobody_above_is_an_incident(app: App, world: World, clock: SettableClock) -> None:
    case, _ = opened(app, world, clock, onExpiry="escalate", escalateTo="nobody")
    clock.set(at("2025-03-11"))
    assert expire_tasks(app, limit=10) == 1
    (incident,) = search_incidents(app, world.guanli, query=Query()).items
    assert "上报" in incident.message
    assert get_case(app, world.guanli, key=case).state is InstanceState.ACTIVE


def test_a_superior_who_has_to_keep_away_is_nobody(
    app: App, world: World, clock: SettableClock
) -> None:
    """Both leaders are the applicant's family: it goes to no one rather than to them."""
    clock.set(at("2025-03-03"))
    for leader in ("wangwu", "zhaoliu"):
        add_relation(
            app,
            world.guanli,
            username="zhangsan",
            other=leader,
            kind="FAMILY",
            since=date(2020, 1, 1),
        )
    opened(app, world, clock, onExpiry="escalate", escalateTo="leader")
    clock.set(at("2025-03-11"))
    assert expire_tasks(app, limit=10) == 1
    (incident,) = search_incidents(app, world.guanli, query=Query()).items
    assert "上报" in incident.message
    assert inbox(app, world.zhaoliu).items == ()


def test_nothing_expires_while_the_clock_stands_still_or_the_case_is_suspended(
    app: App, world: World, clock: SettableClock
) -> None:
    case, _ = opened(app, world, clock, onExpiry="fail")
    clock.set(at("2025-03-05"))
    stop_clock(app, world.guanli, key=case, kind=StopKind.OTHER, reason="停")
    clock.set(at("2025-03-20"))
    assert expire_tasks(app, limit=10) == 0
    resume_clock(app, world.guanli, key=case, reason="续")
    assert due_day(app) == "2025-03-25"
    with app.database.unit_of_work() as work:
        work.hot("update instance set state = 'SUSPENDED'")
        work.commit()
    clock.set(at("2025-03-26"))
    assert expire_tasks(app, limit=10) == 0
    with app.database.unit_of_work() as work:
        work.hot("update instance set state = 'ACTIVE'")
        work.commit()
    assert expire_tasks(app, limit=10) == 1


@pytest.mark.parametrize("several", [False, True])
def test_a_vote_at_the_same_instant_is_before_it_or_too_late(
    app: App,
    world: World,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    several: bool,
) -> None:
    values = {"seats": '=["lisi"]', "completionRule": "all"} if several else {}
    case, task = opened(app, world, clock, onExpiry="fail", **values)
    clock.set(at("2025-03-11"))
    outcomes = race(
        monkeypatch,
        app.database,
        lambda: complete_task(app, world.lisi, key=task, submission={"outcome": "approve"}),
        lambda: expire_tasks(app, limit=10),
    )
    voted, expired = outcomes
    assert expired.error is None
    won = voted.error is None
    assert won or isinstance(voted.error, AlreadyHandled | Conflict)
    assert get_case(app, world.guanli, key=case).result == ("通过" if won else "不通过")
    assert rows(app, "select count(*) from journal where kind in ('complete', 'expire')") == [(1,)]


def test_what_cannot_be_done_is_put_off_and_stops_no_other(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = opened(app, world, clock, onExpiry="fail")
    second = start_case(app, world.zhangsan, process_id="decided", submission={}).key
    real = stepping.advance

    def sometimes(*arguments: Any, **named: Any) -> Any:
        if named["at"].key == first:
            raise ZeroDivisionError
        return real(*arguments, **named)

    clock.set(at("2025-03-11"))
    with monkeypatch.context() as patch:
        patch.setattr(expire_task, "advance", sometimes)
        assert expire_tasks(app, limit=10) == 2
    assert get_case(app, world.guanli, key=second).result == "不通过"
    assert get_case(app, world.guanli, key=first).state is InstanceState.ACTIVE
    clock.set(at("2025-03-11", "10:00"))
    assert expire_tasks(app, limit=10) == 1


def test_the_applicant_is_not_among_those_it_goes_to(
    app: App, world: World, clock: SettableClock
) -> None:
    clock.set(at("2025-03-03"))
    diagrams.put(app, decided(onExpiry="escalate", escalateTo="leader"))
    start_case(app, world.zhaoliu, process_id="decided", submission={})
    ((task,),) = rows(app, "select key from user_task")
    clock.set(at("2025-03-11"))
    assert expire_tasks(app, limit=10) == 1
    with pytest.raises(Forbidden, match="申请人"):
        complete_task(app, world.zhaoliu, key=task, submission={"outcome": "approve"})
