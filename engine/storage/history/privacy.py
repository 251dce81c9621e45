"""What masks fall for whom, and the audit rows of those who had them taken off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model import codec
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.privacy import Unmasking
from engine.model.search import Order, Query
from engine.storage.database import UnitOfWork, next_key, next_keys
from engine.storage.search import Search
from engine.storage.tables.execution import INSTANCE, VARIABLE
from engine.storage.tables.identity import PERSON
from engine.storage.tables.privacy import UNMASKING
from engine.storage.worklists.tasks import Viewer

_U, _I, _V = UNMASKING.c, INSTANCE.c, VARIABLE.c


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a person stands to a case's secrets. ``own``: he is its applicant; ``holds``: elements
    of the open tasks that he has; ``unmasked``: kinds shown to him until ``until``."""

    bundle_key: Key
    own: bool
    handles: bool
    holds: tuple[str, ...]
    unmasked: tuple[str, ...] = ()
    until: datetime | None = None


def standings(
    work: UnitOfWork, viewer: Viewer, person: Key, keys: Sequence[Key], *, now: datetime
) -> dict[Key, Standing]:
    """Of each case that there is; two statements, however many cases."""
    if not keys:
        return {}
    rows = work.connection.execute(
        sa.select(
            _I.key,
            _I.bundle_key,
            (_I.applicant_key == person).label("own"),
            viewer.handles(_I.key).label("handles"),
            viewer.holds(_I.key).label("holds"),
        ).where(_I.key.in_(list(keys)))
    ).all()
    live = _live(work, person, keys, now)
    return {
        Key(row.key): Standing(
            bundle_key=Key(row.bundle_key),
            own=row.own,
            handles=row.handles,
            holds=tuple(row.holds or ()),
            unmasked=live[row.key][0] if row.key in live else (),
            until=live[row.key][1] if row.key in live else None,
        )
        for row in rows
    }


@dataclass(frozen=True, kw_only=True)
class Glance:
    """Of one case: all its variables, a mapping per scope, and how the person stands to it."""

    values: tuple[dict[str, Any], ...]
    holds: tuple[str, ...]
    unmasked: tuple[str, ...]
    until: datetime | None


def glance(
    work: UnitOfWork, key: Key, *, names: Sequence[str], person: Key, now: datetime
) -> Glance:
    """What a page on one case needs for its masks, in one statement. ``names``: usernames that
    the person goes by (his own, and of whom he stands in for)."""
    row = work.hot(
        """select
             (select json_agg(json_build_array(v.scope_key, v.name, v.value)) from variable v
              where v.instance_key = %(key)s)::text,
             (select array_agg(distinct t.element_id) from user_task t
              where t.instance_key = %(key)s and t.state = 'CREATED'
              and (t.assignee = any(%(names)s) or t.seated and exists (
                select from seat s where s.instance_key = t.instance_key and s.task_key = t.key
                and s.holder = any(%(names)s) and s.state in ('OPEN', 'WAITING')))),
             (select array_agg(k) from unmasking u, unnest(u.kinds) k where u.instance_key = %(key)s
              and u.person_key = %(person)s and u.until > %(now)s),
             (select max(u.until) from unmasking u where u.instance_key = %(key)s
              and u.person_key = %(person)s and u.until > %(now)s)""",
        {"key": key, "names": list(names), "person": person, "now": now},
    ).fetchone()
    scopes: dict[Any, dict[str, Any]] = {}
    for scope, name, value in codec.decode(row[0]) if row and row[0] else ():
        scopes.setdefault(scope, {})[name] = value
    return Glance(
        values=tuple(scopes.values()),
        holds=tuple(row[1] or ()) if row else (),
        unmasked=tuple(row[2] or ()) if row else (),
        until=row[3] if row else None,
    )


def unmasked(work: UnitOfWork, key: Key, *, person: Key, now: datetime) -> tuple[str, ...]:
    """Kinds of a case's data that are shown to the person now."""
    found = _live(work, person, [key], now)
    return found[key][0] if key in found else ()


