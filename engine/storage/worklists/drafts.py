"""What people have typed so far, as sealed bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.keys import SPAN, Key
from engine.model.records import Phrase
from engine.model.states import TaskState
from engine.storage.database import UnitOfWork, next_key
from engine.storage.tables.drafts import FORM_DRAFT
from engine.storage.tables.execution import USER_TASK

#: Of a start form, or of a task that is still open.
_STILL_OPEN = sa.or_(
    FORM_DRAFT.c.task_key.is_(None),
    sa.exists().where(
        USER_TASK.c.instance_key == FORM_DRAFT.c.task_key - FORM_DRAFT.c.task_key % SPAN,
        USER_TASK.c.key == FORM_DRAFT.c.task_key,
        USER_TASK.c.state == TaskState.CREATED,
    ),
)


@dataclass(frozen=True, kw_only=True)
class SealedDraft:
    key: Key
    owner: Key
    process_id: str
    task_key: Key | None
    content: bytes
    saved_at: datetime
    revision: int


def save(
    work: UnitOfWork,
    *,
    owner: Key,
    process_id: str,
    task_key: Key | None,
    content: bytes,
    revision: int | None,
    now: datetime,
) -> SealedDraft | None:
    """Keep the draft; one per person and place, the last one saved.

    ``revision``: the one that was typed on top of (0: there was none); None where another came in
    between. ``revision`` None: whatever there is is written over.
    """
    insert = postgresql.insert(FORM_DRAFT).values(
        key=next_key(work),
        owner_key=owner,
        process_id=process_id,
        task_key=task_key,
        content=content,
        saved_at=now,
    )
    row = work.connection.execute(
        insert.on_conflict_do_update(
            index_elements=[
                FORM_DRAFT.c.owner_key,
                FORM_DRAFT.c.process_id,
                sa.text("coalesce(task_key, 0)"),
            ],
            set_={"content": content, "saved_at": now, "revision": FORM_DRAFT.c.revision + 1},
            where=FORM_DRAFT.c.revision == revision if revision is not None else None,
        ).returning(*FORM_DRAFT.c)
    ).one_or_none()
    return _draft(row) if row else None


def load(
    work: UnitOfWork, *, owner: Key, process_id: str, task_key: Key | None
) -> SealedDraft | None:
    row = work.connection.execute(
        sa.select(FORM_DRAFT).where(*_place(owner, process_id, task_key))
    ).one_or_none()
    return _draft(row) if row else None


_DESK: Final = """select d.key, d.content, d.saved_at, d.revision,
    (select array_agg(array[p.key::text, p.text] order by p.created_at, p.key)
     from phrase p where p.owner_key = %(owner)s::bigint)
    from (select 1) one left join form_draft d on d.owner_key = %(owner)s::bigint
    and d.process_id = %(process)s::text and coalesce(d.task_key, 0) = %(task)s::bigint"""


def desk(
    work: UnitOfWork, *, owner: Key, process_id: str, task_key: Key
) -> tuple[SealedDraft | None, tuple[Phrase, ...]]:
    """What the person has at hand for a task: what he typed so far, and his usual phrases."""
    (row,) = work.hot(_DESK, {"owner": owner, "process": process_id, "task": task_key})
    phrases = tuple(Phrase(key=Key(int(key)), text=text) for key, text in row[4] or ())
    if row[0] is None:
        return None, phrases
    draft = SealedDraft(
        key=Key(row[0]),
        owner=owner,
        process_id=process_id,
        task_key=task_key,
        content=bytes(row[1]),
        saved_at=row[2],
        revision=row[3],
    )
    return draft, phrases


def get(work: UnitOfWork, key: Key) -> SealedDraft | None:
    row = work.connection.execute(
        sa.select(FORM_DRAFT).where(FORM_DRAFT.c.key == key)
    ).one_or_none()
    return _draft(row) if row else None


def delete(work: UnitOfWork, *, owner: Key, process_id: str, task_key: Key | None) -> bool:
    """Drop the draft of this place; harmless where there is none."""
    return (
        work.connection.execute(
            sa.delete(FORM_DRAFT).where(*_place(owner, process_id, task_key))
        ).rowcount
        == 1
    )


def of_owner(work: UnitOfWork, owner: Key, *, limit: int = 200) -> tuple[SealedDraft, ...]:
    """A person's drafts, the last saved first; not of tasks that are no longer open."""
    rows = work.connection.execute(
        sa.select(FORM_DRAFT)
        .where(FORM_DRAFT.c.owner_key == owner, _STILL_OPEN)
        .order_by(FORM_DRAFT.c.saved_at.desc())
        .limit(limit)
    )
    return tuple(_draft(row) for row in rows)


def sweep(work: UnitOfWork, *, before: datetime) -> int:
    """Throw away what nobody came back to, and what was typed for tasks that have ended since."""
    return work.connection.execute(
        sa.delete(FORM_DRAFT).where(sa.or_(FORM_DRAFT.c.saved_at < before, sa.not_(_STILL_OPEN)))
    ).rowcount


def _place(owner: Key, process_id: str, task_key: Key | None) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        FORM_DRAFT.c.owner_key == owner,
        FORM_DRAFT.c.process_id == process_id,
        sa.func.coalesce(FORM_DRAFT.c.task_key, 0) == (task_key or 0),
    )


def _draft(row: Any) -> SealedDraft:
    return SealedDraft(
        key=Key(row.key),
        owner=Key(row.owner_key),
        process_id=row.process_id,
        task_key=Key(row.task_key) if row.task_key is not None else None,
        content=bytes(row.content),
        saved_at=row.saved_at,
        revision=row.revision,
    )
