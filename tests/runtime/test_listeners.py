"""Execution and task listeners (Camunda 8): jobs that the life of an element waits for."""

from __future__ import annotations

import pytest

from engine.model.commands import ThrowError
from engine.model.errors import Conflict, Refused
from engine.model.states import InstanceState
from engine.runtime import compile_definition
from tests.runtime.diagram import (
    boundary,
    bpmn,
    call,
    catch,
    end,
    ext,
    gateway,
    io,
    many,
    on,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    user,
)
from tests.runtime.world import INSTANCE, World, world


def listeners(*drawn: str, kind: str = "execution") -> str:
    """``listeners("start:a", "end:b")``: event and job type."""
    items = "".join(
        f'<zeebe:{kind}Listener eventType="{event}" type="{name}" retries="2" />'
        for event, name in (d.split(":") for d in drawn)
    )
    return f"<zeebe:{kind}Listeners>{items}</zeebe:{kind}Listeners>"


def of_task(*drawn: str) -> str:
    return listeners(*drawn, kind="task")


def one(element: str, **more: str) -> World:
    return world(bpmn(start() + element + end(), "s>a a>e", **more))


def test_start_listeners_come_in_order_after_inputs_and_give_local_variables() -> None:
    w = one(service("a", "=kind", io(in_x="=base + 1") + listeners("start:one", "start:two")))
    w.start(base=1)
    assert w.listening == ["one/START"]
    assert w.jobs[next(iter(w.jobs))].retries == 2
    w.listened("one", kind="made")
    assert w.listening == ["two/START"]
    w.listened("two")
    assert [j.type for j in w.jobs.values()] == ["made"]
    w.complete("a")
    assert w.state is InstanceState.COMPLETED
    assert "kind" not in w.root


def test_end_listeners_come_after_outputs_and_give_to_the_scope_around() -> None:
    w = one(service("a", "t", io(out_y="=r") + listeners("end:one", "end:two")))
    w.start().complete("a", r=5)
    assert w.root["y"] == 5
    w.listened("one", y=6).listened("two", z=7)
    assert (w.root["y"], w.root["z"], w.state) == (6, 7, InstanceState.COMPLETED)


def test_waits_and_boundaries_are_opened_only_after_start_listeners() -> None:
    w = world(
        bpmn(
            start()
            + user("a", listeners("start:l"))
            + boundary("b", "a", timer("=t"))
            + end()
            + end("e2"),
            "s>a a>e b>e2",
        )
    )
    w.start()
    assert w.waiting == []
    w.listened("l", t="PT1H")
    assert w.waiting == ["b"]
    assert w.at == ["a"]
    w.fire("b")
    assert w.state is InstanceState.COMPLETED


def test_gateways_events_and_links_listen() -> None:
    w = world(
        bpmn(
            start("s", ext(listeners("end:started")))
            + gateway("exclusive", "g", "g_a", inner=ext(listeners("start:choose")))
            + catch("c", timer("PT1H"), listeners("start:before", "end:after"))
            + throw("t", on("link", name="L"), listeners("end:jump"))
            + catch("k", on("link", name="L"))
            + user("a")
            + end("e", ext(listeners("start:closing", "end:closed"))),
            "s>g g>c:way=1 g>a c>t k>e a>e",
        )
    )
    w.start()
    for name, values in (("started", {}), ("choose", {"way": 1}), ("before", {})):
        w.listened(name, **values)
    w.fire("c")
    for name in ("after", "jump", "closing", "closed"):
        assert len(w.listening) == 1
        w.listened(name)
    assert w.state is InstanceState.COMPLETED


def test_interrupting_takes_the_listener_away() -> None:
    w = world(
        bpmn(
            start()
            + sub("m", start("s2") + user("a", listeners("start:l")) + end("e2"), "s2>a a>e2")
            + boundary("b", "m", timer("PT1H"))
            + end(),
            "s>m m>e b>e",
        )
    )
    w.start()
    assert w.listening
    w.fire("b")
    assert not w.jobs
    assert w.state is InstanceState.COMPLETED


