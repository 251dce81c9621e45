"""Tokens along flows: tasks, gateways, joins, ends (BPMN 2.0.2 §13)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.model.errors import Conflict
from engine.model.states import InstanceState
from tests.runtime.diagram import bpmn, end, gateway, node, on, script, service, start, user
from tests.runtime.world import world

DONE = InstanceState.COMPLETED


def test_straight_line() -> None:
    w = world(bpmn(start() + user("a") + end(), "s>a a>e")).start(x=1)
    assert w.at == ["a"]
    assert w.root == {"x": Decimal(1)}
    w.complete("a", y="是")
    assert w.state is DONE
    assert w.ends == ["e"]
    assert w.root["y"] == "是"
    assert w.trace == ["s", "a", "e"]


def test_process_without_events() -> None:
    """A node without incoming flows is a start, one without outgoing flows an end."""
    w = world(bpmn(user("a") + user("b"), "")).start()
    assert w.at == ["a", "b"]
    w.complete("a")
    assert w.state is InstanceState.ACTIVE
    assert w.complete("b").state is DONE


def test_exclusive_takes_first_true() -> None:
    diagram = bpmn(
        start() + gateway("exclusive", "g", "g_c") + user("a") + user("b") + user("c"),
        "s>g g>a:x>10 g>b:x>5 g>c",
    )
    assert world(diagram).start(x=20).at == ["a"]
    assert world(diagram).start(x=7).at == ["b"]
    assert world(diagram).start(x=1).at == ["c"]


def test_condition_that_is_null_is_an_incident_and_can_be_mended() -> None:
    w = world(
        bpmn(start() + gateway("exclusive", "g", "g_b") + user("a") + user("b"), "s>g g>a:x>10 g>b")
    ).start()
    assert w.faults == ["CONDITION_ERROR"]
    assert w.at == []
    w.set(x=11).retry()
    assert w.faults == []
    assert w.at == ["a"]


def test_no_branch_is_an_incident() -> None:
    w = world(
        bpmn(start() + gateway("exclusive", "g") + user("a") + user("b"), "s>g g>a:x=1 g>b:x=2")
    ).start(x=3)
    assert w.faults == ["CONDITION_ERROR"]
    assert w.terminate().state is InstanceState.TERMINATED


def test_parallel_split_and_join() -> None:
    w = world(
        bpmn(
            start()
            + gateway("parallel", "f")
            + user("a")
            + user("b")
            + gateway("parallel", "j")
            + end(),
            "s>f f>a f>b a>j b>j j>e",
        )
    ).start()
    assert w.at == ["a", "b"]
    w.complete("b")
    assert w.state is InstanceState.ACTIVE
    w.complete("a")
    assert w.state is DONE
    assert w.trace.count("j") == 1
    join = w.past("j")[0]
    assert {w.visits[p].element_id for p in join.parents} == {"a", "b"}


def test_excess_tokens_stay_at_a_parallel_join() -> None:
    """Two tokens on one flow do not make up for the other flow (plain SpiffWorkflow: TODO)."""
    w = world(
        bpmn(
            start()
            + gateway("parallel", "f")
            + user("a")
            + user("b")
            + user("c")
            + gateway("exclusive", "m")
            + gateway("parallel", "j")
            + user("z"),
            "s>f f>a f>b f>c a>m b>m m>j c>j j>z",
        )
    ).start()
    w.complete("a").complete("b")
    assert w.at == ["c"]
    w.complete("c")
    assert w.at == ["z"]
    w.complete("z")
    assert w.state is InstanceState.ACTIVE  # the excess token waits for ever: an unsound diagram


def test_parallel_join_in_a_loop() -> None:
    """Stock SpiffWorkflow loses the token or fires early here (proven.md)."""
    w = world(
        bpmn(
            start()
            + gateway("exclusive", "m")
            + gateway("parallel", "f")
            + user("a")
            + user("b")
            + gateway("parallel", "j")
            + gateway("exclusive", "g", "g_e")
            + end(),
            "s>m m>f f>a f>b a>j b>j j>g g>m:again g>e",
        )
    ).start(again=True)
    for first, second in (("a", "b"), ("b", "a"), ("a", "b")):
        w.complete(first)
        assert w.at == [second]
        w.complete(second)
        assert w.at == ["a", "b"]
    w.complete("a").complete("b", again=False)
    assert w.state is DONE


def test_inclusive_split_and_join() -> None:
    diagram = bpmn(
        start()
        + gateway("inclusive", "f", "f_c")
        + user("a")
        + user("b")
        + user("c")
        + gateway("inclusive", "j")
        + end(),
        "s>f f>a:x>0 f>b:x>5 f>c a>j b>j c>j j>e",
    )
    w = world(diagram).start(x=7)
    assert w.at == ["a", "b"]
    w.complete("a")
    assert w.trace.count("j") == 0
    assert w.complete("b").state is DONE
    assert w.trace.count("j") == 1
    assert world(diagram).start(x=1).at == ["a"]
    assert world(diagram).start(x=0).at == ["c"]


def test_inclusive_join_waits_for_a_token_that_may_still_come() -> None:
    w = world(
        bpmn(
            start()
            + gateway("parallel", "f")
            + user("a")
            + user("b")
            + gateway("exclusive", "x", "x_e2")
            + gateway("inclusive", "j")
            + end()
            + end("e2"),
            "s>f f>a f>b b>x x>j:go x>e2 a>j j>e",
        )
    ).start()
    w.complete("a")
    assert w.ends == []
    w.complete("b", go=False)
    assert w.ends == ["e2", "e"]
    assert w.state is DONE


def test_uncontrolled_flow_out_of_a_task_with_conditions() -> None:
    diagram = bpmn(
        start() + user("t", default="t_c") + user("a") + user("b") + user("c"),
        "s>t t>a:x>1 t>b:x>2 t>c",
    )
    assert world(diagram).start().complete("t", x=5).at == ["a", "b"]
    assert world(diagram).start().complete("t", x=2).at == ["a"]
    assert world(diagram).start().complete("t", x=0).at == ["c"]


def test_implicit_merge_runs_a_task_for_each_token() -> None:
    w = world(
        bpmn(
            start() + gateway("parallel", "f") + user("a") + user("b") + user("z"),
            "s>f f>a f>b a>z b>z",
        )
    ).start()
    w.complete("a").complete("b")
    assert w.at == ["z", "z"]


def test_scripts_in_a_row_are_one_step() -> None:
    w = world(
        bpmn(start() + script("a", "1 + x", "x") + script("b", "x * 2", "x") + end(), "s>a a>b b>e")
    ).start(x=1)
    assert w.root["x"] == 4
    assert w.state is DONE


def test_loop_without_wait_is_an_incident_not_a_recursion_error() -> None:
    w = world(
        bpmn(
            start()
            + gateway("exclusive", "m")
            + script("a", "x + 1", "x")
            + gateway("exclusive", "g", "g_m")
            + end(),
            "s>m m>a a>g g>m g>e:x>20000",
        )
    ).start(x=0)
    assert w.faults == ["LOOP_WITHOUT_WAIT"]
    w.retry()
    assert w.faults == ["LOOP_WITHOUT_WAIT"]
    while w.faults:
        w.retry()
    assert w.state is DONE


def test_terminate_end_event_ends_everything() -> None:
    w = world(
        bpmn(
            start()
            + gateway("parallel", "f")
            + user("a")
            + service("b")
            + end("e", on("terminate")),
            "s>f f>a f>b a>e",
        )
    ).start()
    assert w.at == ["a", "b"]
    w.complete("a")
    assert w.state is DONE
    assert w.jobs == {}


def test_manual_and_plain_tasks_pass() -> None:
    w = world(bpmn(start() + node("task", "a") + node("manualTask", "b") + end(), "s>a a>b b>e"))
    assert w.start().state is DONE


def test_job_carries_type_headers_and_retries() -> None:
    headers = '<zeebe:taskHeaders><zeebe:header key="to" value="applicant" /></zeebe:taskHeaders>'
    w = world(bpmn(start() + service("a", '="x" + kind', headers), "s>a")).start(kind="1")
    job = w.jobs[w.open("a")[0]]
    assert (job.type, job.retries, job.headers) == ("x1", 3, {"to": "applicant"})
    w.complete("a", result="ok")
    assert w.root["result"] == "ok"


def test_start_and_completion_quantity() -> None:
    w = world(
        bpmn(
            start()
            + gateway("parallel", "f")
            + user("a")
            + user("b")
            + user("c", startQuantity="2", completionQuantity="3")
            + user("d"),
            "s>f f>a f>b a>c b>c c>d",
        )
    ).start()
    w.complete("a")
    assert w.at == ["b"]
    w.complete("b")
    assert w.at == ["c"]
    w.complete("c")
    assert w.at == ["d", "d", "d"]


def test_of_several_none_starts_one_is_named() -> None:
    w = world(bpmn(start("s1") + start("s2") + user("a") + user("b"), "s1>a s2>b"))
    with pytest.raises(Conflict):
        w.start()
    assert w.start("s2").at == ["b"]
