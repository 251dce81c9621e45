"""Small cases for administrators to move, migrate and pause, and what is asked of them."""

from __future__ import annotations

from itertools import pairwise

from engine.model.keys import Key
from engine.service.administration.modify_case import (
    case_positions,
)
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.history.record import verify_record
from engine.service.publishing.read_definitions import list_versions
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from tests.service import diagrams
from tests.service.diagrams import flow, user_task
from tests.service.positions import require_consistent
from tests.world import World

CLERK = "clerk@weifang"


def line(*names: str, **more: str) -> bytes:
    """A process that is one task after the other, done by the clerks."""
    ids = ["start", *names, "end"]
    return diagrams.process(
        "line",
        diagrams.start(),
        *(user_task(name, f"环节{name}", groups=CLERK) for name in names),
        diagrams.end("end", "办完"),
        *(flow(a, b) for a, b in pairwise(ids)),
        **more,
    )


FORK = diagrams.process(
    "fork",
    diagrams.start(),
    '<bpmn:parallelGateway id="split"/>',
    user_task("left", "左", groups=CLERK),
    user_task("right", "右", groups=CLERK),
    '<bpmn:parallelGateway id="join"/>',
    user_task("last", "末", groups=CLERK),
    diagrams.end(),
    flow("start", "split"),
    flow("split", "left"),
    flow("split", "right"),
    flow("left", "join"),
    flow("right", "join"),
    flow("join", "last"),
    flow("last", "end"),
)


def begin(app: App, world: World, process_id: str, *contents: bytes) -> Key:
    diagrams.put(app, *contents)
    return start_case(app, world.zhangsan, process_id=process_id, submission={"n": 1}).key


def at(app: App, world: World, case: Key) -> list[str]:
    return sorted(p.element_id for p in case_positions(app, world.guanli, key=case))


def task_of(app: App, world: World, element_id: str) -> Key:
    (key,) = (t.key for t in inbox(app, world.lisi, limit=100).items if t.element_id == element_id)
    return key


def done(app: App, world: World, *elements: str) -> None:
    for element_id in elements:
        complete_task(app, world.lisi, key=task_of(app, world, element_id), submission={})


def latest(app: App, world: World, process_id: str) -> Key:
    return list_versions(app, world.guanli, process_id=process_id)[0].key


def sound(app: App, world: World, case: Key) -> None:
    require_consistent(app.database, case)
    assert verify_record(app, world.guanli, key=case) == ()


def facts(app: App, case: Key) -> list[str]:
    with app.database.unit_of_work() as work:
        rows = work.hot(
            "select facts from journal where instance_key = %s order by number", [case]
        ).fetchall()
    return [row[0] for row in rows]
