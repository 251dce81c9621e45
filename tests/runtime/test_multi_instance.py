"""Multi-instance and loops, as Camunda 8 documents them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from engine.model.commands import Complete
from engine.model.errors import Conflict
from engine.model.states import InstanceState
from tests.runtime.diagram import (
    HEAD,
    boundary,
    bpmn,
    call,
    end,
    error,
    flows,
    io,
    many,
    on,
    process,
    script,
    service,
    start,
    sub,
    timer,
    user,
)  # fmt: skip
from tests.runtime.world import world

DONE = InstanceState.COMPLETED


def review(**options: object) -> str:
    loop = many("experts", item="expert", results="scores", element="score", **options)  # type: ignore[arg-type]
    assigned = '<zeebe:assignmentDefinition assignee="=expert" />'
    return bpmn(start() + user("r", assigned, loop) + user("z"), "s>r r>z")


def test_parallel_user_tasks_gather_their_results_in_order() -> None:
    w = world(review()).start(experts=["甲", "乙", "丙"])
    assert [t.assignee for t in w.tasks.values()] == ["甲", "乙", "丙"]
    w.complete("r", nth=2, score=3).complete("r", nth=0, score=1)
    assert w.at == ["r"]
    assert "scores" not in w.root
    w.complete("r", score=2)
    assert w.root["scores"] == [1, 2, 3]
    assert "score" not in w.root  # the output element is each instance's own
    assert w.at == ["z"]


def test_inner_instances_know_their_counter() -> None:
    w = world(review()).start(experts=["甲", "乙"])
    assert [w.variables[k]["loopCounter"] for k in w.open("r")] == [1, 2]


def test_completing_one_touches_only_the_body() -> None:
    w = world(review()).start(experts=[str(i) for i in range(300)])
    w.complete("r", nth=150, score=1)
    assert w.last is not None
    assert len(w.last.scopes) == 1
    assert len(w.last.scopes[0].snapshot) < 250
    assert len(w.last.effects) == 1


def test_an_inner_instance_is_completed_once() -> None:
    w = world(review()).start(experts=["甲", "乙"])
    key = w.open("r")[0]
    w.complete("r", score=1)
    with pytest.raises(Conflict):
        w.do(Complete(element_key=key))


def test_completion_condition_ends_the_rest() -> None:
    w = world(review(condition="numberOfCompletedInstances >= 2")).start(experts=["甲", "乙", "丙"])
    w.complete("r", nth=1, score=8)
    assert w.at == ["r", "r"]
    w.complete("r", nth=1, score=9)
    assert w.at == ["z"]
    assert w.root["scores"] == [None, 8, 9]


def test_completion_condition_sees_the_inner_variables() -> None:
    w = world(review(condition="score < 60")).start(experts=["甲", "乙", "丙"])
    w.complete("r", score=70)
    assert w.at == ["r", "r"]
    assert w.complete("r", score=30).at == ["z"]


def test_sequential() -> None:
    w = world(review(sequential=True)).start(experts=["甲", "乙"])
    assert [t.assignee for t in w.tasks.values()] == ["甲"]
    w.complete("r", score=1)
    assert [t.assignee for t in w.tasks.values()] == ["乙"]
    w.complete("r", score=2)
    assert w.root["scores"] == [1, 2]


def test_empty_collection_passes() -> None:
    w = world(review()).start(experts=[])
    assert w.at == ["z"]
    assert w.root["scores"] == []


def test_collection_that_is_no_list_is_an_incident() -> None:
    w = world(review()).start()
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    w.set(experts=["甲"]).retry()
    assert w.at == ["r"]


def test_sequential_scripts_do_not_recurse() -> None:
    loop = many("list", sequential=True, results="out", element="x")
    w = world(bpmn(start() + script("a", "item * 2", "x", loop) + end(), "s>a a>e"))
    w.start(list=list(range(500)))
    assert w.state is DONE
    assert w.past("a")


def test_subprocess_bodies() -> None:
    loop = many("list", results="out", element="y")
    inner = sub(
        "m",
        start("s2") + user("u") + script("c", "item + n", "y") + end("e2"),
        "s2>u u>c c>e2",
        inner=loop,
    )
    w = world(bpmn(start() + inner + user("z"), "s>m m>z")).start(list=[1, 2, 3])
    assert w.at == ["u", "u", "u"]
    w.complete("u", nth=1, n=10).complete("u", nth=0, n=100)
    assert w.at == ["u"]
    w.complete("u", n=1000)
    assert w.root["out"] == [101, 12, 1003]
    assert w.at == ["z"]
    assert list(w.scopes) == [w.bundle and w.visits[w.open("z")[0]].scope_key]


def test_subprocess_bodies_sequential_with_condition() -> None:
    loop = many("list", sequential=True, condition="stop = true")
    inner = sub("m", start("s2") + user("u") + end("e2"), "s2>u u>e2", inner=loop)
    w = world(bpmn(start() + inner + user("z"), "s>m m>z")).start(list=[1, 2, 3], stop=False)
    w.complete("u")
    assert w.at == ["u"]
    assert w.complete("u", stop=True).at == ["z"]


def test_call_activity_bodies() -> None:
    loop = many("list", results="out", element="y")
    caller = bpmn(
        start()
        + call("c", "q", inner=loop, options='propagateAllChildVariables="true"')
        + user("z"),
        "s>c c>z",
    )
    callee = bpmn(start("s2") + user("u") + end("e2"), "s2>u u>e2", name="q")
    w = world(caller, callee).start(list=[1, 2])
    w.complete("u", nth=1, y="b").complete("u", y="a")
    assert w.at == ["z"]
    assert w.root["out"] == ["a", "b"]


def test_boundary_event_ends_the_whole_body() -> None:
    diagram = bpmn(
        start()
        + user("r", inner=many("list"))
        + boundary("t", "r", timer("PT1H"))
        + user("late")
        + user("z"),
        "s>r r>z t>late",
    )
    w = world(diagram).start(list=[1, 2, 3])
    w.complete("r")
    assert w.waiting == ["t"]
    w.fire("t")
    assert w.at == ["late"]
    assert w.waiting == []


def test_error_of_an_inner_instance_is_caught_at_the_body() -> None:
    diagram = bpmn(
        start()
        + service("r", inner=many("list"))
        + boundary("b", "r", on("error", "E"))
        + user("mend"),
        "s>r b>mend",
        roots=error("E"),
    )
    w = world(diagram).start(list=[1, 2, 3])
    w.throw("r", "E")
    assert w.at == ["mend"]


def test_inner_fault_and_retry() -> None:
    mapping = io(in_limit="=if item > 1 then number(bad) + item else item")
    w = world(
        bpmn(
            start()
            + user(
                "r", mapping + '<zeebe:priorityDefinition priority="=limit" />', inner=many("list")
            )
            + user("z"),
            "s>r r>z",
        )
    )
    w.start(list=[1, 2])
    assert w.at == ["r"]
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    w.set(bad="5").retry()
    assert sorted(t.priority for t in w.tasks.values()) == [1, 7]
    assert w.complete("r").complete("r").at == ["z"]


def test_cardinality() -> None:
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>=n</loopCardinality></multiInstanceLoopCharacteristics>"
    w = world(bpmn(start() + user("r", inner=loop), "s>r")).start(n=Decimal(3))
    assert w.at == ["r"] * 3


def test_standard_loop() -> None:
    loop = "<standardLoopCharacteristics><loopCondition>=not(ok)</loopCondition></standardLoopCharacteristics>"
    w = world(bpmn(start() + user("r", inner=loop) + end(), "s>r r>e")).start(ok=False)
    w.complete("r").complete("r")
    assert w.at == ["r"]
    assert w.complete("r", ok=True).state is DONE


def test_standard_loop_tested_before_and_bounded() -> None:
    before = '<standardLoopCharacteristics testBefore="true" loopMaximum="2"><loopCondition>=again</loopCondition></standardLoopCharacteristics>'
    diagram = bpmn(start() + user("r", inner=before) + end(), "s>r r>e")
    assert world(diagram).start(again=False).state is DONE
    w = world(diagram).start(again=True)
    assert w.complete("r").complete("r").state is DONE


def test_nested_bodies() -> None:
    inner = user("u", inner=many("item", item="one", results="got", element="v"))
    outer = sub(
        "m",
        start("s2") + inner + end("e2"),
        "s2>u u>e2",
        inner=many("rows", results="all", element="got"),
    )
    w = world(bpmn(start() + outer + end(), "s>m m>e")).start(rows=[[1, 2], [3]])
    assert w.at == ["u"] * 3
    w.complete("u", nth=2, v="c").complete("u", nth=1, v="b").complete("u", v="a")
    assert w.root["all"] == [["a", "b"], ["c"]]
    assert w.state is DONE


__all__ = ["HEAD", "flows", "process"]
