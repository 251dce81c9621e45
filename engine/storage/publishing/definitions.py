"""What has been deployed: finding it, and reading its files."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from engine.model.definitions import (
    DecisionDefinition,
    FormDefinition,
    ProcessDefinition,
    ResourceKind,
)
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.search import Condition, Operator, Order, Query
from engine.model.states import InstanceState
from engine.storage.database import UnitOfWork
from engine.storage.search import Search
from engine.storage.tables.definitions import (
    DECISION_DEFINITION,
    FORM_DEFINITION,
    PROCESS_DEFINITION,
    RESOURCE,
)
from engine.storage.tables.execution import INSTANCE

#: Which table holds the definitions in each kind of resource, and the column of their ids.
TABLES: Mapping[ResourceKind, tuple[sa.Table, sa.Column[Any]]] = {
    ResourceKind.BPMN: (PROCESS_DEFINITION, PROCESS_DEFINITION.c.process_id),
    ResourceKind.DMN: (DECISION_DEFINITION, DECISION_DEFINITION.c.decision_id),
    ResourceKind.FORM: (FORM_DEFINITION, FORM_DEFINITION.c.form_id),
}

#: Counting open cases stops here; a list shows “999+”.
_COUNTED = 1_000


def search_processes(work: UnitOfWork, query: Query) -> Page[ProcessDefinition]:
    """Fields as in Camunda's search: ``processDefinitionKey``, ``name``, ``resourceName``,
    ``version``, ``versionTag``, ``processDefinitionId``, ``isLatestVersion``, ``hasStartForm``;
    and ``starter``: one of these roles, or everybody, may start it."""
    return _PROCESS_SEARCH.page(work, _processes(), query, _process)


def get_process(work: UnitOfWork, key: Key) -> ProcessDefinition | None:
    row = work.connection.execute(_processes().where(PROCESS_DEFINITION.c.key == key)).one_or_none()
    return _process(row) if row else None


def startable(work: UnitOfWork, roles: Collection[str] | None) -> tuple[ProcessDefinition, ...]:
    """The latest versions that these roles, or everybody, may start (None: all of them)."""
    select = _processes().where(PROCESS_DEFINITION.c.latest)
    if roles is not None:
        select = select.where(PROCESS_DEFINITION.c.starters.overlap([*roles, "*"]))
    rows = work.connection.execute(select.order_by(PROCESS_DEFINITION.c.name))
    return tuple(_process(row) for row in rows)


def takes_part(work: UnitOfWork, definition_key: Key, *, person: Key) -> bool:
    """Whether the person has applied for a case of this definition."""
    return bool(
        work.connection.execute(
            sa.select(
                sa.exists().where(
                    INSTANCE.c.definition_key == definition_key, INSTANCE.c.applicant_key == person
                )
            )
        ).scalar_one()
    )


def search_forms(work: UnitOfWork, query: Query) -> Page[FormDefinition]:
    """Fields: ``formKey``, ``formId``, ``name``, ``version``, ``isLatestVersion``."""
    return _FORM_SEARCH.page(work, _forms(), query, _form)


def process_names(work: UnitOfWork, process_ids: Collection[str]) -> dict[str, str]:
    """Those of these processes that there are, with their names."""
    rows = work.hot(
        "select process_id, name from process_definition where latest and process_id = any(%s)",
        [list(process_ids)],
    )
    return dict(rows.fetchall())


def get_form(
    work: UnitOfWork, *, key: Key | None = None, form_id: str | None = None
) -> FormDefinition | None:
    """A form by key, or the latest version of an id."""
    which = (
        FORM_DEFINITION.c.key == key
        if key is not None
        else sa.and_(FORM_DEFINITION.c.form_id == form_id, FORM_DEFINITION.c.latest)
    )
    row = work.connection.execute(_forms().where(which)).one_or_none()
    return _form(row) if row else None


def search_decisions(work: UnitOfWork, query: Query) -> Page[DecisionDefinition]:
    """Fields as in Camunda's search, and ``isLatestVersion``."""
    return _DECISION_SEARCH.page(work, _decisions(), query, _decision)


def get_decision(
    work: UnitOfWork, *, key: Key | None = None, decision_id: str | None = None
) -> DecisionDefinition | None:
    which = (
        DECISION_DEFINITION.c.key == key
        if key is not None
        else sa.and_(DECISION_DEFINITION.c.decision_id == decision_id, DECISION_DEFINITION.c.latest)
    )
    row = work.connection.execute(_decisions().where(which)).one_or_none()
    return _decision(row) if row else None


def content_of(work: UnitOfWork, kind: ResourceKind, key: Key) -> tuple[str, bytes] | None:
    """The file that a definition stands in: its name and bytes."""
    table, _ = TABLES[kind]
    row = work.connection.execute(
        sa.select(RESOURCE.c.name, RESOURCE.c.content)
        .join(table, table.c.resource_key == RESOURCE.c.key)
        .where(table.c.key == key)
    ).one_or_none()
    return (row.name, bytes(row.content)) if row else None


