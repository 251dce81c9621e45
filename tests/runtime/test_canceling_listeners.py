"""``canceling`` task listeners: whatever takes a task away waits until they are done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.model.commands import Activation, CompleteListener, Modify
from engine.model.errors import Conflict
from engine.model.states import InstanceState
from tests.runtime.diagram import (
    boundary,
    bpmn,
    call,
    catch,
    end,
    gateway,
    many,
    on,
    service,
    start,
    sub,
    timer,
    user,
)
from tests.runtime.test_listeners import of_task, one
from tests.runtime.test_migrating import moved
from tests.runtime.world import INSTANCE, World, world

HOUR = timer("PT1H")


def heard(name: str, *more: str) -> str:
    return user(name, of_task("canceling:c", *more))


def interrupted() -> World:
    return world(
        bpmn(
            start() + heard("a", "canceling:d") + boundary("b", "a", HOUR) + user("z") + end(),
            "s>a a>e b>z z>e",
        )
    ).start()


def test_a_boundary_event_goes_on_when_the_last_listener_is_done() -> None:
    w = interrupted().fire("b", why="late")
    assert w.waits_for_listeners
    assert w.listening == ["c/CANCELING"]
    assert (list(w.tasks), w.trace) == ([], ["s", "a"])
    w.listened("c")
    assert w.listening == ["d/CANCELING"]
    w.listened("d")
    assert (w.at, w.trace) == (["z"], ["s", "a", "b", "z"])
    assert not w.waits_for_listeners
    assert w.root["why"] == "late"
    assert w.complete("z").state is InstanceState.COMPLETED


def test_a_completed_task_was_not_taken_away() -> None:
    w = interrupted().complete("a")
    assert not w.jobs
    assert w.state is InstanceState.COMPLETED


def event_subprocess() -> World:
    inner = sub("v", start("t", HOUR) + user("z") + end("f"), "t>z z>f", triggeredByEvent="true")
    return world(bpmn(start() + heard("a") + end() + inner, "s>a a>e")).start()


def terminate_end() -> World:
    return world(
        bpmn(
            start()
            + gateway("parallel", "g")
            + heard("a")
            + user("o")
            + end("k", on("terminate"))
            + end(),
            "s>g g>a g>o o>k a>e",
        )
    ).start()


def in_subprocess() -> World:
    inner = sub("m", start("s2") + heard("a") + end("e2"), "s2>a a>e2")
    return world(bpmn(start() + inner + boundary("b", "m", HOUR) + end(), "s>m m>e b>e")).start()


def in_called() -> World:
    called = bpmn(start() + heard("a") + end(), "s>a a>e", name="q")
    outer = bpmn(start() + call("k", "q") + boundary("b", "k", HOUR) + end(), "s>k k>e b>e")
    return world(outer, called).start()


def multiple() -> World:
    body = many("list", condition="numberOfCompletedInstances = 1")
    return one(user("a", of_task("canceling:c"), body)).start(list=[1, 2])


def by_error() -> World:
    inner = sub(
        "m",
        start("s2")
        + gateway("parallel", "g")
        + heard("a")
        + user("o")
        + end("x", on("error", "E"))
        + end("e2"),
        "s2>g g>a g>o o>x a>e2",
    )
    return world(
        bpmn(
            start() + inner + boundary("b", "m", on("error", "E")) + end(),
            "s>m m>e b>e",
            roots='<error id="E" errorCode="E" />',
        )
    ).start()


WAYS: dict[str, tuple[Callable[[], World], Callable[[World], object]]] = {
    "event subprocess": (event_subprocess, lambda w: w.fire("t")),
    "terminate end": (terminate_end, lambda w: w.complete("o", x=1)),
    "subprocess": (in_subprocess, lambda w: w.fire("b")),
    "called process": (in_called, lambda w: w.fire("b")),
    "enough of several": (multiple, lambda w: w.complete("a")),
    "error": (by_error, lambda w: w.complete("o")),
    "the whole case": (in_called, lambda w: w.terminate()),
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_takes_a_task_away_waits_and_then_does_it(way: str) -> None:
    begin, act = WAYS[way]
    w = begin()
    act(w)
    assert w.listening == ["c/CANCELING"]
    assert w.state is InstanceState.ACTIVE
    held = w.held
    assert len(held) == 1
    w.listened("c")
    assert (w.held, w.jobs) == ({}, {})
    if way == "event subprocess":
        assert w.at == ["z"]
        w.complete("z")
    ended = InstanceState.TERMINATED if way == "the whole case" else InstanceState.COMPLETED
    assert w.state is ended


def test_several_tasks_are_asked_about_at_once_and_all_waited_for() -> None:
    w = world(
        bpmn(
            start() + gateway("parallel", "g") + heard("a") + heard("b") + end() + end("e2"),
            "s>g g>a g>b a>e b>e2",
        )
    )
    w.start().terminate()
    assert w.listening == ["c/CANCELING", "c/CANCELING"]
    w.listened("c")
    assert w.state is InstanceState.ACTIVE
    w.listened("c")
    assert w.state is InstanceState.TERMINATED


def branches() -> World:
    """A task with a listener and a deadline, beside another task and a job."""
    inner = sub(
        "m",
        start("s2")
        + gateway("parallel", "g")
        + heard("a")
        + service("j", "pay")
        + end("e2")
        + end("e3"),
        "s2>g g>a g>j a>e2 j>e3",
    )
    return world(
        bpmn(
            start()
            + gateway("parallel", "f")
            + inner
            + boundary("b", "m", HOUR)
            + user("o")
            + end()
            + end("e4"),
            "s>f f>m f>o m>e b>e o>e4",
        )
    ).start()


def test_meanwhile_the_case_does_nothing_else_but_can_be_ended() -> None:
    w = branches().fire("b")
    other = w.open("o")[0]
    for refused in (
        lambda: w.complete("o"),
        lambda: w.set(x=1),
        lambda: w.modify(Modify(activate=(Activation(element_id="o"),))),
    ):
        with pytest.raises(Conflict, match="终止此事项"):
            refused()
    w.tasks[other] = w.done.pop(other)
    w.terminate()
    assert w.listening == ["c/CANCELING"]
    w.listened("c")
    assert w.state is InstanceState.TERMINATED


def test_jobs_that_go_too_are_taken_back_at_once() -> None:
    w = branches()
    assert [j.type for j in w.jobs.values()] == ["pay"]
    w.fire("b")
    assert w.listening == ["c/CANCELING"]
    assert len(w.jobs) == 1
    w.listened("c")
    assert w.at == ["o"]
    assert w.complete("o").state is InstanceState.COMPLETED


def test_the_command_is_carried_out_at_the_moment_it_was_given() -> None:
    w = world(
        bpmn(
            start()
            + heard("a")
            + boundary("b", "a", HOUR)
            + catch("t", timer("=string(now())", kind="timeDate"))
            + end(),
            "s>a a>e b>t t>e",
        )
    ).start()
    w.fire("b")
    at = w.now
    w.now = at.replace(year=2027)
    w.listened("c")
    assert [t.due_at for t in w.timers.values()] == [at]


def test_what_is_asked_about_a_task_is_dropped_when_it_is_taken_away() -> None:
    element = user("a", of_task("completing:m", "canceling:c"))
    w = world(bpmn(start() + element + boundary("b", "a", HOUR) + end(), "s>a a>e b>e")).start()
    w.complete("a", x=1)
    assert w.listening == ["m/COMPLETING"]
    w.fire("b")
    assert w.listening == ["c/CANCELING"]
    w.listened("c")
    assert "x" not in w.root
    assert w.state is InstanceState.COMPLETED


def test_a_listener_that_cannot_be_asked_is_an_incident() -> None:
    w = one(user("a", of_task("canceling:c", "canceling:=second"))).start()
    w.terminate().listened("c")
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    w.variables[INSTANCE] = {"second": "d"}
    w.retry()
    assert w.listening == ["c/CANCELING"]
    w.listened("c").listened("d")
    assert w.state is InstanceState.TERMINATED


def test_they_neither_deny_nor_correct() -> None:
    w = one(heard("a")).start().terminate()
    (job,) = w.jobs.values()
    for wrong in ({"denied": True}, {"corrections_priority": 1}, {"x": 1}):
        with pytest.raises(Conflict):
            w.listened("c", **wrong)  # type: ignore[arg-type]
        w.jobs[job.key] = job
    w.listened("c")
    with pytest.raises(Conflict):
        w.do(CompleteListener(element_key=job.element_key or job.key, job_key=job.key))


def test_a_return_waits_too() -> None:
    w = world(bpmn(start() + user("a") + heard("b") + end(), "s>a a>b b>e")).start()
    w.complete("a").return_to("b", "a")
    assert w.listening == ["c/CANCELING"]
    w.listened("c")
    assert w.at == ["a"]
    assert w.complete("a").at == ["b"]


def test_modification_asks_nobody() -> None:
    w = world(bpmn(start() + heard("a") + user("z") + end(), "s>a a>z z>e")).start()
    w.modify(Modify(terminate=(w.open("a")[0],), activate=(Activation(element_id="z"),)))
    assert (w.at, w.jobs) == (["z"], {})


def test_a_task_that_was_not_shown_yet_is_not_asked_about() -> None:
    element = user("a", of_task("creating:n", "canceling:c"))
    w = world(bpmn(start() + element + boundary("b", "a", HOUR) + end(), "s>a a>e b>e")).start()
    assert w.fire("b").state is InstanceState.COMPLETED


def test_a_case_that_waits_for_listeners_is_not_migrated() -> None:
    w = interrupted().fire("b")
    xml = bpmn(
        start() + heard("a", "canceling:d") + boundary("b", "a", HOUR) + user("z") + end(),
        "s>a a>e b>z z>e",
    )
    found = moved(w, xml)
    assert [p.rule for p in found.problems] == ["canceling"]
    assert not found.possible
    w.listened("c").listened("d")
    assert moved(w, xml).possible


def test_what_is_not_taken_away_after_all_is_as_it_was() -> None:
    """given data that changed by itself meanwhile, then task and job are open again."""
    w = world(
        bpmn(
            start()
            + gateway("parallel", "g")
            + heard("a")
            + service("j", "pay")
            + user("o")
            + gateway("exclusive", "x", "x_e")
            + end("k", on("terminate"))
            + end(),
            "s>g g>a g>j g>o o>x x>k:enough x>e a>e j>e",
        )
    ).start(enough=True)
    w.complete("o")
    assert w.at == ["a"]
    w.variables[INSTANCE]["enough"] = False
    w.listened("c")
    assert w.denials == ["canceling: "]
    assert w.at == ["a", "j"]
    w.complete("j")
    assert w.complete("a").state is InstanceState.COMPLETED
