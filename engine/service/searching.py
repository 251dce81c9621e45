"""Searches over running and past work, narrowed to what the actor may see."""

from __future__ import annotations

from dataclasses import replace

from engine.model.actor import Actor
from engine.model.permissions import Action, require
from engine.model.records import Incident, Job, Page, UserTask, Variable
from engine.model.search import Query
from engine.service.app import App
from engine.service.case_access import seen_by
from engine.service.get_case import search_instances
from engine.service.get_task import lit_page
from engine.storage import incidents, jobs, tasks, variables

__all__ = [
    "search_incidents",
    "search_instances",
    "search_jobs",
    "search_tasks",
    "search_variables",
]


def search_tasks(app: App, actor: Actor, *, query: Query) -> Page[UserTask]:
    """User tasks: administrators search all, others those they have, had or may take."""
    with app.database.unit_of_work() as work:
        return lit_page(app, tasks.search_tasks(work, query, seen_by=seen_by(actor)))


def search_variables(app: App, actor: Actor, *, query: Query) -> Page[Variable]:
    """Variables of cases: administrators of all, others of those whose tasks they handle."""
    with app.database.unit_of_work() as work:
        return variables.search_variables(work, query, seen_by=seen_by(actor))


def search_incidents(app: App, actor: Actor, *, query: Query) -> Page[Incident]:
    """Incidents, with the Chinese names of their elements; administrators only."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        found = incidents.search_incidents(work, query)
        bundles = incidents.bundles_of(work, [item.instance_key for item in found.items])
        named = tuple(
            replace(
                item,
                element_name=app.bundles.of_instance(work, bundles[item.instance_key]).element_name(
                    item.element_id
                ),
            )
            for item in found.items
        )
    return replace(found, items=named)


def search_jobs(app: App, actor: Actor, *, query: Query) -> Page[Job]:
    """Jobs; administrators only."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        return jobs.search_jobs(work, query)
