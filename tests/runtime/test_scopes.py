"""Subprocesses, call activities, and where variables are read and written (Camunda 8)."""

from __future__ import annotations

from engine.model.states import InstanceState
from tests.runtime.diagram import (
    boundary,
    bpmn,
    call,
    end,
    error,
    event_sub,
    ext,
    gateway,
    io,
    node,
    on,
    script,
    service,
    start,
    sub,
    timer,
    user,
)  # fmt: skip
from tests.runtime.world import INSTANCE, world

DONE = InstanceState.COMPLETED


def inner(extensions: str = "") -> str:
    return sub("m", start("s2") + user("u") + end("e2"), "s2>u u>e2", extensions)


def test_embedded_subprocess() -> None:
    w = world(bpmn(start() + inner() + end(), "s>m m>e")).start()
    assert w.at == ["u"]
    assert len(w.scopes) == 2
    assert w.complete("u").state is DONE
    assert w.ends == ["e2", "e"]


def test_subprocess_completes_when_all_its_tokens_are_gone() -> None:
    body = sub(
        "m",
        start("s2") + gateway("parallel", "f") + user("a") + user("b") + end("e2"),
        "s2>f f>a f>b a>e2",
    )
    w = world(bpmn(start() + body + user("z"), "s>m m>z")).start()
    w.complete("a")
    assert w.at == ["b"]
    assert w.complete("b").at == ["z"]


def test_results_go_to_the_process() -> None:
    w = world(bpmn(start() + inner() + user("z"), "s>m m>z")).start().complete("u", x=1)
    assert w.root == {"x": 1}


def test_results_stay_in_a_local_variable_of_the_same_name() -> None:
    w = world(bpmn(start() + inner(io(in_x="=0")) + user("z"), "s>m m>z")).start()
    w.complete("u", x=1, y=2)
    assert w.root == {"y": 2}


def test_output_mappings_hand_out_only_what_they_name() -> None:
    w = world(
        bpmn(start() + user("a", io(in_n="=x + 1", out_sum="=n + got")) + user("z"), "s>a a>z")
    )
    w.start(x=1)
    key = w.open("a")[0]
    assert w.variables[key] == {"n": 2}
    w.complete("a", got=5)
    assert w.root == {"x": 1, "sum": 7}


def test_nested_targets_are_merged_into_what_is_there() -> None:
    mapping = io(out_step__outcome="=outcome", out_step__note="=note")
    w = world(bpmn(start() + user("a", mapping) + user("z"), "s>a a>z")).start(step={"by": "甲"})
    w.complete("a", outcome="approve", note=None)
    assert w.root["step"] == {"by": "甲", "outcome": "approve", "note": None}


def test_mapping_fault_keeps_what_was_submitted() -> None:
    w = world(
        bpmn(
            start()
            + user("a", '<zeebe:priorityDefinition priority="=p" />' + io(in_p="=50", out_y="=x")),
            "s>a",
        )
    )
    w.start()
    assert w.at == ["a"]
    failing = world(
        bpmn(
            start() + service("a", "t", "") + boundary("t1", "a", timer("=d")) + user("l"),
            "s>a t1>l",
        )
    ).start()
    assert failing.faults == ["EXTRACT_VALUE_ERROR"]
    assert failing.at == []
    failing.set(d="PT5M").retry()
    assert failing.at == ["a"]
    assert failing.waiting == ["t1"]


def test_call_activity_copies_variables_in_and_out() -> None:
    caller = bpmn(start() + call("c", "q") + user("z"), "s>c c>z")
    callee = bpmn(
        start("s2") + script("k", "x + 1", "y") + user("u") + end("e2"), "s2>k k>u u>e2", name="q"
    )
    w = world(caller, callee).start(x=1)
    scope = w.tasks[w.open("u")[0]].scope_key
    assert w.variables[scope] == {"x": 1, "y": 2}
    assert w.root == {"x": 1}
    w.complete("u", x=9)
    assert w.root == {"x": 9, "y": 2}


def test_call_activity_can_keep_variables_apart() -> None:
    options = 'propagateAllParentVariables="false" propagateAllChildVariables="false"'
    caller = bpmn(
        start() + call("c", "q", io(in_n="=x", out_r="=y"), options=options) + user("z"), "s>c c>z"
    )
    callee = bpmn(start("s2") + script("k", "n + 1", "y") + end("e2"), "s2>k k>e2", name="q")
    w = world(caller, callee).start(x=1)
    assert w.root == {"x": 1, "r": 2}


