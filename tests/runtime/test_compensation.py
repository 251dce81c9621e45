"""Compensation and transactions (BPMN 2.0.2 §10.7, §13.5.5)."""

from __future__ import annotations

import pytest

from engine.model.states import InstanceState
from tests.runtime.diagram import (
    boundary,
    bpmn,
    end,
    event_sub,
    gateway,
    io,
    many,
    node,
    on,
    start,
    sub,
    throw,
    user,
)
from tests.runtime.world import world

DONE = InstanceState.COMPLETED


def undoable(name: str) -> str:
    return (
        user(name)
        + boundary(f"c_{name}", name, on("compensate"))
        + user(f"undo_{name}", isForCompensation="true")
        + f'<association id="as_{name}" sourceRef="c_{name}" targetRef="undo_{name}" />'
    )


def test_handlers_run_newest_first_then_the_thrower_goes_on() -> None:
    w = world(
        bpmn(
            start()
            + undoable("a")
            + undoable("b")
            + user("n")
            + throw("t", on("compensate"))
            + user("z"),
            "s>a a>b b>n n>t t>z",
        )
    )
    w.start().complete("a").complete("b").complete("n")
    assert w.at == ["undo_b"]
    w.complete("undo_b")
    assert w.at == ["undo_a"]
    assert w.complete("undo_a").at == ["z"]


def test_only_what_was_completed_and_only_once() -> None:
    w = world(
        bpmn(
            start()
            + undoable("a")
            + throw("t", on("compensate"))
            + user("n")
            + throw("t2", on("compensate"))
            + undoable("b")
            + end(),
            "s>a a>t t>n n>t2 t2>b b>e",
        )
    )
    w.start().complete("a")
    assert w.at == ["undo_a"]
    w.complete("undo_a").complete("n")
    assert w.at == ["b"]
    assert w.complete("b").state is DONE


def test_one_activity_and_compensate_end_event() -> None:
    w = world(
        bpmn(
            start() + undoable("a") + undoable("b") + end("e", on("compensate", activityRef="a")),
            "s>a a>b b>e",
        )
    )
    w.start().complete("a").complete("b")
    assert w.at == ["undo_a"]
    assert w.complete("undo_a").state is DONE


def test_in_a_loop_each_visit_is_compensated() -> None:
    w = world(
        bpmn(
            start()
            + gateway("exclusive", "m")
            + undoable("a")
            + gateway("exclusive", "g", "g_t")
            + throw("t", on("compensate"))
            + end(),
            "s>m m>a a>g g>m:again g>t t>e",
        )
    )
    w.start(again=True).complete("a").complete("a").complete("a", again=False)
    for _ in range(3):
        assert w.at == ["undo_a"]
        w.complete("undo_a")
    assert w.state is DONE


def test_completed_subprocess_is_compensated_inside() -> None:
    body = sub("m", start("s2") + undoable("a") + undoable("b") + end("e2"), "s2>a a>b b>e2")
    w = world(
        bpmn(
            start() + body + user("n") + throw("t", on("compensate")) + user("z"), "s>m m>n n>t t>z"
        )
    )
    w.start().complete("a").complete("b").complete("n")
    assert w.at == ["undo_b"]
    assert w.complete("undo_b").at == ["undo_a"]
    assert w.complete("undo_a").at == ["z"]
    assert len(w.scopes) == 1


def test_compensation_event_subprocess() -> None:
    handler = event_sub(
        "h", start("hs", on("compensate")) + user("undo") + end("he"), "hs>undo undo>he"
    )
    body = sub("m", start("s2") + user("a") + handler + end("e2"), "s2>a a>e2")
    w = world(
        bpmn(
            start() + body + user("n") + throw("t", on("compensate")) + user("z"), "s>m m>n n>t t>z"
        )
    )
    w.start().complete("a").complete("n")
    assert w.at == ["undo"]
    assert w.complete("undo").at == ["z"]


