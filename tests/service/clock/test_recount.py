"""A calendar that arrives or changes: what hangs on it is counted anew, once, and those told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.model.clock import StopKind
from engine.model.errors import Conflict, Forbidden
from engine.model.keys import Key
from engine.service.administration.set_variables import set_variables
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.clock import recount as recounting
from engine.service.clock.calendar_years import count_recounted, publish_calendar_year
from engine.service.clock.recount import recount_waiting
from engine.service.clock.stop_clock import resume_clock, stop_clock
from engine.service.history.record import verify_record
from engine.service.notifications.fan_out import fan_out
from engine.service.tasks.claim_task import claim_task
from engine.service.worklists.notices import list_notices
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.world import World

ZONE = ZoneInfo("Asia/Shanghai")
NEW_YEAR = {
    "year": 2027,
    "source": "国办发明电〔2026〕9号",
    "published": date(2026, 12, 20),
    "rest": (date(2027, 1, 1), date(2027, 1, 2), date(2027, 1, 3)),
    "work": (),
}
#: The 30th of December becomes a day of rest after all.
SUPPLEMENT = {
    "year": 2026,
    "source": "国办发明电〔2026〕10号",
    "published": date(2026, 12, 21),
    "rest": (date(2026, 12, 30),),
    "work": (),
    "supplement": True,
}


def counted(deadline: str = "10", wait: str = "n") -> bytes:
    """A task, and beside it a timer drawn with working days."""
    return diagrams.process(
        "counted",
        diagrams.start(),
        '<bpmn:parallelGateway id="fork"/>',
        diagrams.user_task("work", "办理", groups="clerk@weifang", deadline=deadline),
        '<bpmn:intermediateCatchEvent id="limit"><bpmn:timerEventDefinition id="td">'
        '<bpmn:timeDate xsi:type="bpmn:tFormalExpression">'
        f"= date and time(working days after(today(), {wait}), time(9, 0, 0))"
        "</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
        diagrams.end("done", "办结"),
        diagrams.end("late", "逾期"),
        diagrams.flow("start", "fork"),
        diagrams.flow("fork", "work"),
        diagrams.flow("fork", "limit"),
        diagrams.flow("work", "done"),
        diagrams.flow("limit", "late"),
        statutoryPeriod="15",
    )


def at(day: str, hour: str = "09:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}:00+08:00")


def rows(app: App, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with app.database.unit_of_work() as work:
        return list(work.hot(query, list(parameters)))


def days(app: App, query: str) -> list[str]:
    return [str(found.astimezone(ZONE).date()) if found else "-" for (found,) in rows(app, query)]


def tasks_due(app: App) -> list[str]:
    return days(app, "select due_at from user_task where state = 'CREATED' order by key")


def timers_due(app: App) -> list[str]:
    return days(app, "select due_at from timer order by key")


def started(app: App, world: World, clock: SettableClock, content: bytes, n: int = 3) -> Key:
    """Monday 21 December 2026: eight working days are left of the year."""
    clock.set(at("2026-12-21"))
    diagrams.put(app, content)
    return start_case(app, world.zhangsan, process_id="counted", submission={"n": n}).key


def test_what_waited_for_a_year_gets_its_day_when_the_year_is_published(
    app: App, world: World, clock: SettableClock
) -> None:
    case = started(app, world, clock, counted())
    assert (tasks_due(app), timers_due(app)) == (["-"], ["2026-12-24"])
    assert get_case(app, world.guanli, key=case).statutory_pending
    ((task,),) = rows(app, "select key from user_task")
    claim_task(app, world.lisi, key=task)
    publish_calendar_year(app, world.guanli, **NEW_YEAR)  # type: ignore[arg-type]
    assert recount_waiting(app) == 1
    assert recount_waiting(app) == 0, "a notice is gone through once"
    assert tasks_due(app) == ["2027-01-05"]
    assert timers_due(app) == ["2026-12-24"], "before the first day that changed"
    own = get_case(app, world.guanli, key=case)
    assert own.statutory_due_at is not None
    assert own.statutory_due_at.astimezone(ZONE).date() == date(2027, 1, 12)
    assert not own.statutory_pending
    fan_out(app)
    told = [n.text for n in list_notices(app, world.lisi) if "期限重算" in n.text]
    assert len(told) == 1
    assert rows(app, "select count(*) from journal where kind = 'recount'") == [(1,)]
    assert verify_record(app, world.guanli, key=case) == ()


def test_a_supplement_moves_deadlines_and_timers_drawn_with_working_days(
    app: App, world: World, clock: SettableClock
) -> None:
    case = started(app, world, clock, counted(deadline="8"), n=7)
    assert (tasks_due(app), timers_due(app)) == (["2026-12-31"], ["2026-12-30"])
    publish_calendar_year(app, world.guanli, **NEW_YEAR)  # type: ignore[arg-type]
    recount_waiting(app)
    assert (tasks_due(app), timers_due(app)) == (["2026-12-31"], ["2026-12-30"])
    ((before,),) = rows(app, "select count(*) from journal where kind = 'recount'")
    publish_calendar_year(app, world.guanli, **SUPPLEMENT)  # type: ignore[arg-type]
    assert recount_waiting(app) == 1
    assert (tasks_due(app), timers_due(app)) == (["2027-01-04"], ["2026-12-31"])
    assert rows(app, "select fire_at = due_at from timer") == [(True,)]
    assert rows(app, "select count(*) from journal where kind = 'recount'") == [(before + 1,)]
    assert verify_record(app, world.guanli, key=case) == ()


def test_a_timer_whose_variables_have_changed_stays_as_it_was_set(
    app: App, world: World, clock: SettableClock
) -> None:
    case = started(app, world, clock, counted(deadline="2"), n=7)
    set_variables(app, world.guanli, scope_key=case, variables={"n": 2}, reason="更正")
    publish_calendar_year(app, world.guanli, **SUPPLEMENT)  # type: ignore[arg-type]
    recount_waiting(app)
    assert timers_due(app) == ["2026-12-30"]


def test_a_deadline_that_stands_still_is_counted_when_the_clock_goes_on(
    app: App, world: World, clock: SettableClock
) -> None:
    case = started(app, world, clock, counted(deadline="8"))
    clock.set(at("2026-12-22"))
    stop_clock(app, world.guanli, key=case, kind=StopKind.OTHER, reason="停")
    publish_calendar_year(app, world.guanli, **NEW_YEAR)  # type: ignore[arg-type]
    recount_waiting(app)
    assert tasks_due(app) == ["-"]
    clock.set(at("2026-12-24"))
    resume_clock(app, world.guanli, key=case, reason="续")
    assert tasks_due(app) == ["2027-01-05"], "seven working days after the 24th"


def test_a_date_that_somebody_set_does_not_move(
    app: App, world: World, clock: SettableClock
) -> None:
    from engine.service.tasks.update_task import update_task  # noqa: PLC0415

    started(app, world, clock, counted(deadline="8"))
    ((task,),) = rows(app, "select key from user_task")
    update_task(app, world.guanli, key=task, due_at=at("2026-12-31", "17:00"))
    publish_calendar_year(app, world.guanli, **SUPPLEMENT)  # type: ignore[arg-type]
    recount_waiting(app)
    assert tasks_due(app) == ["2026-12-31"]


def test_how_many_are_counted_anew_is_told_before(
    app: App, world: World, clock: SettableClock
) -> None:
    started(app, world, clock, counted())
    assert count_recounted(app, world.guanli, **NEW_YEAR) == 1  # type: ignore[arg-type]
    assert rows(app, "select count(*) from calendar_notice") == [(0,)]
    assert tasks_due(app) == ["-"]
    with pytest.raises(Forbidden):
        count_recounted(app, world.lisi, **NEW_YEAR)  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="已经录入"):
        count_recounted(app, world.guanli, **{**SUPPLEMENT, "supplement": False})  # type: ignore[arg-type]
    with pytest.raises(Conflict, match="尚未录入"):
        count_recounted(app, world.guanli, **{**NEW_YEAR, "supplement": True})  # type: ignore[arg-type]


def test_one_bad_case_stops_no_other_and_is_tried_again(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = started(app, world, clock, counted())
    start_case(app, world.zhangsan, process_id="counted", submission={"n": 3})
    publish_calendar_year(app, world.guanli, **NEW_YEAR)  # type: ignore[arg-type]
    real = recounting._recount_case

    def sometimes(app: App, work: Any, key: Key, recount: Any) -> bool:
        if key == bad:
            raise ZeroDivisionError
        return real(app, work, key, recount)

    with monkeypatch.context() as patch:
        patch.setattr(recounting, "_recount_case", sometimes)
        assert recount_waiting(app) == 1
    assert tasks_due(app) == ["-", "2027-01-05"]
    assert recount_waiting(app) == 1, "the notice was not done with"
    assert tasks_due(app) == ["2027-01-05", "2027-01-05"]


def test_a_case_that_was_suspended_is_counted_too(
    app: App, world: World, clock: SettableClock
) -> None:
    started(app, world, clock, counted())
    with app.database.unit_of_work() as work:
        work.hot("update instance set state = 'SUSPENDED'")
        work.commit()
    publish_calendar_year(app, world.guanli, **NEW_YEAR)  # type: ignore[arg-type]
    assert recount_waiting(app) == 1
    assert tasks_due(app) == ["2027-01-05"]
    assert rows(app, "select state from instance") == [("SUSPENDED",)]


def test_a_task_from_before_rules_were_kept_is_counted_by_its_diagram(
    app: App, world: World, clock: SettableClock
) -> None:
    started(app, world, clock, counted())
    with app.database.unit_of_work() as work:
        work.hot("update user_task set due_rule = null")
        work.commit()
    publish_calendar_year(app, world.guanli, **NEW_YEAR)  # type: ignore[arg-type]
    assert recount_waiting(app) == 1
    assert tasks_due(app) == ["2027-01-05"]