def test_every_inner_instance_has_its_listeners() -> None:
    element = user(
        "a",
        listeners("start:l", "end:m"),
        many("list", results="out", element="r"),
    )
    w = one(element).start(list=[1, 2])
    assert w.listening == ["l/START", "l/START"]
    w.listened("l").listened("l").complete("a", r=1).complete("a", r=2)
    assert w.listening == ["m/END", "m/END"]
    w.listened("m", r=9).listened("m")
    assert w.root["out"] == [9, 2]


def test_a_failing_expression_is_an_incident_and_the_event_is_listened_to_again() -> None:
    w = one(user("a", listeners("start:one", "start:=two"))).start()
    w.listened("one")
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    assert not w.jobs
    w.set(two="second").retry()
    assert w.listening == ["one/START"]
    w.listened("one").listened("second")
    assert w.at == ["a"]


def test_what_fails_after_the_start_listeners_does_not_repeat_them() -> None:
    w = one(service("a", "=kind", listeners("start:l"))).start()
    w.listened("l")
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    w.set(kind="k").retry()
    assert w.listening == []
    assert [j.type for j in w.jobs.values()] == ["k"]


def test_listeners_of_the_process() -> None:
    inner = bpmn(start() + user("a") + end(), "s>a a>e", name="q").replace(
        'isExecutable="true">', f'isExecutable="true">{ext(listeners("start:in", "end:out"))}'
    )
    outer = bpmn(start() + call("c", "q") + end(), "s>c c>e").replace(
        'isExecutable="true">', f'isExecutable="true">{ext(listeners("start:=first", "end:last"))}'
    )
    w = world(outer, inner).start()
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    w.set(first="f").retry().listened("f", a=1)
    assert w.root["a"] == 1
    assert w.listening == ["in/START"]
    w.listened("in", b=2).complete("a", c=3)
    assert w.listening == ["out/END"]
    w.listened("out", d=4)
    assert {n: w.root[n] for n in "abcd"} == {"a": 1, "b": 2, "c": 3, "d": 4}
    assert w.listening == ["last/END"]
    assert w.state is InstanceState.ACTIVE
    w.listened("last")
    assert w.state is InstanceState.COMPLETED


def test_a_start_that_cannot_listen_to_its_events_is_an_incident() -> None:
    event_sub = sub("v", start("t", timer("=when")) + end("e2"), "t>e2", triggeredByEvent="true")
    w = world(bpmn(start() + user("a") + end() + event_sub, "s>a a>e")).start()
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    assert w.at == []
    w.set(when="PT1H").retry()
    assert w.at == ["a"]
    assert w.waiting == ["t"]


def test_terminating_while_a_process_listens() -> None:
    xml = bpmn(start() + end(), "s>e").replace(
        'isExecutable="true">', f'isExecutable="true">{ext(listeners("end:l"))}'
    )
    w = world(xml).start()
    assert w.listening == ["l/END"]
    w.terminate()
    assert w.state is InstanceState.TERMINATED


def test_creating_listeners_see_and_correct_the_task_before_it_is_shown() -> None:
    w = one(
        user(
            "a",
            '<zeebe:assignmentDefinition candidateGroups="clerk" />'
            '<zeebe:priorityDefinition priority="30" />' + of_task("creating:c", "creating:d"),
        )
    ).start()
    assert w.at == ["a"]
    assert not w.tasks
    headers = next(iter(w.jobs.values())).headers
    assert headers["io.camunda.zeebe:candidateGroups"] == '["clerk"]'
    assert headers["io.camunda.zeebe:priority"] == "30"
    w.listened("c", corrections_priority=80, corrections_candidateGroups=[])
    assert next(iter(w.jobs.values())).headers["io.camunda.zeebe:priority"] == "80"
    w.listened("d", corrections_assignee="li", corrections_dueDate="2026-09-30")
    task = next(iter(w.tasks.values()))
    assert (task.priority, task.candidate_groups, task.assignee) == (80, (), "li")
    assert task.due_at is not None
    assert task.due_at.day == 30
    w.complete("a")
    assert w.state is InstanceState.COMPLETED


