"""Absence proxies: rows, and for whom somebody stands in now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson

from engine.model.actor import Membership
from engine.model.keys import Key
from engine.model.proxies import Proxy
from engine.storage.database import UnitOfWork
from engine.storage.recusal.barring import RECUSED_RUNNING_CASES

_COLUMNS: Final = """x.key, x.principal, x.proxy, x.process_ids, x.starts_at, x.ends_at, x.reason,
    x.created_by, x.created_at, x.revoked_by, x.revoked_at,
    coalesce(q.name, x.principal), coalesce(p.name, x.proxy)"""
_FROM: Final = """from proxy x left join person q on q.username = x.principal
    left join person p on p.username = x.proxy"""
_LIVE: Final = "x.revoked_at is null and x.starts_at <= %(now)s and x.ends_at > %(now)s"


@dataclass(frozen=True, kw_only=True)
class Represented:
    """For whom somebody stands in now; ``process_ids`` empty: in all services."""

    username: str
    memberships: tuple[Membership, ...]
    process_ids: tuple[str, ...]

    @property
    def groups(self) -> list[str]:
        return [str(membership) for membership in self.memberships]


_REPRESENTED: Final = f"""select x.principal, x.process_ids,
      (select array_agg(m.role || '@' || m.unit order by 1)
       from membership m where m.person_key = q.key) as groups, x.key
    from proxy x join person q on q.username = x.principal and q.active
    where x.proxy = %(username)s and {_LIVE}"""
#: The same beside the cases that the person must keep away from: one statement for a worklist.
_AROUND: Final = f"""select (select json_agg(json_build_array(r.principal, r.process_ids, r.groups)
      order by r.key) from ({_REPRESENTED}) r)::text,
    (select array_agg(distinct a.instance_key) from ({RECUSED_RUNNING_CASES}) a)"""


def represented_by(work: UnitOfWork, username: str) -> tuple[Represented, ...]:
    """The people whose proxy the person is now; one look-up that mostly finds nothing."""
    rows = work.hot(f"{_REPRESENTED} order by x.key", {"username": username, "now": work.now})
    return tuple(_represented(*row[:3]) for row in rows)


def around(work: UnitOfWork, username: str) -> tuple[tuple[Represented, ...], tuple[Key, ...]]:
    """Whose proxy the person is now, and the running cases that he must keep away from."""
    row = work.hot(_AROUND, {"username": username, "now": work.now, "today": work.today}).fetchone()
    people = orjson.loads(row[0]) if row[0] else []
    return tuple(_represented(*each) for each in people), tuple(Key(key) for key in row[1] or ())


def _represented(username: str, process_ids: list[str], groups: list[str] | None) -> Represented:
    memberships = map(Membership.parse, groups or ())
    return Represented(
        username=username,
        process_ids=tuple(process_ids),
        memberships=tuple(m for m in memberships if m is not None),
    )


def add(work: UnitOfWork, proxy: Proxy) -> None:
    work.hot(
        """insert into proxy (key, principal, proxy, process_ids, starts_at, ends_at, reason,
             created_by, created_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            proxy.key,
            proxy.principal,
            proxy.proxy,
            list(proxy.process_ids),
            proxy.starts_at,
            proxy.ends_at,
            proxy.reason,
            proxy.created_by,
            proxy.created_at,
        ],
    )


def alone_with(work: UnitOfWork, principal: str) -> None:
    """Let no other transaction name or revoke a proxy of the same person until this one ends."""
    work.hot("select pg_advisory_xact_lock(hashtext('proxy:' || %s))", [principal])


def get(work: UnitOfWork, key: Key) -> Proxy | None:
    row = work.hot(f"select {_COLUMNS} {_FROM} where x.key = %s", [key]).fetchone()
    return _proxy(row) if row else None


def revoke(work: UnitOfWork, key: Key, *, by: str, now: datetime) -> bool:
    """False where it was revoked already."""
    found = work.hot(
        "update proxy set revoked_by = %s, revoked_at = %s where key = %s and revoked_at is null",
        [by, now, key],
    )
    return bool(found.rowcount)


def overlapping(work: UnitOfWork, proxy: Proxy) -> tuple[Proxy, ...]:
    """Those of the same pair that are in force at the same time."""
    rows = work.hot(
        f"""select {_COLUMNS} {_FROM} where x.principal = %s and x.proxy = %s
            and x.revoked_at is null and x.starts_at < %s and x.ends_at > %s order by x.starts_at""",
        [proxy.principal, proxy.proxy, proxy.ends_at, proxy.starts_at],
    )
    return tuple(_proxy(row) for row in rows)


def search(
    work: UnitOfWork,
    *,
    people: Sequence[str] | None = None,
    live: bool = False,
    limit: int = 200,
) -> tuple[Proxy, ...]:
    """The latest first; ``people``: principal or proxy is one of them; ``live``: not over yet."""
    rows = work.hot(
        f"""select {_COLUMNS} {_FROM}
            where (%(people)s::text[] is null or x.principal = any(%(people)s::text[])
                or x.proxy = any(%(people)s::text[]))
            and (not %(live)s or (x.revoked_at is null and x.ends_at > %(now)s))
            order by x.starts_at desc, x.key desc limit %(limit)s""",
        {
            "people": list(people) if people is not None else None,
            "live": live,
            "now": work.now,
            "limit": limit,
        },
    )
    return tuple(_proxy(row) for row in rows)


def proxies_of(
    work: UnitOfWork,
    *,
    usernames: Collection[str],
    groups: Collection[str],
    instance_key: Key,
) -> tuple[str, ...]:
    """Who stands in now, in the service of that case, for any of these people or members of these
    groups (``role@unit``)."""
    rows = work.hot(
        f"""select distinct x.proxy from proxy x join instance i on i.key = %(instance)s
            join person q on q.username = x.principal and q.active
            where {_LIVE} and (x.process_ids = '{{}}' or i.process_id = any(x.process_ids))
            and (x.principal = any(%(usernames)s::text[]) or exists (
              select from membership m where m.person_key = q.key
              and m.role || '@' || m.unit = any(%(groups)s::text[])))""",
        {
            "usernames": list(usernames),
            "groups": list(groups),
            "now": work.now,
            "instance": instance_key,
        },
    )
    return tuple(row[0] for row in rows)


def _proxy(row: tuple[Any, ...]) -> Proxy:
    return Proxy(
        key=Key(row[0]),
        principal=row[1],
        proxy=row[2],
        process_ids=tuple(row[3]),
        starts_at=row[4],
        ends_at=row[5],
        reason=row[6],
        created_by=row[7],
        created_at=row[8],
        revoked_by=row[9],
        revoked_at=row[10],
        principal_name=row[11],
        proxy_name=row[12],
    )
