"""Messages and signals: to who waits, to who comes later, once, and never to two at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.model.actor import SYSTEM
from engine.model.errors import Conflict, Forbidden, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.cases.get_case import get_case, my_cases
from engine.service.cases.start_case import start_case
from engine.service.exchange import deliver as delivering
from engine.service.exchange.deliver import deliver
from engine.service.exchange.publish_message import (
    broadcast_signal,
    correlate_message,
    publish_message,
)
from engine.service.exchange.sweep import sweep
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.storage.exchange.messages import find_waiting
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.staging import race
from tests.storage.changes import count
from tests.world import World

HOUR = timedelta(hours=1)

_MESSAGE = (
    '<bpmn:message id="m-paid" name="paid">'
    + diagrams.extension('<zeebe:subscription correlationKey="=order"/>')
    + '</bpmn:message><bpmn:message id="m-open" name="opened"/><bpmn:signal id="s-go" name="go"/>'
)


def catch(id: str, definition: str) -> str:  # noqa: A002
    return f'<bpmn:intermediateCatchEvent id="{id}">{definition}</bpmn:intermediateCatchEvent>'


PAID = '<bpmn:messageEventDefinition id="d-paid" messageRef="m-paid"/>'
GO = '<bpmn:signalEventDefinition id="d-go" signalRef="s-go"/>'

WAITING = diagrams.process(
    "waiting",
    diagrams.start(),
    diagrams.user_task("before", "办理", groups="clerk@weifang"),
    catch("paid", PAID),
    diagrams.end("done", "已付款"),
    diagrams.flow("start", "before"),
    diagrams.flow("before", "paid"),
    diagrams.flow("paid", "done"),
    extra=_MESSAGE,
)
SIGNALLED = diagrams.process(
    "signalled",
    diagrams.start(),
    catch("go", GO),
    diagrams.end("done", "出发"),
    diagrams.flow("start", "go"),
    diagrams.flow("go", "done"),
    extra=_MESSAGE,
)
OPENED = diagrams.process(
    "opened-by-message",
    diagrams.start(inside='<bpmn:messageEventDefinition id="d-open" messageRef="m-open"/>'),
    diagrams.user_task("handle", "受理", groups="clerk@weifang"),
    diagrams.end("done"),
    diagrams.flow("start", "handle"),
    diagrams.flow("handle", "done"),
    extra=_MESSAGE,
)


def waiting_case(app: App, world: World, order: str = "A-1", *, arrived: bool = True) -> Key:
    case = start_case(app, world.zhangsan, process_id="waiting", submission={"order": order})
    if arrived:
        arrive(app, world, case.key)
    return case.key


def arrive(app: App, world: World, case: Key) -> None:
    """The case comes to where it waits for the payment."""
    task = next(t for t in inbox(app, world.lisi).items if t.instance_key == case)
    complete_task(app, world.lisi, key=task.key, submission={})


def result(app: App, world: World, case: Key) -> str:
    return get_case(app, world.guanli, key=case).result


@pytest.fixture
def _deployed(app: App, world: World) -> None:
    diagrams.put(app, WAITING)


@pytest.mark.usefixtures("_deployed")
def test_a_message_reaches_who_waits_for_its_key(app: App, world: World) -> None:
    one, other = waiting_case(app, world, "A-1"), waiting_case(app, world, "A-2")
    publish_message(app, SYSTEM, name="paid", correlation_key="A-1", variables={"sum": 5}, ttl=HOUR)
    assert result(app, world, one) == "", "handed over after the commit, not within it"
    deliver(app)
    assert result(app, world, one) == "已付款"
    assert get_case(app, world.guanli, key=other).state is InstanceState.ACTIVE
    assert count(app.database, "select count(*) from delivery") == 0


@pytest.mark.usefixtures("_deployed")
def test_a_message_is_kept_for_who_comes_later(
    app: App, world: World, clock: SettableClock
) -> None:
    case = waiting_case(app, world, arrived=False)
    publish_message(app, SYSTEM, name="paid", correlation_key="A-1", ttl=HOUR)
    deliver(app)
    clock.advance(HOUR / 2)
    arrive(app, world, case)
    deliver(app)
    assert result(app, world, case) == "已付款"


@pytest.mark.usefixtures("_deployed")
def test_a_message_is_not_kept_beyond_its_time(
    app: App, world: World, clock: SettableClock
) -> None:
    case = waiting_case(app, world, arrived=False)
    publish_message(app, SYSTEM, name="paid", correlation_key="A-1", ttl=HOUR)
    publish_message(app, SYSTEM, name="paid", correlation_key="A-1")
    deliver(app)
    clock.advance(HOUR * 2)
    sweep(app)
    arrive(app, world, case)
    sweep(app)
    assert get_case(app, world.guanli, key=case).state is InstanceState.ACTIVE
    assert count(app.database, "select count(*) from message") == 0


@pytest.mark.usefixtures("_deployed")
def test_a_message_reaches_a_process_once(app: App, world: World) -> None:
    first, second = waiting_case(app, world), waiting_case(app, world)
    publish_message(app, SYSTEM, name="paid", correlation_key="A-1", ttl=HOUR, message_id="p1")
    deliver(app)
    assert (result(app, world, first), result(app, world, second)) == ("已付款", "")
    third = waiting_case(app, world)
    deliver(app)
    assert result(app, world, third) == ""
    with pytest.raises(Conflict):
        publish_message(app, SYSTEM, name="paid", correlation_key="A-1", ttl=HOUR, message_id="p1")


@pytest.mark.usefixtures("_deployed")
def test_a_message_and_a_subscription_at_once_do_not_miss_each_other(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = waiting_case(app, world, arrived=False)
    publish_message(app, SYSTEM, name="paid", correlation_key="A-1", ttl=HOUR)
    matched, arrived = race(
        monkeypatch,
        app.database,
        lambda: deliver(app, limit=1),
        lambda: arrive(app, world, case),
    )
    assert (matched.error, arrived.error) == (None, None)
    deliver(app)
    assert result(app, world, case) == "已付款"


@pytest.mark.usefixtures("_deployed")
def test_correlation_answers_at_once(app: App, world: World) -> None:
    case = waiting_case(app, world)
    with pytest.raises(NotFound):
        correlate_message(app, SYSTEM, name="paid", correlation_key="other")
    found = correlate_message(app, SYSTEM, name="paid", correlation_key="A-1")
    assert found.instance_key == case
    assert result(app, world, case) == "已付款"


@pytest.mark.usefixtures("_deployed")
def test_one_delivery_that_fails_does_not_stop_the_others(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch, clock: SettableClock
) -> None:
    bad, good = waiting_case(app, world, "bad"), waiting_case(app, world, "good")
    real = delivering.trigger_waiting

    def sometimes(*arguments: Any, **named: Any) -> None:
        if arguments[3].instance_key == bad:
            raise ZeroDivisionError
        real(*arguments, **named)

    for key in ("bad", "good"):
        publish_message(app, SYSTEM, name="paid", correlation_key=key, ttl=HOUR)
    with monkeypatch.context() as patch:
        patch.setattr(delivering, "trigger_waiting", sometimes)
        deliver(app)
    assert (result(app, world, bad), result(app, world, good)) == ("", "已付款")
    clock.advance(HOUR)
    deliver(app)
    assert result(app, world, bad) == "已付款"


def test_a_signal_reaches_all_who_wait_and_nobody_later(app: App, world: World) -> None:
    diagrams.put(app, SIGNALLED)
    cases = [
        start_case(app, world.zhangsan, process_id="signalled", submission={}).key for _ in range(3)
    ]
    broadcast_signal(app, SYSTEM, name="go")
    deliver(app)
    assert [result(app, world, case) for case in cases] == ["出发"] * 3
    late = start_case(app, world.zhangsan, process_id="signalled", submission={}).key
    deliver(app)
    assert result(app, world, late) == ""


def test_a_message_starts_a_case(app: App, world: World) -> None:
    diagrams.put(app, OPENED)
    publish_message(app, SYSTEM, name="opened", variables={"from": "12345 热线"}, ttl=HOUR)
    deliver(app)
    (task,) = inbox(app, world.lisi).items
    assert (task.name, task.applicant_name) == ("受理", "系统")
    assert my_cases(app, world.zhangsan).total == 0
    found = correlate_message(app, world.guanli, name="opened")
    assert get_case(app, world.guanli, key=found.instance_key).applicant_name == "管理员"


@pytest.mark.usefixtures("_deployed")
def test_who_may_publish_and_what(app: App, world: World) -> None:
    with pytest.raises(Forbidden):
        publish_message(app, world.lisi, name="paid")
    with pytest.raises(Forbidden):
        broadcast_signal(app, world.lisi, name="go")
    for wrong in ({"name": ""}, {"name": "x" * 500}, {"name": "a\x00b"}, {"variables": {"x": 1.5}}):
        with pytest.raises(InvalidInput):
            publish_message(app, SYSTEM, **{"name": "paid", **wrong})  # type: ignore[arg-type]
    with app.database.unit_of_work() as work:
        assert find_waiting(work, name="paid", correlation_key="A-1") is None
