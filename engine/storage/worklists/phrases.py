"""A person's usual phrases as rows."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from engine.model.keys import Key
from engine.model.records import Phrase
from engine.storage.database import UnitOfWork, next_key
from engine.storage.tables.phrases import PHRASE


def of_owner(work: UnitOfWork, owner: Key) -> tuple[Phrase, ...]:
    """In the order in which they were kept."""
    rows = work.hot(
        "select key, text from phrase where owner_key = %s order by created_at, key", [owner]
    )
    return tuple(Phrase(key=Key(key), text=text) for key, text in rows)


def add(work: UnitOfWork, *, owner: Key, text: str, now: datetime) -> None:
    """Harmless where it is there already."""
    work.connection.execute(
        postgresql.insert(PHRASE)
        .values(key=next_key(work), owner_key=owner, text=text, created_at=now)
        .on_conflict_do_nothing()
    )


def remove(work: UnitOfWork, *, owner: Key, key: Key) -> bool:
    """False where the owner has no such phrase."""
    removed = work.connection.execute(
        sa.delete(PHRASE).where(PHRASE.c.key == key, PHRASE.c.owner_key == owner)
    )
    return removed.rowcount == 1