def _processes() -> sa.Select[Any]:
    counted = (
        sa.select(sa.literal(1))
        .where(
            INSTANCE.c.process_id == PROCESS_DEFINITION.c.process_id,
            INSTANCE.c.state == InstanceState.ACTIVE,
            INSTANCE.c.definition_key == PROCESS_DEFINITION.c.key,
        )
        .limit(_COUNTED)
        .correlate(PROCESS_DEFINITION)
        .subquery()
        .lateral()
    )
    return sa.select(
        *PROCESS_DEFINITION.c,
        RESOURCE.c.name.label("resource"),
        sa.select(sa.func.count()).select_from(counted).scalar_subquery().label("active_instances"),
    ).join(RESOURCE, RESOURCE.c.key == PROCESS_DEFINITION.c.resource_key)


def _process(row: Any) -> ProcessDefinition:
    return ProcessDefinition(
        key=Key(row.key),
        process_id=row.process_id,
        name=row.name,
        version=row.version,
        version_tag=row.version_tag,
        resource=row.resource,
        start_form=row.start_form,
        description=row.description,
        starters=tuple(row.starters),
        deployed_at=row.deployed_at,
        deployed_by=row.deployed_by,
        latest=row.latest,
        active_instances=row.active_instances,
        properties=row.properties,
    )


def _forms() -> sa.Select[Any]:
    return sa.select(
        *FORM_DEFINITION.c, RESOURCE.c.name.label("resource"), RESOURCE.c.content
    ).join(RESOURCE, RESOURCE.c.key == FORM_DEFINITION.c.resource_key)


def _form(row: Any) -> FormDefinition:
    return FormDefinition(
        key=Key(row.key),
        form_id=row.form_id,
        name=row.name,
        version=row.version,
        schema=bytes(row.content).decode(),
        resource=row.resource,
    )


def _decisions() -> sa.Select[Any]:
    return sa.select(*DECISION_DEFINITION.c, RESOURCE.c.name.label("resource")).join(
        RESOURCE, RESOURCE.c.key == DECISION_DEFINITION.c.resource_key
    )


def _decision(row: Any) -> DecisionDefinition:
    return DecisionDefinition(
        key=Key(row.key),
        decision_id=row.decision_id,
        name=row.name,
        version=row.version,
        resource=row.resource,
        requirements_id=row.requirements_id,
        requirements_name=row.requirements_name,
        requirements_key=Key(row.resource_key),
    )


def _started_by(condition: Condition) -> sa.ColumnElement[bool]:
    roles = condition.value if condition.operator is Operator.IN else (condition.value,)
    result: sa.ColumnElement[bool] = PROCESS_DEFINITION.c.starters.overlap([*roles, "*"])
    return result


def _has_start_form(condition: Condition) -> sa.ColumnElement[bool]:
    column = PROCESS_DEFINITION.c.start_form
    return column.is_not(None) if condition.value else column.is_(None)


_PROCESS_SEARCH = Search(
    fields={
        "processDefinitionKey": PROCESS_DEFINITION.c.key,
        "name": PROCESS_DEFINITION.c.name,
        "resourceName": RESOURCE.c.name,
        "version": PROCESS_DEFINITION.c.version,
        "versionTag": PROCESS_DEFINITION.c.version_tag,
        "processDefinitionId": PROCESS_DEFINITION.c.process_id,
        "isLatestVersion": PROCESS_DEFINITION.c.latest,
    },
    key=PROCESS_DEFINITION.c.key,
    special={"starter": _started_by, "hasStartForm": _has_start_form},
    usual_order=(Order(field="name"),),
)

_FORM_SEARCH = Search(
    fields={
        "formKey": FORM_DEFINITION.c.key,
        "formId": FORM_DEFINITION.c.form_id,
        "name": FORM_DEFINITION.c.name,
        "version": FORM_DEFINITION.c.version,
        "isLatestVersion": FORM_DEFINITION.c.latest,
    },
    key=FORM_DEFINITION.c.key,
    special={},
    usual_order=(Order(field="formId"),),
)

_DECISION_SEARCH = Search(
    fields={
        "decisionDefinitionKey": DECISION_DEFINITION.c.key,
        "decisionDefinitionId": DECISION_DEFINITION.c.decision_id,
        "name": DECISION_DEFINITION.c.name,
        "version": DECISION_DEFINITION.c.version,
        "decisionRequirementsId": DECISION_DEFINITION.c.requirements_id,
        "decisionRequirementsKey": DECISION_DEFINITION.c.resource_key,
        "isLatestVersion": DECISION_DEFINITION.c.latest,
    },
    key=DECISION_DEFINITION.c.key,
    special={},
    usual_order=(Order(field="decisionDefinitionId"),),
)
