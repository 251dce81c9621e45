"""Operations on many cases: ordered once, worked off one case at a time, each exactly once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson
import sqlalchemy as sa

from engine.model.batches import Batch, BatchItem, BatchKind, BatchState, ItemState
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.search import Order, Query
from engine.storage.database import UnitOfWork, next_key
from engine.storage.search import Search
from engine.storage.tables.batches import BATCH_OPERATION, BATCH_OPERATION_ITEM
from engine.storage.tables.execution import INSTANCE

_B, _I = BATCH_OPERATION.c, BATCH_OPERATION_ITEM.c

_ADD_ITEMS: Final = """insert into batch_operation_item (batch_key, instance_key)
    select %(batch)s::bigint, unnest(%(keys)s::bigint[])"""
#: Two workers never have the same case of a batch, nor does one that was killed leave it half done:
#: the row is locked until what was done to the case is committed with it.
_TAKE: Final = """select i.batch_key, i.instance_key from batch_operation b cross join lateral (
        select batch_key, instance_key from batch_operation_item
        where batch_key = b.key and state = 'ACTIVE'
        order by instance_key limit 1 for update skip locked) i
    where b.state = 'ACTIVE' order by i.batch_key limit 1"""
_CLOSE: Final = """update batch_operation_item set state = %(state)s, processed_at = %(now)s,
        message = %(message)s
    where batch_key = %(batch)s and instance_key = %(instance)s and state = 'ACTIVE'"""
_FINISH: Final = """update batch_operation b set ended_at = %(now)s, state = case when exists (
        select from batch_operation_item i where i.batch_key = b.key and i.state = 'FAILED')
        then 'PARTIALLY_COMPLETED' else 'COMPLETED' end
    where b.state = 'ACTIVE' and not exists (
        select from batch_operation_item i where i.batch_key = b.key and i.state = 'ACTIVE')"""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A case of a batch whose turn it is; its row is locked."""

    batch_key: Key
    instance_key: Key


def add(work: UnitOfWork, batch: Batch, instances: Sequence[Key]) -> Key:
    """Order a batch over these cases; returns its key."""
    key = next_key(work)
    work.connection.execute(
        sa.insert(BATCH_OPERATION).values(
            key=key,
            kind=batch.kind,
            state=batch.state,
            plan=dict(batch.plan),
            selection=batch.selection,
            reason=batch.reason,
            created_by_key=batch.created_by_key,
            created_by=batch.created_by,
            created_at=batch.created_at,
            ended_at=batch.ended_at,
            total=len(instances),
        )
    )
    work.hot(_ADD_ITEMS, {"batch": key, "keys": list(instances)})
    return key


def take(work: UnitOfWork) -> Taken | None:
    """The next case of the oldest open batch, locked; those that others have are passed over."""
    row = work.hot(_TAKE).fetchone()
    return Taken(batch_key=Key(row[0]), instance_key=Key(row[1])) if row else None


def close(work: UnitOfWork, item: Taken, *, state: ItemState, message: str, now: datetime) -> bool:
    """What became of a case; False where that was noted before."""
    return bool(
        work.hot(
            _CLOSE,
            {
                "batch": item.batch_key,
                "instance": item.instance_key,
                "state": state,
                "message": message[:2000],
                "now": now,
            },
        ).rowcount
    )


def finish(work: UnitOfWork, *, now: datetime) -> int:
    """End the batches that have nothing left to do; returns how many."""
    return int(work.hot(_FINISH, {"now": now}).rowcount)


def turn(
    work: UnitOfWork, key: Key, *, to: BatchState, when: Collection[BatchState], now: datetime
) -> bool:
    """Change a batch's state, where it is in one of these; with CANCELED what is left goes, too."""
    done = work.hot(
        """update batch_operation set state = %(to)s,
             ended_at = case when %(to)s in ('ACTIVE', 'SUSPENDED') then null else %(now)s end
           where key = %(key)s and state = any(%(when)s::text[])""",
        {"key": key, "to": to, "when": [str(state) for state in when], "now": now},
    ).rowcount
    if done and to is BatchState.CANCELED:
        work.hot(
            """update batch_operation_item set state = 'CANCELED', processed_at = %(now)s
               where batch_key = %(key)s and state = 'ACTIVE'""",
            {"key": key, "now": now},
        )
    return bool(done)


