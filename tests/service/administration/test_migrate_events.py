"""A migrated case waits for what the new version adds: timers, messages, after a restart, too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine import bootstrap
from engine.model.actor import SYSTEM
from engine.model.clock import StopKind
from engine.model.errors import CannotMigrate
from engine.model.keys import Key, part
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.migration_report import migration_report
from engine.service.administration.suspend_case import resume_case, suspend_case
from engine.service.app import App
from engine.service.clock.stop_clock import resume_clock, stop_clock
from engine.service.exchange.publish_message import correlate_message, publish_message
from engine.service.exchange.sweep import run_waiting_jobs, sweep
from engine.service.exchange.work_jobs import activate_jobs, fail_job
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.administration.line_cases import CLERK, at, begin, done, latest, sound
from tests.service.diagrams import flow, user_task
from tests.world import World

TIMER = (
    '<bpmn:timerEventDefinition><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P3D'
    "</bpmn:timeDuration></bpmn:timerEventDefinition>"
)
MESSAGE = '<bpmn:messageEventDefinition messageRef="m"/>'
ROOTS = (
    '<bpmn:message id="m" name="催办"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=n"/></bpmn:extensionElements></bpmn:message>'
)


def hung(identifier: str, event: str, *, interrupting: bool = True) -> str:
    return (
        f'<bpmn:boundaryEvent id="{identifier}" name="超期{identifier}" attachedToRef="a" '
        f'cancelActivity="{str(interrupting).lower()}">{event}</bpmn:boundaryEvent>'
    )


def listening(event: str) -> str:
    return (
        '<bpmn:subProcess id="sub" triggeredByEvent="true">'
        f'<bpmn:startEvent id="caught" name="来件" isInterrupting="true">{event}</bpmn:startEvent>'
        f"{user_task('inside', '处理', groups=CLERK)}"
        f'<bpmn:endEvent id="over"/>{flow("caught", "inside")}{flow("inside", "over")}'
        "</bpmn:subProcess>"
    )


def version(*events: str, more: str = "") -> bytes:
    ids = [event.split('"')[1] for event in events]
    return diagrams.process(
        "waits",
        diagrams.start(),
        user_task("a", "办理", groups=CLERK),
        *events,
        user_task("late", "催办", groups=CLERK),
        diagrams.end(),
        flow("start", "a"),
        flow("a", "end"),
        *(flow(event, "late") for event in ids),
        flow("late", "end"),
        more,
        extra=ROOTS,
    )


def waits(app: App, case: Key) -> list[tuple[Any, ...]]:
    """Kind, event and time or correlation key of all that the case waits for."""
    with app.database.unit_of_work() as work:
        return work.hot(
            """select 'timer', event_id, due_at::text from timer where instance_key = %(case)s
               union all select kind, event_id, correlation_key from subscription
               where instance_key = %(case)s order by 1, 2""",
            {"case": case},
        ).fetchall()


def require_own_keys(app: App, case: Key) -> None:
    """The next part of the case gets a key that none has yet."""
    with app.database.unit_of_work() as work:
        row = work.hot(
            """select counter, (select max(key) from timer where instance_key = %(case)s)
               from instance where key = %(case)s""",
            {"case": case},
        ).fetchone()
    assert row is not None
    assert part(case, row[0]) >= row[1]


def to_latest(app: App, world: World, case: Key) -> None:
    target = latest(app, world, "waits")
    migrate_case(app, world.guanli, key=case, definition_key=target, reason="补上催办")


def test_an_added_timer_counts_from_the_migration(
    app: App, world: World, clock: SettableClock
) -> None:
    case = begin(app, world, "waits", version())
    clock.advance(timedelta(days=2))
    diagrams.put(app, version(hung("t", TIMER)))
    target = latest(app, world, "waits")
    shown = migration_report(app, world.guanli, keys=[case], definition_key=target)
    assert [(e.element_id, e.name, n) for e, n in shown.added] == [("t", "超期t", 1)]
    assert [e.element_id for e in shown.cases[0].added] == ["t"]
    assert waits(app, case) == [], "a dry run writes nothing"
    to_latest(app, world, case)
    sound(app, world, case)
    require_own_keys(app, case)
    app = bootstrap.build(app.settings, database=app.database, clock=clock)  # started anew
    clock.advance(timedelta(days=2, hours=23))
    sweep(app)
    assert at(app, world, case) == ["a"]
    clock.advance(timedelta(hours=2))
    sweep(app)
    assert at(app, world, case) == ["late"]
    assert waits(app, case) == []
    sound(app, world, case)
    done(app, world, "late")
    sound(app, world, case)


def test_an_added_message_comes_by_its_key(app: App, world: World) -> None:
    case = begin(app, world, "waits", version())
    diagrams.put(app, version(hung("m1", MESSAGE, interrupting=False)))
    to_latest(app, world, case)
    assert waits(app, case) == [("message", "m1", "1")]
    correlate_message(app, world.guanli, name="催办", correlation_key="1")
    assert at(app, world, case) == ["a", "late"]
    assert waits(app, case) == [("message", "m1", "1")], "it does not interrupt, and goes on"
    sound(app, world, case)


def test_a_message_that_is_kept_comes_at_the_migration(app: App, world: World) -> None:
    case = begin(app, world, "waits", version())
    publish_message(app, world.guanli, name="催办", correlation_key="1", ttl=timedelta(hours=1))
    sweep(app)  # nobody waits for it yet
    diagrams.put(app, version(hung("m1", MESSAGE)))
    to_latest(app, world, case)
    run_waiting_jobs(app, limit=10)
    sweep(app)
    assert at(app, world, case) == ["late"]
    sound(app, world, case)


def test_an_added_event_subprocess_listens(app: App, world: World) -> None:
    case = begin(app, world, "waits", version())
    diagrams.put(app, version(more=listening(MESSAGE)))
    to_latest(app, world, case)
    assert waits(app, case) == [("message", "caught", "1")]
    correlate_message(app, world.guanli, name="催办", correlation_key="1")
    assert at(app, world, case) == ["inside", "sub"]
    sound(app, world, case)


def test_what_is_added_takes_the_id_of_what_was_renamed(
    app: App, world: World, clock: SettableClock
) -> None:
    """The old timer ``t`` goes on as ``u``; the new ``t`` is another one."""
    case = begin(app, world, "waits", version(hung("t", TIMER)))
    (old,) = waits(app, case)
    clock.advance(timedelta(days=1))
    diagrams.put(app, version(hung("u", TIMER), hung("t", MESSAGE)))
    target = latest(app, world, "waits")
    migrate_case(
        app, world.guanli, key=case, definition_key=target, mapping={"t": "u"}, reason="改"
    )
    assert waits(app, case) == [("message", "t", "1"), ("timer", "u", old[2])]
    sound(app, world, case)


def test_a_suspended_case_waits_once_it_goes_on(
    app: App, world: World, clock: SettableClock
) -> None:
    case = begin(app, world, "waits", version())
    suspend_case(app, world.guanli, key=case, reason="停")
    diagrams.put(app, version(hung("t", TIMER)))
    to_latest(app, world, case)
    clock.advance(timedelta(days=4))
    sweep(app)
    assert at(app, world, case) == ["a"]
    resume_case(app, world.guanli, key=case, reason="续")
    sweep(app)
    assert at(app, world, case) == ["late"]
    sound(app, world, case)


def test_an_expression_without_a_value_forbids_it(app: App, world: World) -> None:
    case = begin(app, world, "waits", version())
    wrong = version(hung("m1", MESSAGE)).replace(
        b'correlationKey="=n"', b'correlationKey="=nobody"'
    )
    diagrams.put(app, wrong)
    target = latest(app, world, "waits")
    shown = migration_report(app, world.guanli, keys=[case], definition_key=target)
    assert [(p.rule, p.element_id) for p, _ in shown.problems] == [("event-added", "m1")]
    with pytest.raises(CannotMigrate):
        to_latest(app, world, case)
    assert waits(app, case) == []
    sound(app, world, case)


def named(service: str, message: str) -> bytes:
    """A system task that a message may interrupt."""
    return diagrams.process(
        "waits",
        diagrams.start(),
        f'<bpmn:serviceTask id="{service}" name="系统">'
        + diagrams.extension('<zeebe:taskDefinition type="work" retries="1"/>')
        + "</bpmn:serviceTask>",
        f'<bpmn:boundaryEvent id="{message}" attachedToRef="{service}">{MESSAGE}</bpmn:boundaryEvent>',
        user_task("late", "催办", groups=CLERK),
        diagrams.end(),
        flow("start", service),
        flow(service, "end"),
        flow(message, "late"),
        flow("late", "end"),
        extra=ROOTS,
    )


@pytest.mark.parametrize("failed", [False, True])
def test_jobs_incidents_and_subscriptions_go_by_the_new_names(
    app: App, world: World, failed: bool
) -> None:
    case = begin(app, world, "waits", named("a", "m1"))
    if failed:
        (job,) = activate_jobs(
            app, SYSTEM, type="work", worker="w", max_jobs=1, timeout=timedelta(hours=1)
        )
        fail_job(app, SYSTEM, key=job.key, retries=0, message="坏了")
    diagrams.put(app, named("b", "m2"))
    target = latest(app, world, "waits")
    mapping = {"a": "b", "m1": "m2"}
    migrate_case(app, world.guanli, key=case, definition_key=target, mapping=mapping, reason="改")
    assert waits(app, case) == [("message", "m2", "1")]
    with app.database.unit_of_work() as work:
        jobs = work.hot("select element_id from job where instance_key = %s", [case]).fetchall()
        troubles = work.hot(
            "select element_id from incident where instance_key = %s", [case]
        ).fetchall()
    assert [row[0] for row in jobs] == ["b"]
    assert [row[0] for row in troubles] == (["b"] if failed else [])
    sound(app, world, case)
    correlate_message(app, world.guanli, name="催办", correlation_key="1")
    assert at(app, world, case) == ["late"]
    sound(app, world, case)


def test_a_statutory_timer_that_is_added_while_the_clock_stands_still_waits_with_it(
    app: App, world: World, clock: SettableClock
) -> None:
    case = begin(app, world, "waits", version())
    stop_clock(app, world.guanli, key=case, kind=StopKind.SUPPLEMENT, reason="补正")
    marked = hung("t", diagrams.extension(diagrams.properties(statutory="true")) + TIMER)
    diagrams.put(app, version(marked))
    to_latest(app, world, case)
    clock.advance(timedelta(days=30))
    sweep(app)
    assert at(app, world, case) == ["a"], "it does not fire while the clock stands still"
    resume_clock(app, world.guanli, key=case, reason="补齐")
    clock.advance(timedelta(days=30))
    sweep(app)
    assert at(app, world, case) == ["late"]
    sound(app, world, case)