def _live(
    work: UnitOfWork, person: Key, keys: Sequence[Key], now: datetime
) -> dict[Key, tuple[tuple[str, ...], datetime]]:
    rows = work.connection.execute(
        sa.select(_U.instance_key, _U.kinds, _U.until).where(
            _U.instance_key.in_(list(keys)), _U.person_key == person, _U.until > now
        )
    )
    found: dict[Key, tuple[tuple[str, ...], datetime]] = {}
    for row in rows:
        kinds, until = found.get(row.instance_key, ((), row.until))
        found[Key(row.instance_key)] = ((*kinds, *row.kinds), max(until, row.until))
    return found


def bundles_of(work: UnitOfWork, keys: Sequence[Key]) -> dict[Key, Key]:
    """Case → its bundle."""
    rows = work.connection.execute(sa.select(_I.key, _I.bundle_key).where(_I.key.in_(list(keys))))
    return {Key(row.key): Key(row.bundle_key) for row in rows}


def values_of(work: UnitOfWork, keys: Sequence[Key]) -> dict[Key, list[dict[str, Any]]]:
    """All variables of these cases, one mapping per scope."""
    found: dict[Key, dict[Key, dict[str, Any]]] = {}
    rows = work.connection.execute(
        sa.select(_V.instance_key, _V.scope_key, _V.name, sa.cast(_V.value, sa.Text)).where(
            _V.instance_key.in_(list(keys))
        )
    )
    for instance, scope, name, value in rows:
        found.setdefault(instance, {}).setdefault(scope, {})[name] = codec.decode(value)
    return {key: list(scopes.values()) for key, scopes in found.items()}


@dataclass(frozen=True, kw_only=True)
class NewUnmasking:
    instance_key: Key
    person_key: Key
    username: str
    purpose: str
    note: str
    kinds: tuple[str, ...]
    at: datetime
    until: datetime


def add_unmasking(work: UnitOfWork, made: NewUnmasking) -> Key:
    """The audit row."""
    key = next_key(work)
    work.connection.execute(sa.insert(UNMASKING).values(key=key, **_columns(made)))
    return key


def add_unmaskings(work: UnitOfWork, made: Sequence[NewUnmasking]) -> None:
    """Several audit rows, in one statement."""
    taken = zip(next_keys(work, len(made)), made, strict=True)
    rows = [{"key": key, **_columns(each)} for key, each in taken]
    work.connection.execute(sa.insert(UNMASKING).values(rows))


def _columns(made: NewUnmasking) -> dict[str, Any]:
    return {**vars(made), "kinds": list(made.kinds)}


def search_unmaskings(work: UnitOfWork, query: Query) -> Page[Unmasking]:
    """Audit rows, the latest first unless asked otherwise."""
    return _SEARCH.page(work, _ROWS, query, _unmasking)


#: The case may have been destroyed since: its audit rows stay.
_ROWS = (
    sa.select(
        UNMASKING,
        sa.func.coalesce(_I.number, "").label("case_number"),
        sa.func.coalesce(PERSON.c.name, _U.username).label("name"),
    )
    .select_from(UNMASKING)
    .outerjoin(INSTANCE, _I.key == _U.instance_key)
    .outerjoin(PERSON, PERSON.c.key == _U.person_key)
)


def _unmasking(row: Any) -> Unmasking:
    return Unmasking(
        key=Key(row.key),
        instance_key=Key(row.instance_key),
        case_number=row.case_number,
        username=row.username,
        name=row.name,
        purpose=row.purpose,
        note=row.note,
        kinds=tuple(row.kinds),
        at=row.at,
        until=row.until,
    )


_SEARCH = Search(
    fields={
        "unmaskingKey": _U.key,
        "processInstanceKey": _U.instance_key,
        "caseNumber": sa.func.coalesce(_I.number, ""),
        "username": _U.username,
        "purpose": _U.purpose,
        "at": _U.at,
    },
    key=_U.key,
    special={},
    usual_order=(Order(field="at", descending=True),),
)
