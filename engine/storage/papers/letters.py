"""Rows of letters: issued with their number, made, revoked, looked up by code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model.keys import Key
from engine.model.letters import Letter, LetterState
from engine.model.page import Page
from engine.storage.database import UnitOfWork, next_key
from engine.storage.tables.execution import INSTANCE
from engine.storage.tables.letters import LETTER

_L = LETTER.c
_COUNTED = 1000


@dataclass(frozen=True, kw_only=True)
class NewLetter:
    key: Key
    instance_key: Key
    element_key: Key
    element_id: str
    version_key: Key
    template_id: str
    template_name: str
    series: str
    year: int
    number: int
    symbol: str
    title: str
    outcome: str
    unit: str
    addressee_mask: str
    content: bytes
    code: str


@dataclass(frozen=True, kw_only=True)
class ToMake:
    """A letter whose PDF somebody makes now; ``attempt`` is the number of the lease."""

    letter: Letter
    content: bytes
    attempt: int


def new_letter_key(work: UnitOfWork) -> Key:
    """The key comes first: what it says is sealed for it."""
    return next_key(work)


def issued(work: UnitOfWork, instance: Key, element: Key, template_id: str) -> Letter | None:
    """The letter that this stay on the step gave rise to already."""
    found = _where(
        work,
        _L.instance_key == instance,
        _L.element_key == element,
        _L.template_id == template_id,
    )
    return found[0] if found else None


def add(work: UnitOfWork, letter: NewLetter, *, now: datetime) -> Letter:
    work.connection.execute(
        sa.insert(LETTER).values(
            **vars(letter), state=LetterState.ISSUED, issued_at=now, next_attempt_at=now
        )
    )
    return _where(work, _L.key == letter.key)[0]


def of_instance(work: UnitOfWork, instance: Key) -> tuple[Letter, ...]:
    """A case's letters, in the order in which they were issued."""
    return _where(work, _L.instance_key == instance)


def content_of(work: UnitOfWork, key: Key) -> bytes | None:
    """What a letter says, sealed."""
    found = work.connection.scalar(sa.select(_L.content).where(_L.key == key))
    return bytes(found) if found is not None else None


def get(work: UnitOfWork, key: Key) -> Letter | None:
    found = _where(work, _L.key == key)
    return found[0] if found else None


def by_code(work: UnitOfWork, code: str) -> Letter | None:
    found = _where(work, _L.code == code)
    return found[0] if found else None


def lease(work: UnitOfWork, *, now: datetime, until: datetime) -> ToMake | None:
    """One whose PDF is to be made; whoever is killed with it gives it back at ``until``."""
    due = (
        sa.select(_L.key)
        .where(_L.state == LetterState.ISSUED, _L.next_attempt_at <= now)
        .order_by(_L.next_attempt_at, _L.key)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    row = work.connection.execute(
        sa.update(LETTER)
        .where(_L.key == due)
        .values(attempts=_L.attempts + 1, next_attempt_at=until)
        .returning(*LETTER.c)
    ).one_or_none()
    if row is None:
        return None
    return ToMake(letter=letter_record(row), content=bytes(row.content), attempt=row.attempts)


def made(work: UnitOfWork, leased: ToMake, *, document: Key, sha256: str) -> bool:
    """The PDF is there; False where another worker was faster, or it was revoked meanwhile."""
    return _settled(
        work, leased, state=LetterState.READY, document_key=document, sha256=sha256, last_error=""
    )


def failed(work: UnitOfWork, leased: ToMake, *, error: str, again_at: datetime | None) -> bool:
    """It could not be made; None: not until somebody has looked at it."""
    if again_at is None:
        return _settled(work, leased, state=LetterState.FAILED, last_error=error[:2000])
    return _settled(work, leased, next_attempt_at=again_at, last_error=error[:2000])


def open_again(work: UnitOfWork, key: Key, *, now: datetime) -> bool:
    """Try once more to make a failed one."""
    return (
        work.connection.execute(
            sa.update(LETTER)
            .where(_L.key == key, _L.state == LetterState.FAILED)
            .values(state=LetterState.ISSUED, attempts=0, next_attempt_at=now)
        ).rowcount
        == 1
    )


def revoke(work: UnitOfWork, key: Key, *, because: str, now: datetime) -> bool:
    """False where it is revoked already, or there is none."""
    return (
        work.connection.execute(
            sa.update(LETTER)
            .where(_L.key == key, _L.state != LetterState.REVOKED)
            .values(state=LetterState.REVOKED, revoked_at=now, revoked_because=because)
        ).rowcount
        == 1
    )


def search(
    work: UnitOfWork, *, text: str = "", limit: int, before: Key | None = None
) -> Page[Letter]:
    """The register: by number, title or case number, the newest first."""
    which: list[sa.ColumnElement[bool]] = []
    if text:
        which.append(
            sa.or_(
                *(
                    column.contains(text, autoescape=True)
                    for column in (_L.symbol, _L.title, INSTANCE.c.number)
                )
            )
        )
    joined = sa.outerjoin(LETTER, INSTANCE, INSTANCE.c.key == _L.instance_key)
    items = _where(
        work,
        *which,
        *([_L.key < before] if before is not None else []),
        limit=limit,
        newest_first=True,
    )
    some = sa.select(_L.key).select_from(joined).where(*which).limit(_COUNTED).subquery()
    total = work.connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0
    return Page(
        items=items,
        total=total,
        total_capped=total == _COUNTED,
        end_cursor=str(items[-1].key) if len(items) == limit else None,
    )


def _settled(work: UnitOfWork, leased: ToMake, **values: Any) -> bool:
    return (
        work.connection.execute(
            sa.update(LETTER)
            .where(
                _L.key == leased.letter.key,
                _L.state == LetterState.ISSUED,
                _L.attempts == leased.attempt,
            )
            .values(**values)
        ).rowcount
        == 1
    )


def _where(
    work: UnitOfWork,
    *conditions: sa.ColumnElement[bool],
    limit: int | None = None,
    newest_first: bool = False,
) -> tuple[Letter, ...]:
    query = (
        sa.select(*LETTER.c, sa.func.coalesce(INSTANCE.c.number, "").label("case_number"))
        .outerjoin(INSTANCE, INSTANCE.c.key == _L.instance_key)
        .where(*conditions)
        .order_by(_L.key.desc() if newest_first else _L.key)
        .limit(limit)
    )
    rows: Sequence[Any] = work.connection.execute(query).all()
    return tuple(letter_record(row, case_number=row.case_number) for row in rows)


def letter_record(row: Any, case_number: str = "") -> Letter:
    """A row with the columns of a letter."""
    return Letter(
        key=Key(row.key),
        instance_key=Key(row.instance_key),
        element_id=row.element_id,
        template_id=row.template_id,
        template_name=row.template_name,
        symbol=row.symbol,
        title=row.title,
        outcome=row.outcome,
        unit=row.unit,
        addressee_mask=row.addressee_mask,
        code=row.code,
        state=LetterState(row.state),
        issued_at=row.issued_at,
        document_key=row.document_key,
        sha256=row.sha256,
        attempts=row.attempts,
        last_error=row.last_error,
        revoked_at=row.revoked_at,
        revoked_because=row.revoked_because,
        case_number=case_number,
    )
