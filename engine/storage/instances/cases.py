"""Instances as records: one by key, one person's, and searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model.clock import StopKind
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.records import Instance
from engine.model.search import Condition, Order, Query
from engine.model.states import IncidentState, InstanceState, TaskState, VisitState
from engine.storage.database import UnitOfWork
from engine.storage.grams import grams, search_words
from engine.storage.search import Search, compare
from engine.storage.tables.definitions import PROCESS_DEFINITION
from engine.storage.tables.execution import INCIDENT, INSTANCE, USER_TASK, VISIT
from engine.storage.tables.identity import PERSON, ROLE, UNIT
from engine.storage.worklists.tasks import Viewer

_I, _D, _T = INSTANCE.c, PROCESS_DEFINITION.c, USER_TASK.c


def _standing() -> sa.FromClause:
    """What a case stands at: names of its open tasks, who has them, the nearest deadline."""
    person = PERSON.alias("handler")
    unit, role = UNIT.alias("handler_unit"), ROLE.alias("handler_role")
    group = _T.candidate_groups[1]
    words = sa.func.coalesce(unit.c.name, "") + " " + sa.func.coalesce(role.c.name, "")
    return (
        sa.select(
            sa.func.array_agg(_T.name.distinct()).label("current"),
            sa.func.string_agg(
                sa.func.coalesce(person.c.name, sa.func.nullif(words, " "), "").distinct(), "、"
            ).label("handler"),
            sa.func.min(_T.due_at).label("due_at"),
            sa.func.bool_or(_T.due_pending).label("due_pending"),
        )
        .select_from(USER_TASK)
        .outerjoin(person, person.c.username == _T.assignee)
        .outerjoin(unit, unit.c.key == sa.func.split_part(group, "@", 2))
        .outerjoin(role, role.c.key == sa.func.split_part(group, "@", 1))
        .where(_T.instance_key == _I.key, _T.state == TaskState.CREATED)
        .lateral("standing")
    )


_STANDING = _standing()

CASES = (
    sa.select(
        INSTANCE,
        _D.name.label("process_name"),
        _D.version,
        sa.func.coalesce(UNIT.c.name, _I.unit).label("unit_name"),
        sa.exists()
        .where(INCIDENT.c.instance_key == _I.key, INCIDENT.c.state == IncidentState.ACTIVE)
        .label("incident"),
        _STANDING.c.current,
        _STANDING.c.handler,
        _STANDING.c.due_at,
        _STANDING.c.due_pending,
    )
    .select_from(INSTANCE)
    .join(PROCESS_DEFINITION, _D.key == _I.definition_key)
    .outerjoin(UNIT, UNIT.c.key == _I.unit)
    .join(_STANDING, sa.true())
)


def get_case(work: UnitOfWork, key: Key) -> Instance | None:
    row = work.connection.execute(CASES.where(_I.key == key)).one_or_none()
    return case_record(row) if row else None


def search_cases(work: UnitOfWork, query: Query, *, seen_by: Viewer | None) -> Page[Instance]:
    """Instances by conditions; ``seen_by`` None sees all of them."""
    select = CASES if seen_by is None else CASES.where(seen_by.takes_part(_I.key))
    return _SEARCH.page(work, select, query, case_record)


def case_keys(work: UnitOfWork, conditions: Sequence[Condition], *, limit: int) -> tuple[Key, ...]:
    """The keys of all cases that meet these conditions, the oldest first; at most so many."""
    select = (
        sa.select(_I.key)
        .select_from(INSTANCE)
        .join(PROCESS_DEFINITION, _D.key == _I.definition_key)
    )
    found = _SEARCH.narrowed(select, conditions).order_by(_I.key).limit(limit)
    return tuple(Key(key) for key in work.connection.execute(found).scalars())


def takes_part(work: UnitOfWork, viewer: Viewer, instance_key: Key) -> bool:
    """Whether the person is the case's applicant, or has or had to do with a task of it."""
    found = work.connection.execute(
        sa.select(sa.literal(1)).where(_I.key == instance_key, viewer.takes_part(_I.key))
    ).scalar()
    return found is not None


