"""Task listeners that change what is there: assigning, updating, completing with corrections."""

from __future__ import annotations

import pytest

from engine.model.commands import ThrowError
from engine.model.errors import Conflict
from engine.model.states import InstanceState
from tests.runtime.diagram import boundary, bpmn, end, many, start, sub, timer, user
from tests.runtime.test_listeners import of_task, one
from tests.runtime.world import World, world

ASSIGNED = '<zeebe:assignmentDefinition assignee="=who" />'


def headers(w: World) -> dict[str, str]:
    """What the listener at work is told, without the common beginning of the names."""
    (job,) = (j for j in w.jobs.values() if j.element_key)
    return {n.removeprefix("io.camunda.zeebe:"): v for n, v in job.headers.items()}


def test_assigning_listeners_are_asked_in_order_and_see_what_it_comes_to() -> None:
    w = one(user("a", of_task("assigning:c", "assigning:d"))).start()
    assert w.at == ["a"]
    w.ask("a", "assigning", before={"priority": 50, "assignee": None}, assignee="li")
    assert not w.tasks
    assert w.listening == ["c/ASSIGNING"]
    told = headers(w)
    assert (told["assignee"], told["action"], told["priority"]) == ("li", "assigning", "50")
    assert told["changedAttributes"] == '["assignee"]'
    w.listened("c", corrections_priority=80)
    assert headers(w)["changedAttributes"] == '["assignee","priority"]'
    w.listened("d", corrections_priority=50, corrections_assignee="wang")
    (changed,) = w.changed
    assert changed.changes == {"assignee": "wang", "priority": 50}
    assert changed.kept == {"by": "somebody"}
    w.complete("a")
    assert w.state is InstanceState.COMPLETED


def test_what_is_denied_leaves_the_task_and_can_be_asked_for_again() -> None:
    w = one(user("a", of_task("updating:c", "updating:d"))).start()
    w.ask("a", "updating", priority=90).listened("c", corrections_priority=91)
    w.listened("d", denied=True, reason="太高")
    assert w.denials == ["updating: 太高"]
    assert w.changed == []
    w.ask("a", "updating", priority=60)
    assert headers(w)["priority"] == "60"
    w.listened("c").listened("d")
    assert w.changed[0].changes == {"priority": 60}


def test_a_change_without_listeners_is_done_at_once() -> None:
    w = one(user("a", of_task("updating:c"))).start()
    w.ask("a", "assigning", assignee="li")
    assert w.changed[0].changes == {"assignee": "li"}
    assert w.at == ["a"]


def test_nothing_else_is_done_with_a_task_that_is_asked_about() -> None:
    w = one(user("a", of_task("assigning:c"))).start()
    key = w.open("a")[0]
    w.ask("a", "assigning", assignee="li")
    w.tasks[key] = w.held[key]
    for again in (
        lambda: w.ask("a", "assigning", assignee="wang"),
        lambda: w.complete("a"),
        lambda: w.do(ThrowError(element_key=key, code="X")),
    ):
        with pytest.raises(Conflict):
            again()


def test_the_assignee_of_the_diagram_is_asked_about_before_the_task_opens() -> None:
    w = one(user("a", ASSIGNED + of_task("creating:n", "assigning:c", "assigning:d")))
    w.start(who="li").listened("n", corrections_priority=70)
    assert not w.tasks
    assert w.listening == ["c/ASSIGNING"]
    assert (headers(w)["assignee"], headers(w)["priority"]) == ("li", "70")
    w.listened("c", corrections_assignee="wang")
    assert headers(w)["assignee"] == "wang"
    w.listened("d")
    (task,) = w.tasks.values()
    assert (task.assignee, task.priority) == ("wang", 70)


def test_denied_the_task_opens_without_the_assignee() -> None:
    w = one(user("a", ASSIGNED + of_task("assigning:c", "assigning:d"))).start(who="li")
    w.listened("c", corrections_priority=90).listened("d", denied=True)
    (task,) = w.tasks.values()
    assert (task.assignee, task.priority) == (None, 50)


def test_nobody_in_the_diagram_is_nothing_to_be_asked_about() -> None:
    w = one(user("a", ASSIGNED + of_task("assigning:c"))).start(who=None)
    assert not w.jobs
    assert w.tasks


def test_a_creating_listener_does_not_correct_the_assignee_of_the_diagram() -> None:
    w = one(user("a", ASSIGNED + of_task("creating:n"))).start(who="li")
    with pytest.raises(Conflict, match="assigning"):
        w.listened("n", corrections_assignee="wang")


