"""A small service with a decision that is not yet the end, for the tests of copies and urging."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.records import Instance, UserTask
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.tasks.complete_task import complete_task
from engine.storage.worklists import tasks
from tests.service import diagrams
from tests.service.diagrams import end, extension, flow, process, properties, start, user_task


def aid(*, review: dict[str, str] | None = None, ended: dict[str, str] | None = None) -> bytes:
    """Apply → review (clerk) → approve (leader, the decision) → publish (clerk) → done.

    Both reviewer and leader may send it back: to the applicant, and to the reviewer.
    """
    inside = extension(properties(**ended)) if ended else ""
    return process(
        "aid",
        start(),
        user_task("review", "形式审查", **(review or {})),
        '<bpmn:exclusiveGateway id="reviewed" default="reviewed-refused"/>',
        user_task("supplement", "补正材料"),
        user_task("approve", "领导审批", decision="true"),
        '<bpmn:exclusiveGateway id="approved" default="approved-refused"/>',
        user_task("publish", "公示"),
        end("granted", "予以救助", inside=inside),
        end("refused", "不予救助"),
        flow("start", "review"),
        flow("review", "reviewed"),
        flow("reviewed", "approve", 'outcome = "approve"'),
        flow("reviewed", "supplement", 'outcome = "return"'),
        flow("reviewed", "refused"),
        flow("supplement", "review"),
        flow("approve", "approved"),
        flow("approved", "publish", 'outcome = "approve"'),
        flow("approved", "review", 'outcome = "return"'),
        flow("approved", "refused"),
        flow("publish", "granted"),
        lanes=(
            ("clerk", "city", ("review", "publish")),
            ("leader", "city", ("approve",)),
            ("applicant", "", ("supplement",)),
        ),
        series="JZ",
        title="=title",
    )


def open_case(app: App, applicant: Actor, *contents: bytes, title: str = "临时救助") -> Instance:
    """Deploy the service (``aid()`` where none is given) and apply for it."""
    diagrams.put(app, *(contents or (aid(),)))
    return start_case(app, applicant, process_id="aid", submission={"title": title})


def open_task(app: App, case: Key) -> UserTask:
    """The only open task of the case."""
    with app.database.unit_of_work() as work:
        (task,) = tasks.open_tasks_of(work, case)
    return task


def decide(app: App, actor: Actor, case: Key, outcome: str = "approve") -> UserTask:
    """Complete the only open task of the case."""
    task = open_task(app, case)
    return complete_task(app, actor, key=task.key, submission={"outcome": outcome})
