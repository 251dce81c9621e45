"""The periodic round: timers once, repeating ones again, and what fails is put off and told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.model.search import Query
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange import sweep as sweeping
from engine.service.exchange.sweep import fire_due_timers, sweep
from engine.service.searching import search_incidents
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.staging import race
from tests.storage.changes import count
from tests.world import World

HOUR = timedelta(hours=1)


def timer(kind: str, text: str) -> str:
    return (
        f'<bpmn:timerEventDefinition id="td"><bpmn:{kind} xsi:type="bpmn:tFormalExpression">'
        f"{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )


def waiting(kind: str, text: str) -> bytes:
    return diagrams.process(
        "waiting",
        diagrams.start(),
        f'<bpmn:intermediateCatchEvent id="wait">{timer(kind, text)}</bpmn:intermediateCatchEvent>',
        diagrams.end("done", "到期"),
        diagrams.flow("start", "wait"),
        diagrams.flow("wait", "done"),
    )


REMINDED = diagrams.process(
    "reminded",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    f'<bpmn:boundaryEvent id="remind" attachedToRef="work" cancelActivity="false">'
    f"{timer('timeCycle', 'R3/PT1H')}</bpmn:boundaryEvent>",
    diagrams.user_task("urge", "催办", groups="leader@weifang"),
    diagrams.end("done", "办结"),
    diagrams.end("urged"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "done"),
    diagrams.flow("remind", "urge"),
    diagrams.flow("urge", "urged"),
)


@pytest.mark.parametrize(
    ("kind", "text", "after"),
    [
        ("timeDuration", "PT2H", 2 * HOUR),
        ("timeDate", "2025-03-04T09:00:00+08:00", 24 * HOUR),
        ("timeDuration", '= duration("PT" + string(n) + "H")', 3 * HOUR),
    ],
)
def test_a_timer_fires_when_it_is_due_and_once(
    app: App, world: World, clock: SettableClock, kind: str, text: str, after: timedelta
) -> None:
    diagrams.put(app, waiting(kind, text.replace('"', "&quot;")))
    case = start_case(app, world.zhangsan, process_id="waiting", submission={"n": 3})
    clock.advance(after - timedelta(seconds=1))
    assert fire_due_timers(app, limit=10) == 0
    clock.advance(timedelta(seconds=1))
    assert fire_due_timers(app, limit=10) == 1
    assert fire_due_timers(app, limit=10) == 0
    assert get_case(app, world.guanli, key=case.key).result == "到期"


def test_a_repeating_timer_comes_as_often_as_it_says(
    app: App, world: World, clock: SettableClock
) -> None:
    diagrams.put(app, REMINDED)
    start_case(app, world.zhangsan, process_id="reminded", submission={})
    for expected in (1, 2, 3, 3, 3):
        clock.advance(HOUR)
        sweep(app)
        assert inbox(app, world.zhaoliu).total == expected
    assert count(app.database, "select count(*) from timer") == 0
    assert inbox(app, world.lisi).total == 1, "it interrupts nothing"


def test_many_timers_fire_once_in_two_sweeps_at_once(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    diagrams.put(app, waiting("timeDuration", "PT1H"))
    for _ in range(12):
        start_case(app, world.zhangsan, process_id="waiting", submission={})
    clock.advance(HOUR)
    outcomes = race(
        monkeypatch,
        app.database,
        lambda: fire_due_timers(app, limit=100),
        lambda: fire_due_timers(app, limit=100),
    )
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert sum(outcome.value for outcome in outcomes) == 12
    assert count(app.database, "select count(*) from journal where kind = 'timer'") == 12


def test_a_timer_that_cannot_be_fired_stops_no_other_and_is_told_in_the_end(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    diagrams.put(app, waiting("timeDuration", "PT1H"))
    bad, good = (
        start_case(app, world.zhangsan, process_id="waiting", submission={}).key for _ in range(2)
    )
    real = sweeping.advance

    def sometimes(*arguments: Any, **named: Any) -> Any:
        if named["at"].key == bad:
            raise ZeroDivisionError
        return real(*arguments, **named)

    clock.advance(HOUR)
    with monkeypatch.context() as patch:
        patch.setattr(sweeping, "advance", sometimes)
        for _ in range(7):
            fire_due_timers(app, limit=10)
            clock.advance(HOUR)
    assert get_case(app, world.guanli, key=good).state is InstanceState.COMPLETED
    (incident,) = search_incidents(app, world.guanli, query=Query()).items
    assert (incident.kind, incident.instance_key) == ("TIMER_FAILED", bad)
    clock.advance(HOUR)
    fire_due_timers(app, limit=10)
    assert get_case(app, world.guanli, key=bad).state is InstanceState.COMPLETED


def test_a_suspended_case_waits(app: App, world: World, clock: SettableClock) -> None:
    diagrams.put(app, waiting("timeDuration", "PT1H"))
    case = start_case(app, world.zhangsan, process_id="waiting", submission={})
    with app.database.unit_of_work() as work:
        work.hot("update instance set state = 'SUSPENDED'")
        work.commit()
    clock.advance(2 * HOUR)
    assert fire_due_timers(app, limit=10) == 0
    with app.database.unit_of_work() as work:
        work.hot("update instance set state = 'ACTIVE'")
        work.commit()
    assert fire_due_timers(app, limit=10) == 1
    assert get_case(app, world.guanli, key=case.key).state is InstanceState.COMPLETED


def test_answers_to_repeated_requests_are_forgotten_after_a_month(
    app: App, world: World, clock: SettableClock
) -> None:
    diagrams.put(app, waiting("timeDuration", "P90D"))
    for _ in range(2):
        start_case(app, world.zhangsan, process_id="waiting", submission={}, idempotency_key="k")
    assert count(app.database, "select count(*) from instance") == 1
    clock.advance(timedelta(days=31))
    assert sweep(app).answers == 1
    start_case(app, world.zhangsan, process_id="waiting", submission={}, idempotency_key="k")
    assert count(app.database, "select count(*) from instance") == 2
