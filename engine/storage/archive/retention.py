"""Cases that have had their time: found, listed, erased; and the register of that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from engine.model.keys import Key
from engine.model.retention import (
    Disposal,
    DisposalList,
    ItemState,
    ListState,
    Stage,
)
from engine.storage.archive.legal_holds import held
from engine.storage.database import UnitOfWork, next_key, next_keys
from engine.storage.tables.definitions import PROCESS_DEFINITION
from engine.storage.tables.execution import INSTANCE
from engine.storage.tables.retention import DISPOSAL, DISPOSAL_LIST

_I, _D, _P = INSTANCE.c, DISPOSAL.c, PROCESS_DEFINITION.c
_L = DISPOSAL_LIST.c


@dataclass(frozen=True, kw_only=True)
class Due:
    """A case that has had its time."""

    instance_key: Key
    number: str
    ended_at: datetime
    journal_number: int
    journal_digest: bytes


@dataclass(frozen=True, kw_only=True)
class Rules:
    """A version of a process with its properties."""

    definition_key: Key
    process_id: str
    name: str
    properties: dict[str, str]


def rules(work: UnitOfWork) -> tuple[Rules, ...]:
    """Every version that a case was ever ended of."""
    ended = sa.exists().where(_I.definition_key == _P.key, _I.ended_at.is_not(None))
    rows = work.connection.execute(
        sa.select(_P.key, _P.process_id, _P.name, sa.cast(_P.properties, sa.Text).label("p")).where(
            ended
        )
    )
    return tuple(
        Rules(
            definition_key=Key(row.key),
            process_id=row.process_id,
            name=row.name,
            properties=orjson.loads(row.p),
        )
        for row in rows
    )


def due(
    work: UnitOfWork, definition_key: Key, stage: Stage, *, before: datetime, limit: int
) -> tuple[Due, ...]:
    """Cases that ended before then, are on no list of this stage and have no hold, the oldest first."""
    listed = sa.exists().where(
        _D.instance_key == _I.key, _D.stage == stage, _D.state != ItemState.KEPT
    )
    rows = work.connection.execute(
        sa.select(_I.key, _I.number, _I.ended_at, _I.journal_number, _I.journal_digest)
        .where(_I.definition_key == definition_key, _I.ended_at < before)
        .where(~listed, ~held(_I.key))
        .order_by(_I.ended_at)
        .limit(limit)
    )
    return tuple(
        Due(
            instance_key=Key(row.key),
            number=row.number,
            ended_at=row.ended_at,
            journal_number=row.journal_number,
            journal_digest=bytes(row.journal_digest),
        )
        for row in rows
    )


def last_proposed(work: UnitOfWork, stage: Stage) -> datetime | None:
    found: datetime | None = work.connection.execute(
        sa.select(sa.func.max(_L.proposed_at)).where(_L.stage == stage)
    ).scalar()
    return found


def add_list(
    work: UnitOfWork, stage: Stage, found: Sequence[tuple[Rules, str, Due]], *, now: datetime
) -> Key:
    """A list of these cases, each with its rule."""
    key = next_key(work)
    work.connection.execute(
        sa.insert(DISPOSAL_LIST).values(
            key=key, stage=stage, state=ListState.PROPOSED, proposed_at=now
        )
    )
    keys = next_keys(work, len(found))
    work.connection.execute(
        sa.insert(DISPOSAL),
        [
            {
                "key": own,
                "list_key": key,
                "instance_key": case.instance_key,
                "number": case.number,
                "process_id": of.process_id,
                "process_name": of.name,
                "stage": stage,
                "state": ItemState.LISTED,
                "rule": rule,
                "ended_at": case.ended_at,
                "journal_number": case.journal_number,
                "journal_digest": case.journal_digest,
            }
            for own, (of, rule, case) in zip(keys, found, strict=True)
        ],
    )
    return key


def get_list(work: UnitOfWork, key: Key, *, lock: bool = False) -> DisposalList | None:
    select = _LISTS.where(_L.key == key)
    row = work.connection.execute(select.with_for_update() if lock else select).one_or_none()
    return _list(row) if row else None


def lists(work: UnitOfWork, *, before: Key | None, limit: int) -> tuple[DisposalList, ...]:
    """The newest first."""
    select = _LISTS.order_by(_L.key.desc()).limit(limit)
    if before is not None:
        select = select.where(_L.key < before)
    return tuple(_list(row) for row in work.connection.execute(select))


def decide(work: UnitOfWork, key: Key, *, was: ListState, **values: Any) -> bool:
    """Compare-and-set on the list's state; False where it was another one."""
    done = work.connection.execute(
        sa.update(DISPOSAL_LIST).where(_L.key == key, _L.state == was).values(**values)
    )
    return done.rowcount == 1


