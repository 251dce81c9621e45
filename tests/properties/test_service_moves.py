"""Random diagrams, moved and migrated by administrators while the clerks work: after each command
the tables agree with one another and with the journal, no join waits for ever, every case ends."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from engine.model.errors import CannotMigrate, CannotMove, InvalidInput
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.migration_report import migration_report
from engine.service.administration.modify_case import (
    Activate,
    Modification,
    Shift,
    case_positions,
    modify_case,
    preview_modification,
)
from engine.service.administration.suspend_case import resume_case, suspend_case
from engine.service.app import App
from engine.service.publishing.read_definitions import list_versions
from tests.conftest import SettableClock
from tests.properties.test_service_returns import Walk
from tests.properties.test_service_walks import diagram
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.world import World

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_REFERENCES = ("id", "sourceRef", "targetRef", "attachedToRef")
_MOST_MOVES = 5
#: What the ids of added timers begin with.
HUNG = "hung_"


def nodes_of(xml: bytes) -> list[str]:
    """The ids of all flow nodes."""
    root = etree.fromstring(xml)
    found = {e.get(name) for e in root.iter(BPMN + "sequenceFlow") for name in _REFERENCES[1:3]}
    found |= {e.get("id") for e in root.iter(BPMN + "boundaryEvent")}
    return sorted(name for name in found if name)


def edited(random: Random, xml: bytes) -> tuple[bytes, dict[str, str]]:
    """The next version: some nodes have other ids, some ways lead through one more task, at some
    tasks a timer hangs that is due in a year.

    Gives the file, and old → new id of what was renamed.
    """
    root = etree.fromstring(xml)
    chosen = random.sample(nodes_of(xml), k=min(3, len(nodes_of(xml))))
    mapping = {name: f"n_{name}" for name in chosen if random.random() < 0.6}
    for element in root.iter():
        for name in _REFERENCES:
            if element.get(name) in mapping:
                element.set(name, mapping[element.get(name)])
    flows = list(root.iter(BPMN + "sequenceFlow"))
    for number, flow in enumerate(random.sample(flows, k=random.randint(0, min(2, len(flows))))):
        _lengthen(flow, f"added{number}")
    tasks = list(root.iter(BPMN + "userTask"))
    for task in random.sample(tasks, k=random.randint(0, min(3, len(tasks)))):
        _hang(task)
    return etree.tostring(root), mapping


def _lengthen(flow: etree._Element, name: str) -> None:
    """Put a task on a flow, behind its condition."""
    around = flow.getparent()
    assert around is not None
    target = flow.get("targetRef")
    flow.set("targetRef", name)
    task = etree.SubElement(around, BPMN + "userTask", {"id": name})
    holder = etree.SubElement(task, BPMN + "extensionElements")
    zeebe = "{http://camunda.org/schema/zeebe/1.0}"
    etree.SubElement(holder, zeebe + "userTask")
    etree.SubElement(holder, zeebe + "assignmentDefinition", {"candidateGroups": "clerk@weifang"})
    etree.SubElement(
        around,
        BPMN + "sequenceFlow",
        {"id": f"{name}_on", "sourceRef": name, "targetRef": str(target)},
    )


def _hang(task: etree._Element) -> None:
    """Let a year's delay at a task be told, once."""
    around, name = task.getparent(), f"{HUNG}{task.get('id')}"
    assert around is not None
    if any(element.get("id") == name for element in around):
        return
    event = etree.SubElement(
        around,
        BPMN + "boundaryEvent",
        {"id": name, "attachedToRef": str(task.get("id")), "cancelActivity": "false"},
    )
    timer = etree.SubElement(event, BPMN + "timerEventDefinition")
    etree.SubElement(timer, BPMN + "timeDuration").text = "P1Y"
    etree.SubElement(around, BPMN + "endEvent", {"id": f"{name}_end"})
    ends = {"id": f"{name}_on", "sourceRef": name, "targetRef": f"{name}_end"}
    etree.SubElement(around, BPMN + "sequenceFlow", ends)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), depth=st.integers(2, 4))
def test_tokens_moved_anywhere_starve_no_join(
    app: App, world: World, clock: SettableClock, seed: int, depth: int
) -> None:
    walk = Walk(app, world, clock, seed, depth)
    names = nodes_of(diagram(seed, depth))
    moves = 0
    for _ in range(60):
        tasks = walk.tasks()
        if not tasks or moves == _MOST_MOVES:
            break
        if walk.random.random() < 0.4:
            moves += moved(walk, names)
        else:
            walk.complete(walk.random.choice(tasks))
    walk.finish()


