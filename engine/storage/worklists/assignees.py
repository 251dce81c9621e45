"""To whom a user task can be handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from engine.model.execution import OpenTask
from engine.model.keys import Key
from engine.model.people import Person
from engine.storage.database import UnitOfWork
from engine.storage.recusal.barring import recused


@dataclass(frozen=True, kw_only=True)
class Assignee:
    """``colleague``: could take the task, or serves at a unit of its candidates or of whoever
    hands it on.

    ``separated``: has completed another task of the same four-eyes group of the case;
    ``recused``: must keep away from the case.
    """

    person: Person
    colleague: bool
    separated: bool
    recused: bool = False


_PERSON: Final = """p.key, p.username, p.name, p.phone, p.email, p.active, p.administrator"""
_COLLEAGUE: Final = """(p.username = any(%(users)s::text[]) or exists (
    select from membership m join role r on r.key = m.role
    where m.person_key = p.key and (m.role || '@' || m.unit = any(%(groups)s::text[])
      or (r.level is not null and (m.unit = any(%(units)s::text[]) or m.unit in (
        select b.unit from membership b join role br on br.key = b.role
        join person bp on bp.key = b.person_key
        where bp.username = %(by)s::text and br.level is not null))))))"""
_SEPARATED: Final = """(%(separation)s::text is not null and exists (
    select from user_task o where o.instance_key = %(instance)s and o.element_id <> %(element)s
    and o.separation = %(separation)s::text
    and ((p.username in (o.ended_by, o.on_behalf_of) and o.state = 'COMPLETED')
      or (o.seated and exists (select from seat s where s.instance_key = o.instance_key
          and s.task_key = o.key and s.state = 'DONE'
          and p.username in (s.actor, s.on_behalf_of))))))"""
_RECUSED: Final = recused(person="p.username", instance="%(instance)s", applicant="i.applicant")
_FROM: Final = "from person p, (select applicant from instance where key = %(instance)s) i"
_POST: Final = """(select string_agg(u.name || ' ' || r.name, '、' order by r.position, u.key)
    from membership m join role r on r.key = m.role join unit u on u.key = m.unit
    where m.person_key = p.key)"""
_ONE: Final = (
    f"select {_PERSON}, {_COLLEAGUE}, {_SEPARATED}, {_RECUSED} {_FROM}"
    " where p.active and p.username = %(username)s"
)
_SOME: Final = (
    f"select {_PERSON}, true, {_SEPARATED}, {_RECUSED}, {_POST} {_FROM}"
    f" where p.active and {_COLLEAGUE}"
    " order by p.name, p.username limit 200"
)


def find(
    work: UnitOfWork, username: str, *, task: OpenTask, instance_key: Key, by: str | None
) -> Assignee | None:
    """An active person, by username; ``by``: who would hand the task on."""
    asked = {**_parameters(work, task, instance_key, by), "username": username}
    row = work.hot(_ONE, asked).fetchone()
    return _assignee(row) if row else None


def colleagues(
    work: UnitOfWork, *, task: OpenTask, instance_key: Key, by: str | None
) -> tuple[Assignee, ...]:
    """The people whom the page offers; at most 200."""
    rows = work.hot(_SOME, _parameters(work, task, instance_key, by))
    return tuple(_assignee(row) for row in rows)


def _parameters(
    work: UnitOfWork, task: OpenTask, instance_key: Key, by: str | None
) -> dict[str, Any]:
    return {
        "by": by,
        "today": work.today,
        "users": list(task.candidate_users),
        "groups": list(task.candidate_groups),
        "units": [text.partition("@")[2] for text in task.candidate_groups],
        "separation": task.separation,
        "instance": instance_key,
        "element": task.element_id,
    }


def _assignee(row: tuple[Any, ...]) -> Assignee:
    return Assignee(
        person=Person(
            key=row[0],
            username=row[1],
            name=row[2],
            phone=row[3],
            email=row[4],
            active=row[5],
            administrator=row[6],
            post=(row[10] or "") if len(row) > 10 else "",
        ),
        colleague=row[7],
        separated=row[8],
        recused=row[9],
    )
