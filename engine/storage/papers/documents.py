"""Rows of stored files: staged, bound to a case, swept when nobody sent them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model.errors import NotFound
from engine.model.keys import Key
from engine.model.records import Document
from engine.model.states import DocumentPurpose
from engine.storage.database import UnitOfWork, next_key
from engine.storage.tables.documents import DOCUMENT
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A document with what only the service may know of it."""

    document: Document
    owner: Key
    store_key: str
    sealed: bool


def stage(
    work: UnitOfWork,
    *,
    owner: Key,
    owner_name: str,
    name: str,
    media_type: str,
    size: int,
    sha256: str,
    store_key: str,
    sealed: bool,
    now: datetime,
) -> Document:
    row = work.connection.execute(
        sa.insert(DOCUMENT)
        .values(
            key=next_key(work),
            owner_key=owner,
            owner_name=owner_name,
            name=name,
            media_type=media_type,
            size=size,
            sha256=sha256,
            store_key=store_key,
            sealed=sealed,
            uploaded_at=now,
        )
        .returning(*DOCUMENT.c)
    ).one()
    return _stored(row).document


def get(work: UnitOfWork, key: Key) -> Stored | None:
    row = work.connection.execute(sa.select(DOCUMENT).where(DOCUMENT.c.key == key)).one_or_none()
    return _stored(row) if row else None


def bind(
    work: UnitOfWork,
    *,
    keys: Collection[Key],
    instance_key: Key,
    owner_key: Key,
    now: datetime,
    purpose: DocumentPurpose = DocumentPurpose.MATERIAL,
) -> dict[Key, str]:
    """Make staged documents of this owner part of a case; those that are part of it already stay.

    Their SHA-256 digests. Raises :class:`NotFound` for a key that is neither: somebody else's,
    another case's, or none.
    """
    if not keys:
        return {}
    wanted = set(keys)
    done = work.connection.execute(
        sa.update(DOCUMENT)
        .where(
            DOCUMENT.c.key.in_(wanted),
            DOCUMENT.c.instance_key.is_(None),
            DOCUMENT.c.owner_key == owner_key,
        )
        .values(instance_key=instance_key, bound_at=now, purpose=purpose)
        .returning(DOCUMENT.c.key, DOCUMENT.c.sha256)
    )
    digests = {Key(key): str(sha256) for key, sha256 in done}
    if wanted - digests.keys():
        there = work.connection.execute(
            sa.select(DOCUMENT.c.key, DOCUMENT.c.sha256).where(
                DOCUMENT.c.key.in_(wanted - digests.keys()),
                DOCUMENT.c.instance_key == instance_key,
            )
        )
        digests |= {Key(key): str(sha256) for key, sha256 in there}
    if rest := wanted - digests.keys():
        raise NotFound(what=tell("上传的材料"), key="、".join(map(str, sorted(rest))))
    return digests


def of_instance(work: UnitOfWork, instance_key: Key) -> tuple[Document, ...]:
    """A case's documents, in the order in which they came."""
    rows = work.connection.execute(
        sa.select(DOCUMENT)
        .where(DOCUMENT.c.instance_key == instance_key)
        .order_by(DOCUMENT.c.uploaded_at, DOCUMENT.c.key)
    )
    return tuple(_stored(row).document for row in rows)


def staged_by(work: UnitOfWork, owner: Key) -> tuple[Document, ...]:
    """What this person has uploaded and not sent yet."""
    rows = work.connection.execute(
        sa.select(DOCUMENT)
        .where(DOCUMENT.c.owner_key == owner, DOCUMENT.c.instance_key.is_(None))
        .order_by(DOCUMENT.c.uploaded_at, DOCUMENT.c.key)
    )
    return tuple(_stored(row).document for row in rows)


def staged_size(work: UnitOfWork, owner: Key) -> int:
    """Bytes that this person has uploaded and not sent yet."""
    total = work.connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(DOCUMENT.c.size), 0)).where(
            DOCUMENT.c.owner_key == owner, DOCUMENT.c.instance_key.is_(None)
        )
    ).scalar_one()
    return int(total)


def discard(work: UnitOfWork, key: Key) -> bool:
    """Drop a staged document's row; False where it is bound or gone."""
    return (
        work.connection.execute(
            sa.delete(DOCUMENT).where(DOCUMENT.c.key == key, DOCUMENT.c.instance_key.is_(None))
        ).rowcount
        == 1
    )


def take_orphans(work: UnitOfWork, *, before: datetime, limit: int) -> tuple[str, ...]:
    """Drop the rows of staged documents older than that; the names of their files."""
    orphans = (
        sa.select(DOCUMENT.c.key)
        .where(DOCUMENT.c.instance_key.is_(None), DOCUMENT.c.uploaded_at < before)
        .order_by(DOCUMENT.c.uploaded_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return tuple(
        work.connection.execute(
            sa.delete(DOCUMENT).where(DOCUMENT.c.key.in_(orphans)).returning(DOCUMENT.c.store_key)
        ).scalars()
    )


def _stored(row: Any) -> Stored:
    return Stored(
        document=Document(
            key=Key(row.key),
            instance_key=Key(row.instance_key) if row.instance_key is not None else None,
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            sha256=row.sha256,
            uploaded_by=row.owner_name,
            uploaded_at=row.uploaded_at,
            purpose=DocumentPurpose(row.purpose),
        ),
        owner=Key(row.owner_key),
        store_key=row.store_key,
        sealed=row.sealed,
    )
