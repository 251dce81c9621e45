"""Family and organisation relations between accounts, and for how long they count."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from engine.model.keys import Key
from engine.model.recusals import USUAL_TERM, Relation, RelationKind, Term
from engine.storage.database import UnitOfWork
from engine.storage.recusal.barring import COUNTS

_SELECT: Final = """select l.key, l.username, l.other, l.kind, l.since, l.until, l.note,
    coalesce(p.name, l.username), coalesce(o.name, l.other) from relation l
    left join person p on p.username = l.username left join person o on o.username = l.other"""


def add(work: UnitOfWork, relation: Relation, *, by: str, now: datetime) -> None:
    work.hot(
        """insert into relation (key, username, other, kind, since, until, note, entered_by,
             entered_at) values (%s, %s, %s, %s, %s, %s, %s, %s, %s)""",
        [
            relation.key,
            relation.username,
            relation.other,
            relation.kind,
            relation.since,
            relation.until,
            relation.note,
            by,
            now,
        ],
    )


def end(work: UnitOfWork, key: Key, until: date) -> bool:
    """The last day of a relation; False where there is none of that key in force."""
    found = work.hot(
        "update relation set until = %s where key = %s and revoked_at is null", [until, key]
    )
    return bool(found.rowcount)


def revoke(work: UnitOfWork, key: Key, *, by: str, now: datetime) -> bool:
    """Entered in error: it counts no more."""
    found = work.hot(
        """update relation set revoked_by = %s, revoked_at = %s
           where key = %s and revoked_at is null""",
        [by, now, key],
    )
    return bool(found.rowcount)


def get(work: UnitOfWork, key: Key) -> Relation | None:
    row = work.hot(f"{_SELECT} where l.key = %s and l.revoked_at is null", [key]).fetchone()
    return _relation(row) if row else None


def search(
    work: UnitOfWork, *, username: str | None = None, limit: int = 500
) -> tuple[Relation, ...]:
    rows = work.hot(
        f"""{_SELECT} where l.revoked_at is null
            and (%(username)s::text is null or %(username)s in (l.username, l.other))
            order by l.since desc, l.key desc limit %(limit)s""",
        {"username": username, "limit": limit},
    )
    return tuple(_relation(row) for row in rows)


def related(work: UnitOfWork, username: str, other: str) -> bool:
    """Whether a relation between the two counts today."""
    low, high = sorted((username, other))
    row = work.hot(
        f"""select exists (select from relation l where l.username = %(low)s
            and l.other = %(high)s and {COUNTS})""",
        {"low": low, "high": high, "today": work.today},
    ).fetchone()
    return bool(row[0])


def running_cases(work: UnitOfWork, applicant: str) -> tuple[Key, ...]:
    rows = work.hot(
        """select i.key from instance i join person p on p.key = i.applicant_key
           where p.username = %s and i.state in ('ACTIVE', 'SUSPENDED') order by i.key""",
        [applicant],
    )
    return tuple(Key(row[0]) for row in rows)


def term(work: UnitOfWork) -> Term:
    """The term that counts today."""
    row = work.hot(
        """select years, source, effective_from from recusal_term where effective_from <= %s
           order by effective_from desc limit 1""",
        [work.today],
    ).fetchone()
    return Term(years=row[0], source=row[1], effective_from=row[2]) if row else USUAL_TERM


def set_term(work: UnitOfWork, wanted: Term, *, by: str, now: datetime) -> None:
    """From its day on; another one of the same day is replaced."""
    work.hot(
        """insert into recusal_term (effective_from, years, source, entered_by, entered_at)
           values (%s, %s, %s, %s, %s) on conflict (effective_from) do update
           set years = excluded.years, source = excluded.source,
               entered_by = excluded.entered_by, entered_at = excluded.entered_at""",
        [wanted.effective_from, wanted.years, wanted.source, by, now],
    )


def _relation(row: tuple[Any, ...]) -> Relation:
    return Relation(
        key=Key(row[0]),
        username=row[1],
        other=row[2],
        kind=RelationKind(row[3]),
        since=row[4],
        until=row[5],
        note=row[6],
        name=row[7],
        other_name=row[8],
    )
