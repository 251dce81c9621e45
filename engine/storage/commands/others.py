"""The others who count in a command: whoever is recused in the case, and those for whom the person
stands in (代理).

Mostly there are none. The locking statement only asks whether there may be any (``may_be``), by
index look-ups that cost next to nothing; who they are is read here, in a statement of its own.
What only looks (pages) reads them with the rest (``columns``): a statement less there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final

import orjson

from engine.model.actor import Actor, Membership, Principal
from engine.model.keys import Key
from engine.storage.database import UnitOfWork
from engine.storage.recusal.barring import MAYBE_RECUSED_IN, RECUSED_IN, people_of

_IN_FORCE: Final = "x.revoked_at is null and x.starts_at <= %(now)s and x.ends_at > %(now)s"


def separated(person: str) -> str:
    """Whether the person did another task of the same four-eyes group, or somebody did for him."""
    return f"""t.separation is not null and exists (
        select from user_task o where o.instance_key = t.instance_key
        and o.element_id <> t.element_id and o.separation = t.separation
        and (({person}.username in (o.ended_by, o.on_behalf_of) and o.state = 'COMPLETED')
          or (o.seated and exists (select from seat s where s.instance_key = o.instance_key
              and s.task_key = o.key and s.state = 'DONE'
              and {person}.username in (s.actor, s.on_behalf_of)))))"""


_PRINCIPALS: Final = f"""(select json_agg(json_build_array(q.key, q.username, q.name,
        (select array_agg(m.role || '@' || m.unit) from membership m where m.person_key = q.key),
        {separated("q")}) order by x.key)
    from proxy x join person q on q.username = x.principal and q.active
    where x.proxy = p.username and {_IN_FORCE}
    and (x.process_ids = '{{}}' or i.process_id = any(x.process_ids)))::text"""


@dataclass(frozen=True, kw_only=True)
class Others:
    """``barred``: username → key; ``principals``: whose seats the person may act in."""

    barred: Mapping[str, Key] = field(default_factory=dict)
    principals: tuple[Principal, ...] = ()


def may_be(*, of_person: bool) -> str:
    """Whether there may be any, as SQL about the instance ``i``; ``of_person``: and the person
    ``p`` with the task ``t``."""
    proxy = f" or exists (select from proxy x where x.proxy = p.username and {_IN_FORCE})"
    return f"({MAYBE_RECUSED_IN}{proxy if of_person else ''})"


def columns(*, of_person: bool) -> str:
    """Who they are, as two columns about the same."""
    return f"{RECUSED_IN}, {_PRINCIPALS if of_person else 'null'}"


def read(row: Sequence[Any]) -> Others:
    """What ``columns`` say."""
    barred, principals = row
    return Others(
        barred=people_of(barred),
        principals=tuple(_principal(each) for each in orjson.loads(principals or "[]")),
    )


@cache
def _statement(of_person: bool) -> str:
    person = "left join person p on p.key = %(person)s::bigint" if of_person else ""
    return f"""select {columns(of_person=of_person)} from instance i
        left join user_task t on t.instance_key = i.key and t.key = %(element)s::bigint {person}
        where i.key = %(instance)s::bigint"""


def others(
    work: UnitOfWork,
    instance_key: Key,
    element_key: Key,
    *,
    actor: Actor,
    now: datetime,
    of_person: bool,
) -> Others:
    """``of_person``: the element is a task with which the person does something."""
    row = work.hot(
        _statement(of_person),
        {
            "instance": instance_key,
            "element": element_key,
            "person": actor.key,
            "today": work.today,
            "now": now,
        },
    ).fetchone()
    return read(row)


def memberships(texts: Sequence[str] | None) -> frozenset[Membership]:
    """``role@unit`` as memberships; what is none is left out."""
    found = (Membership.parse(text) for text in texts or ())
    return frozenset(m for m in found if m is not None)


def _principal(row: list[Any]) -> Principal:
    return Principal(
        key=Key(row[0]),
        username=row[1],
        name=row[2],
        memberships=memberships(row[3]),
        separated=bool(row[4]),
    )
