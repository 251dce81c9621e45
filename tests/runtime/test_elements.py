"""Each kind of event at each place where it may stand, and the settings of user tasks and jobs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from engine.model.states import InstanceState
from tests.runtime.diagram import (
    boundary,
    bpmn,
    call,
    catch,
    conditional,
    end,
    error,
    escalation,
    event_sub,
    ext,
    message,
    on,
    script,
    service,
    signal,
    start,
    sub,
    throw,
    timer,
    user,
)
from tests.runtime.world import World, world

DONE = InstanceState.COMPLETED
ROOTS = message("M", "k") + signal("S") + error("X") + escalation("Y")

Act = Callable[[World, str], World]

#: Kind → its definition, and how it comes to the event of that id.
CAUGHT: dict[str, tuple[str, Act]] = {
    "message": (on("message", "M"), lambda w, i: w.fire(i)),
    "timer": (timer("PT1H"), lambda w, i: w.fire(i)),
    "signal": (on("signal", "S"), lambda w, i: w.signal("S")),
    "conditional": (conditional("x > 1"), lambda w, i: w.set(x=2)),
    "error": (on("error", "X"), lambda w, i: w.throw("a", "X")),
    "escalation": (on("escalation", "Y"), lambda w, i: w.complete("up")),
}
#: An error always interrupts.
COMING = [(kind, how) for kind in CAUGHT for how in (True, False) if kind != "error" or how]
THROWER = user("up") + throw("t", on("escalation", "Y")) + user("a")


@pytest.mark.parametrize(("kind", "interrupting"), COMING)
def test_boundary(kind: str, interrupting: bool) -> None:
    definition, come = CAUGHT[kind]
    inside = sub("m", start("s2") + THROWER + end("e2"), "s2>up up>t t>a a>e2")
    xml = bpmn(
        start()
        + inside
        + boundary("b", "m", definition, interrupting=interrupting)
        + user("x")
        + end(),
        "s>m m>e b>x",
        roots=ROOTS,
    )
    w = world(xml).start(k="1", x=1)
    if kind == "error":
        w.complete("up")
    come(w, "b")
    assert "x" in w.at
    assert (
        "m" in {v.element_id for v in w.visits.values() if v.state == "ACTIVE"}
    ) is not interrupting
    for left in ("x", "up", "a"):
        if left in w.at:
            w.complete(left)
    if "a" in w.at:
        w.complete("a")
    assert w.state is DONE


@pytest.mark.parametrize(("kind", "interrupting"), COMING)
def test_event_subprocess(kind: str, interrupting: bool) -> None:
    definition, come = CAUGHT[kind]
    flag = "true" if interrupting else "false"
    handler = event_sub(
        "v", start("hs", definition, isInterrupting=flag) + user("x") + end("e3"), "hs>x x>e3"
    )
    inside = sub("m", start("s2") + THROWER + end("e2") + handler, "s2>up up>t t>a a>e2")
    w = world(bpmn(start() + inside + end(), "s>m m>e", roots=ROOTS)).start(k="1", x=1)
    if kind == "error":
        w.complete("up")
    come(w, "hs")
    assert "x" in w.at
    assert (len(w.at) == 1) is interrupting
    for left in ("x", "up", "a"):
        if left in w.at:
            w.complete(left)
    assert w.state is DONE


@pytest.mark.parametrize("kind", ["message", "timer", "signal", "conditional"])
def test_intermediate_catch(kind: str) -> None:
    definition, come = CAUGHT[kind]
    w = world(bpmn(start() + catch("c", definition) + end(), "s>c c>e", roots=ROOTS))
    w.start(k="1", x=1)
    assert w.state is InstanceState.ACTIVE
    assert come(w, "c").state is DONE


@pytest.mark.parametrize("place", ["throw", "end"])
@pytest.mark.parametrize("kind", ["none", "message", "signal", "escalation"])
def test_throw_and_end(kind: str, place: str) -> None:
    definition = "" if kind == "none" else CAUGHT[kind][0]
    thrower = throw("t", definition) if place == "throw" else end("t", definition)
    flows = "s2>t t>e2" if place == "throw" else "s2>t"
    inside = sub("m", start("s2") + thrower + (end("e2") if place == "throw" else ""), flows)
    xml = bpmn(
        start()
        + inside
        + boundary("b", "m", on("escalation", "Y"), interrupting=False)
        + end()
        + end("caught"),
        "s>m m>e b>caught",
        roots=ROOTS,
    )
    w = world(xml).start(k="7")
    assert w.state is DONE
    assert [(m.name, m.correlation_key) for m in w.messages] == [("M", "7")] * (kind == "message")
    assert ("!S" in w.trace) is (kind == "signal")
    assert ("caught" in w.ends) is (kind == "escalation")


@pytest.mark.parametrize("place", ["throw", "end"])
def test_a_message_event_may_be_a_job(place: str) -> None:
    inner = ext('<zeebe:taskDefinition type="send" />') + on("message")
    thrower = throw("t", on("message"), '<zeebe:taskDefinition type="send" />')
    drawn = thrower + end() if place == "throw" else end("t", inner)
    w = world(bpmn(start() + drawn, "s>t t>e" if place == "throw" else "s>t")).start()
    assert [j.type for j in w.jobs.values()] == ["send"]
    assert w.complete("t").state is DONE


def test_settings_of_a_user_task() -> None:
    settings = (
        '<zeebe:formDefinition formId="=kind" />'
        '<zeebe:assignmentDefinition assignee="=who" candidateUsers="li,wang" candidateGroups="=[&quot;clerk&quot;]" />'
        '<zeebe:taskSchedule dueDate="2026-09-30" followUpDate="=date and time(&quot;2026-09-10T08:00:00@Asia/Shanghai&quot;)" />'
        '<zeebe:priorityDefinition priority="=70 + 10" />'
        '<zeebe:taskHeaders><zeebe:header key="h" value="v" /></zeebe:taskHeaders>'
        '<zeebe:properties><zeebe:property name="p" value="q" /></zeebe:properties>'
    )
    w = world(bpmn(start() + user("a", settings), "s>a")).start(kind="f1", who="zhang")
    (task,) = w.tasks.values()
    assert (task.form_id, task.assignee, task.priority) == ("f1", "zhang", 80)
    assert (task.candidate_users, task.candidate_groups) == (("li", "wang"), ("clerk",))
    assert task.due_at is not None
    assert task.due_at.isoformat() == "2026-09-30T15:59:59+00:00"
    assert task.follow_up_at is not None
    assert task.follow_up_at.isoformat() == "2026-09-10T00:00:00+00:00"
    assert (dict(task.headers), dict(task.properties)) == ({"h": "v"}, {"p": "q"})


def test_an_ad_hoc_subprocess_begins_with_what_the_collection_names() -> None:
    body = sub(
        "h",
        user("a") + user("b") + user("c"),
        extensions='<zeebe:adHoc activeElementsCollection="=chosen" />',
        kind="adHocSubProcess",
    )
    w = world(bpmn(start() + body, "s>h")).start(chosen=["a", "c"])
    assert w.at == ["a", "c"]
    assert w.complete("a").complete("c").state is DONE
    w = world(bpmn(start() + body, "s>h")).start(chosen=["x"])
    assert w.faults == ["EXTRACT_VALUE_ERROR"]


def test_a_conditional_filter_looks_only_at_the_variables_it_names() -> None:
    drawn = on(
        "conditional",
        inner=ext('<zeebe:conditionalFilter variableNames="y" />')
        + "<condition>=x &gt; 1</condition>",
    )
    w = world(bpmn(start() + catch("c", drawn) + end(), "s>c c>e")).start(x=1, y=1)
    assert w.set(x=2).state is InstanceState.ACTIVE
    assert w.set(y=2).state is DONE


def test_data_that_is_drawn_is_a_variable_of_that_name() -> None:
    drawn = '<dataObject id="d" /><dataObjectReference id="r" name="申请表" dataObjectRef="d" />'
    w = world(bpmn(start() + drawn + script("a", "申请表.amount + 1"), "s>a"))
    assert dict(w.definitions[0].data) == {"申请表": "r"}
    assert w.start(申请表={"amount": 1}).root["x"] == Decimal(2)


def test_version_tag_and_called_process_by_expression() -> None:
    inner = bpmn(user("u"), name="q").replace(
        "<userTask", ext('<zeebe:versionTag value="v1.2" />') + "<userTask", 1
    )
    w = world(bpmn(start() + call("c", "=which"), "s>c"), inner).start(which="q")
    assert w.at == ["u"]
    assert w.definitions[1].version_tag == "v1.2"


def test_service_task_headers_may_be_told_apart_from_inputs() -> None:
    w = world(bpmn(start() + service("a", "=kind"), "s>a")).start(kind="k")
    assert [j.type for j in w.jobs.values()] == ["k"]
