"""中止计时: a case's clock stands still and goes on, by the diagram and by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.model.clock import StopKind
from engine.model.errors import Conflict, Forbidden, InvalidInput
from engine.model.keys import Key
from engine.model.records import Light
from engine.service.app import App
from engine.service.cases.end_case import cancel_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.clock.stop_clock import resume_clock, stop_clock
from engine.service.exchange.sweep import fire_due_timers
from engine.service.history.record import verify_record
from engine.service.notifications.fan_out import fan_out
from engine.service.notifications.reminding import remind
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.get_task import get_task
from engine.service.tasks.update_task import update_task
from engine.service.worklists.notices import list_notices
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.staging import race
from tests.world import World

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)


def timer(kind: str, text: str) -> str:
    return (
        f'<bpmn:timerEventDefinition id="td"><bpmn:{kind} xsi:type="bpmn:tFormalExpression">'
        f"{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )


def supplemented(limit: str = "") -> bytes:
    """Review (5 working days) beside a statutory timer; return to the applicant stops the clock."""
    return diagrams.process(
        "supplemented",
        diagrams.start(),
        diagrams.user_task("review", "审查", deadline="5", groups="clerk@weifang"),
        '<bpmn:exclusiveGateway id="decided" default="decided-done"/>',
        diagrams.user_task("supplement", "补正", deadline="10", stopsClock="supplement"),
        diagrams.end("done", "办结"),
        '<bpmn:parallelGateway id="fork"/>',
        f'<bpmn:intermediateCatchEvent id="limit">'
        f"{diagrams.extension(diagrams.properties(statutory='true'))}"
        f"{limit or timer('timeDuration', 'P30D')}</bpmn:intermediateCatchEvent>",
        diagrams.end("late", "逾期"),
        diagrams.flow("start", "fork"),
        diagrams.flow("fork", "review"),
        diagrams.flow("fork", "limit"),
        diagrams.flow("limit", "late"),
        diagrams.flow("review", "decided"),
        diagrams.flow("decided", "done"),
        diagrams.flow("decided", "supplement", 'outcome = "return"'),
        diagrams.flow("supplement", "review"),
        lanes=(("applicant", "", ("supplement",)),),
        statutoryPeriod="20",
    )


PLAIN = diagrams.process(
    "plain",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="clerk@weifang", deadline="5", remindBefore="1"),
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "done"),
    statutoryPeriod="10个工作日",
)


def rows(app: App, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query, list(parameters)))


def due_days(app: App) -> dict[str, str]:
    """Open task → the local day on which it is due, ``stopped`` or ``-``."""
    found = rows(
        app,
        "select element_id, due_at, due_stopped from user_task where state = 'CREATED'",
    )
    return {
        name: "stopped" if still else at.astimezone(ZONE).date().isoformat() if at else "-"
        for name, at, still in found
    }


def at(day: str, hour: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}:00+08:00")


def open_task(app: App, element: str) -> Key:
    ((key,),) = rows(
        app, "select key from user_task where element_id = %s and state = 'CREATED'", element
    )
    return Key(key)


def statutory_day(app: App, world: World, key: Key) -> str | None:
    due = get_case(app, world.guanli, key=key).statutory_due_at
    return due.astimezone(ZONE).date().isoformat() if due else None


def test_a_supplement_stops_the_clock_and_what_was_left_counts_on(
    app: App, world: World, clock: SettableClock
) -> None:
    """Monday 3 March 2025; four working days of twenty are used when it stops on the 7th."""
    clock.set(at("2025-03-03"))
    diagrams.put(app, supplemented())
    case = start_case(app, world.zhangsan, process_id="supplemented", submission={})
    assert statutory_day(app, world, case.key) == "2025-03-31"
    assert due_days(app) == {"review": "2025-03-10"}
    clock.set(at("2025-03-07"))
    complete_task(app, world.lisi, key=open_task(app, "review"), submission={"outcome": "return"})
    held = get_case(app, world.guanli, key=case.key)
    assert (held.stopped, held.statutory_due_at) == (StopKind.SUPPLEMENT, None)
    assert held.statutory_light is Light.NONE
    assert due_days(app) == {"supplement": "2025-03-21"}, "the applicant's own period runs"
    clock.set(at("2025-03-17"))
    complete_task(app, world.zhangsan, key=open_task(app, "supplement"), submission={})
    assert get_case(app, world.guanli, key=case.key).stopped is None
    assert due_days(app) == {"review": "2025-03-24"}, "the node's own clock starts anew"
    assert statutory_day(app, world, case.key) == "2025-04-09", "16 working days after the 17th"
    ((due,),) = rows(app, "select due_at from timer")
    assert due.astimezone(ZONE) == at("2025-04-12"), "30 natural days and the 10 it stood still"
    assert rows(app, "select kind, manual, resumed_at is not null from clock_stop") == [
        ("SUPPLEMENT", False, True)
    ]
    assert verify_record(app, world.guanli, key=case.key) == ()
    fan_out(app)
    told = [notice.text for notice in list_notices(app, world.zhangsan)]
    assert any("中止计时" in text and "补正" in text for text in told)
    assert any("恢复计时" in text for text in told)


def test_a_timer_drawn_with_working_days_moves_by_working_days(
    app: App, world: World, clock: SettableClock
) -> None:
    """10 working days from Monday the 3rd; stopped from the 7th (6 left) to Friday the 14th."""
    clock.set(at("2025-03-03"))
    limit = "= date and time(working days after(today(), 10), time(9, 0, 0))"
    content = supplemented(timer("timeDate", limit))
    diagrams.put(app, content)
    start_case(app, world.zhangsan, process_id="supplemented", submission={})
    ((due,),) = rows(app, "select due_at from timer")
    assert due.astimezone(ZONE) == at("2025-03-17")
    clock.set(at("2025-03-07"))
    complete_task(app, world.lisi, key=open_task(app, "review"), submission={"outcome": "return"})
    clock.set(at("2025-03-18"))
    assert fire_due_timers(app, limit=10) == 0, "it stands still"
    clock.set(at("2025-03-14") + 7 * DAY)
    complete_task(app, world.zhangsan, key=open_task(app, "supplement"), submission={})
    ((due,),) = rows(app, "select due_at from timer")
    assert due.astimezone(ZONE) == at("2025-03-31"), "6 working days after Friday the 21st"
    clock.set(at("2025-03-31"))
    assert fire_due_timers(app, limit=10) == 1


def test_a_holder_stops_and_resumes_it_with_a_reason(
    app: App, world: World, clock: SettableClock
) -> None:
    clock.set(at("2025-03-03"))
    diagrams.put(app, PLAIN)
    case = start_case(app, world.zhangsan, process_id="plain", submission={})
    task = open_task(app, "work")
    with pytest.raises(Forbidden, match="只有当前办理人"):
        stop_clock(app, world.lisi, key=case.key, kind=StopKind.INSPECTION, reason="检测")
    claim_task(app, world.lisi, key=task)
    for actor in (world.zhangsan, world.zhaoliu):
        with pytest.raises(Forbidden):
            stop_clock(app, actor, key=case.key, kind=StopKind.INSPECTION, reason="检测")
    with pytest.raises(InvalidInput):
        stop_clock(app, world.lisi, key=case.key, kind=StopKind.INSPECTION, reason=" ")
    clock.set(at("2025-03-05"))
    for _ in range(2):
        stop_clock(
            app,
            world.lisi,
            key=case.key,
            kind=StopKind.INSPECTION,
            reason="送检",
            idempotency_key="s",
        )
    with pytest.raises(Forbidden, match="已经中止"):
        stop_clock(app, world.lisi, key=case.key, kind=StopKind.OTHER, reason="再停")
    assert due_days(app) == {"work": "stopped"}
    assert get_task(app, world.lisi, key=task).stopped is StopKind.INSPECTION
    with pytest.raises(InvalidInput, match="先恢复计时"):
        update_task(app, world.guanli, key=task, due_at=clock.at)
    clock.set(at("2025-03-20"))
    assert remind(app, thorough=True) == 0, "nobody is reminded while it stands still"
    resume_clock(app, world.guanli, key=case.key, reason="检测完成")
    assert due_days(app) == {"work": "2025-03-25"}, "three working days were left"
    assert statutory_day(app, world, case.key) == "2025-04-01"
    with pytest.raises(Forbidden, match="没有中止"):
        resume_clock(app, world.lisi, key=case.key, reason="再恢复")
    assert rows(app, "select by, resumed_by, reason from clock_stop") == [
        ("lisi", "guanli", "送检")
    ]
    assert verify_record(app, world.guanli, key=case.key) == ()


def test_stopping_and_resuming_on_one_day_changes_nothing(
    app: App, world: World, clock: SettableClock
) -> None:
    clock.set(at("2025-03-03"))
    diagrams.put(app, PLAIN)
    case = start_case(app, world.zhangsan, process_id="plain", submission={})
    before = (due_days(app), statutory_day(app, world, case.key))
    clock.set(at("2025-03-05", "09:00"))
    stop_clock(app, world.guanli, key=case.key, kind=StopKind.OTHER, reason="停")
    clock.set(at("2025-03-05", "17:00"))
    resume_clock(app, world.guanli, key=case.key, reason="续")
    assert (due_days(app), statutory_day(app, world, case.key)) == before


def test_a_date_that_somebody_set_moves_by_natural_days_and_keeps_its_hour(
    app: App, world: World, clock: SettableClock
) -> None:
    clock.set(at("2025-03-03"))
    diagrams.put(app, PLAIN)
    case = start_case(app, world.zhangsan, process_id="plain", submission={})
    task = open_task(app, "work")
    update_task(app, world.guanli, key=task, due_at=at("2025-03-10", "17:30"))
    clock.set(at("2025-03-06"))
    stop_clock(app, world.guanli, key=case.key, kind=StopKind.OTHER, reason="停")
    clock.set(at("2025-03-16"))
    resume_clock(app, world.guanli, key=case.key, reason="续")
    assert get_task(app, world.guanli, key=task).due_at == at("2025-03-20", "17:30")


def test_what_is_overdue_stays_overdue(app: App, world: World, clock: SettableClock) -> None:
    clock.set(at("2025-03-03"))
    diagrams.put(app, PLAIN)
    case = start_case(app, world.zhangsan, process_id="plain", submission={})
    clock.set(at("2025-04-01"))
    stop_clock(app, world.guanli, key=case.key, kind=StopKind.OTHER, reason="停")
    assert due_days(app) == {"work": "2025-03-10"}
    held = get_case(app, world.guanli, key=case.key)
    assert held.statutory_light is Light.RED
    clock.set(at("2025-05-06"))
    resume_clock(app, world.guanli, key=case.key, reason="续")
    assert due_days(app) == {"work": "2025-03-10"}
    assert statutory_day(app, world, case.key) == "2025-03-17"


def test_a_stop_ends_with_the_case(app: App, world: World, clock: SettableClock) -> None:
    clock.set(at("2025-03-03"))
    diagrams.put(app, PLAIN)
    case = start_case(app, world.zhangsan, process_id="plain", submission={})
    stop_clock(app, world.guanli, key=case.key, kind=StopKind.OTHER, reason="停")
    cancel_case(app, world.guanli, key=case.key, reason="撤")
    assert rows(app, "select resumed_at is not null from clock_stop") == [(True,)]
    assert get_case(app, world.guanli, key=case.key).stopped is None


def test_a_withdrawn_supplement_lets_it_go_on(app: App, world: World, clock: SettableClock) -> None:
    """A boundary event takes the supplement's subprocess away: the clock must not stay stopped."""
    clock.set(at("2025-03-03"))
    content = diagrams.process(
        "interrupted",
        diagrams.start(),
        '<bpmn:subProcess id="sub">',
        diagrams.start("in"),
        diagrams.user_task("supplement", "补正", users="zhangsan", stopsClock="supplement"),
        diagrams.end("out"),
        diagrams.flow("in", "supplement"),
        diagrams.flow("supplement", "out"),
        "</bpmn:subProcess>",
        '<bpmn:boundaryEvent id="limit" attachedToRef="sub">'
        f"{timer('timeDuration', 'P3D')}</bpmn:boundaryEvent>",
        diagrams.user_task("work", "办理", groups="clerk@weifang", deadline="5"),
        diagrams.end("done", "办结"),
        diagrams.flow("start", "sub"),
        diagrams.flow("sub", "work"),
        diagrams.flow("limit", "work"),
        diagrams.flow("work", "done"),
        statutoryPeriod="10",
    )
    diagrams.put(app, content)
    case = start_case(app, world.zhangsan, process_id="interrupted", submission={})
    assert get_case(app, world.guanli, key=case.key).stopped is StopKind.SUPPLEMENT
    clock.set(at("2025-03-06"))
    assert fire_due_timers(app, limit=10) == 1
    assert get_case(app, world.guanli, key=case.key).stopped is None
    assert due_days(app) == {"work": "2025-03-13"}
    assert statutory_day(app, world, case.key) == "2025-03-20"


