"""Administrators take running cases to another version of their process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from engine.model.actor import SYSTEM
from engine.model.errors import CannotMigrate, InvalidInput
from engine.model.states import InstanceState
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.migration_report import migration_report
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.sweep import sweep
from engine.service.publishing.deploy import Resource, deploy
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.return_to_node import return_to_node
from engine.service.tasks.task_page import task_page
from engine.service.tasks.update_task import update_task
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.administration.line_cases import (
    CLERK,
    FORK,
    at,
    begin,
    done,
    latest,
    line,
    sound,
    task_of,
)
from tests.service.diagrams import flow, user_task
from tests.world import World


def test_an_open_task_goes_on_in_the_new_version(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "c"))
    task = task_of(app, world, "a")
    claim_task(app, world.lisi, key=task)
    due = app.now() + timedelta(days=9)
    update_task(app, world.guanli, key=task, due_at=due, priority=77)
    diagrams.put(app, line("a", "b", "c"))
    moved = migrate_case(
        app, world.guanli, key=case, definition_key=latest(app, world, "line"), reason="新规定"
    )
    assert moved.version == 2
    (open_task,) = (t for t in inbox(app, world.lisi).items if t.instance_key == case)
    assert (open_task.key, open_task.assignee) == (task, "lisi")
    assert (open_task.due_at, open_task.priority) == (due, 77)
    sound(app, world, case)
    done(app, world, "a", "b", "c")
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED
    sound(app, world, case)


def test_elements_are_mapped_and_the_past_goes_with_them(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "b"))
    done(app, world, "a")
    diagrams.put(app, line("x", "y", "z"))
    target = latest(app, world, "line")
    with pytest.raises(CannotMigrate) as refused:
        migrate_case(app, world.guanli, key=case, definition_key=target, reason="改")
    assert [p.rule for p in refused.value.problems] == ["element-missing"]
    assert "环节b" in refused.value.message
    sound(app, world, case)

    migrate_case(
        app,
        world.guanli,
        key=case,
        definition_key=target,
        mapping={"a": "x", "b": "y"},
        reason="改",
    )
    assert at(app, world, case) == ["y"]
    (open_task,) = (t for t in inbox(app, world.lisi).items if t.instance_key == case)
    assert (open_task.element_id, open_task.name) == ("y", "环节y")
    sound(app, world, case)
    done(app, world, "y", "z")
    sound(app, world, case)


def test_there_is_no_return_to_what_the_new_version_no_longer_has(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "b", "c"))
    done(app, world, "a", "b")
    diagrams.put(app, line("b", "c"))
    migrate_case(
        app, world.guanli, key=case, definition_key=latest(app, world, "line"), reason="改"
    )
    task = task_of(app, world, "c")
    claim_task(app, world.lisi, key=task)
    shown = task_page(app, world.lisi, key=task).return_targets
    assert [target.element_id for target in shown] == ["b"]
    with pytest.raises(InvalidInput):
        return_to_node(app, world.lisi, key=task, target="a", reason="退")
    return_to_node(app, world.lisi, key=task, target="b", reason="退")
    assert at(app, world, case) == ["b"]
    sound(app, world, case)


@pytest.mark.parametrize(
    ("mapping", "rule"),
    [
        ({"nope": "x"}, "mapping-unknown"),
        ({"a": "nope"}, "mapping-unknown"),
        ({"a": "end"}, "mapping-type"),
    ],
)
def test_mappings_are_checked(
    app: App, world: World, mapping: Mapping[str, str], rule: str
) -> None:
    case = begin(app, world, "line", line("a"))
    diagrams.put(app, line("x"))
    with pytest.raises(InvalidInput) as refused:
        migrate_case(
            app,
            world.guanli,
            key=case,
            definition_key=latest(app, world, "line"),
            mapping=mapping,
            reason="改",
        )
    assert [p.rule for p in refused.value.problems] == [rule]


def test_another_process_is_no_version_of_it(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a"))
    diagrams.put(app, FORK)
    with pytest.raises(InvalidInput):
        migrate_case(
            app, world.guanli, key=case, definition_key=latest(app, world, "fork"), reason="改"
        )


def timed(event: str) -> bytes:
    return diagrams.process(
        "timed",
        diagrams.start(),
        user_task("a", "办理", groups=CLERK),
        f'<bpmn:boundaryEvent id="{event}" name="超期" attachedToRef="a"><bpmn:timerEventDefinition>'
        '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">P3D</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:boundaryEvent>",
        user_task("late", "催办", groups=CLERK),
        diagrams.end(),
        flow("start", "a"),
        flow("a", "end"),
        flow(event, "late"),
        flow("late", "end"),
    )


def test_timers_keep_what_is_due_under_their_new_name(
    app: App, world: World, clock: SettableClock
) -> None:
    case = begin(app, world, "timed", timed("t1"))
    clock.advance(timedelta(days=2))
    diagrams.put(app, timed("t2"))
    target = latest(app, world, "timed")
    shown = migration_report(app, world.guanli, keys=[case], definition_key=target)
    assert [(lost.name, count) for lost, count in shown.lost] == [("超期", 1)]
    migrate_case(
        app, world.guanli, key=case, definition_key=target, mapping={"t1": "t2"}, reason="改"
    )
    clock.advance(timedelta(hours=23))
    sweep(app)
    assert at(app, world, case) == ["a"]
    clock.advance(timedelta(hours=2))
    sweep(app)
    assert at(app, world, case) == ["late"]
    sound(app, world, case)


def test_the_report_counts_cases_by_what_is_wrong(app: App, world: World) -> None:
    diagrams.put(app, line("a", "b"))
    cases = [
        start_case(app, world.zhangsan, process_id="line", submission={}).key for _ in range(3)
    ]
    task = next(t.key for t in inbox(app, world.lisi).items if t.instance_key == cases[0])
    complete_task(app, world.lisi, key=task, submission={})
    diagrams.put(app, line("a", "c"))
    target = latest(app, world, "line")
    shown = migration_report(app, world.guanli, keys=cases, definition_key=target)
    assert (shown.total, shown.possible, shown.impossible) == (3, 2, 1)
    assert [(p.rule, p.element_id, n) for p, n in shown.problems] == [("element-missing", "b", 1)]
    assert [(at.source, at.target, at.count) for at in shown.lines] == [("a", "a", 2), ("b", "", 1)]
    assert shown.cases[0].key == cases[0]
    mended = migration_report(
        app, world.guanli, keys=cases, definition_key=target, mapping={"b": "c"}
    )
    assert mended.impossible == 0
    for case in cases:
        sound(app, world, case)


FORM = (
    b'{"id": "opinion", "type": "default", "schemaVersion": 18, "components": '
    b'[{"type": "textfield", "id": "o", "key": "said", "label": "o"}]}'
)


def asking(**more: str) -> bytes:
    return diagrams.process(
        "asking",
        diagrams.start(),
        user_task("a", "办理", groups=CLERK, **more),
        diagrams.end(),
        flow("start", "a"),
        flow("a", "end"),
    )


def test_an_open_task_takes_over_the_new_form_and_what_its_outcome_is(
    app: App, world: World
) -> None:
    case = begin(app, world, "asking", asking(outcome="old"))
    deploy(app, SYSTEM, resources=[Resource(name="opinion.form", content=FORM)])
    diagrams.put(app, asking(form="opinion", outcome="said"))
    target = latest(app, world, "asking")
    migrate_case(app, world.guanli, key=case, definition_key=target, reason="改")
    (task,) = inbox(app, world.lisi).items
    assert task.form_id == "opinion"
    assert task.form_key is not None
    complete_task(app, world.lisi, key=task.key, submission={"said": "同意"})
    with app.database.unit_of_work() as work:
        (row,) = work.hot(
            "select outcome from user_task where instance_key = %s", [case]
        ).fetchall()
    assert row[0] == "同意"
    sound(app, world, case)