def handles(work: UnitOfWork, viewer: Viewer, instance_key: Key) -> bool:
    """Whether the person has, had or may take a task of the case."""
    key = sa.literal(instance_key, sa.BigInteger)
    return bool(work.connection.execute(sa.select(viewer.handles(key))).scalar())


def handles_others(work: UnitOfWork, viewer: Viewer, person: Key, instance_key: Key) -> bool:
    """Whether the person handles the case or was sent it to read, and is not its applicant."""
    found = work.connection.execute(
        sa.select(sa.literal(1)).where(
            _I.key == instance_key,
            _I.applicant_key != person,
            sa.or_(viewer.handles(_I.key), viewer.copied(_I.key)),
        )
    ).scalar()
    return found is not None


@dataclass(frozen=True, kw_only=True)
class Relation:
    """What somebody has to do with a case. ``handles``: has, had or may take a task of it;
    ``copied``: it was sent to him to read; ``completed``: has done a task or a seat of one;
    ``urged_at``: when he pressed for it the last time."""

    handles: bool = False
    copied: bool = False
    completed: bool = False
    urged_at: datetime | None = None


def relation(work: UnitOfWork, viewer: Viewer, instance_key: Key) -> Relation:
    """The person's relation to the case, in one question."""
    key = sa.literal(instance_key, sa.BigInteger)
    row = work.connection.execute(
        sa.select(
            viewer.handles(key),
            viewer.copied(key),
            viewer.completed(key),
            viewer.urged_at(key),
        )
    ).one()
    return Relation(
        handles=bool(row[0]), copied=bool(row[1]), completed=bool(row[2]), urged_at=row[3]
    )


def case_record(row: Any) -> Instance:
    return Instance(
        key=row.key,
        definition_key=row.definition_key,
        process_id=row.process_id,
        process_name=row.process_name,
        version=row.version,
        number=row.number,
        title=row.title,
        state=InstanceState(row.state),
        applicant_key=row.applicant_key,
        applicant_name=row.applicant_name,
        unit=row.unit,
        unit_name=row.unit_name,
        started_at=row.started_at,
        ended_at=row.ended_at,
        result=row.result,
        incident=row.incident,
        current=tuple(row.current or ()),
        handler=(row.handler or "").strip("、"),
        due_at=row.due_at,
        due_pending=bool(row.due_pending),
        stopped=StopKind(row.clock_stop_kind) if row.clock_stop_kind else None,
        stopped_at=row.clock_stopped_at,
        statutory_rule=row.statutory_rule,
        statutory_due_at=row.statutory_due_at,
        statutory_pending=row.statutory_pending,
    )


def found_by(asked: Condition) -> sa.ColumnElement[bool]:
    """Every word somewhere in number, title or applicant's name."""
    words = search_words(str(asked.value))
    return sa.and_(
        _I.grams.contains(sorted(grams(words))),
        *(_I.search.contains(word, autoescape=True) for word in words),
    )


def _with_incident(asked: Condition) -> sa.ColumnElement[bool]:
    found = sa.exists().where(
        INCIDENT.c.instance_key == _I.key, INCIDENT.c.state == IncidentState.ACTIVE
    )
    return found if asked.value else sa.not_(found)


def _at_element(asked: Condition) -> sa.ColumnElement[bool]:
    """A token stands at such an element."""
    return sa.exists().where(
        VISIT.c.instance_key == _I.key,
        VISIT.c.state == VisitState.ACTIVE,
        compare(VISIT.c.element_id, asked),
    )


_SEARCH = Search(
    fields={
        "processInstanceKey": _I.key,
        "processDefinitionKey": _I.definition_key,
        "processDefinitionId": _I.process_id,
        "processDefinitionName": _D.name,
        "processDefinitionVersion": _D.version,
        "processDefinitionVersionTag": _D.version_tag,
        "state": _I.state,
        "startDate": _I.started_at,
        "endDate": _I.ended_at,
        "caseNumber": _I.number,
        "title": _I.title,
        "applicant": _I.applicant,
        "applicantKey": _I.applicant_key,
        "unit": _I.unit,
    },
    key=_I.key,
    special={"search": found_by, "hasIncident": _with_incident, "elementId": _at_element},
    usual_order=(Order(field="startDate", descending=True),),
)
