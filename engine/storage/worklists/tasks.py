"""User tasks as records: one by key, some by keys, and searched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.clock import StopKind
from engine.model.keys import Key, instance_of
from engine.model.page import Page
from engine.model.records import UserTask
from engine.model.search import Condition, Operator, Order, Query
from engine.model.seats import SeatState
from engine.model.states import TaskState
from engine.storage.absence.proxies import Represented
from engine.storage.database import UnitOfWork
from engine.storage.recusal.barring import not_recused
from engine.storage.search import Search, compare
from engine.storage.tables.copies import CARBON_COPY, URGE
from engine.storage.tables.definitions import PROCESS_DEFINITION
from engine.storage.tables.execution import INSTANCE, USER_TASK
from engine.storage.tables.identity import PERSON, UNIT
from engine.storage.tables.seats import SEAT

_T, _I, _D, _S = USER_TASK.c, INSTANCE.c, PROCESS_DEFINITION.c, SEAT.c
_C, _U = CARBON_COPY.c, URGE.c


#: Who has the task in words: the assignee, else units and roles, else candidate users.
_HANDLER: sa.ColumnElement[str] = sa.literal_column(
    """coalesce(person.name, (
        select string_agg(coalesce(gu.name, split_part(g, '@', 2)) || ' '
            || coalesce(gr.name, split_part(g, '@', 1)), '、')
        from unnest(user_task.candidate_groups) g
        left join unit gu on gu.key = split_part(g, '@', 2)
        left join role gr on gr.key = split_part(g, '@', 1)), (
        select string_agg(p.name, '、') from person p
        where p.username = any(user_task.candidate_users)), '')""".replace(
        "coalesce(person.name, (",
        """coalesce(person.name, case when user_task.seated then (
        select string_agg(distinct p.name, '、') from seat s
        join person p on p.username = coalesce(s.holder, s.actor)
        where s.instance_key = user_task.instance_key and s.task_key = user_task.key
        and s.state = case when user_task.state = 'CREATED' then 'OPEN' else 'DONE' end) end, (""",
    ),
    sa.Text,
)

TASKS = (
    sa.select(
        USER_TASK,
        _I.number.label("case_number"),
        _I.title.label("case_title"),
        _I.applicant_name,
        _I.definition_key,
        _I.clock_stop_kind,
        _D.name.label("process_name"),
        sa.func.coalesce(UNIT.c.name, _I.unit).label("unit_name"),
        PERSON.c.name.label("assignee_name"),
        _HANDLER.label("handler"),
    )
    .select_from(USER_TASK)
    .join(INSTANCE, _I.key == _T.instance_key)
    .join(PROCESS_DEFINITION, _D.key == _I.definition_key)
    .outerjoin(UNIT, UNIT.c.key == _I.unit)
    .outerjoin(PERSON, PERSON.c.username == _T.assignee)
)


def get_task(work: UnitOfWork, key: Key) -> UserTask | None:
    row = work.connection.execute(
        TASKS.where(_T.instance_key == instance_of(key), _T.key == key)
    ).one_or_none()
    return task_record(row) if row else None


def tasks_by_keys(work: UnitOfWork, keys: Sequence[Key]) -> tuple[UserTask, ...]:
    """These tasks, in the order of the keys."""
    if not keys:
        return ()
    wanted = sa.tuple_(_T.instance_key, _T.key).in_([(instance_of(key), key) for key in keys])
    rows = work.connection.execute(TASKS.where(wanted))
    found = {row.key: task_record(row) for row in rows}
    return tuple(found[key] for key in keys if key in found)


def open_tasks_of(work: UnitOfWork, instance_key: Key) -> tuple[UserTask, ...]:
    """The open tasks of an instance, oldest first; at most a hundred."""
    rows = work.connection.execute(
        TASKS.where(_T.instance_key == instance_key, _T.state == TaskState.CREATED)
        .order_by(_T.key)
        .limit(100)
    )
    return tuple(task_record(row) for row in rows)


def open_tasks_of_applicant(
    work: UnitOfWork, *, key: Key, username: str, limit: int = 50
) -> tuple[UserTask, ...]:
    """What the person has to do in cases that are his own applications, the nearest deadline first."""
    rows = work.connection.execute(
        TASKS.where(_T.assignee == username, _T.state == TaskState.CREATED, _I.applicant_key == key)
        .order_by(_T.due_at.asc().nulls_last(), _T.key)
        .limit(limit)
    )
    return tuple(task_record(row) for row in rows)


def search_tasks(work: UnitOfWork, query: Query, *, seen_by: Viewer | None) -> Page[UserTask]:
    """Tasks by conditions; ``seen_by`` None sees all of them."""
    select = TASKS if seen_by is None else TASKS.where(seen_by.condition())
    return _SEARCH.page(work, select, query, task_record)


class Viewer:
    """Whose tasks and cases a search may show: those in which the person takes part.

    ``principals``: for whom he is a proxy now; ``everything``: an administrator, who sees all but
    what he must keep away from; ``today``: None asks nothing about recusal.
    """

    def __init__(
        self,
        *,
        key: Key,
        username: str,
        groups: Sequence[str],
        today: date | None = None,
        principals: Sequence[Represented] = (),
        everything: bool = False,
    ) -> None:
        self._key = key
        self._username = username
        self._groups = list(groups)
        self._today = today
        self._everything = everything
        self._principals = tuple(principals)

    def condition(self) -> sa.ColumnElement[bool]:
        """Has or had to do with the task, himself or as a proxy, and need not keep away from it."""
        if self._everything:
            return self._kept(_T.instance_key, sa.true())
        return self._kept(
            _T.instance_key,
            sa.or_(
                _T.assignee == self._username,
                _T.ended_by == self._username,
                sa.literal(self._username) == sa.func.any(_T.candidate_users),
                _T.candidate_groups.overlap(sa.cast(self._groups, postgresql.ARRAY(sa.Text))),
                sa.and_(_T.seated, self._seated()),
                *(self._stands_in(each) for each in self._principals),
            ),
        )

    def need_not_keep_away(self, instance: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """The person is not recused from the case of that key."""
        return self._kept(instance, sa.true())

    def _kept(
        self, instance: sa.ColumnElement[Any], wanted: sa.ColumnElement[bool]
    ) -> sa.ColumnElement[bool]:
        """Nobody who is recused sees anything of the case (回避)."""
        if self._today is None:
            return wanted
        kept = not_recused(instance, username=self._username, today=self._today)
        return sa.and_(kept, wanted)

    def _stands_in(self, principal: Represented) -> sa.ColumnElement[bool]:
        """The open tasks of whom he is a proxy for."""
        theirs = Viewer(key=Key(0), username=principal.username, groups=principal.groups)
        name = sa.literal(principal.username)
        conditions: list[sa.ColumnElement[bool]] = [
            _T.state == TaskState.CREATED,
            sa.or_(
                _T.assignee == principal.username,
                name == sa.func.any(_T.candidate_users),
                _T.candidate_groups.overlap(sa.cast(principal.groups, postgresql.ARRAY(sa.Text))),
                sa.and_(_T.seated, theirs._seated()),
            ),
        ]
        if principal.process_ids:
            conditions.append(_T.process_id.in_(principal.process_ids))
        if self._today is not None:
            conditions.append(
                not_recused(_T.instance_key, username=principal.username, today=self._today)
            )
        return sa.and_(*conditions)

    def _seated(self) -> sa.ColumnElement[bool]:
        """Has a seat of the task, gets one back, or has completed one."""
        me = sa.literal(self._username)
        return (
            sa.exists()
            .where(_S.instance_key == _T.instance_key, _S.task_key == _T.key)
            .where(
                sa.or_(
                    _S.actor == self._username,
                    sa.and_(
                        _S.state.in_((SeatState.OPEN, SeatState.WAITING)),
                        sa.or_(_S.holder == self._username, me == sa.func.any(_S.stack)),
                    ),
                )
            )
        )

    def takes_part(self, instance: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """As applicant, in a task of the instance, or since it was copied to the person."""
        if self._everything:
            return self._kept(instance, sa.true())
        return sa.or_(_I.applicant_key == self._key, self.handles(instance), self.copied(instance))

    def copied(self, instance: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """It was sent to the person to read."""
        sent = sa.exists().where(_C.instance_key == instance, _C.username == self._username)
        return self._kept(instance, sent)

    def urged_at(self, instance: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """When the person pressed for it the last time."""
        return (
            sa.select(sa.func.max(_U.created_at))
            .where(_U.instance_key == instance, _U.username == self._username)
            .scalar_subquery()
        )

    def completed(self, instance: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Has completed a task of the instance, or a seat of one."""
        return sa.or_(
            sa.exists().where(
                _T.instance_key == instance,
                _T.state == TaskState.COMPLETED,
                _T.ended_by == self._username,
            ),
            sa.exists().where(
                _S.instance_key == instance,
                _S.state == SeatState.DONE,
                _S.actor == self._username,
            ),
        )

    def handles(self, instance: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """In a task of the instance: has it, had it, or may take it."""
        if self._everything:
            return self._kept(instance, sa.true())
        return sa.exists().where(_T.instance_key == instance, self.condition())

    def holds(self, instance: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Elements of the open tasks of the instance that the person (or whom he stands in for)
        has, or has a seat of."""
        names = [self._username, *(each.username for each in self._principals)]
        seat = sa.exists().where(
            _S.instance_key == _T.instance_key,
            _S.task_key == _T.key,
            _S.holder.in_(names),
            _S.state.in_((SeatState.OPEN, SeatState.WAITING)),
        )
        return (
            sa.select(sa.func.array_agg(_T.element_id.distinct()))
            .where(
                _T.instance_key == instance,
                _T.state == TaskState.CREATED,
                sa.or_(_T.assignee.in_(names), sa.and_(_T.seated, seat)),
            )
            .scalar_subquery()
        )


def task_record(row: Any) -> UserTask:
    return UserTask(
        key=row.key,
        instance_key=row.instance_key,
        scope_key=row.scope_key,
        definition_key=row.definition_key,
        process_id=row.process_id,
        process_name=row.process_name,
        case_number=row.case_number,
        case_title=row.case_title,
        applicant_name=row.applicant_name,
        unit_name=row.unit_name,
        element_id=row.element_id,
        name=row.name,
        state=TaskState(row.state),
        assignee=row.assignee,
        assignee_name=row.assignee_name,
        candidate_groups=tuple(row.candidate_groups),
        candidate_users=tuple(row.candidate_users),
        form_id=row.form_id,
        form_key=row.form_key,
        priority=row.priority,
        created_at=row.created_at,
        due_at=row.due_at,
        due_pending=row.due_pending,
        follow_up_at=row.follow_up_at,
        ended_at=row.ended_at,
        outcome=row.outcome,
        properties=row.properties,
        handler=row.handler,
        seated=row.seated,
        stopped=StopKind(row.clock_stop_kind) if row.due_stopped and row.clock_stop_kind else None,
        urged=row.urged,
        urged_at=row.urged_at,
    )


def _in_array(column: Any) -> Any:
    def condition(asked: Condition) -> sa.ColumnElement[bool]:
        values = list(asked.value) if asked.operator is Operator.IN else [asked.value]
        if asked.operator not in {Operator.EQ, Operator.IN}:
            element = sa.func.unnest(column).column_valued("element")
            found: sa.ColumnElement[bool] = (
                sa.select(element).where(compare(element, asked)).exists()
            )
            return found
        overlap: sa.ColumnElement[bool] = column.overlap(sa.cast(values, postgresql.ARRAY(sa.Text)))
        return overlap

    return condition


_SEARCH = Search(
    fields={
        "userTaskKey": _T.key,
        "processInstanceKey": _T.instance_key,
        "processDefinitionKey": _I.definition_key,
        "processDefinitionId": _T.process_id,
        "bpmnProcessId": _T.process_id,
        "processName": _D.name,
        "elementId": _T.element_id,
        "elementInstanceKey": _T.key,
        "name": _T.name,
        "state": _T.state,
        "assignee": _T.assignee,
        "priority": _T.priority,
        "formKey": _T.form_key,
        "creationDate": _T.created_at,
        "completionDate": _T.ended_at,
        "dueDate": _T.due_at,
        "followUpDate": _T.follow_up_at,
        "caseNumber": _I.number,
    },
    key=_T.key,
    special={
        "candidateGroup": _in_array(_T.candidate_groups),
        "candidateUser": _in_array(_T.candidate_users),
    },
    usual_order=(Order(field="creationDate"),),
)