def test_completing_listeners_correct_the_completed_task() -> None:
    w = one(user("a", of_task("completing:c", "completing:d"))).start()
    w.complete("a", x=1)
    w.listened("c", corrections_dueDate="2026-09-30", corrections_priority=10)
    assert headers(w)["dueDate"].startswith("2026-09-30T15:59:59")
    w.listened("d", corrections_dueDate="")
    assert w.corrections == {"dueDate": "", "priority": 10}
    assert w.root["x"] == 1


def test_corrections_are_dropped_with_what_is_denied() -> None:
    w = one(user("a", of_task("completing:c", "completing:d"))).start()
    w.complete("a").listened("c", corrections_priority=10).listened("d", denied=True)
    w.complete("a").listened("c").listened("d")
    assert w.corrections == {}


def test_a_date_that_is_none_is_refused_and_may_be_given_anew() -> None:
    w = one(user("a", of_task("updating:c"))).start().ask("a", "updating", priority=1)
    (job,) = w.jobs.values()
    with pytest.raises(Conflict):
        w.listened("c", corrections_dueDate="someday")
    w.jobs[job.key] = job
    w.listened("c", corrections_dueDate="2026-09-30T10:00:00+08:00")
    assert w.changed[0].changes["dueDate"] == "2026-09-30T02:00:00+00:00"


@pytest.mark.parametrize("event", ["assigning", "updating", "completing"])
def test_a_listener_that_cannot_be_asked_is_an_incident_and_all_are_asked_again(
    event: str,
) -> None:
    w = one(user("a", of_task(f"{event}:c", f"{event}:=second"))).start()
    if event == "completing":
        w.complete("a", x=1)
    else:
        w.ask("a", event, priority=7)
    w.listened("c", corrections_followUpDate="2026-09-30")
    assert w.faults == ["EXTRACT_VALUE_ERROR"]
    w.set(second="d").retry()
    assert [j.split("/")[0] for j in w.listening] == ["c"]
    w.listened("c").listened("d")
    if event == "completing":
        assert (w.root["x"], w.corrections) == (1, {})
    else:
        assert w.changed[0].changes == {"priority": 7}
        w.complete("a")
    assert w.state is InstanceState.COMPLETED


def test_a_first_listener_that_cannot_be_asked_is_told_at_once() -> None:
    w = one(user("a", of_task("assigning:=who"))).start()
    with pytest.raises(Conflict, match="监听器"):
        w.ask("a", "assigning", assignee="li")
    assert w.at == ["a"]


@pytest.mark.parametrize("stands", [False, True])
@pytest.mark.parametrize("event", ["assigning", "completing"])
def test_what_is_asked_about_can_be_taken_away(event: str, stands: bool) -> None:
    element = user("a", of_task(f"{event}:c", f"{event}:=second"))
    w = world(
        bpmn(start() + element + boundary("b", "a", timer("PT1H")) + end(), "s>a a>e b>e")
    ).start()
    if event == "completing":
        w.complete("a")
    else:
        w.ask("a", event, assignee="li")
    if stands:
        w.listened("c")
        assert w.faults
    w.fire("b")
    assert (w.held, w.jobs, w.incidents) == ({}, {}, {})
    assert w.state is InstanceState.COMPLETED


def test_boundary_events_wait_once_while_listeners_are_asked() -> None:
    element = user("a", ASSIGNED + of_task("creating:n", "assigning:c"))
    w = world(
        bpmn(start() + element + boundary("b", "a", timer("PT1H")) + end(), "s>a a>e b>e")
    ).start(who="li")
    assert w.waiting == ["b"]
    w.listened("n").listened("c")
    assert w.waiting == ["b"]
    w.fire("b")
    assert w.state is InstanceState.COMPLETED


def test_instances_of_one_task_are_asked_about_apart() -> None:
    w = one(user("a", of_task("assigning:c"), many("list"))).start(list=[1, 2])
    w.ask("a", "assigning", assignee="li")
    assert len(w.tasks) == 1
    w.ask("a", "assigning", assignee="wang")
    assert w.listening == ["c/ASSIGNING", "c/ASSIGNING"]
    w.listened("c", denied=True).listened("c")
    assert [c.changes for c in w.changed] == [{"assignee": "wang"}]
    assert w.complete("a").complete("a").state is InstanceState.COMPLETED


def test_a_subprocess_takes_what_is_asked_about_along() -> None:
    inner = sub("m", start("s2") + user("a", of_task("assigning:c")) + end("e2"), "s2>a a>e2")
    w = world(bpmn(start() + inner + boundary("b", "m", timer("PT1H")) + end(), "s>m m>e b>e"))
    w.start().ask("a", "assigning", assignee="li").fire("b")
    assert not w.jobs
    assert w.state is InstanceState.COMPLETED