def test_a_task_that_opens_meanwhile_gets_its_day_when_the_clock_goes_on(
    app: App, world: World, clock: SettableClock
) -> None:
    clock.set(at("2025-03-03"))
    content = diagrams.process(
        "two",
        diagrams.start(),
        diagrams.user_task("first", "一", groups="clerk@weifang", deadline="5"),
        diagrams.user_task("second", "二", groups="clerk@weifang", deadline="5"),
        diagrams.end("done", "办结"),
        diagrams.flow("start", "first"),
        diagrams.flow("first", "second"),
        diagrams.flow("second", "done"),
    )
    diagrams.put(app, content)
    case = start_case(app, world.zhangsan, process_id="two", submission={})
    stop_clock(app, world.guanli, key=case.key, kind=StopKind.EXPERT, reason="评审")
    clock.set(at("2025-03-04"))
    complete_task(app, world.lisi, key=open_task(app, "first"), submission={})
    assert due_days(app) == {"second": "stopped"}
    clock.set(at("2025-03-10"))
    resume_clock(app, world.guanli, key=case.key, reason="评审完成")
    assert due_days(app) == {"second": "2025-03-17"}


def test_of_two_who_resume_at_once_one_wins(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.set(at("2025-03-03"))
    diagrams.put(app, PLAIN)
    case = start_case(app, world.zhangsan, process_id="plain", submission={})
    stop_clock(app, world.guanli, key=case.key, kind=StopKind.OTHER, reason="停")
    clock.set(at("2025-03-10"))
    outcomes = race(
        monkeypatch,
        app.database,
        lambda: resume_clock(app, world.guanli, key=case.key, reason="续"),
        lambda: resume_clock(app, world.guanli, key=case.key, reason="续"),
    )
    errors = [outcome.error for outcome in outcomes]
    assert errors.count(None) == 1
    assert all(e is None or isinstance(e, Forbidden | Conflict) for e in errors)
    assert rows(app, "select count(*) from journal where kind = 'resume-clock'") == [(1,)]


def test_a_deadline_may_be_an_expression(app: App, world: World, clock: SettableClock) -> None:
    clock.set(at("2025-03-03"))
    content = PLAIN.replace(
        b'name="banshi:deadline" value="5"', b'name="banshi:deadline" value="= n + 1"'
    )
    diagrams.put(app, content)
    start_case(app, world.zhangsan, process_id="plain", submission={"n": 2})
    assert due_days(app) == {"work": "2025-03-06"}
    start_case(app, world.zhangsan, process_id="plain", submission={})
    assert rows(app, "select count(*) from user_task where due_at is null") == [(1,)]


def test_a_task_completed_while_the_clock_is_stopped_leaves_nothing_behind(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever is first, the other is refused, or finds the case as it is then."""
    clock.set(at("2025-03-03"))
    diagrams.put(app, PLAIN)
    case = start_case(app, world.zhangsan, process_id="plain", submission={})
    task = open_task(app, "work")
    outcomes = race(
        monkeypatch,
        app.database,
        lambda: complete_task(app, world.lisi, key=task, submission={}),
        lambda: stop_clock(app, world.guanli, key=case.key, kind=StopKind.OTHER, reason="停"),
    )
    completed, stopped = outcomes
    assert completed.error is None, "a stop keeps nobody from working"
    assert stopped.error is None or isinstance(stopped.error, Forbidden | Conflict)
    assert rows(app, "select count(*) from clock_stop where resumed_at is null") == [(0,)]
    assert get_case(app, world.guanli, key=case.key).stopped is None
    assert verify_record(app, world.guanli, key=case.key) == ()


def test_a_statutory_timer_that_is_set_while_the_clock_stands_still_waits(
    app: App, world: World, clock: SettableClock
) -> None:
    """Thirty natural days: none of them passes before the clock goes on."""
    clock.set(at("2025-03-03"))
    extension = diagrams.extension(diagrams.properties(statutory="true"))
    limit = timer("timeDuration", "P30D")
    diagrams.put(
        app,
        diagrams.process(
            "late",
            diagrams.start(),
            diagrams.user_task("work", "办理", groups="clerk@weifang"),
            f'<bpmn:intermediateCatchEvent id="limit">{extension}{limit}'
            "</bpmn:intermediateCatchEvent>",
            diagrams.end("done", "办结"),
            diagrams.flow("start", "work"),
            diagrams.flow("work", "limit"),
            diagrams.flow("limit", "done"),
        ),
    )
    key = start_case(app, world.zhangsan, process_id="late", submission={}).key
    claim_task(app, world.lisi, key=open_task(app, "work"))
    stop_clock(app, world.lisi, key=key, kind=StopKind.EXPERT, reason="评审")
    complete_task(app, world.lisi, key=open_task(app, "work"), submission={})
    assert rows(app, "select fire_at = 'infinity' from timer") == [(True,)]
    clock.set(at("2025-04-10"))
    assert fire_due_timers(app, limit=10) == 0
    resume_clock(app, world.guanli, key=key, reason="已评审")
    ((fires,),) = rows(app, "select fire_at from timer")
    assert fires.astimezone(ZONE) == at("2025-05-10")
