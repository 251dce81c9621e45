"""Sessions, their refresh tokens, and the counters that throttle log-in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engine.model.actor import Actor, Membership
from engine.model.keys import Key
from engine.storage.database import UnitOfWork, next_key
from engine.storage.tables.identity import (
    LOG_IN_ATTEMPT,
    MEMBERSHIP,
    PERSON,
    REFRESH_TOKEN,
    SESSION,
)


@dataclass(frozen=True, kw_only=True)
class RefreshToken:
    session_key: Key
    used_at: datetime | None


def open_session(
    work: UnitOfWork, *, person: Key, now: datetime, expires_at: datetime, address: str
) -> Key:
    key = next_key(work)
    work.connection.execute(
        sa.insert(SESSION).values(
            key=key, person_key=person, opened_at=now, expires_at=expires_at, address=address[:64]
        )
    )
    return key


def close_session(work: UnitOfWork, session: Key, *, now: datetime, because: str) -> bool:
    """Close a live session; False where it was closed already."""
    return _close(work, SESSION.c.key == session, now=now, because=because) == 1


def close_sessions_of(
    work: UnitOfWork, person: Key, *, now: datetime, because: str, but: Key | None = None
) -> int:
    """Close all sessions of a person (but one, if given); how many there were."""
    which = sa.and_(SESSION.c.person_key == person, SESSION.c.key.is_distinct_from(but))
    return _close(work, which, now=now, because=because)


def live_actor(
    work: UnitOfWork, *, person: Key, session: Key | None, now: datetime
) -> Actor | None:
    """The person as the database knows him now; None where the session or the person is not live.

    ``session`` None: a caller inside the process vouches for the person (command line, tests).
    """
    memberships = (
        sa.select(sa.func.array_agg(MEMBERSHIP.c.role + "@" + MEMBERSHIP.c.unit))
        .where(MEMBERSHIP.c.person_key == PERSON.c.key)
        .scalar_subquery()
    )
    select = sa.select(
        PERSON.c.key, PERSON.c.username, PERSON.c.name, PERSON.c.administrator, memberships
    ).where(PERSON.c.key == person, PERSON.c.active)
    if session is not None:
        select = select.join(SESSION, SESSION.c.person_key == PERSON.c.key).where(
            SESSION.c.key == session, SESSION.c.closed_at.is_(None), SESSION.c.expires_at > now
        )
    row = work.connection.execute(select).one_or_none()
    if row is None:
        return None
    key, username, name, administrator, listed = row
    found = (Membership.parse(text) for text in listed or ())
    return Actor(
        key=Key(key),
        username=username,
        name=name,
        memberships=frozenset(m for m in found if m),
        administrator=administrator,
        session=session,
    )


def session_person(work: UnitOfWork, session: Key, *, now: datetime) -> tuple[Key, datetime] | None:
    """Whose live session it is, and until when."""
    row = work.connection.execute(
        sa.select(SESSION.c.person_key, SESSION.c.expires_at).where(
            SESSION.c.key == session, SESSION.c.closed_at.is_(None), SESSION.c.expires_at > now
        )
    ).one_or_none()
    return (Key(row.person_key), row.expires_at) if row else None


def add_refresh_token(work: UnitOfWork, digest: bytes, *, session: Key, now: datetime) -> None:
    work.connection.execute(
        sa.insert(REFRESH_TOKEN).values(digest=digest, session_key=session, issued_at=now)
    )


def lock_refresh_token(work: UnitOfWork, digest: bytes) -> RefreshToken | None:
    row = work.connection.execute(
        sa.select(REFRESH_TOKEN.c.session_key, REFRESH_TOKEN.c.used_at)
        .where(REFRESH_TOKEN.c.digest == digest)
        .with_for_update()
    ).one_or_none()
    return RefreshToken(session_key=Key(row.session_key), used_at=row.used_at) if row else None


def mark_refresh_token_used(work: UnitOfWork, digest: bytes, *, now: datetime) -> None:
    """Note the first use; a second one within the leeway leaves it as it is."""
    work.connection.execute(
        sa.update(REFRESH_TOKEN)
        .where(REFRESH_TOKEN.c.digest == digest, REFRESH_TOKEN.c.used_at.is_(None))
        .values(used_at=now)
    )


def count_attempts(
    work: UnitOfWork, subjects: Sequence[bytes], *, since: datetime
) -> Mapping[bytes, tuple[int, datetime]]:
    """Attempts of each subject since then, and the oldest of them.

    Attempts on the same subject wait for one another from here to the end of the transaction.
    """
    for subject in sorted(subjects):
        number = int.from_bytes(subject[:8], "big", signed=True)
        work.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))
    rows = work.connection.execute(
        sa.select(LOG_IN_ATTEMPT.c.subject, sa.func.count(), sa.func.min(LOG_IN_ATTEMPT.c.at))
        .where(LOG_IN_ATTEMPT.c.subject.in_(subjects), LOG_IN_ATTEMPT.c.at > since)
        .group_by(LOG_IN_ATTEMPT.c.subject)
    )
    return {bytes(subject): (count, oldest) for subject, count, oldest in rows}


def add_attempts(work: UnitOfWork, subjects: Sequence[bytes], *, now: datetime) -> tuple[int, ...]:
    """Note an attempt of each subject; what to take back where it succeeds."""
    rows = work.connection.execute(
        sa.insert(LOG_IN_ATTEMPT).returning(LOG_IN_ATTEMPT.c.number),
        [{"subject": subject, "at": now} for subject in subjects],
    )
    return tuple(rows.scalars())


def forgive_attempts(work: UnitOfWork, subject: bytes, *, numbers: Sequence[int]) -> None:
    """After a success: all attempts of the subject, and the successful one wherever it counted."""
    work.connection.execute(
        sa.delete(LOG_IN_ATTEMPT).where(
            sa.or_(LOG_IN_ATTEMPT.c.subject == subject, LOG_IN_ATTEMPT.c.number.in_(numbers))
        )
    )


def sweep(work: UnitOfWork, *, now: datetime, attempts_kept: timedelta) -> int:
    """Drop what serves nobody: sessions that ended a month ago, attempts outside the window."""
    old = work.connection.execute(
        sa.delete(SESSION).where(SESSION.c.expires_at < now - timedelta(days=30))
    )
    tried = work.connection.execute(
        sa.delete(LOG_IN_ATTEMPT).where(LOG_IN_ATTEMPT.c.at < now - attempts_kept)
    )
    return old.rowcount + tried.rowcount


def _close(work: UnitOfWork, which: sa.ColumnElement[bool], *, now: datetime, because: str) -> int:
    return work.connection.execute(
        sa.update(SESSION)
        .where(which, SESSION.c.closed_at.is_(None))
        .values(closed_at=now, closed_because=because)
    ).rowcount