def items(
    work: UnitOfWork,
    *,
    list_key: Key | None = None,
    text: str = "",
    state: ItemState | None = None,
    after: Key | None = None,
    limit: int = 100,
) -> tuple[Disposal, ...]:
    """Lines of one list in its order, or of the whole register, by the start of a number."""
    select = sa.select(DISPOSAL, held(_D.instance_key).label("held")).order_by(_D.key)
    if list_key is not None:
        select = select.where(_D.list_key == list_key)
    if text:
        select = select.where(_D.number.startswith(text, autoescape=True))
    if state is not None:
        select = select.where(_D.state == state)
    if after is not None:
        select = select.where(_D.key > after)
    return tuple(_disposal(row) for row in work.connection.execute(select.limit(limit)))


def approved(work: UnitOfWork) -> Key | None:
    """A list that is still to be carried out."""
    found = work.connection.execute(
        sa.select(_L.key).where(_L.state == ListState.APPROVED).order_by(_L.key).limit(1)
    ).scalar()
    return Key(found) if found is not None else None


def take(work: UnitOfWork, list_key: Key, *, limit: int) -> tuple[Disposal, ...]:
    """Lines still to be worked off, locked with their cases; others' locks are passed over."""
    work.connection.execute(
        sa.select(_I.key)
        .where(
            _I.key.in_(
                sa.select(_D.instance_key)
                .where(_D.list_key == list_key, _D.state == ItemState.LISTED)
                .order_by(_D.key)
                .limit(limit)
            )
        )
        .with_for_update()
    ).all()
    rows = work.connection.execute(
        sa.select(DISPOSAL, held(_D.instance_key).label("held"))
        .where(_D.list_key == list_key, _D.state == ItemState.LISTED)
        .order_by(_D.key)
        .limit(limit)
        .with_for_update(of=DISPOSAL, skip_locked=True)
    )
    return tuple(_disposal(row) for row in rows)


def settle(
    work: UnitOfWork,
    keys: Collection[Key],
    *,
    state: ItemState,
    now: datetime | None = None,
    reason: str = "",
) -> None:
    """Say of these lines what became of them."""
    if keys:
        work.connection.execute(
            sa.update(DISPOSAL)
            .where(_D.key.in_(list(keys)))
            .values(state=state, done_at=now, reason=reason)
        )


def keep_files(work: UnitOfWork, files: dict[Key, list[str]]) -> None:
    """Remember by case which files are still to be deleted from the store."""
    for instance_key, names in files.items():
        work.hot(
            "update disposal set files = files || %s::text[] where instance_key = %s"
            " and state = 'LISTED'",
            [names, instance_key],
        )


def files_left(work: UnitOfWork, *, limit: int) -> dict[Key, list[str]]:
    """Register line → files that its case had, still to be deleted."""
    rows = work.hot(
        "select key, files from disposal where files <> '{}' and state = 'DONE'"
        " order by key limit %s for update skip locked",
        [limit],
    )
    return {Key(row[0]): list(row[1]) for row in rows}


def forget_files(work: UnitOfWork, keys: Collection[Key]) -> None:
    work.hot("update disposal set files = '{}' where key = any(%s)", [list(keys)])


def key_of_number(work: UnitOfWork, number: str) -> Key | None:
    found = work.connection.execute(sa.select(_I.key).where(_I.number == number)).scalar()
    return Key(found) if found is not None else None


_LISTS = sa.select(
    DISPOSAL_LIST,
    sa.select(sa.func.count())
    .where(_D.list_key == _L.key, _D.state != ItemState.KEPT)
    .scalar_subquery()
    .label("count"),
)


def _list(row: Any) -> DisposalList:
    return DisposalList(
        key=Key(row.key),
        stage=Stage(row.stage),
        state=ListState(row.state),
        count=row._mapping["count"],  # noqa: SLF001 – a row has a method of that name
        proposed_at=row.proposed_at,
        confirmed_by=Key(row.confirmed_by) if row.confirmed_by is not None else None,
        confirmed_by_name=row.confirmed_by_name,
        confirmed_at=row.confirmed_at,
        approved_by=Key(row.approved_by) if row.approved_by is not None else None,
        approved_by_name=row.approved_by_name,
        approved_at=row.approved_at,
        done_at=row.done_at,
        note=row.note,
    )


def _disposal(row: Any) -> Disposal:
    return Disposal(
        key=Key(row.key),
        list_key=Key(row.list_key),
        instance_key=Key(row.instance_key),
        number=row.number,
        process_id=row.process_id,
        process_name=row.process_name,
        stage=Stage(row.stage),
        state=ItemState(row.state),
        rule=row.rule,
        ended_at=row.ended_at,
        journal_number=row.journal_number,
        journal_digest=bytes(row.journal_digest),
        done_at=row.done_at,
        reason=row.reason,
        held=row.held,
    )