def test_completing_listeners_agree_or_deny() -> None:
    w = one(user("a", of_task("completing:c", "completing:d"))).start()
    w.complete("a", x=1)
    assert not w.tasks
    assert "x" not in w.root
    assert w.listening == ["c/COMPLETING"]
    seen = w.variables[next(iter(w.jobs))]
    assert seen == {"x": 1}
    w.listened("c").listened("d", denied=True)
    assert w.at == ["a"]
    assert "x" not in w.root
    w.complete("a", x=2).listened("c").listened("d")
    assert w.root["x"] == 2
    assert w.state is InstanceState.COMPLETED


def test_a_held_task_can_be_taken_away() -> None:
    w = world(
        bpmn(
            start()
            + user("a", of_task("completing:c"))
            + boundary("b", "a", timer("PT1H"))
            + end(),
            "s>a a>e b>e",
        )
    )
    w.start().complete("a").fire("b")
    assert not w.held
    assert not w.jobs
    assert w.state is InstanceState.COMPLETED


def test_listeners_keep_to_what_they_may() -> None:
    w = one(user("a", listeners("start:l") + of_task("creating:c", "completing:d"))).start()
    job = next(iter(w.jobs.values()))
    with pytest.raises(Conflict):
        w.do(ThrowError(element_key=job.element_key or job.key, code="oops"))
    w.jobs[job.key] = job
    for wrong in ({"denied": True}, {"corrections_priority": 1}):
        with pytest.raises(Conflict):
            w.listened("l", **wrong)  # type: ignore[arg-type]
        w.jobs[job.key] = job
    w.listened("l")
    creating = next(iter(w.jobs.values()))
    with pytest.raises(Conflict):
        w.listened("c", x=1)
    w.jobs[creating.key] = creating
    with pytest.raises(Conflict):
        w.listened("c", denied=True)


@pytest.mark.parametrize(
    ("element", "rule"),
    [
        (user("a", listeners("begin:x")), "listener"),
        (user("a", listeners("start:")), "listener"),
        (user("a", listeners("start:x", "start:x")), "listener-duplicate"),
        (user("a", of_task("cancelling:x")), "listener"),
        (user("a", of_task("update:x")), "listener"),
        (service("a", "t", of_task("creating:x")), "listener"),
        (start("a", ext(listeners("start:x"))), "listener"),
        (gateway("exclusive", "a", inner=ext(listeners("end:x"))), "listener"),
        (end("a", ext(listeners("end:x")) + on("error", "E")), "listener"),
        (
            user("t") + boundary("a", "t", timer("PT1H"), extensions=listeners("start:x")),
            "listener",
        ),
        (
            user(
                "a",
                '<zeebe:properties><zeebe:property name="banshi:completionRule" value="all" />'
                "</zeebe:properties>" + of_task("completing:x"),
            ),
            "listener",
        ),
    ],
)
def test_listeners_refused(element: str, rule: str) -> None:
    with pytest.raises(Refused) as caught:
        compile_definition(bpmn(start() + element, "", roots='<error id="E" errorCode="E" />'))
    found = [p for p in caught.value.problems if p.rule == rule]
    assert found
    assert all("请" in p.message and p.element_id == "a" for p in found)


def test_headers_of_a_listener_come_over_those_of_its_element() -> None:
    headers = '<zeebe:taskHeaders><zeebe:header key="{}" value="{}" /></zeebe:taskHeaders>'
    own = headers.format("k", "own")
    drawn = listeners("start:l").replace(" />", f">{own}</zeebe:executionListener>")
    w = one(
        script("a", "1").replace("<zeebe:script", f"{headers.format('k', 'x')}{drawn}<zeebe:script")
    )
    w.start()
    assert next(iter(w.jobs.values())).headers == {"k": "own"}
    w.listened("l")
    assert w.root["x"] == 1
    assert INSTANCE not in w.scopes


def test_a_subprocess_opened_to_be_compensated_is_not_listened_to_again() -> None:
    undo = (
        user("a")
        + boundary("c", "a", on("compensate"))
        + user("u", listeners("start:undoing"), isForCompensation="true")
        + '<association id="as" sourceRef="c" targetRef="u" />'
    )
    inside = sub("m", undo, extensions=listeners("start:open", "end:shut"))
    w = world(bpmn(start() + inside + end("e", on("compensate")), "s>m m>e")).start()
    w.listened("open").complete("a").listened("shut")
    assert w.listening == ["undoing/START"]
    assert w.listened("undoing").complete("u").state is InstanceState.COMPLETED