def open_failed(work: UnitOfWork, key: Key) -> int:
    """Let the failed cases of a batch be tried again; returns how many there are."""
    return int(
        work.hot(
            """update batch_operation_item set state = 'ACTIVE', processed_at = null, message = ''
               where batch_key = %s and state = 'FAILED'""",
            [key],
        ).rowcount
    )


def get(work: UnitOfWork, key: Key) -> Batch | None:
    row = work.connection.execute(sa.select(BATCH_OPERATION).where(_B.key == key)).one_or_none()
    return _counted(work, [_batch(row)])[0] if row else None


def plan_of(work: UnitOfWork, key: Key) -> Batch | None:
    """The same without its counts."""
    row = work.hot(
        """select kind, state, plan::text, selection, reason, created_by_key, created_by,
             created_at, ended_at, total from batch_operation where key = %s""",
        [key],
    ).fetchone()
    if row is None:
        return None
    return Batch(
        key=key,
        kind=BatchKind(row[0]),
        state=BatchState(row[1]),
        plan=orjson.loads(row[2]),
        selection=row[3],
        reason=row[4],
        created_by_key=Key(row[5]),
        created_by=row[6],
        created_at=row[7],
        ended_at=row[8],
        total=row[9],
    )


def search(work: UnitOfWork, query: Query) -> Page[Batch]:
    """The latest first, with their counts."""
    found = _SEARCH.page(
        work, sa.select(BATCH_OPERATION).select_from(BATCH_OPERATION), query, _batch
    )
    return replace(found, items=tuple(_counted(work, found.items)))


def search_items(work: UnitOfWork, query: Query) -> Page[BatchItem]:
    select = (
        sa.select(BATCH_OPERATION_ITEM, _B.kind, INSTANCE.c.number, INSTANCE.c.title)
        .join(BATCH_OPERATION, _B.key == _I.batch_key)
        .outerjoin(INSTANCE, INSTANCE.c.key == _I.instance_key)
    )
    return _ITEMS.page(work, select, query, _item)


def _counted(work: UnitOfWork, found: Sequence[Batch]) -> list[Batch]:
    rows = work.hot(
        """select batch_key, state, count(*) from batch_operation_item
           where batch_key = any(%s::bigint[]) group by batch_key, state""",
        [[batch.key for batch in found]],
    ).fetchall()
    return [
        replace(
            batch,
            counts={ItemState(state): count for key, state, count in rows if key == batch.key},
        )
        for batch in found
    ]


def _batch(row: Any) -> Batch:
    return Batch(
        key=Key(row.key),
        kind=BatchKind(row.kind),
        state=BatchState(row.state),
        plan=row.plan,
        selection=row.selection,
        reason=row.reason,
        created_by_key=Key(row.created_by_key),
        created_by=row.created_by,
        created_at=row.created_at,
        ended_at=row.ended_at,
        total=row.total,
    )


def _item(row: Any) -> BatchItem:
    return BatchItem(
        batch_key=Key(row.batch_key),
        kind=BatchKind(row.kind),
        instance_key=Key(row.instance_key),
        number=row.number or "",
        title=row.title or "",
        state=ItemState(row.state),
        processed_at=row.processed_at,
        message=row.message,
    )


_SEARCH = Search(
    fields={
        "batchOperationKey": _B.key,
        "operationType": _B.kind,
        "state": _B.state,
        "startDate": _B.created_at,
        "endDate": _B.ended_at,
    },
    key=_B.key,
    special={},
    usual_order=(Order(field="batchOperationKey", descending=True),),
)
_ITEMS = Search(
    fields={
        "batchOperationKey": _I.batch_key,
        "itemKey": _I.instance_key,
        "processInstanceKey": _I.instance_key,
        "state": _I.state,
        "operationType": _B.kind,
        "processedDate": _I.processed_at,
    },
    key=_I.instance_key,
    special={},
    usual_order=(Order(field="itemKey"),),
)
