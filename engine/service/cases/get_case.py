"""One case, for whoever may see it; and the lists of cases."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from engine.model.actor import Actor
from engine.model.errors import NotFound
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.records import Instance, UserTask
from engine.model.search import Condition, Operator, Query, Window
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.cases.case_access import keep_out, may_see_case, seen_by
from engine.service.clock.deadlines import light
from engine.service.tasks.get_task import lit_all
from engine.storage.database import UnitOfWork
from engine.storage.instances import cases
from engine.storage.worklists import tasks
from engine.text import tell

_ENDED = (InstanceState.COMPLETED, InstanceState.TERMINATED)
_RUNNING = (InstanceState.ACTIVE, InstanceState.SUSPENDED)


def get_case(app: App, actor: Actor, *, key: Key) -> Instance:
    """Raises NotFound, also where the case is none of the actor's business."""
    with app.database.unit_of_work() as work:
        case = load_case(app, work, key)
        keep_out(work, actor, key, what=tell("事项"))
        if not may_see_case(work, actor, key):
            raise NotFound(what=tell("事项"), key=str(key))
    return case


def my_cases(
    app: App,
    actor: Actor,
    *,
    search: str = "",
    state: Literal["", "active", "ended"] = "",
    cursor: str | None = None,
    limit: int = 20,
) -> Page[Instance]:
    """The cases that the actor has applied for, the latest first."""
    conditions = [Condition(field="applicantKey", value=actor.key)]
    if search.strip():
        conditions.append(Condition(field="search", value=search))
    if state:
        values = _RUNNING if state == "active" else _ENDED
        conditions.append(Condition(field="state", operator=Operator.IN, value=values))
    query = Query(
        conditions=tuple(conditions), window=Window(limit=max(1, min(limit, 100)), after=cursor)
    )
    with app.database.unit_of_work() as work:
        found = cases.search_cases(work, query, seen_by=None)
    return lit_page(app, found)


def my_steps(app: App, actor: Actor) -> tuple[UserTask, ...]:
    """What the actor has to do in his own applications, the nearest deadline first."""
    with app.database.unit_of_work() as work:
        found = tasks.open_tasks_of_applicant(work, key=actor.key, username=actor.username)
    return lit_all(app, found)


def search_instances(app: App, actor: Actor, *, query: Query) -> Page[Instance]:
    """Cases by conditions: administrators search all, others those they take part in."""
    with app.database.unit_of_work() as work:
        return lit_page(app, cases.search_cases(work, query, seen_by=seen_by(work, actor)))


def load_case(app: App, work: UnitOfWork, key: Key) -> Instance:
    """The case's record, with no question of who asks; raises NotFound."""
    case = cases.get_case(work, key)
    if case is None:
        raise NotFound(what=tell("事项"), key=str(key))
    return lit(app, case)


def lit(app: App, case: Instance) -> Instance:
    """The case with the colours of its nearest deadline and of its own period."""
    colour, days = light(app, case.due_at)
    own, left = light(app, None if case.ended_at else case.statutory_due_at)
    return replace(
        case, light=colour, remaining_days=days, statutory_light=own, statutory_days=left
    )


def lit_page(app: App, page: Page[Instance]) -> Page[Instance]:
    return replace(page, items=tuple(lit(app, case) for case in page.items))
