"""An incident is over when its cause is gone: what stood in it succeeds, or goes away itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from engine.model.actor import SYSTEM
from engine.model.keys import Key
from engine.model.search import Query
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.modify_case import Modification, Shift, modify_case
from engine.service.administration.resolve_incident import resolve_incident
from engine.service.administration.set_variables import set_variables
from engine.service.app import App
from engine.service.cases.end_case import cancel_case
from engine.service.exchange import sweep as sweeping
from engine.service.exchange.deliver import deliver
from engine.service.exchange.publish_message import broadcast_signal
from engine.service.exchange.sweep import fire_due_timers
from engine.service.exchange.work_jobs import activate_jobs, complete_job, fail_job, throw_job_error
from engine.service.searching import search_tasks
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.complete_task import complete_task
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.administration.line_cases import CLERK, begin, latest, sound
from tests.service.diagrams import flow, user_task
from tests.world import World, add_person

HOUR = timedelta(hours=1)


def timer(identifier: str, text: str, kind: str = "timeDuration") -> str:
    return (
        f'<bpmn:boundaryEvent id="{identifier}" attachedToRef="a" cancelActivity="false">'
        f'<bpmn:timerEventDefinition><bpmn:{kind} xsi:type="bpmn:tFormalExpression">{text}'
        f"</bpmn:{kind}></bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )


def service(kind: str) -> str:
    definition = f'<zeebe:taskDefinition type="{kind}" retries="1"/>'
    return (
        f'<bpmn:serviceTask id="a" name="系统">{diagrams.extension(definition)}</bpmn:serviceTask>'
    )


def task(**more: str) -> str:
    return user_task("a", "办理", groups=CLERK, **more)


CATCH = (
    '<bpmn:intermediateCatchEvent id="a"><bpmn:timerEventDefinition>'
    '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>'
    "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
)

#: Kind → what stands in ``a``.
TROUBLES: Mapping[str, tuple[str, ...]] = {
    "NO_ELIGIBLE_HANDLER": (user_task("a", "办理", groups="county-reviewer@kuiwen"),),
    "DEADLINE_ERROR": (task(deadline="= nothing + 1"),),
    "JOB_NO_RETRIES": (service("work"),),
    "EXTRACT_VALUE_ERROR": (service("=who"),),
    "UNHANDLED_ERROR_EVENT": (service("work"),),
    "TIMER_FAILED": (task(), timer("t", "PT1H")),
    "TIMER_FAILED of a catch event": (CATCH,),
}


def diagram(*inside: str) -> bytes:
    hung = 't"' in "".join(inside[1:])
    return diagrams.process(
        "troubled",
        diagrams.start(),
        '<bpmn:subProcess id="box"><bpmn:startEvent id="s"/>',
        *inside,
        '<bpmn:endEvent id="e"/>',
        *(('<bpmn:endEvent id="te"/>', flow("t", "te")) if hung else ()),
        flow("s", "a"),
        flow("a", "e"),
        "</bpmn:subProcess>",
        '<bpmn:boundaryEvent id="stop" attachedToRef="box"><bpmn:signalEventDefinition '
        'signalRef="g"/></bpmn:boundaryEvent>',
        user_task("last", "末", groups=CLERK),
        diagrams.end(),
        flow("start", "box"),
        flow("box", "last"),
        flow("stop", "last"),
        flow("last", "end"),
        extra='<bpmn:signal id="g" name="停办"/>',
    )


def troubled(
    app: App, world: World, clock: SettableClock, patch: pytest.MonkeyPatch, kind: str
) -> Key:
    """A case that stands in an incident of that kind."""
    case = begin(app, world, "troubled", diagram(*TROUBLES[kind]))
    if kind in {"JOB_NO_RETRIES", "UNHANDLED_ERROR_EVENT"}:
        (job,) = taken(app)
        if kind == "JOB_NO_RETRIES":
            fail_job(app, SYSTEM, key=job, retries=0, message="坏了")
        else:
            throw_job_error(app, SYSTEM, key=job, code="E1")
    if kind.startswith("TIMER_FAILED"):
        break_timers(app, clock, patch)
    assert open_kinds(app, case) == [kind.partition(" ")[0]]
    return case


def taken(app: App) -> list[Key]:
    found = activate_jobs(app, SYSTEM, type="work", worker="w", max_jobs=1, timeout=HOUR)
    return [job.key for job in found]


def break_timers(app: App, clock: SettableClock, patch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    with patch.context() as patched:
        patched.setattr(sweeping, "advance", broken)
        for _ in range(sweeping.FAILURES_TO_INCIDENT):
            clock.advance(HOUR)
            fire_due_timers(app, limit=10)


def open_kinds(app: App, case: Key) -> list[str]:
    with app.database.unit_of_work() as work:
        rows = work.hot(
            "select kind from incident where instance_key = %s and state = 'ACTIVE' order by kind",
            [case],
        ).fetchall()
    return [row[0] for row in rows]


def _signal(app: App, world: World, case: Key) -> None:
    broadcast_signal(app, world.guanli, name="停办")
    deliver(app)


def _move(source: str) -> Callable[[App, World, Key], None]:
    def moved(app: App, world: World, case: Key) -> None:
        change = Modification(move=(Shift(source=source, element_id="last"),))
        modify_case(app, world.guanli, key=case, modification=change, reason="改")

    return moved


GONE: Mapping[str, Callable[[App, World, Key], None]] = {
    "an event ends the subprocess around it": _signal,
    "the token is moved": _move("a"),
    "the subprocess around it is moved": _move("box"),
    "the case is ended": lambda app, world, case: (
        cancel_case(app, world.guanli, key=case, reason="不办了") and None
    ),
}


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("way", GONE)
def test_it_goes_with_what_stands_in_it(
    app: App,
    world: World,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    way: str,
) -> None:
    case = troubled(app, world, clock, monkeypatch, kind)
    GONE[way](app, world, case)
    assert open_kinds(app, case) == []
    sound(app, world, case)


def retried(app: App, world: World, case: Key) -> None:
    with app.database.unit_of_work() as work:
        rows = work.hot("select key from incident where instance_key = %s", [case]).fetchall()
    resolve_incident(app, world.guanli, key=Key(rows[0][0]))


def the_task(app: App, world: World) -> Key:
    (found,) = search_tasks(app, world.guanli, query=Query()).items
    return found.key


def _assigned(app: App, world: World, case: Key) -> None:
    assign_task(app, world.guanli, key=the_task(app, world), assignee="lisi")


def _completed_by_somebody_new(app: App, world: World, case: Key) -> None:
    newcomer = add_person(app, "xinren", "新人", "county-reviewer@kuiwen")
    complete_task(app, newcomer, key=the_task(app, world), submission={})


def _with_a_value(app: App, world: World, case: Key) -> None:
    set_variables(
        app, world.guanli, scope_key=case, variables={"who": "work", "nothing": 1}, reason="补"
    )
    retried(app, world, case)


def _fired(app: App, world: World, case: Key) -> None:
    app.clock.advance(HOUR)  # type: ignore[attr-defined]
    assert fire_due_timers(app, limit=10) == 1


MENDED: tuple[tuple[str, Callable[[App, World, Key], None]], ...] = (
    ("NO_ELIGIBLE_HANDLER", _assigned),
    ("NO_ELIGIBLE_HANDLER", _completed_by_somebody_new),
    ("DEADLINE_ERROR", _with_a_value),
    ("JOB_NO_RETRIES", retried),
    ("EXTRACT_VALUE_ERROR", _with_a_value),
    ("UNHANDLED_ERROR_EVENT", retried),
    ("TIMER_FAILED", _fired),
    ("TIMER_FAILED of a catch event", _fired),
)


@pytest.mark.parametrize(("kind", "mend"), MENDED)
def test_it_is_over_with_its_cause(
    app: App,
    world: World,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    mend: Callable[[App, World, Key], None],
) -> None:
    case = troubled(app, world, clock, monkeypatch, kind)
    mend(app, world, case)
    assert open_kinds(app, case) == []
    for job in taken(app):
        complete_job(app, SYSTEM, key=job)
    sound(app, world, case)


def test_a_task_that_is_done_leaves_no_incident_of_its_timers(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = troubled(app, world, clock, monkeypatch, "TIMER_FAILED")
    complete_task(app, world.lisi, key=the_task(app, world), submission={})
    assert open_kinds(app, case) == []
    sound(app, world, case)


def test_one_timer_that_fires_does_not_end_the_incident_of_another(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two that fail at one task the one that fires again is over, and a repeating one goes on."""
    both = (task(), timer("t", "R5/PT1H", "timeCycle"), timer("u", "PT1H"))
    xml = diagram(*both).replace(
        b"</bpmn:subProcess>", flow("u", "te").encode() + b"</bpmn:subProcess>"
    )
    case = begin(app, world, "troubled", xml)
    break_timers(app, clock, monkeypatch)
    assert open_kinds(app, case) == ["TIMER_FAILED"] * 2
    clock.advance(HOUR)
    assert fire_due_timers(app, limit=1) == 1
    assert open_kinds(app, case) == ["TIMER_FAILED"]
    assert fire_due_timers(app, limit=1) == 1
    assert open_kinds(app, case) == []
    sound(app, world, case)


@pytest.mark.parametrize("kept", [True, False])
def test_a_migration_takes_the_incident_of_a_timer_along(
    app: App, world: World, clock: SettableClock, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """It names the timer's event: by its new id; or it is over, where the event is no more."""
    case = troubled(app, world, clock, monkeypatch, "TIMER_FAILED")
    events = (timer("t", "PT1H"),) if kept else ()
    renamed = diagram(task(), *events).replace(b'"t"', b'"t2"').replace(b'"a"', b'"a2"')
    diagrams.put(app, renamed)
    mapping = {"a": "a2"} | ({"t": "t2"} if kept else {})
    target = latest(app, world, "troubled")
    migrate_case(app, world.guanli, key=case, definition_key=target, mapping=mapping, reason="改")
    assert open_kinds(app, case) == (["TIMER_FAILED"] if kept else [])
    if kept:
        with app.database.unit_of_work() as work:
            (row,) = work.hot("select element_id from incident").fetchall()
        assert row[0] == "t2"
        _fired(app, world, case)
        assert open_kinds(app, case) == []
    sound(app, world, case)
