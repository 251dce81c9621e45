"""One user task, for whoever may see it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.model.actor import Actor
from engine.model.case_rules import TaskFacts
from engine.model.errors import NotFound
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.permissions import Action, may
from engine.model.records import UserTask
from engine.model.states import TaskState
from engine.service.app import App
from engine.service.cases.case_access import keep_out, viewer
from engine.service.clock.deadlines import light
from engine.service.tasks.outcome_words import worded
from engine.storage.database import UnitOfWork
from engine.storage.instances import cases
from engine.storage.worklists import tasks
from engine.text import tell


def get_task(app: App, actor: Actor, *, key: Key) -> UserTask:
    """Raises NotFound, also where the task is none of the actor's business."""
    with app.database.unit_of_work() as work:
        task = load_task(app, work, key)
        keep_out(work, actor, task.instance_key, what=tell("任务"))
        if not may(actor, Action.READ_TASK, _facts(work, actor, task)):
            raise NotFound(what=tell("任务"), key=str(key))
    return task


def load_task(app: App, work: UnitOfWork, key: Key) -> UserTask:
    """The task's record, with no question of who asks; raises NotFound."""
    task = tasks.get_task(work, key)
    if task is None:
        raise NotFound(what=tell("任务"), key=str(key))
    return lit(app, worded(app, work, [task])[0])


def lit(app: App, task: UserTask) -> UserTask:
    """The task with the colour of its deadline; an ended one has none."""
    if task.state is not TaskState.CREATED:
        return task
    colour, days = light(app, task.due_at)
    return replace(task, light=colour, remaining_days=days)


def lit_page(app: App, page: Page[UserTask]) -> Page[UserTask]:
    return replace(page, items=lit_all(app, page.items))


def lit_all(app: App, found: Iterable[UserTask]) -> tuple[UserTask, ...]:
    return tuple(lit(app, task) for task in found)


def _facts(work: UnitOfWork, actor: Actor, task: UserTask) -> TaskFacts:
    return TaskFacts(
        assignee=task.assignee,
        takes_part=not actor.administrator
        and cases.handles(work, viewer(work, actor), task.instance_key),
    )
