"""The tree of journal heads and its signed roots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.model.checkpoints import Checkpoint, Leaf
from engine.storage.database import UnitOfWork
from engine.storage.tables.checkpoints import CHECKPOINT, CHECKPOINT_LEAF, MERKLE_NODE

_C, _L, _N = CHECKPOINT.c, CHECKPOINT_LEAF.c, MERKLE_NODE.c


def lock(work: UnitOfWork) -> bool:
    """Only one makes a checkpoint at a time; False where somebody else is at it."""
    found = work.connection.execute(
        sa.select(sa.func.pg_try_advisory_xact_lock(sa.func.hashtext("banshi:checkpoint")))
    ).scalar()
    return bool(found)


def latest(work: UnitOfWork, *, up_to: int | None = None) -> Checkpoint | None:
    select = sa.select(CHECKPOINT).order_by(_C.number.desc()).limit(1)
    if up_to is not None:
        select = select.where(_C.number <= up_to)
    row = work.connection.execute(select).one_or_none()
    return _checkpoint(row) if row else None


def seen(work: UnitOfWork) -> datetime | None:
    """Up to when everything is covered."""
    found: datetime | None = work.connection.execute(
        sa.select(_C.seen).order_by(_C.number.desc()).limit(1)
    ).scalar()
    return found


def get(work: UnitOfWork, number: int) -> Checkpoint | None:
    row = work.connection.execute(sa.select(CHECKPOINT).where(_C.number == number)).one_or_none()
    return _checkpoint(row) if row else None


def first_covering(work: UnitOfWork, position: int) -> Checkpoint | None:
    """The earliest checkpoint that has the leaf at this position."""
    row = work.connection.execute(
        sa.select(CHECKPOINT).where(_C.size > position).order_by(_C.number).limit(1)
    ).one_or_none()
    return _checkpoint(row) if row else None


def listed(work: UnitOfWork, *, before: int | None, limit: int) -> tuple[Checkpoint, ...]:
    """The newest first."""
    select = sa.select(CHECKPOINT).order_by(_C.number.desc()).limit(limit)
    if before is not None:
        select = select.where(_C.number < before)
    return tuple(_checkpoint(row) for row in work.connection.execute(select))


def keys(work: UnitOfWork) -> frozenset[bytes]:
    """Every key that a checkpoint was ever signed by."""
    return frozenset(
        bytes(key) for key in work.connection.execute(sa.select(_C.key).distinct()).scalars()
    )


def moved_heads(work: UnitOfWork, *, since: datetime, limit: int) -> tuple[Leaf, ...]:
    """The heads of journals that were written to since then and are not in the tree yet.

    The journal is found by a block range index on its time, so that what is old is not read.
    """
    rows = work.hot(
        """with moved as (
             select instance_key, max(number) as number from journal where at > %(since)s
             group by instance_key),
           heads as (
             select 'case:' || m.instance_key as subject, m.number, j.digest from moved m
             join journal j on j.instance_key = m.instance_key and j.number = m.number
             union all
             select 'stream:' || a.stream, a.number, a.digest from act a
             where a.at > %(since)s and not exists (
               select from act b where b.stream = a.stream and b.number > a.number))
           select subject, number, digest from heads h where not exists (
             select from checkpoint_leaf l where l.subject = h.subject and l.number = h.number)
           order by subject, number limit %(limit)s""",
        {"since": since, "limit": limit},
    )
    return tuple(Leaf(subject=row[0], number=row[1], digest=bytes(row[2])) for row in rows)


def nodes(work: UnitOfWork, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Full nodes by level and place."""
    wanted = list(places)
    if not wanted:
        return {}
    rows = work.connection.execute(
        sa.select(MERKLE_NODE).where(sa.tuple_(_N.level, _N.place).in_(wanted))
    )
    return {(row.level, row.place): bytes(row.hash) for row in rows}


def append(
    work: UnitOfWork,
    *,
    first: int,
    leaves: Sequence[Leaf],
    made: Sequence[tuple[int, int, bytes]],
    checkpoint: Checkpoint,
    seen: datetime,
) -> None:
    """New leaves from position ``first`` on, the full nodes that they complete, and the root."""
    work.connection.execute(
        sa.insert(CHECKPOINT_LEAF),
        [
            {"position": n, "subject": leaf.subject, "number": leaf.number, "digest": leaf.digest}
            for n, leaf in enumerate(leaves, first)
        ],
    )
    work.connection.execute(
        sa.insert(MERKLE_NODE),
        [{"level": level, "place": place, "hash": value} for level, place, value in made],
    )
    work.connection.execute(
        sa.insert(CHECKPOINT).values(
            number=checkpoint.number,
            size=checkpoint.size,
            root=checkpoint.root,
            previous=checkpoint.previous,
            at=checkpoint.at,
            key=checkpoint.key,
            signature=checkpoint.signature,
            seen=seen,
        )
    )


def leaf_of(work: UnitOfWork, subject: str) -> tuple[int, Leaf] | None:
    """The latest leaf of a journal, with its position."""
    row = work.connection.execute(
        sa.select(CHECKPOINT_LEAF).where(_L.subject == subject).order_by(_L.number.desc()).limit(1)
    ).one_or_none()
    if row is None:
        return None
    return row.position, Leaf(subject=row.subject, number=row.number, digest=bytes(row.digest))


def _checkpoint(row: Any) -> Checkpoint:
    return Checkpoint(
        number=row.number,
        size=row.size,
        root=bytes(row.root),
        previous=bytes(row.previous),
        at=row.at,
        key=bytes(row.key),
        signature=bytes(row.signature),
    )
