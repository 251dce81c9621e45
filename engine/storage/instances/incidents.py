"""Incidents: one by key, and searched."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.model.keys import Key, instance_of
from engine.model.page import Page
from engine.model.records import Incident
from engine.model.search import Order, Query
from engine.model.states import IncidentState
from engine.storage.database import UnitOfWork
from engine.storage.search import Search
from engine.storage.tables.definitions import PROCESS_DEFINITION
from engine.storage.tables.execution import INCIDENT, INSTANCE
from engine.storage.worklists.tasks import Viewer


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What resolving an incident depends on."""

    key: Key
    element_key: Key
    element_id: str
    kind: str
    active: bool
    job_key: Key | None


def standing(work: UnitOfWork, key: Key) -> Standing | None:
    row = work.hot(
        """select key, element_key, element_id, kind, state = 'ACTIVE', job_key from incident
           where instance_key = %s and key = %s""",
        [instance_of(key), key],
    ).fetchone()
    if row is None:
        return None
    return Standing(
        key=row[0],
        element_key=row[1],
        element_id=row[2],
        kind=row[3],
        active=row[4],
        job_key=row[5],
    )


def active_of(work: UnitOfWork, instance_key: Key) -> dict[Key, str]:
    """The open incidents of an instance, oldest first, with their messages."""
    rows = work.hot(
        """select key, message from incident where instance_key = %s and state = 'ACTIVE'
           order by key""",
        [instance_key],
    )
    return {Key(key): message for key, message in rows}


def messages_of(work: UnitOfWork, instance_key: Key) -> dict[Key, str]:
    """What is said in all incidents of an instance, past ones too."""
    rows = work.hot("select key, message from incident where instance_key = %s", [instance_key])
    return {Key(key): message for key, message in rows}


def active_on(work: UnitOfWork, *, instance_key: Key, element_key: Key) -> frozenset[str]:
    """The kinds of the open incidents of an element."""
    rows = work.hot(
        """select kind from incident where instance_key = %s and element_key = %s
           and state = 'ACTIVE'""",
        [instance_key, element_key],
    )
    return frozenset(kind for (kind,) in rows)


def search_incidents(work: UnitOfWork, query: Query, *, seen_by: Viewer) -> Page[Incident]:
    """The element's name is its id here; the service knows the diagram."""
    select = _INCIDENTS.where(seen_by.need_not_keep_away(INCIDENT.c.instance_key))
    return _SEARCH.page(work, select, query, _incident)


def bundles_of(work: UnitOfWork, instances: Collection[Key]) -> Mapping[Key, Key]:
    """The bundle that each of these instances is pinned to."""
    rows = work.hot(
        "select key, bundle_key from instance where key = any(%s::bigint[])",
        [sorted(set(instances))],
    )
    return {Key(instance): Key(bundle) for instance, bundle in rows}


def _incident(row: Any) -> Incident:
    return Incident(
        key=row.key,
        instance_key=row.instance_key,
        element_key=row.element_key,
        element_id=row.element_id,
        element_name=row.element_id,
        process_name=row.process_name,
        case_number=row.case_number,
        kind=row.kind,
        message=row.message,
        state=IncidentState(row.state),
        raised_at=row.raised_at,
        job_key=row.job_key,
    )


_N, _I, _D = INCIDENT.c, INSTANCE.c, PROCESS_DEFINITION.c
_INCIDENTS = (
    sa.select(INCIDENT, _I.number.label("case_number"), _D.name.label("process_name"))
    .join(INSTANCE, _I.key == _N.instance_key)
    .join(PROCESS_DEFINITION, _D.key == _I.definition_key)
)
_SEARCH = Search(
    fields={
        "incidentKey": _N.key,
        "processInstanceKey": _N.instance_key,
        "processDefinitionKey": _I.definition_key,
        "processDefinitionId": _I.process_id,
        "elementId": _N.element_id,
        "elementInstanceKey": _N.element_key,
        "errorType": _N.kind,
        "errorMessage": _N.message,
        "state": _N.state,
        "creationTime": _N.raised_at,
        "jobKey": _N.job_key,
    },
    key=_N.key,
    special={},
    usual_order=(Order(field="creationTime", descending=True),),
)
