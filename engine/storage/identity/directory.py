"""Who is where: the questions that assigning a task asks of units and memberships."""

from __future__ import annotations

from collections.abc import Collection

from engine.model.keys import Key
from engine.model.people import Unit
from engine.storage.database import UnitOfWork


def ancestors(work: UnitOfWork, unit: str) -> tuple[Unit, ...]:
    """The unit and all above it, itself first; empty for an unknown unit."""
    rows = work.hot(
        """select a.key, a.name, a.level, a.parent from unit u join unit a on a.key = any(u.path)
           where u.key = %s order by cardinality(a.path) desc""",
        [unit],
    )
    return tuple(
        Unit(key=key, name=name, level=level, parent=parent) for key, name, level, parent in rows
    )


def holders(work: UnitOfWork, role: str, unit: str, *, limit: int = 2) -> tuple[Key, ...]:
    """Some active people who hold the role at this very unit."""
    rows = work.hot(
        """select m.person_key from membership m join person p on p.key = m.person_key
           where m.role = %s and m.unit = %s and p.active order by 1 limit %s""",
        [role, unit, limit],
    )
    return tuple(Key(key) for (key,) in rows)


def held_besides(work: UnitOfWork, role: str, unit: str, besides: Collection[Key]) -> bool:
    """Whether an active person who is none of these holds the role at this very unit."""
    row = work.hot(
        """select exists (select from membership m join person p on p.key = m.person_key
           where m.role = %s and m.unit = %s and p.active
           and m.person_key <> all(%s::bigint[]))""",
        [role, unit, sorted(besides)],
    ).fetchone()
    return bool(row[0])


def active_usernames(work: UnitOfWork, usernames: Collection[str]) -> dict[str, Key]:
    """Those of these usernames that belong to active people."""
    rows = work.hot(
        "select username, key from person where active and username = any(%s::text[])",
        [sorted(usernames)],
    )
    return {username: Key(key) for username, key in rows}


def names(work: UnitOfWork, usernames: Collection[str]) -> dict[str, str]:
    """What these people are called, active or not."""
    rows = work.hot(
        "select username, name from person where username = any(%s::text[])", [sorted(usernames)]
    )
    return dict(rows.fetchall())


def person_name(work: UnitOfWork, username: str) -> str | None:
    row = work.hot("select name from person where username = %s", [username]).fetchone()
    return str(row[0]) if row else None
