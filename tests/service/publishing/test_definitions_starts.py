"""What starts cases by itself, subscribed with the latest version of a process."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.model.actor import SYSTEM
from engine.model.definitions import Resource
from engine.model.errors import Refused
from engine.service.app import App
from engine.service.publishing.deploy import deploy
from tests.service.publishing.test_definitions import process

_CYCLE = (
    '<bpmn:timerEventDefinition id="td"><bpmn:timeCycle'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xsi:type="bpmn:tFormalExpression">{}</bpmn:timeCycle></bpmn:timerEventDefinition>'
)
_SIGNAL = '<bpmn:signalEventDefinition id="sd" signalRef="signal" />'


def started_by(event: str, *, outside: str = "") -> Resource:
    text = process(starters="*").content.decode()
    opening = '<bpmn:startEvent id="start" name="申请">'
    assert opening in text
    text = text.replace("<bpmn:process ", f"{outside}<bpmn:process ", 1)
    outgoing = "<bpmn:outgoing>to-review</bpmn:outgoing>"
    text = text.replace(outgoing, outgoing + event, 1)
    return Resource(name="leave.bpmn", content=text.encode())


def put(app: App, resource: Resource) -> None:
    deploy(app, SYSTEM, resources=[resource])


def timers(app: App) -> list[tuple[str, datetime, int | None]]:
    with app.database.unit_of_work() as work:
        return work.hot("select event_id, due_at, repetitions from start_timer").fetchall()  # type: ignore[no-any-return]


def subscriptions(app: App) -> list[tuple[str, str]]:
    with app.database.unit_of_work() as work:
        return work.hot("select kind, name from start_subscription").fetchall()  # type: ignore[no-any-return]


def test_a_timer_start_is_set_by_the_service_s_clock(app: App) -> None:
    put(app, started_by(_CYCLE.format("R3/P1D")))
    assert timers(app) == [("start", datetime(2025, 3, 4, 1, 0, tzinfo=UTC), 2)]


def test_only_the_latest_version_starts_by_itself(app: App) -> None:
    signal = '<bpmn:signal id="signal" name="学年开始" />'
    put(app, started_by(_CYCLE.format("R/P1D")))
    put(app, started_by(_SIGNAL, outside=signal))
    assert timers(app) == []
    assert subscriptions(app) == [("signal", "学年开始")]
    put(app, process(starters="*"))
    assert subscriptions(app) == []


@pytest.mark.parametrize("cycle", ["every day", "R3/P0D", "=1 +", "=null", "R0/P1D"])
def test_a_time_that_cannot_be_told_is_refused(app: App, cycle: str) -> None:
    with pytest.raises(Refused) as refused:
        put(app, started_by(_CYCLE.format(cycle)))
    assert "start" in {problem.element_id for problem in refused.value.problems}
    assert timers(app) == []
