"""A case as an administrator manages it: where it stands, and where it could go; few queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.actor import Actor
from engine.model.definitions import ProcessDefinition
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.records import Instance
from engine.model.search import Condition, Query, Window
from engine.model.states import VisitState
from engine.runtime import positions
from engine.service.administration.migration_report import Target, targets_of
from engine.service.administration.modify_case import Standing, standings
from engine.service.app import App
from engine.service.cases.case_page import elements_in
from engine.service.cases.get_case import load_case
from engine.service.cases.pages import CasePage
from engine.service.privacy.sight import veils
from engine.service.tasks.get_task import lit_all
from engine.storage.commands import moving
from engine.storage.commands.loading import load_variables
from engine.storage.history import records
from engine.storage.publishing import definitions
from engine.storage.worklists import tasks

_MOST_VERSIONS = 200


@dataclass(frozen=True, kw_only=True)
class ManagedCase:
    """``page``: the case with its open tasks and its lit diagram, without its contents.

    ``standings``: its tokens; ``targets``: the elements of its version; ``versions``: of its
    process, the newest first.
    """

    page: CasePage
    standings: tuple[Standing, ...]
    targets: tuple[Target, ...]
    versions: tuple[ProcessDefinition, ...]


@dataclass(frozen=True, kw_only=True)
class CaseData:
    """A case with its own variables, by name; personal data is masked as on the pages."""

    instance: Instance
    variables: Mapping[str, Any]


def case_data(app: App, actor: Actor, *, key: Key) -> CaseData:
    """Administrators only. Raises NotFound, Forbidden."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        case = load_case(app, work, key)
        found = load_variables(work, key, [key])[key]
        veil = veils(app, work, actor, [key]).get(key)
    shown = {
        name: found[name] if veil is None else veil.value(found[name], (name,))
        for name in sorted(found)
    }
    return CaseData(instance=case, variables=shown)


def managed_case(app: App, actor: Actor, *, key: Key) -> ManagedCase:
    """Administrators only. Raises NotFound, Forbidden."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        case = load_case(app, work, key)
        found = moving.standing(work, [key])
        there: tuple[Standing, ...] = ()
        targets: tuple[Target, ...] = ()
        if found:
            pinned = app.bundles.of_instance(work, found[0].bundle_key)
            there = standings(positions(pinned.bundle, found[0].scopes))
            targets = targets_of(pinned)
        visits, troubled = records.visits(work, key)
        query = Query(
            conditions=(Condition(field="processDefinitionId", value=case.process_id),),
            window=Window(limit=_MOST_VERSIONS),
        )
        versions = definitions.search_processes(work, query).items
        page = CasePage(
            instance=case,
            tasks=lit_all(app, tasks.open_tasks_of(work, key)),
            active_elements=elements_in(visits, VisitState.ACTIVE),
            completed_elements=elements_in(visits, VisitState.COMPLETED),
            incident_elements=tuple(sorted(troubled)),
            taken_flows=tuple(dict.fromkeys(v.flow_id for v in visits if v.flow_id)),
        )
    return ManagedCase(
        page=page,
        standings=there,
        targets=targets,
        versions=tuple(sorted(versions, key=lambda version: -version.version)),
    )
