"""Events: caught, thrown, at boundaries, in event subprocesses (BPMN 2.0.2 §10.5, §13.5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.model.commands import Trigger
from engine.model.errors import Conflict
from engine.model.states import InstanceState
from engine.runtime import Definition, Environment, next_timer
from tests.runtime.diagram import (
    boundary,
    bpmn,
    catch,
    conditional,
    end,
    error,
    escalation,
    event_sub,
    gateway,
    io,
    many,
    message,
    node,
    on,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)  # fmt: skip
from tests.runtime.world import INSTANCE, NOW, later, world

DONE = InstanceState.COMPLETED


def test_intermediate_timer() -> None:
    w = world(bpmn(start() + catch("t", timer("PT2H")) + end(), "s>t t>e")).start()
    assert [t.due_at for t in w.timers.values()] == [later(hours=2)]
    assert w.fire("t").state is DONE


def test_timer_in_feel_and_dates() -> None:
    w = world(bpmn(start() + catch("t", timer("=until", "timeDate")), "s>t")).start(
        until="2026-10-01T09:00:00+08:00"
    )
    assert [t.due_at for t in w.timers.values()] == [datetime(2026, 10, 1, 1, tzinfo=UTC)]
    w = world(
        bpmn(
            start()
            + catch(
                "t", timer('=date and time(today() + duration("P2D"), @"18:00:00")', "timeDate")
            ),
            "s>t",
        )
    ).start()
    assert [t.due_at for t in w.timers.values()] == [datetime(2026, 9, 3, 10, tzinfo=UTC)]


def test_message_is_correlated_and_carries_variables() -> None:
    w = world(
        bpmn(
            start()
            + catch(
                "m",
                on(
                    "message",
                    "Pay",
                ),
                io(out_paid="=amount"),
            )
            + end(),
            "s>m m>e",
            roots=message("Pay", "number"),
        )
    )
    w.start(number=17)
    assert [(s.name, s.correlation_key) for s in w.subscriptions.values()] == [("Pay", "17")]
    w.fire("m", amount=5)
    assert w.root == {"number": 17, "paid": 5}
    assert w.state is DONE


def test_message_without_a_correlation_value_is_an_incident() -> None:
    w = world(
        bpmn(start() + catch("m", on("message", "Pay")), "s>m", roots=message("Pay", "number"))
    )
    w.start()
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    assert w.set(number="1").retry().waiting == ["m"]


def test_receive_and_send_task() -> None:
    diagram = bpmn(
        start()
        + node("sendTask", "o", messageRef="Ask")
        + node("receiveTask", "r", messageRef="Pay")
        + end(),
        "s>o o>r r>e",
        roots=message("Ask", "number") + message("Pay", "number"),
    )
    w = world(diagram).start(number=1)
    assert [(m.name, m.correlation_key) for m in w.messages] == [("Ask", "1")]
    assert w.fire("r", x=2).state is DONE


def test_event_based_gateway_takes_the_first() -> None:
    diagram = bpmn(
        start()
        + gateway("eventBased", "g")
        + catch("m", on("message", "M"))
        + catch("t", timer("P1D"))
        + user("a")
        + user("b"),
        "s>g g>m g>t m>a t>b",
        roots=message("M", "k"),
    )
    w = world(diagram).start(k="1")
    assert w.waiting == ["m", "t"]
    w.fire("m", x=1)
    assert w.at == ["a"]
    assert w.waiting == []
    assert w.root["x"] == 1
    assert "m" in w.trace
    assert world(diagram).start(k="1").fire("t").at == ["b"]


def test_interrupting_boundary_timer() -> None:
    w = world(
        bpmn(
            start() + user("a") + boundary("t", "a", timer("P1D")) + user("b") + user("c"),
            "s>a a>b t>c",
        )
    )
    w.start().fire("t")
    assert w.at == ["c"]
    assert w.tasks.keys() == set(w.open("c"))


def test_non_interrupting_boundary_cycle() -> None:
    w = world(
        bpmn(
            start()
            + user("a")
            + boundary("t", "a", timer("R3/PT1H", "timeCycle"), interrupting=False)
            + service("n")
            + end(),
            "s>a a>e t>n",
        )
    )
    w.start()
    for count in (1, 2, 3):
        w.fire("t")
        assert w.at == ["a", *["n"] * count]
    assert w.waiting == []
    assert w.now == later(hours=3)
    w.complete("a").complete("n").complete("n")
    assert w.complete("n").state is DONE


def test_boundary_waits_close_with_the_activity() -> None:
    diagram = bpmn(
        start() + user("a") + boundary("t", "a", timer("P1D")) + user("b"), "s>a a>b t>b"
    )
    w = world(diagram).start()
    late = next(iter(w.timers.values()))
    w.complete("a")
    assert w.waiting == []
    with pytest.raises(Conflict):
        w.do(Trigger(element_key=late.element_key, event_id="t"))


def test_boundary_message_maps_its_variables() -> None:
    diagram = bpmn(
        start()
        + user("a")
        + boundary("m", "a", on("message", "M"), extensions=io(out_reason="=why"))
        + user("b"),
        "s>a m>b",
        roots=message("M", "1"),
    )
    assert world(diagram).start().fire("m", why="撤", other=1).root == {"reason": "撤"}


def test_signal_catch_throw_end() -> None:
    diagram = bpmn(
        start()
        + gateway("parallel", "f")
        + catch("c", on("signal", "S"))
        + user("u")
        + throw("o", on("signal", "S"), io(in_v="=1"))
        + end("e", on("signal", "T")),
        "s>f f>c f>u u>o o>e",
        roots=signal("S") + signal("T"),
    )
    w = world(diagram).start()
    assert w.waiting == ["c"]
    w.complete("u")
    assert "!S" in w.trace
    assert "!T" in w.trace
    assert w.signal("S").state is DONE


def test_escalation_to_boundary_and_uncaught() -> None:
    body = sub(
        "m",
        start("s2") + throw("up", on("escalation", "E")) + user("u") + end("e2"),
        "s2>up up>u u>e2",
    )
    diagram = bpmn(
        start()
        + body
        + boundary("b", "m", on("escalation", "E"), interrupting=False)
        + user("boss")
        + end(),
        "s>m m>e b>boss",
        roots=escalation("E"),
    )
    w = world(diagram).start()
    assert w.at == ["boss", "u"]
    interrupting = diagram.replace('cancelActivity="false"', 'cancelActivity="true"')
    assert world(interrupting).start().at == ["boss"]
    uncaught = bpmn(start() + body + end(), "s>m m>e", roots=escalation("E"))
    assert world(uncaught).start().complete("u").state is DONE


def test_event_subprocess_with_message_non_interrupting() -> None:
    handler = event_sub(
        "h",
        start("hs", on("message", "M"), isInterrupting="false") + user("note") + end("he"),
        "hs>note note>he",
    )
    w = world(
        bpmn(start() + user("a") + handler + end(), "s>a a>e", roots=message("M", "1"))
    ).start()
    assert w.waiting == ["hs"]
    w.fire("hs", text="一").fire("hs", text="二")
    assert w.at == ["a", "note", "note"]
    assert w.root["text"] == "二"
    w.complete("a").complete("note")
    assert w.waiting == ["hs"]
    assert w.complete("note").state is DONE


def test_event_subprocess_interrupting_timer() -> None:
    handler = event_sub(
        "h", start("hs", timer("P1D")) + user("late") + end("he"), "hs>late late>he"
    )
    other = event_sub(
        "h2", start("hs2", on("signal", "S"), isInterrupting="false") + end("he2"), "hs2>he2"
    )
    w = world(
        bpmn(
            start() + gateway("parallel", "f") + user("a") + user("b") + handler + other,
            "s>f f>a f>b",
            roots=signal("S"),
        )
    )
    w.start().fire("hs")
    assert w.at == ["late"]
    assert w.waiting == []  # once interrupted, the other event subprocesses no longer listen
    assert w.complete("late").state is DONE


def test_event_subprocess_that_never_fires_does_not_block_the_end() -> None:
    handler = event_sub("h", start("hs", timer("P1D")) + end("he"), "hs>he")
    w = world(bpmn(start() + user("a") + handler + end(), "s>a a>e")).start()
    assert w.complete("a").state is DONE
    assert w.timers == {}


def test_event_subprocess_inside_a_subprocess_and_a_body() -> None:
    handler = event_sub(
        "h", start("hs", on("signal", "S")) + user("fix") + end("he"), "hs>fix fix>he"
    )
    body = sub("m", start("s2") + user("u") + handler + end("e2"), "s2>u u>e2", inner=many("list"))
    w = world(bpmn(start() + body + user("z"), "s>m m>z", roots=signal("S"))).start(list=[1, 2])
    w.signal("S")
    assert w.at == ["fix", "fix"]
    assert w.complete("fix").complete("fix").at == ["z"]


def test_link_events() -> None:
    diagram = bpmn(
        start()
        + gateway("exclusive", "m")
        + user("a")
        + gateway("exclusive", "g", "g_e")
        + throw("o", on("link", name="L"))
        + catch("i", on("link", name="L"))
        + end(),
        "s>m i>m m>a a>g g>o:again g>e",
    )
    w = world(diagram).start().complete("a", again=True)
    assert w.at == ["a"]
    assert w.complete("a", again=False).state is DONE


def test_conditional_catch_boundary_and_event_subprocess() -> None:
    w = world(bpmn(start() + catch("c", conditional("x > 3")) + end(), "s>c c>e")).start(x=1)
    assert w.state is InstanceState.ACTIVE
    w.set(x=2)
    assert w.set(x=4).state is DONE
    assert (
        world(bpmn(start() + catch("c", conditional("x > 3")) + end(), "s>c c>e")).start(x=9).state
        is DONE
    )
    handler = event_sub(
        "h", start("hs", conditional("x > 3"), isInterrupting="false") + user("note"), "hs>note"
    )
    w = world(bpmn(start() + user("a") + handler, "s>a")).start(x=1)
    w.set(x=5).set(x=6)
    assert w.at == ["a", "note"]  # it did not become true anew
    w.set(x=1).set(x=5)
    assert w.at == ["a", "note", "note"]


def test_condition_below_the_changed_scope() -> None:
    body = sub(
        "m",
        start("s2")
        + user("u")
        + boundary("b", "u", conditional("x > 3 + item"))
        + user("late")
        + end("e2"),
        "s2>u u>e2 b>late",
        inner=many("list"),
    )
    w = world(bpmn(start() + gateway("parallel", "f") + body + user("a"), "s>f f>m f>a")).start(
        list=[0, 1], x=1
    )
    w.complete("a", x=4)
    assert w.at == ["late", "u"]
    w.set(x=5)
    assert w.at == ["late", "late"]


def test_multiple_and_parallel_multiple() -> None:
    both = on("signal", "A", id="da") + on("signal", "B", id="db")
    any_of = bpmn(
        start() + node("intermediateCatchEvent", "c", both) + end(),
        "s>c c>e",
        roots=signal("A") + signal("B"),
    )
    w = world(any_of).start()
    assert w.waiting == ["c/da", "c/db"]
    assert w.signal("B").state is DONE
    all_of = bpmn(
        start() + node("intermediateCatchEvent", "c", both, parallelMultiple="true") + end(),
        "s>c c>e",
        roots=signal("A") + signal("B"),
    )
    w = world(all_of).start().signal("B").signal("B")
    assert w.waiting == ["c/da"]
    assert w.signal("A").state is DONE


def test_process_starts_by_message_signal_timer() -> None:
    diagram = bpmn(
        start("s1", on("message", "M"))
        + start("s2", on("signal", "S"))
        + start("s3", timer("0 0 9 1 9 *", "timeCycle"))
        + start("s4")
        + user("a"),
        "s1>a s2>a s3>a s4>a",
        roots=message("M") + signal("S"),
    )
    w = world(diagram)
    kinds = [(s.id, s.kind, s.name) for s in w.definitions[0].start_events]
    assert kinds == [
        ("s1", "message", "M"),
        ("s2", "signal", "S"),
        ("s3", "timer", None),
        ("s4", "none", None),
    ]
    assert w.start("s2", x=1).at == ["a"]
    assert w.trace == ["s2", "a"]
    assert w.root == {"x": 1}
    assert world(diagram).start().trace == ["s4", "a"]


def test_event_based_instantiation() -> None:
    diagram = bpmn(
        gateway("eventBased", "g", instantiate="true")
        + catch("m", on("message", "M"))
        + catch("n", on("message", "N"))
        + user("a")
        + user("b"),
        "g>m g>n m>a n>b",
        roots=message("M", "1") + message("N", "1"),
    )
    w = world(diagram)
    assert [s.id for s in w.definitions[0].start_events] == ["m", "n"]
    assert w.start("n").at == ["b"]


def test_complex_gateway_discriminator() -> None:
    diagram = bpmn(
        start()
        + gateway("parallel", "f")
        + user("a")
        + user("b")
        + user("c")
        + gateway(
            "complex", "j", inner="<activationCondition>=activationCount >= 2</activationCondition>"
        )
        + user("z")
        + end(),
        "s>f f>a f>b f>c a>j b>j c>j j>z z>e",
    )
    w = world(diagram).start().complete("c")
    assert w.at == ["a", "b"]
    w.complete("a")
    assert w.at == ["b", "z"]
    w.complete("z")
    assert w.state is InstanceState.ACTIVE
    assert w.complete("b").state is DONE
    assert w.trace.count("z") == 1


def test_ad_hoc_subprocess() -> None:
    def diagram(inner: str, **attributes: str) -> str:
        body = sub(
            "h",
            user("a") + user("b") + user("c"),
            "b>c",
            inner=inner,
            kind="adHocSubProcess",
            **attributes,
        )
        return bpmn(start() + body + user("z"), "s>h h>z")

    w = world(diagram("")).start()
    assert w.at == ["a", "b"]
    assert w.complete("a").complete("b").complete("c").at == ["z"]
    until = "<completionCondition>=ok</completionCondition>"
    w = world(diagram(until)).start(ok=False)
    w.complete("a")
    assert w.at == ["b"]
    w.complete("b").complete("c")
    assert w.at == ["a", "b"]  # not yet complete: they can be done again
    assert w.complete("a", ok=True).at == ["z"]  # the rest is cancelled
    w = world(diagram(until, cancelRemainingInstances="false")).start(ok=False)
    w.complete("a", ok=True)
    assert w.at == ["b"]
    assert w.complete("b").complete("c").at == ["z"]
    w = world(diagram("", ordering="Sequential")).start()
    assert w.at == ["a"]
    w.complete("a")
    assert w.at == ["b"]
    assert w.complete("b").complete("c").at == ["z"]


def test_end_of_a_multi_instance_with_conditions_inside_is_quiet() -> None:
    w = world(
        bpmn(
            start()
            + user("a", inner=many("list"))
            + boundary("b", "a", conditional("x = 1"))
            + user("z"),
            "s>a b>z",
        )
    )
    w.start(list=[1, 2], x=0).complete("a")
    assert w.set(x=1).at == ["z"]
    assert list(w.scopes) == [INSTANCE]


__all__ = ["error", "script"]


def test_next_timer_of_a_start_event() -> None:
    def definition(text: str, kind: str = "timeCycle") -> Definition:
        return world(bpmn(start("s", timer(text, kind)) + user("a"), "s>a")).definitions[0]

    environment = Environment(now=NOW)  # 09:00 on 1 September in Shanghai
    yearly = definition("0 0 9 1 9 *")
    first = datetime(2027, 9, 1, 1, tzinfo=UTC)
    assert next_timer(yearly, "s", environment) == (first, None)
    assert next_timer(yearly, "s", environment, after=first) == (
        datetime(2028, 9, 1, 1, tzinfo=UTC),
        None,
    )
    twice = definition("R2/PT1H")
    assert next_timer(twice, "s", environment) == (later(hours=1), 1)
    assert next_timer(twice, "s", environment, after=later(hours=1), left=1) == (later(hours=2), 0)
    assert next_timer(twice, "s", environment, after=later(hours=2), left=0) is None
    once = definition('=date and time(today() + duration("P1D"), @"08:00:00")', "timeDate")
    assert next_timer(once, "s", environment) == (datetime(2026, 9, 2, 0, tzinfo=UTC), 0)
    assert next_timer(once, "s", environment, after=later(days=1)) is None
    assert next_timer(once, "a", environment) is None


def test_an_activation_condition_that_cannot_be_evaluated_is_an_incident() -> None:
    join = gateway(
        "complex",
        "j",
        inner="<activationCondition>=activationCount &gt;= wanted</activationCondition>",
    )
    xml = bpmn(
        start() + gateway("parallel", "f") + user("a") + user("b") + join + user("z"),
        "s>f f>a f>b a>j b>j j>z",
    )
    w = world(xml).start().complete("a")
    assert w.faults == ["CONDITION_ERROR"]
    w.set(wanted=2).retry()
    assert (w.faults, w.at) == ([], ["b"])
    assert w.complete("b").at == ["z"]
    w = world(xml).start().complete("a").complete("b")
    assert len(w.incidents) == 2
    w.set(wanted=2).retry().retry()
    assert (w.faults, w.at) == ([], ["z"])
    assert w.complete("z").state is DONE