def test_called_process_is_missing() -> None:
    w = world(bpmn(start() + call("c", "nowhere"), "s>c")).start()
    assert w.faults == ["CALLED_ELEMENT_ERROR"]


def test_lanes_are_inherited_through_subprocess_and_call() -> None:
    lane = (
        '<laneSet id="ls"><lane id="l1" name="科室"><extensionElements><zeebe:properties>'
        '<zeebe:property name="banshi:role" value="clerk" /><zeebe:property name="banshi:level" value="county" />'
        "</zeebe:properties></extensionElements><flowNodeRef>c</flowNodeRef><flowNodeRef>m</flowNodeRef></lane></laneSet>"
    )
    caller = bpmn(start() + inner() + call("c", "q"), "s>m m>c", extra=lane)
    callee = bpmn(start("s2") + user("v") + end("e3"), "s2>v v>e3", name="q")
    w = world(caller, callee).start()
    task = w.tasks[w.open("u")[0]]
    assert task.lane is not None
    assert (task.lane.role, task.lane.level) == ("clerk", "county")
    w.complete("u")
    called = w.tasks[w.open("v")[0]]
    assert called.lane == task.lane


def test_error_end_event_is_caught_at_the_subprocess() -> None:
    body = sub(
        "m",
        start("s2") + gateway("parallel", "f") + user("a") + user("b") + end("x", on("error", "E")),
        "s2>f f>a f>b a>x",
    )
    w = world(
        bpmn(
            start() + body + boundary("b1", "m", on("error", "E")) + user("z") + user("n"),
            "s>m b1>z m>n",
            roots=error("E"),
        )
    )
    w.start().complete("a")
    assert w.at == ["z"]
    assert list(w.scopes) == [INSTANCE]


def test_error_passes_a_call_activity() -> None:
    caller = bpmn(
        start() + call("c", "q") + boundary("b1", "c", on("error")) + user("z"), "s>c b1>z"
    )
    callee = bpmn(
        start("s2") + user("u") + end("x", on("error", "E")), "s2>u u>x", name="q", roots=error("E")
    )
    assert world(caller, callee).start().complete("u").at == ["z"]


def test_uncaught_error_is_an_incident() -> None:
    w = world(bpmn(start() + service("a"), "s>a")).start().throw("a", "E")
    assert w.faults == ["UNHANDLED_ERROR_EVENT"]
    assert w.jobs == {}
    w.retry()
    assert w.at == ["a"]


def test_error_with_exact_code_before_catch_all() -> None:
    diagram = bpmn(
        start()
        + service("a")
        + boundary("all", "a", on("error"))
        + boundary("one", "a", on("error", "E"))
        + user("x")
        + user("y"),
        "s>a all>x one>y",
        roots=error("E"),
    )
    assert world(diagram).start().throw("a", "E").at == ["y"]
    assert world(diagram).start().throw("a", "F", why="f").at == ["x"]


def test_event_subprocess_catches_an_error_of_a_job() -> None:
    handler = event_sub(
        "h", start("hs", on("error", "E")) + user("mend") + end("he"), "hs>mend mend>he"
    )
    w = world(
        bpmn(
            start() + gateway("parallel", "f") + service("a") + user("b") + handler,
            "s>f f>a f>b",
            roots=error("E"),
        )
    )
    w.start().throw("a", "E", why="坏了")
    assert w.at == ["mend"]
    assert w.root["why"] == "坏了"
    assert w.complete("mend").state is DONE


def test_a_script_that_fails_can_be_caught() -> None:
    """On plain SpiffWorkflow an error in a script does not reach an error boundary event."""
    endless = script("a", "for i in 1..999999999 return i", "x")
    assert world(bpmn(start() + endless, "s>a")).start().faults == ["EXTRACT_VALUE_ERROR"]
    caught = endless + boundary("b", "a", on("error")) + user("mend")
    w = world(bpmn(start() + caught, "s>a b>mend")).start()
    assert w.at == ["mend"]
    assert w.faults == []


def test_a_missing_decision_can_be_caught() -> None:
    decision = ext('<zeebe:calledDecision decisionId="none" resultVariable="x" />')
    rule = node("businessRuleTask", "a", decision)
    uncaught = world(bpmn(start() + rule, "s>a")).start()
    assert uncaught.faults == ["CALLED_DECISION_ERROR"]
    diagram = bpmn(
        start() + rule + boundary("b", "a", on("error", "CALLED_DECISION_ERROR")) + user("mend"),
        "s>a b>mend",
        roots=error("CALLED_DECISION_ERROR"),
    )
    assert world(diagram).start().at == ["mend"]
