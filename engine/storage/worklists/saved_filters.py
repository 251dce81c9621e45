"""Saved filters: a person's own, in the order he gave them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from engine.model.filters import SavedFilter
from engine.model.keys import SPAN, Key
from engine.storage.database import UnitOfWork

_COLUMNS: Final = "key, name, view, query, position, preferred"


def alone_with(work: UnitOfWork, owner: Key) -> None:
    """Let no other transaction change filters of the same person until this one ends."""
    work.hot("select pg_advisory_xact_lock(hashtext('saved_filter:' || %s::bigint))", [owner])


def list_filters(work: UnitOfWork, *, owner: Key) -> tuple[SavedFilter, ...]:
    """All of the person's, in their order."""
    rows = work.hot(
        f"select {_COLUMNS} from saved_filter where owner_key = %s order by position, key", [owner]
    )
    return tuple(_filter(row) for row in rows)


def save_filter(
    work: UnitOfWork, *, owner: Key, name: str, view: str, query: str, now: datetime
) -> SavedFilter:
    """A new one at the end, or the one of this name with another content."""
    row = work.hot(
        f"""insert into saved_filter (key, owner_key, name, view, query, position, created_at)
            select nextval('banshi_key') * {SPAN}, %(owner)s, %(name)s, %(view)s, %(query)s,
                coalesce(max(position), 0) + 1, %(now)s
            from saved_filter where owner_key = %(owner)s
            on conflict (owner_key, name) do update set view = excluded.view, query = excluded.query
            returning {_COLUMNS}""",
        {"owner": owner, "name": name, "view": view, "query": query, "now": now},
    ).fetchone()
    return _filter(row)


def rename_filter(work: UnitOfWork, *, owner: Key, key: Key, name: str) -> bool:
    """False where the person has no such filter. ``alone_with`` him: is the name free?"""
    done = work.hot(
        "update saved_filter set name = %s where owner_key = %s and key = %s", [name, owner, key]
    )
    return bool(done.rowcount)


def delete_filter(work: UnitOfWork, *, owner: Key, key: Key) -> bool:
    """False where the person has no such filter."""
    done = work.hot("delete from saved_filter where owner_key = %s and key = %s", [owner, key])
    return bool(done.rowcount)


def prefer_filter(work: UnitOfWork, *, owner: Key, key: Key | None) -> bool:
    """Let the inbox open with this one (None: with none); False where there is no such filter."""
    work.hot(
        """update saved_filter set preferred = false
           where owner_key = %s and preferred and key is distinct from %s""",
        [owner, key],
    )
    if key is None:
        return True
    done = work.hot(
        "update saved_filter set preferred = true where owner_key = %s and key = %s", [owner, key]
    )
    return bool(done.rowcount)


def order_filters(work: UnitOfWork, *, owner: Key, keys: list[Key]) -> None:
    """Give the person's filters this order."""
    work.hot(
        """update saved_filter f set position = o.n
           from unnest(%(keys)s::bigint[]) with ordinality as o(key, n)
           where f.owner_key = %(owner)s and f.key = o.key""",
        {"owner": owner, "keys": keys},
    )


def _filter(row: tuple[Any, ...]) -> SavedFilter:
    return SavedFilter(
        key=row[0], name=row[1], view=row[2], query=row[3], position=row[4], preferred=row[5]
    )
