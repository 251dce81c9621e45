"""Find and read what is deployed."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.definitions import (
    DecisionDefinition,
    FormDefinition,
    ProcessDefinition,
    ResourceKind,
)
from engine.model.errors import NotFound
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.permissions import Action, DefinitionFacts, may, require
from engine.model.search import Condition, Operator, Query, Window
from engine.runtime import bound
from engine.service.app import App
from engine.service.identity.list_people import is_staff
from engine.storage.database import UnitOfWork
from engine.storage.publishing import definitions
from engine.text import tell

_LATEST = Condition(field="isLatestVersion", value=True)


def search_definitions(app: App, actor: Actor, *, query: Query) -> Page[ProcessDefinition]:
    """Staff find all processes; others those they may start."""
    with app.database.unit_of_work() as work:
        if not _staff(work, actor):
            roles = tuple({m.role for m in actor.memberships})
            query = query.with_conditions(
                [_LATEST, Condition(field="starter", operator=Operator.IN, value=roles)]
            )
        return definitions.search_processes(work, query)


def list_definitions(
    app: App, actor: Actor, *, latest: bool = True, window: Window | None = None
) -> Page[ProcessDefinition]:
    """The processes by name, in their latest versions or in all."""
    conditions = (_LATEST,) if latest else ()
    query = Query(conditions=conditions, window=window or Window(limit=1_000))
    return search_definitions(app, actor, query=query)


def list_versions(app: App, actor: Actor, *, process_id: str) -> tuple[ProcessDefinition, ...]:
    """All versions of a process, the newest first; staff only."""
    with app.database.unit_of_work() as work:
        _require_staff(work, actor)
        query = Query(
            conditions=(Condition(field="processDefinitionId", value=process_id),),
            window=Window(limit=1_000),
        )
        found = definitions.search_processes(work, query).items
    return tuple(sorted(found, key=lambda definition: -definition.version))


def startable(app: App, actor: Actor) -> tuple[ProcessDefinition, ...]:
    """The service hall: the latest versions that the actor may start, by name."""
    roles = None if actor.administrator else {m.role for m in actor.memberships}
    with app.database.unit_of_work() as work:
        return definitions.startable(work, roles)


def get_definition(app: App, actor: Actor, *, key: Key) -> ProcessDefinition:
    """A version of a process. Raises :class:`NotFound`, also for what is none of one's business."""
    with app.database.unit_of_work() as work:
        return _readable(work, actor, key)


def definition_xml(app: App, actor: Actor, *, key: Key) -> str:
    """The diagram of a version, as it was deployed."""
    with app.database.unit_of_work() as work:
        return read_diagram(work, actor, key)


def read_diagram(work: UnitOfWork, actor: Actor, key: Key) -> str:
    """The same in the caller's unit of work."""
    _readable(work, actor, key)
    return _text(work, ResourceKind.BPMN, key)


def start_form_of(app: App, actor: Actor, *, key: Key) -> FormDefinition | None:
    """The form that the process starts with, in the version that it means, if it has one."""
    with app.database.unit_of_work() as work:
        name = _readable(work, actor, key).start_form
        if name is None:
            return None
        if bound(name).id == name:
            return definitions.get_form(work, form_id=name)
        form_key = app.bundles.resolve(definition_key=key).forms.get(name)
        return definitions.get_form(work, key=form_key) if form_key is not None else None


def search_forms(app: App, actor: Actor, *, query: Query) -> Page[FormDefinition]:
    """Staff only."""
    with app.database.unit_of_work() as work:
        _require_staff(work, actor)
        return definitions.search_forms(work, query)


def list_forms(app: App, actor: Actor) -> tuple[FormDefinition, ...]:
    """The latest versions of all forms; staff only."""
    query = Query(conditions=(_LATEST,), window=Window(limit=1_000))
    return search_forms(app, actor, query=query).items


def get_form(app: App, actor: Actor, *, form_key: Key) -> FormDefinition:
    """A version of a form; staff only (others get forms with their tasks and start pages)."""
    with app.database.unit_of_work() as work:
        _require_staff(work, actor)
        form = definitions.get_form(work, key=form_key)
    if form is None:
        raise NotFound(what=tell("表单"), key=str(form_key))
    return form


def search_decisions(app: App, actor: Actor, *, query: Query) -> Page[DecisionDefinition]:
    """Staff only."""
    with app.database.unit_of_work() as work:
        _require_staff(work, actor)
        return definitions.search_decisions(work, query)


def list_decisions(app: App, actor: Actor) -> tuple[DecisionDefinition, ...]:
    """The latest versions of all decisions; staff only."""
    query = Query(conditions=(_LATEST,), window=Window(limit=1_000))
    return search_decisions(app, actor, query=query).items


def get_decision(
    app: App, actor: Actor, *, key: Key | None = None, decision_id: str | None = None
) -> DecisionDefinition:
    """A decision by key, or the latest version of an id; staff only."""
    with app.database.unit_of_work() as work:
        _require_staff(work, actor)
        decision = definitions.get_decision(work, key=key, decision_id=decision_id)
    if decision is None:
        raise NotFound(what=tell("决策"), key=str(decision_id if key is None else key))
    return decision


def decision_xml(app: App, actor: Actor, *, key: Key) -> str:
    """The DMN file of a version of a decision; staff only."""
    with app.database.unit_of_work() as work:
        _require_staff(work, actor)
        return _text(work, ResourceKind.DMN, key)


def _readable(work: UnitOfWork, actor: Actor, key: Key) -> ProcessDefinition:
    process = definitions.get_process(work, key)
    facts = DefinitionFacts(
        starters=process.starters if process else (),
        takes_part=process is not None and definitions.takes_part(work, key, person=actor.key),
        staff=_staff(work, actor),
    )
    if process is None or not may(actor, Action.READ_DEFINITION, facts):
        raise NotFound(what=tell("流程"), key=str(key))
    return process


def _text(work: UnitOfWork, kind: ResourceKind, key: Key) -> str:
    found = definitions.content_of(work, kind, key)
    if found is None:
        raise NotFound(
            what=tell("流程") if kind is ResourceKind.BPMN else tell("决策"), key=str(key)
        )
    return found[1].decode("utf-8-sig")


def _staff(work: UnitOfWork, actor: Actor) -> bool:
    return is_staff(work, actor)


def _require_staff(work: UnitOfWork, actor: Actor) -> None:
    require(actor, Action.READ_DEFINITIONS, DefinitionFacts(staff=is_staff(work, actor)))
