"""Return to a node already passed, across branches, joins, scopes and loops (approval.md)."""

from __future__ import annotations

import pytest

from engine.model.commands import Activation, Modify, ReturnTo
from engine.model.errors import Conflict
from engine.model.states import InstanceState
from tests.runtime.diagram import (
    boundary,
    bpmn,
    call,
    end,
    event_sub,
    gateway,
    many,
    script,
    start,
    sub,
    timer,
    user,
)
from tests.runtime.world import INSTANCE, World, world

DONE = InstanceState.COMPLETED

PARALLEL = bpmn(
    start()
    + user("t")
    + gateway("parallel", "f")
    + user("a")
    + user("b")
    + gateway("parallel", "j")
    + user("z")
    + end(),
    "s>t t>f f>a f>b a>j b>j j>z z>e",
)


def test_back_one_step() -> None:
    w = world(bpmn(start() + user("a") + user("b") + end(), "s>a a>b b>e")).start()
    w.complete("a", x=1).return_to("b", "a")
    assert w.at == ["a"]
    assert w.root == {"x": 1}
    assert w.complete("a").complete("b").state is DONE


def test_back_behind_a_join_restores_the_other_branch() -> None:
    w = world(PARALLEL).start().complete("t").complete("a").complete("b")
    w.return_to("z", "a")
    assert w.at == ["a"]
    w.complete("a")
    assert w.at == ["z"]
    assert w.complete("z").state is DONE


def test_back_within_a_branch_leaves_the_sibling_alone() -> None:
    diagram = bpmn(
        start()
        + gateway("parallel", "f")
        + user("a")
        + user("a2")
        + user("b")
        + gateway("parallel", "j")
        + end(),
        "s>f f>a a>a2 f>b a2>j b>j j>e",
    )
    w = world(diagram).start().complete("a")
    sibling = w.open("b")
    w.return_to("a2", "a")
    assert w.at == ["a", "b"]
    assert w.open("b") == sibling
    assert w.complete("a").complete("b").complete("a2").state is DONE


def test_back_before_the_fork_withdraws_all_branches() -> None:
    w = world(PARALLEL).start().complete("t").complete("a")
    w.return_to("b", "t")
    assert w.at == ["t"]
    w.complete("t").complete("b")
    assert w.at == ["a"]  # the old arrival does not count
    assert w.complete("a").at == ["z"]


def test_not_to_a_branch_that_the_element_does_not_stem_from() -> None:
    w = world(PARALLEL).start().complete("t").complete("a")
    with pytest.raises(Conflict):
        w.return_to("b", "a")
    assert w.at == ["b"]


def test_in_a_loop_the_visit_counts_not_the_node() -> None:
    diagram = bpmn(
        start()
        + gateway("exclusive", "m")
        + user("a")
        + user("b")
        + gateway("exclusive", "g", "g_m")
        + end(),
        "s>m m>a a>b b>g g>m g>e:done",
    )
    w = world(diagram).start(done=False)
    for _ in range(3):
        w.complete("a").complete("b")
    w.complete("a")
    first, third = w.past("a")[0], w.past("a")[2]
    w.do(ReturnTo(element_key=w.open("b")[0], target_visit=first.key))
    assert w.at == ["a"]
    assert w.past("b") == []  # what came of it is taken back
    with pytest.raises(Conflict):
        w.do(ReturnTo(element_key=w.open("a")[0], target_visit=third.key))
    assert w.complete("a").complete("b", done=True).state is DONE


def test_three_branches_and_an_inclusive_join() -> None:
    diagram = bpmn(
        start()
        + gateway("inclusive", "f")
        + user("a")
        + user("b")
        + user("c")
        + gateway("inclusive", "j")
        + user("z")
        + end(),
        "s>f f>a:true f>b:true f>c:n a>j b>j c>j j>z z>e",
    )
    w = world(diagram).start(n=True).complete("a").complete("b").complete("c")
    w.return_to("z", "b")
    assert w.at == ["b"]
    assert w.complete("b").at == ["z"]
    assert w.trace.count("j") == 2


def test_out_of_a_subprocess() -> None:
    body = sub("m", start("s2") + user("u") + end("e2"), "s2>u u>e2")
    w = world(bpmn(start() + user("a") + body + end(), "s>a a>m m>e")).start().complete("a")
    w.return_to("u", "a")
    assert w.at == ["a"]
    assert list(w.scopes) == [INSTANCE]


def test_into_a_finished_subprocess() -> None:
    body = sub(
        "m",
        start("s2")
        + gateway("parallel", "f")
        + user("u")
        + user("v")
        + gateway("parallel", "j")
        + user("x")
        + end("e2"),
        "s2>f f>u f>v u>j v>j j>x x>e2",
        '<zeebe:ioMapping><zeebe:input source="=1" target="n" /></zeebe:ioMapping>',
    )
    w = world(bpmn(start() + body + user("z") + end(), "s>m m>z z>e")).start()
    w.complete("u", n=5).complete("v").complete("x")
    assert w.at == ["z"]
    w.return_to("z", "u")
    assert w.at == ["u"]
    scope = w.tasks[w.open("u")[0]].scope_key
    assert w.variables[scope]["n"] == 5
    w.complete("u")
    assert w.at == ["x"]  # v's arrival was restored
    assert w.complete("x").complete("z").state is DONE