def moved(walk: Walk, names: list[str]) -> bool:
    """Some modification that an administrator might think of; whether it was carried out."""
    random = walk.random
    there = case_positions(walk.app, walk.world.guanli, key=walk.case)
    source, target = random.choice(there).key, random.choice(names)
    change = random.choice(
        [
            Modification(move=(Shift(source=source, element_id=target),)),
            Modification(activate=(Activate(element_id=target),)),
            Modification(terminate=(source,)),
        ]
    )
    before = walk.journal()
    shown = None
    with suppress(CannotMove, InvalidInput):
        shown = preview_modification(
            walk.app, walk.world.guanli, key=walk.case, modification=change
        )
    assert walk.journal() == before, "a preview changes nothing"
    if shown is None:
        return False
    modify_case(walk.app, walk.world.guanli, key=walk.case, modification=change, reason="调整")
    require_consistent(walk.app.database, walk.case)
    if not shown.ended:
        now = case_positions(walk.app, walk.world.guanli, key=walk.case)
        entered = {at.element_id for at in now} - {at.element_id for at in there}
        assert entered <= {at.element_id for at in shown.entered}, "and tells what will be"
    return True


#: The timers that the case had of itself.
DUE = "select due_at from timer where event_id not like '%%hung%%' and"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 4), steps=st.integers(0, 12))
def test_a_case_goes_on_in_an_edited_version(
    app: App, world: World, clock: SettableClock, seed: int, depth: int, steps: int
) -> None:
    walk = Walk(app, world, clock, seed, depth)
    old = diagram(seed, depth)
    for _ in range(2):
        for _ in range(steps):
            tasks = walk.tasks()
            if not tasks:
                return
            walk.complete(walk.random.choice(tasks))
        if not walk.tasks():
            return
        new, mapping = edited(walk.random, old)
        migrated(walk, new, mapping)
        old = new
        if b"added" in new:
            break  # ids of added tasks are given once
    walk.finish()


def migrated(walk: Walk, new: bytes, mapping: dict[str, str]) -> None:
    app, guanli = walk.app, walk.world.guanli
    before = [at.element_id for at in case_positions(app, guanli, key=walk.case)]
    diagrams.put(app, new)
    target = list_versions(app, guanli, process_id="p")[0].key
    shown = migration_report(app, guanli, keys=[walk.case], definition_key=target, mapping=mapping)
    assert shown.impossible == 0, shown.problems
    due = walk.rows(DUE)
    seats = walk.rows("select key, assignee, due_at, candidate_groups from user_task where")
    paused = walk.random.random() < 0.3
    if paused:
        suspend_case(app, guanli, key=walk.case, reason="先停")
    migrate_case(app, guanli, key=walk.case, definition_key=target, mapping=mapping, reason="新版")
    require_consistent(app.database, walk.case)
    if paused:
        resume_case(app, guanli, key=walk.case, reason="再续")
    now = [at.element_id for at in case_positions(app, guanli, key=walk.case)]
    assert now == [mapping.get(name, name) for name in before]
    assert walk.rows(DUE) == due, "what is due stays due"
    waits = walk.rows("select event_id from timer where event_id like '%%hung%%' and")
    assert sorted(row[0] for row in waits) == sorted(
        str(event.get("id"))
        for event in etree.fromstring(new).iter(BPMN + "boundaryEvent")
        for name in now
        if HUNG in str(event.get("id")) and event.get("attachedToRef") == name
    )
    kept = walk.rows("select key, assignee, due_at, candidate_groups from user_task where")
    assert kept == seats, "whose it is, and until when, stays"


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), depth=st.integers(2, 3), other=st.integers(0, 10**6))
def test_any_other_version_is_possible_or_refused_with_words(
    app: App, world: World, clock: SettableClock, seed: int, depth: int, other: int
) -> None:
    """An unrelated diagram as the next version: never a crash, never a case in pieces."""
    walk = Walk(app, world, clock, seed, depth)
    for _ in range(3):
        tasks = walk.tasks()
        if tasks:
            walk.complete(walk.random.choice(tasks))
    if not walk.tasks():
        return
    diagrams.put(app, diagram(other, depth))
    target = list_versions(app, world.guanli, process_id="p")[0].key
    before = walk.journal()
    shown = migration_report(app, world.guanli, keys=[walk.case], definition_key=target)
    if not shown.impossible:
        migrate_case(app, world.guanli, key=walk.case, definition_key=target, reason="新版")
    else:
        with pytest.raises(CannotMigrate) as refused:
            migrate_case(app, world.guanli, key=walk.case, definition_key=target, reason="新版")
        assert all(p.message for p in refused.value.problems)
        assert walk.journal() == before
    require_consistent(app.database, walk.case)
    walk.finish()