def test_everything_in_one_step() -> None:
    """The ledger of the step itself counts too."""
    tasks = (
        node("task", "a")
        + boundary("c_a", "a", on("compensate"))
        + node("task", "undo_a", isForCompensation="true")
        + '<association id="as" sourceRef="c_a" targetRef="undo_a" />'
    )
    w = world(bpmn(start() + tasks + throw("t", on("compensate")) + end(), "s>a a>t t>e")).start()
    assert w.trace == ["s", "a", "t", "undo_a", "e"]
    assert w.state is DONE


def test_cancelled_transaction() -> None:
    body = sub(
        "m",
        start("s2")
        + undoable("a")
        + gateway("exclusive", "g", "g_e2")
        + end("e2")
        + end("x", on("cancel")),
        "s2>a a>g g>e2 g>x:no",
        kind="transaction",
    )
    diagram = bpmn(
        start() + body + boundary("b", "m", on("cancel")) + user("ok") + user("sorry"),
        "s>m m>ok b>sorry",
    )
    assert world(diagram).start().complete("a", no=False).at == ["ok"]
    w = world(diagram).start().complete("a", no=True)
    assert w.at == ["undo_a"]
    w.complete("undo_a")
    assert w.at == ["sorry"]
    assert len(w.scopes) == 1


def rounds(inner: str, *, kind: str = "mi") -> str:
    """A repeated subprocess of ``inner``, then a task, then a throw that compensates."""
    loop = {
        "mi": many("[1, 2, 3]"),
        "sequential": many("[1, 2, 3]", sequential=True),
        "loop": "<standardLoopCharacteristics loopMaximum='3' />",
    }[kind]
    return bpmn(
        start()
        + sub("m", start("s2") + inner + end("e2"), "s2>a a>e2", inner=loop)
        + user("n")
        + throw("t", on("compensate"))
        + end(),
        "s>m m>n n>t t>e",
    )


@pytest.mark.parametrize("kind", ["mi", "sequential", "loop"])
def test_each_round_of_a_repeated_subprocess_is_compensated_newest_first(kind: str) -> None:
    remember = undoable("a").replace(
        "<zeebe:userTask />", "<zeebe:userTask />" + io(in_round="=loopCounter"), 1
    )
    w = world(rounds(remember, kind=kind)).start()
    for number in (1, 2, 3):
        w.complete("a", seen=number)
    assert w.complete("n").at == ["undo_a"]
    counters = []
    while "undo_a" in w.at:
        task = next(t for t in w.tasks.values() if t.element_id == "undo_a")
        counters.append(w.variables[task.scope_key]["loopCounter"])
        w.complete("undo_a")
    assert counters == [3, 2, 1]
    assert w.state is DONE


def test_rounds_that_were_cut_off_are_not_compensated_and_none_twice() -> None:
    xml = bpmn(
        start()
        + sub(
            "m",
            start("s2") + undoable("a") + end("e2"),
            "s2>a a>e2",
            inner=many("[1, 2, 3]", condition="numberOfCompletedInstances = 2"),
        )
        + throw("t", on("compensate"))
        + user("n")
        + throw("t2", on("compensate"))
        + end(),
        "s>m m>t t>n n>t2 t2>e",
    )
    w = world(xml).start().complete("a").complete("a")
    w.complete("undo_a").complete("undo_a")
    assert w.at == ["n"]
    assert w.complete("n").state is DONE


def test_rounds_within_rounds() -> None:
    inner = sub("i", start("s3") + undoable("a") + end("e3"), "s3>a a>e3", inner=many("[1, 2]"))
    xml = bpmn(
        start()
        + sub("m", start("s2") + inner + end("e2"), "s2>i i>e2", inner=many("[1, 2]"))
        + throw("t", on("compensate"))
        + end(),
        "s>m m>t t>e",
    )
    w = world(xml).start()
    for _ in range(4):
        w.complete("a")
    for _ in range(4):
        assert w.at == ["undo_a"]
        w.complete("undo_a")
    assert w.state is DONE