def test_into_a_finished_subprocess_of_a_subprocess_and_a_call() -> None:
    inner = sub("n", start("s3") + user("u") + end("e3"), "s3>u u>e3")
    body = sub("m", start("s2") + inner + end("e2"), "s2>n n>e2")
    w = world(bpmn(start() + body + user("z") + end(), "s>m m>z z>e")).start().complete("u")
    w.return_to("z", "u")
    assert w.at == ["u"]
    assert len(w.scopes) == 3
    assert w.complete("u").complete("z").state is DONE
    caller = bpmn(start() + call("c", "q") + user("z") + end(), "s>c c>z z>e")
    callee = bpmn(start("s2") + user("u") + end("e2"), "s2>u u>e2", name="q")
    w = world(caller, callee).start().complete("u").return_to("z", "u")
    assert w.at == ["u"]
    assert w.complete("u").complete("z").state is DONE


def test_multi_instance_is_done_anew_as_a_whole() -> None:
    diagram = bpmn(start() + user("r", inner=many("list")) + user("z") + end(), "s>r r>z z>e")
    w = world(diagram).start(list=[1, 2]).complete("r").complete("r")
    inner = w.past("r")[-1]
    assert inner.scope_key != INSTANCE
    w.return_to("z", "r")
    assert w.at == ["r", "r"]
    assert w.complete("r").complete("r").complete("z").state is DONE


def test_waits_of_what_is_withdrawn_are_closed() -> None:
    diagram = bpmn(
        start() + user("a") + user("b") + boundary("t", "b", timer("P3D")) + user("late"),
        "s>a a>b t>late",
    )
    w = world(diagram).start().complete("a")
    assert w.waiting == ["t"]
    w.return_to("b", "a")
    assert w.waiting == []
    w.complete("a")
    assert w.waiting == ["t"]


def test_from_a_boundary_path_back_to_the_task() -> None:
    diagram = bpmn(
        start()
        + user("a")
        + user("b")
        + boundary("t", "b", timer("P3D"), interrupting=False)
        + user("remind")
        + user("z"),
        "s>a a>b b>z t>remind",
    )
    w = world(diagram).start().complete("a").fire("t").complete("b")
    assert w.at == ["remind", "z"]
    w.return_to("z", "b")
    assert w.at == ["b"]


def test_return_costs_what_was_done_since() -> None:
    diagram = bpmn(
        start() + gateway("exclusive", "m") + user("a") + script("c", "1") + user("b"),
        "s>m m>a a>c c>b b>m",
    )
    w = world(diagram).start()
    for _ in range(30):
        w.complete("a").return_to("b", "a").complete("a").complete("b")
    assert w.at == ["a"]


def modified(w: World, *activate: Activation, terminate: tuple[str, ...] = ()) -> World:
    keys = tuple(w.open(name)[0] for name in terminate)
    return w.modify(Modify(terminate=keys, activate=activate))


def test_modify_moves_a_token() -> None:
    w = world(PARALLEL).start()
    modified(w, Activation(element_id="z", variables={"why": "越级"}), terminate=("t",))
    assert w.at == ["z"]
    assert w.variables[w.open("z")[0]] == {"why": "越级"}
    assert w.complete("z").state is DONE


def test_modify_activates_inside_a_subprocess() -> None:
    body = sub("m", start("s2") + user("u") + user("v") + end("e2"), "s2>u u>v v>e2")
    w = world(bpmn(start() + user("a") + body + end(), "s>a a>m m>e")).start()
    modified(w, Activation(element_id="v"), terminate=("a",))
    assert w.at == ["v"]
    modified(w, Activation(element_id="u"))
    assert w.at == ["u", "v"]
    assert len(w.scopes) == 2
    modified(w, terminate=("u",))
    assert w.complete("v").state is DONE


def test_modify_leaves_something() -> None:
    """To end a case there is a command of its own: nobody ends one by moving its tokens."""
    w = world(PARALLEL).start()
    with pytest.raises(Conflict, match="终止事项"):
        modified(w, terminate=("t",))
    assert w.at == ["t"]


def test_modify_ends_a_subprocess_in_which_nothing_is_left() -> None:
    body = sub("m", start("s2") + user("u") + end("e2"), "s2>u u>e2")
    w = world(bpmn(start() + body + user("a") + user("z") + end(), "s>m m>a a>z z>e")).start()
    modified(w, Activation(element_id="z", near=w.open("u")[0]), terminate=("u",))
    assert w.at == ["z"], "it does not go on behind the subprocess"
    assert len(w.scopes) == 1


def test_modify_starves_no_join() -> None:
    fork = gateway("parallel", "f") + user("a") + user("b") + gateway("parallel", "j") + user("z")
    w = world(bpmn(start() + fork + end(), "s>f f>a f>b a>j b>j j>z z>e")).start()
    modified(w, terminate=("a",))
    assert w.complete("b").at == ["z"]
    modified(w, Activation(element_id="a"), terminate=("z",))
    assert w.complete("a").at == ["z"]
    assert w.complete("z").state is DONE


def test_within_a_sequential_multi_instance_the_whole_is_done_anew() -> None:
    diagram = bpmn(start() + user("r", inner=many("list", sequential=True)) + user("z"), "s>r r>z")
    w = world(diagram).start(list=[1, 2, 3]).complete("r").complete("r")
    w.return_to("r", "r", nth=0)
    assert w.variables[w.open("r")[0]]["item"] == 1


def test_a_fault_on_the_way_back_does_not_lose_the_way() -> None:
    listener = event_sub("h", start("hs", timer("=d")) + end("he"), "hs>he")
    body = sub("m", start("s2") + user("u") + user("v") + listener + end("e2"), "s2>u u>v v>e2")
    w = world(bpmn(start() + body + user("z") + end(), "s>m m>z z>e")).start(d="PT1H")
    w.complete("u").complete("v").set(d="nonsense")
    w.return_to("z", "v")
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    w.set(d="PT2H").retry()
    assert w.at == ["v"]
    assert w.complete("v").complete("z").state is DONE
