"""Searches over running and past work, narrowed to what the actor may see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from engine.forms import Veil
from engine.model.actor import Actor
from engine.model.errors import InvalidInput
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import Incident, Job, UserTask, Variable
from engine.model.search import Condition, Operator, Query
from engine.service.app import App
from engine.service.cases.case_access import seen_by
from engine.service.cases.get_case import search_instances
from engine.service.privacy.sight import veils
from engine.service.tasks.get_task import lit_page
from engine.storage.database import UnitOfWork
from engine.storage.exchange import jobs
from engine.storage.history import privacy
from engine.storage.instances import incidents, variables
from engine.storage.worklists import tasks
from engine.text import tell

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
        return lit_page(app, tasks.search_tasks(work, query, seen_by=seen_by(work, actor)))


def search_variables(app: App, actor: Actor, *, query: Query) -> Page[Variable]:
    """Variables of cases: administrators of all, others of those whose tasks they handle.

    Personal data is masked as on the pages. Whoever asks by value must name the case, and is
    not told of variables in which he would see a mask: else he could guess what is behind it.
    """
    with app.database.unit_of_work() as work:
        query = _unguessable(app, work, actor, query)
        found = variables.search_variables(work, query, seen_by=seen_by(work, actor))
        over = veils(app, work, actor, [item.instance_key for item in found.items])
    return replace(found, items=tuple(_veiled(item, over) for item in found.items))


def _veiled(item: Variable, over: Mapping[Key, Veil | None]) -> Variable:
    veil = over.get(item.instance_key)
    return item if veil is None else replace(item, value=veil.value(item.value, (item.name,)))


def _unguessable(app: App, work: UnitOfWork, actor: Actor, query: Query) -> Query:
    """Without the variables of the case asked for that the actor sees masked, asked by value."""
    message = tell("按变量的值查询或排序时，请同时用 processInstanceKey 指定事项。")
    key = _case_asked(query, "value", message)
    veil = veils(app, work, actor, [key]).get(key) if key is not None else None
    if key is None or veil is None:
        return query
    hidden = {
        name
        for scope in privacy.values_of(work, [key]).get(key, [])
        for name, value in scope.items()
        if veil.hides(value, (name,))
    }
    return _without(query, "name", hidden)


def _unquoted(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    query: Query,
    *,
    own: str,
    messages: Callable[[UnitOfWork, Key], Mapping[Key, str]],
) -> Query:
    """Without those of the case asked for whose message the actor sees masked, asked by message.

    Messages quote data; what a search (or an order, or the cursor of a page in that order) tells
    of them must not be more than he is shown. ``own``: the field with their keys.
    """
    message = tell("按故障信息查询或排序时，请同时用 processInstanceKey 指定事项。")
    key = _case_asked(query, "errorMessage", message)
    veil = veils(app, work, actor, [key]).get(key) if key is not None else None
    if key is None or veil is None:
        return query
    found = messages(work, key)
    return _without(query, own, {each for each, text in found.items() if veil.text(text) != text})


def _case_asked(query: Query, field: str, message: str) -> Key | None:
    """The case that a query by this field names; None where it does not ask by the field."""
    if field not in {c.field for c in query.conditions} | {o.field for o in query.order}:
        return None
    for c in query.conditions:
        if c.field == "processInstanceKey" and c.operator is Operator.EQ:
            return Key(c.value)
    raise InvalidInput(
        problems=(Problem(element_id=field, rule="value-of-one-case", message=message),)
    )


def _without(query: Query, field: str, values: Collection[Any]) -> Query:
    if not values:
        return query
    known = Condition(field=field, operator=Operator.NOT_IN, value=tuple(sorted(values)))
    return replace(query, conditions=(*query.conditions, known))


def search_incidents(app: App, actor: Actor, *, query: Query) -> Page[Incident]:
    """Incidents, with the Chinese names of their elements; administrators only.

    Whoever asks by message must name the case, and is not told of those that he sees masked.
    """
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        query = _unquoted(
            app, work, actor, query, own="incidentKey", messages=incidents.messages_of
        )
        found = incidents.search_incidents(work, query, seen_by=seen_by(work, actor))
        over = veils(app, work, actor, [item.instance_key for item in found.items])
        bundles = incidents.bundles_of(work, [item.instance_key for item in found.items])
        named = tuple(
            replace(
                item,
                message=_hidden(item.message, over.get(item.instance_key)),
                element_name=app.bundles.of_instance(work, bundles[item.instance_key]).element_name(
                    item.element_id
                ),
            )
            for item in found.items
        )
    return replace(found, items=named)


def search_jobs(app: App, actor: Actor, *, query: Query) -> Page[Job]:
    """Jobs; administrators only. Asked by message as incidents are."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        query = _unquoted(app, work, actor, query, own="jobKey", messages=jobs.messages_of)
        found = jobs.search_jobs(work, query, seen_by=seen_by(work, actor))
        over = veils(app, work, actor, [item.instance_key for item in found.items])
    return replace(found, items=tuple(_veiled_job(item, over) for item in found.items))


def _veiled_job(item: Job, over: Mapping[Key, Veil | None]) -> Job:
    veil = over.get(item.instance_key)
    if veil is None:
        return item
    seen = {name: veil.value(value, (name,)) for name, value in item.variables.items()}
    return replace(item, variables=seen, error_message=veil.text(item.error_message))


def _hidden(text: str, veil: Veil | None) -> str:
    return text if veil is None else veil.text(text)
