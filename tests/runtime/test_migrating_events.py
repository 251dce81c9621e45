"""What a migrated instance waits for: events that the new version adds, drops, keeps or changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.model.states import InstanceState
from tests.runtime.diagram import (
    boundary,
    bpmn,
    call,
    catch,
    conditional,
    end,
    event_sub,
    gateway,
    many,
    node,
    on,
    service,
    start,
    sub,
    timer,
    user,
)
from tests.runtime.test_migrating import moved
from tests.runtime.world import NOW, world

ROOTS = (
    '<message id="m" name="催办"><extensionElements>'
    '<zeebe:subscription correlationKey="=k" /></extensionElements></message>'
    '<signal id="g" name="停办" /><error id="r" name="错" errorCode="E1" />'
    '<escalation id="l" name="上报" escalationCode="L1" />'
)
EVENTS = {
    "timer": timer("PT1H"),
    "message": on("message", "m"),
    "signal": on("signal", "g"),
}
HOSTS = {
    "userTask": user("a"),
    "serviceTask": service("a"),
    "receiveTask": node("receiveTask", "a", messageRef="m"),
    "subProcess": sub("a", start("s2") + user("u") + end("e2"), "s2>u u>e2"),
    "multiInstance": user("a", inner=many("list")),
    "multiInstanceSubProcess": sub(
        "a", start("s2") + user("u") + end("e2"), "s2>u u>e2", inner=many("list")
    ),
    "callActivity": call("a", "q"),
}
CALLED = bpmn(start() + user("inside") + end(), "s>inside inside>e", name="q")


def around(host: str, *events: str, also: str = "") -> str:
    flows = "s>a a>e" + "".join(f" b{n}>z" for n in range(len(events)))
    return bpmn(start() + host + "".join(events) + user("z") + end() + also, flows, roots=ROOTS)


def hung(event: str, number: int = 0, *, interrupting: bool = True) -> str:
    return boundary(f"b{number}", "a", event, interrupting=interrupting)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("host", HOSTS)
def test_every_open_activity_waits_for_what_is_added(host: str, event: str) -> None:
    w = world(around(HOSTS[host]), CALLED).start(list=[1, 2], k="K7")
    before = list(w.waiting)
    w.now += timedelta(days=2)
    result = moved(w, around(HOSTS[host], hung(EVENTS[event])), others=(CALLED,))
    assert result.problems == ()
    assert [added.event.id for added in result.added] == ["b0"]
    assert w.waiting == sorted([*before, "b0"])
    if event == "timer":
        (due,) = (t.due_at for t in w.timers.values())
        assert due == NOW + timedelta(days=2, hours=1), "counted from the migration"
    if event == "message":
        assert {s.correlation_key for s in w.subscriptions.values()} == {"K7"}
    w.fire("b0")
    assert w.at == ["z"], "and interrupts the activity"
    assert w.waiting == []
    assert w.complete("z").state is InstanceState.COMPLETED


@pytest.mark.parametrize(
    ("kind", "reference", "code"), [("error", "r", "E1"), ("escalation", "l", "L1")]
)
def test_added_errors_and_escalations_are_caught(kind: str, reference: str, code: str) -> None:
    thrown = end("e2", on(kind, reference))
    host = sub("a", start("s2") + user("u") + thrown, "s2>u u>e2")
    w = world(around(host)).start()
    result = moved(w, around(host, hung(on(kind, reference))))
    assert [added.event.id for added in result.added] == ["b0"]
    assert w.waiting == [], "nothing outside is waited for"
    assert w.complete("u").at == ["z"]
    assert code


def test_an_added_condition_is_looked_at_when_a_variable_changes() -> None:
    w = world(around(user("a"))).start(n=1)
    result = moved(w, around(user("a"), hung(conditional("n = 2"))))
    assert result.possible
    assert [p.rule for p in result.problems] == ["condition-added"]
    assert w.set(n=3).at == ["a"]
    assert w.set(n=2).at == ["z"]


@pytest.mark.parametrize("event", [*EVENTS, "conditional"])
@pytest.mark.parametrize("inside", [False, True])
def test_an_added_event_subprocess_listens(event: str, inside: bool) -> None:
    definition = EVENTS.get(event) or conditional("n = 2")
    trigger = event_sub("h", start("hs", definition) + user("hu") + end("he"), "hs>hu hu>he")

    def drawn(more: str) -> str:
        if inside:
            return around(sub("a", start("s2") + user("u") + end("e2") + more, "s2>u u>e2"))
        return around(user("a"), also=more)

    w = world(drawn("")).start(n=1, k="K7")
    result = moved(w, drawn(trigger))
    assert result.possible
    assert [added.event.id for added in result.added] == ["hs"]
    if event == "conditional":
        w.set(n=2)
    else:
        w.fire("hs")
    assert w.at == ["hu"], "and interrupts its scope"
    assert w.waiting == []
    assert w.complete("hu").state is InstanceState.COMPLETED


def test_an_interrupted_scope_listens_no_more() -> None:
    first = event_sub("h", start("hs", on("signal", "g")) + user("hu") + end("he"), "hs>hu hu>he")
    second = event_sub("i", start("is", timer("PT1H")) + user("iu") + end("ie"), "is>iu iu>ie")
    w = world(around(user("a"), also=first)).start()
    w.signal("停办")
    result = moved(w, around(user("a"), also=first + second))
    assert (result.added, w.waiting) == ((), [])
    assert w.complete("hu").state is InstanceState.COMPLETED


def test_an_event_behind_a_gateway_that_waits() -> None:
    def drawn(*events: str) -> str:
        flows = "s>w " + " ".join(f"w>c{n} c{n}>e" for n in range(len(events)))
        caught = "".join(catch(f"c{n}", event) for n, event in enumerate(events))
        return bpmn(start() + gateway("eventBased", "w") + caught + end(), flows, roots=ROOTS)

    w = world(drawn(on("signal", "g"), on("message", "m"))).start(k="K7")
    result = moved(w, drawn(on("signal", "g"), timer("PT1H")))
    assert [added.event.id for added in result.added] == ["c1"]
    assert len(result.closed) == 1
    assert w.waiting == ["c0", "c1"]
    assert w.fire("c1").state is InstanceState.COMPLETED


def test_what_both_have_keeps_its_timer_and_its_subscription() -> None:
    w = world(around(user("a"), hung(timer("PT1H")), hung(on("message", "m"), 1))).start(k="K7")
    (due,) = (t.due_at for t in w.timers.values())
    w.now += timedelta(minutes=30)
    w.set(k="K8")
    result = moved(w, around(user("a"), hung(timer("PT9H")), hung(on("message", "m"), 1)))
    assert (result.added, result.closed) == ((), ())
    assert [t.due_at for t in w.timers.values()] == [due]
    assert [s.correlation_key for s in w.subscriptions.values()] == ["K7"]
    assert w.fire("b1").at == ["z"]


def test_an_event_that_has_come_does_not_come_again() -> None:
    soft = hung(timer("PT1H"), interrupting=False)
    w = world(around(user("a"), soft)).start().fire("b0")
    result = moved(w, around(user("a"), soft, hung(on("signal", "g"), 1)))
    assert [added.event.id for added in result.added] == ["b1"]
    assert w.waiting == ["b1"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_another_kind_of_event_under_the_same_id_replaces_it(interrupting: bool) -> None:
    w = world(around(user("a"), hung(timer("PT1H")))).start(k="K7")
    changed = around(user("a"), hung(on("message", "m"), interrupting=interrupting))
    result = moved(w, changed)
    assert [added.event.id for added in result.added] == ["b0"]
    assert len(result.closed) == 1
    assert not w.timers
    assert w.fire("b0").at == (["z"] if interrupting else ["a", "z"])


def test_a_signal_that_no_longer_interrupts_stays_open() -> None:
    """The row of a subscription says whether it is used up: it has to be opened anew."""
    w = world(around(user("a"), hung(on("signal", "g")))).start()
    moved(w, around(user("a"), hung(on("signal", "g"), interrupting=False)))
    assert [s.interrupting for s in w.subscriptions.values()] == [False]
    assert w.signal("停办").signal("停办").at == ["a", "z", "z"]


def test_a_boundary_event_that_hangs_elsewhere_now_goes_with_the_other() -> None:
    def drawn(host: str) -> str:
        hanging = boundary("b", host, timer("PT1H"))
        tasks = user("a") + user("c") + user("z")
        fork = gateway("parallel", "f")
        return bpmn(start() + fork + tasks + hanging + end(), "s>f f>a f>c a>e c>e b>z")

    w = world(drawn("a")).start()
    result = moved(w, drawn("c"))
    assert len(result.closed) == 1
    assert [w.visits[added.key].element_id for added in result.added] == ["c"]
    assert w.fire("b").at == ["a", "z"]


def test_what_cannot_be_evaluated_forbids_the_migration() -> None:
    w = world(around(user("a"))).start()
    result = moved(w, around(user("a"), hung(on("message", "m"))))
    assert not result.possible
    assert [(p.rule, p.element_id) for p in result.problems] == [("event-added", "b0")]
    assert "关联键" in result.problems[0].message
    assert w.complete("a").state is InstanceState.COMPLETED


def test_a_catch_event_of_another_kind_is_refused() -> None:
    w = world(bpmn(start() + catch("c", timer("PT1H")) + end(), "s>c c>e")).start(k="K7")
    other = bpmn(start() + catch("c", on("message", "m")) + end(), "s>c c>e", roots=ROOTS)
    assert [(p.rule, p.element_id) for p in moved(w, other).problems] == [("element-event", "c")]
    assert w.fire("c").state is InstanceState.COMPLETED


def test_an_activity_whose_start_listener_is_at_work_opens_its_events_once() -> None:
    heard = (
        "<zeebe:executionListeners>"
        '<zeebe:executionListener eventType="start" type="l" /></zeebe:executionListeners>'
    )
    w = world(around(user("a", heard))).start()
    result = moved(w, around(user("a", heard), hung(timer("PT1H"))))
    assert (result.added, w.waiting) == ((), [])
    assert w.listened("l").waiting == ["b0"]


def test_an_activity_that_stands_in_an_incident_opens_its_events_at_the_retry() -> None:
    wrong = service("a", "=who")
    w = world(around(wrong)).start()
    assert len(w.incidents) == 1
    result = moved(w, around(wrong, hung(timer("PT1H"))))
    assert (result.added, w.waiting) == ((), [])
    assert w.set(who="work").retry().waiting == ["b0"]


def test_a_retry_after_an_error_nobody_caught_opens_its_events_once() -> None:
    w = world(around(service("a"), hung(timer("PT1H"), interrupting=False))).start()
    w.throw("a", "E9")
    assert len(w.incidents) == 1
    result = moved(w, around(service("a", "=who"), *_both))
    assert [added.event.id for added in result.added] == ["b1"]
    assert w.retry().waiting == ["b0", "b1"], "the retry fails, and leaves open what was"
    assert w.set(who="work").retry().waiting == ["b0", "b1"]
    assert w.fire("b0").at == ["a", "z"]
    assert w.fire("b1").at == ["z", "z"]


_both = (hung(timer("PT1H"), interrupting=False), hung(on("signal", "g"), 1))
