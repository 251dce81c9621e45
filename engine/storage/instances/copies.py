"""Copies of cases: somebody's list of them, those of one case, and ticking one off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model.copies import CarbonCopy, CopiedCase, Reader
from engine.model.errors import InvalidInput
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.problems import Problem
from engine.model.search import Condition, Window
from engine.storage.database import UnitOfWork
from engine.storage.instances.cases import CASES, case_record, found_by
from engine.storage.recusal.barring import not_recused
from engine.storage.tables.copies import CARBON_COPY
from engine.storage.tables.execution import INSTANCE
from engine.storage.tables.identity import MEMBERSHIP, PERSON, ROLE, UNIT
from engine.text import tell

_C = CARBON_COPY.c
_READER, _SENDER = PERSON.alias("reader"), PERSON.alias("sender")

#: A badge shows “99+” from here on.
UNREAD_CAP = 100
#: Totals are exact up to here and then said to be more.
TOTAL_CAP = 1_000

_COPY = (
    _C.key.label("copy_key"),
    _C.instance_key.label("copy_instance_key"),
    _C.username.label("copy_username"),
    _C.copied_by,
    _C.element_id.label("copy_element_id"),
    _C.note.label("copy_note"),
    _C.created_at.label("copied_at"),
    _C.read_at,
    sa.func.coalesce(_READER.c.name, _C.username).label("reader_name"),
    sa.func.coalesce(_SENDER.c.name, _C.copied_by).label("sender_name"),
)


def copies_of(work: UnitOfWork, instance_key: Key) -> tuple[CarbonCopy, ...]:
    """The copies of a case, the first one first."""
    rows = work.connection.execute(
        sa.select(*_COPY)
        .select_from(CARBON_COPY)
        .outerjoin(_READER, _READER.c.username == _C.username)
        .outerjoin(_SENDER, _SENDER.c.username == _C.copied_by)
        .where(_C.instance_key == instance_key)
        .order_by(_C.created_at, _C.key)
    )
    return tuple(copy_record(row) for row in rows)


def copies_to(
    work: UnitOfWork,
    username: str,
    *,
    unread: bool | None = None,
    search: str = "",
    window: Window,
) -> Page[CopiedCase]:
    """The cases copied to this person, the last one first: a walk of an index of his own. Those
    that he has to keep away from since are left out. Raises InvalidInput for a strange cursor."""
    found = _walk(work, username, unread=unread, search=search)
    after = _read_cursor(window.after) if window.after is not None else None
    page = (
        found if after is None else found.where(sa.tuple_(_C.created_at, _C.instance_key) < after)
    )
    rows = work.connection.execute(page.order_by(*_LATEST_FIRST).limit(window.limit)).all()
    some = found.limit(TOTAL_CAP + 1).subquery()
    total = work.connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return Page(
        items=_with_cases(work, username, [row.instance_key for row in rows]),
        total=min(total, TOTAL_CAP),
        total_capped=total > TOTAL_CAP,
        end_cursor=f"{rows[-1].created_at.isoformat()} {rows[-1].instance_key}" if rows else None,
    )


_LATEST_FIRST = (_C.created_at.desc(), _C.instance_key.desc())


def _walk(
    work: UnitOfWork, username: str, *, unread: bool | None, search: str
) -> sa.Select[tuple[datetime, int]]:
    found = sa.select(_C.created_at, _C.instance_key).where(
        _C.username == username,
        not_recused(_C.instance_key, username=username, today=work.today),
    )
    if unread is not None:
        found = found.where(_C.read_at.is_(None) if unread else _C.read_at.is_not(None))
    if search.strip():
        matches = found_by(Condition(field="search", value=search))
        found = found.join(INSTANCE, INSTANCE.c.key == _C.instance_key).where(matches)
    return found


def _with_cases(work: UnitOfWork, username: str, keys: Sequence[Key]) -> tuple[CopiedCase, ...]:
    rows = work.connection.execute(
        CASES.add_columns(*_COPY)
        .join(CARBON_COPY, _C.instance_key == INSTANCE.c.key)
        .outerjoin(_READER, _READER.c.username == _C.username)
        .outerjoin(_SENDER, _SENDER.c.username == _C.copied_by)
        .where(_C.username == username, _C.instance_key.in_(keys))
    )
    found = {row.key: CopiedCase(copy=copy_record(row), case=case_record(row)) for row in rows}
    return tuple(found[key] for key in keys if key in found)


def _read_cursor(text: str) -> sa.Tuple:
    moment, _, key = text.partition(" ")
    try:
        at, number = datetime.fromisoformat(moment), int(key)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 0 <= number < 1 << 63:
        problem = Problem(
            element_id="after", rule="cursor", message=tell("翻页位置无效，请从第一页开始。")
        )
        raise InvalidInput(problems=(problem,)) from None
    return sa.tuple_(sa.literal(at, sa.DateTime(timezone=True)), sa.literal(number, sa.BigInteger))


def unread_of(work: UnitOfWork, username: str) -> int:
    """How many copies the person has not looked at, counted no further than ``UNREAD_CAP``."""
    unread = (
        sa.select(_C.instance_key)
        .where(
            _C.username == username,
            _C.read_at.is_(None),
            not_recused(_C.instance_key, username=username, today=work.today),
        )
        .limit(UNREAD_CAP)
        .subquery()
    )
    return work.connection.scalar(sa.select(sa.func.count()).select_from(unread)) or 0


def mark_read(work: UnitOfWork, *, username: str, instance_key: Key, now: datetime) -> bool:
    """Tick the copy off; False where there is none, or it was read before."""
    return (
        work.connection.execute(
            sa.update(CARBON_COPY)
            .where(_C.instance_key == instance_key, _C.username == username, _C.read_at.is_(None))
            .values(read_at=sa.func.greatest(_C.created_at, now))
        ).rowcount
        == 1
    )


def readers(work: UnitOfWork, usernames: Collection[str]) -> dict[str, Reader]:
    """The active people of these usernames."""
    return {found.username: found for found in _readers(work, PERSON.c.username.in_(usernames))}


def readers_in(work: UnitOfWork, groups: Collection[tuple[str, str]]) -> tuple[Reader, ...]:
    """The active people who hold one of these roles at its unit."""
    if not groups:
        return ()
    held = sa.tuple_(MEMBERSHIP.c.role, MEMBERSHIP.c.unit)
    keys = sa.select(MEMBERSHIP.c.person_key).where(held.in_(list(groups)))
    return _readers(work, PERSON.c.key.in_(keys))


def staff(work: UnitOfWork, *, search: str = "", limit: int = 200) -> tuple[Reader, ...]:
    """The active people who hold a role inside the administration, by name; ``search``: in name,
    username, unit and role."""
    posts = (
        sa.select(sa.func.string_agg(UNIT.c.name + " " + ROLE.c.name, sa.text("'、'")))
        .select_from(MEMBERSHIP)
        .join(ROLE, ROLE.c.key == MEMBERSHIP.c.role)
        .join(UNIT, UNIT.c.key == MEMBERSHIP.c.unit)
        .where(MEMBERSHIP.c.person_key == PERSON.c.key, ROLE.c.level.is_not(None))
        .scalar_subquery()
    )
    found = sa.select(
        PERSON.c.key,
        PERSON.c.username,
        PERSON.c.name,
        _IS_STAFF.label("staff"),
        sa.func.coalesce(posts, "").label("posts"),
    ).where(PERSON.c.active, _IS_STAFF)
    listed = found.subquery()
    words = [word for word in search.split() if word][:5]
    rows = work.connection.execute(
        sa.select(listed)
        .where(
            *(
                sa.func.concat_ws(" ", listed.c.name, listed.c.username, listed.c.posts).icontains(
                    word, autoescape=True
                )
                for word in words
            )
        )
        .order_by(listed.c.name, listed.c.username)
        .limit(limit)
    )
    return tuple(_reader(row, posts=row.posts) for row in rows)


_IS_STAFF = sa.or_(
    PERSON.c.administrator,
    sa.exists().where(
        MEMBERSHIP.c.person_key == PERSON.c.key,
        MEMBERSHIP.c.role == ROLE.c.key,
        ROLE.c.level.is_not(None),
    ),
)


def _readers(
    work: UnitOfWork, which: sa.ColumnElement[bool], *, limit: int = 1000
) -> tuple[Reader, ...]:
    rows = work.connection.execute(
        sa.select(PERSON.c.key, PERSON.c.username, PERSON.c.name, _IS_STAFF.label("staff"))
        .where(PERSON.c.active, which)
        .order_by(PERSON.c.name, PERSON.c.username)
        .limit(limit)
    )
    return tuple(_reader(row) for row in rows)


def _reader(row: Any, *, posts: str = "") -> Reader:
    return Reader(
        key=Key(row.key), username=row.username, name=row.name, staff=row.staff, posts=posts
    )


def copy_record(row: Any) -> CarbonCopy:
    """A row with the columns of a copy."""
    return CarbonCopy(
        key=Key(row.copy_key),
        instance_key=Key(row.copy_instance_key),
        username=row.copy_username,
        name=row.reader_name,
        copied_by=row.copied_by,
        by_name=row.sender_name,
        element_id=row.copy_element_id,
        note=row.copy_note,
        created_at=row.copied_at,
        read_at=row.read_at,
    )
