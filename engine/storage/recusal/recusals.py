"""Recusals of a case, and whom they could concern."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from engine.model.keys import Key, instance_of
from engine.model.people import Person
from engine.model.recusals import Recusal, RecusalKind, RecusalState
from engine.storage.database import UnitOfWork

_SELECT: Final = """select r.instance_key, r.key, r.username, r.kind, r.state, r.asked_by, r.asked_at,
    r.reason, r.decided_by, r.decided_at, r.note, coalesce(p.name, r.username),
    case when r.asked_by = 'system' then '系统' else coalesce(a.name, r.asked_by) end,
    coalesce(d.name, r.decided_by, ''), i.number
    from recusal r join instance i on i.key = r.instance_key
    left join person p on p.username = r.username left join person a on a.username = r.asked_by
    left join person d on d.username = r.decided_by"""
#: The open tasks in which the person has, gets back or could take something.
_STANDS: Final = """select t.key from user_task t
    where t.instance_key = %(instance)s and t.state = 'CREATED' and (
      t.assignee = %(username)s or %(username)s = any(t.candidate_users) or exists (
        select from membership m join person p on p.key = m.person_key
        where p.username = %(username)s and m.role || '@' || m.unit = any(t.candidate_groups))
      or (t.seated and exists (select from seat s where s.instance_key = t.instance_key
        and s.task_key = t.key and s.state in ('WAITING', 'OPEN') and (s.holder = %(username)s
          or %(username)s = any(s.stack) or (s.holder is null and exists (
            select from membership m join person p on p.key = m.person_key
            where p.username = %(username)s and m.role = s.role and m.unit = s.unit))))))
    order by t.key"""
#: Whoever has or had a task of the case; and, unless ``named``, whoever could take an open one.
_CONCERNED: Final = """select p.key, p.username, p.name, p.phone, p.email, p.active, p.administrator
    from person p where p.active and (p.username in (
        select unnest(array[t.assignee, t.ended_by, t.on_behalf_of]) from user_task t
          where t.instance_key = %(instance)s
        union all select unnest(array[s.holder, s.actor, s.on_behalf_of] || s.stack) from seat s
          where s.instance_key = %(instance)s and s.state <> 'CANCELED')
      or (not %(named)s and (p.username in (
          select unnest(t.candidate_users) from user_task t
          where t.instance_key = %(instance)s and t.state = 'CREATED')
        or exists (select from membership m join user_task t on t.instance_key = %(instance)s
          and t.state = 'CREATED' and m.role || '@' || m.unit = any(t.candidate_groups)
          where m.person_key = p.key)
        or exists (select from membership m join seat s on s.instance_key = %(instance)s
          and s.state in ('WAITING', 'OPEN') and s.role = m.role and s.unit = m.unit
          where m.person_key = p.key))))
    order by p.name, p.username limit 200"""


def add(work: UnitOfWork, recusal: Recusal) -> None:
    work.hot(
        """insert into recusal (instance_key, key, username, kind, state, asked_by, asked_at, reason,
             decided_by, decided_at, note) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            recusal.instance_key,
            recusal.key,
            recusal.username,
            recusal.kind,
            recusal.state,
            recusal.asked_by,
            recusal.asked_at,
            recusal.reason,
            recusal.decided_by,
            recusal.decided_at,
            recusal.note,
        ],
    )


def move(work: UnitOfWork, recusal: Recusal, *, before: RecusalState) -> bool:
    """Write a decision, by compare-and-set on the state before."""
    found = work.hot(
        """update recusal set state = %s, decided_by = %s, decided_at = %s, note = %s
           where instance_key = %s and key = %s and state = %s""",
        [
            recusal.state,
            recusal.decided_by,
            recusal.decided_at,
            recusal.note,
            recusal.instance_key,
            recusal.key,
            before,
        ],
    )
    return bool(found.rowcount)


def get(work: UnitOfWork, key: Key) -> Recusal | None:
    row = work.hot(
        f"{_SELECT} where r.instance_key = %s and r.key = %s", [instance_of(key), key]
    ).fetchone()
    return _recusal(row) if row else None


def standing(work: UnitOfWork, instance_key: Key, username: str) -> Recusal | None:
    """The person's recusal that is in force or asked for, the former first."""
    row = work.hot(
        f"""{_SELECT} where r.instance_key = %s and r.username = %s
            and r.state in ('IN_FORCE', 'ASKED') order by r.state desc limit 1""",
        [instance_key, username],
    ).fetchone()
    return _recusal(row) if row else None


def asked_of(work: UnitOfWork, instance_key: Key, username: str) -> Recusal | None:
    row = work.hot(
        f"{_SELECT} where r.instance_key = %s and r.username = %s and r.state = 'ASKED'",
        [instance_key, username],
    ).fetchone()
    return _recusal(row) if row else None


def search(
    work: UnitOfWork,
    *,
    instance_key: Key | None = None,
    username: str | None = None,
    besides: str | None = None,
    states: Sequence[RecusalState] = (),
    limit: int = 200,
) -> tuple[Recusal, ...]:
    """The latest first; ``besides``: not those that concern him, nor of cases he is recused from."""
    rows = work.hot(
        f"""{_SELECT} where (%(instance)s::bigint is null or r.instance_key = %(instance)s)
            and (%(username)s::text is null or r.username = %(username)s)
            and (%(besides)s::text is null or (r.username <> %(besides)s and not exists (
              select from recusal x where x.instance_key = r.instance_key
              and x.username = %(besides)s and x.state = 'IN_FORCE')))
            and (%(states)s::text[] = '{{}}' or r.state = any(%(states)s::text[]))
            order by r.asked_at desc, r.key desc limit %(limit)s""",
        {
            "instance": instance_key,
            "username": username,
            "besides": besides,
            "states": [str(state) for state in states],
            "limit": limit,
        },
    )
    return tuple(_recusal(row) for row in rows)


def tasks_of(work: UnitOfWork, instance_key: Key, username: str) -> tuple[Key, ...]:
    """The open tasks of the case in which the person has, gets back or could take something."""
    rows = work.hot(_STANDS, {"instance": instance_key, "username": username})
    return tuple(Key(row[0]) for row in rows)


def concerned(work: UnitOfWork, instance_key: Key, *, named: bool) -> tuple[Person, ...]:
    """Whose recusal may be asked for; ``named``: only those who have or had a task of the case."""
    rows = work.hot(_CONCERNED, {"instance": instance_key, "named": named})
    return tuple(
        Person(
            key=Key(row[0]),
            username=row[1],
            name=row[2],
            phone=row[3],
            email=row[4],
            active=row[5],
            administrator=row[6],
        )
        for row in rows
    )


def _recusal(row: tuple[Any, ...]) -> Recusal:
    return Recusal(
        instance_key=Key(row[0]),
        key=Key(row[1]),
        username=row[2],
        kind=RecusalKind(row[3]),
        state=RecusalState(row[4]),
        asked_by=row[5],
        asked_at=row[6],
        reason=row[7],
        decided_by=row[8],
        decided_at=row[9],
        note=row[10],
        name=row[11],
        asked_by_name=row[12],
        decided_by_name=row[13],
        case_number=row[14],
    )
