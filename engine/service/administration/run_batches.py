"""Works off batches: each case is a command of its own, in a small transaction of its own.

The case's row in the batch is closed in the same transaction as the command, so a worker that is
killed leaves the case untouched and the next one does it; nothing is done twice. One case that
fails does not stop the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.model.actor import Actor
from engine.model.batches import Batch, BatchKind, ItemState
from engine.model.errors import BanshiError, CannotMove, Unavailable
from engine.model.keys import Key
from engine.model.states import InstanceState
from engine.service.administration.migrate_case import migrate_in
from engine.service.administration.modify_case import (
    Modification,
    Shift,
    case_positions_in,
    modify_in,
)
from engine.service.administration.resolve_incident import resolve_in
from engine.service.administration.start_batch import Order, ordered
from engine.service.administration.suspend_case import turn_in
from engine.service.app import App
from engine.service.cases.end_case import end_in
from engine.storage.commands import moving
from engine.storage.database import UnitOfWork
from engine.storage.identity import sessions
from engine.storage.instances import batches, incidents
from engine.storage.instances.batches import Taken
from engine.text import tell

_log = logging.getLogger(__name__)

#: So many cases are done before a worker looks after other things.
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class _Doing:
    """A case of a batch at its turn. ``me``: who ordered it, with the rights he has now."""

    app: App
    work: UnitOfWork
    me: Actor
    case: Key
    order: Order
    words: str
    facts: Mapping[str, Any]


#: What is done; gives why there was nothing to do, or "".
_Do = Callable[[_Doing], str]


def run_batches(app: App, *, limit: int = AT_ONCE) -> int:
    """Do up to so many cases; returns how many there were."""
    taken = 0
    while taken < limit and _one(app):
        taken += 1
    with app.database.unit_of_work() as work:
        if batches.finish(work, now=app.now()):
            work.commit()
    return taken


def _one(app: App) -> bool:
    with app.database.unit_of_work() as work:
        item = batches.take(work)
        if item is None:
            return False
        try:
            skipped = _do(app, work, item)
        except Unavailable:
            raise
        except BanshiError as error:
            failure = error.message
        except Exception as error:  # noqa: BLE001 - one bad case never stops the others
            _log.exception("case %s of batch %s failed", item.instance_key, item.batch_key)
            failure = tell("处理时出错：{fault}: {error}", fault=type(error).__name__, error=error)
        else:
            state = ItemState.SKIPPED if skipped else ItemState.COMPLETED
            batches.close(work, item, state=state, message=skipped, now=app.now())
            work.commit()
            return True
    with app.database.unit_of_work() as work:
        batches.close(work, item, state=ItemState.FAILED, message=failure, now=app.now())
        work.commit()
    return True


def _do(app: App, work: UnitOfWork, item: Taken) -> str:
    batch = batches.plan_of(work, item.batch_key)
    if batch is None:
        raise AssertionError("an item belongs to a batch")
    moving.hold(work, item.instance_key)
    if not moving.standing(work, [item.instance_key]):
        return tell("此事项已经办结")
    return _KINDS[batch.kind](
        _Doing(
            app=app,
            work=work,
            me=_orderer(app, work, batch),
            case=item.instance_key,
            order=ordered(batch),
            words=batch.reason,
            facts={"batch": str(batch.key)},
        )
    )


def _orderer(app: App, work: UnitOfWork, batch: Batch) -> Actor:
    """Raises CannotMove where he is no longer there; what he may do is asked case by case."""
    found = sessions.live_actor(work, person=batch.created_by_key, session=None, now=app.now())
    if found is None:
        raise CannotMove(
            reason=tell(
                "发起批量处理的{created_by}的账号已停用，请由其他管理员重新发起",
                created_by=batch.created_by,
            )
        )
    return found


def _migrate(doing: _Doing) -> str:
    new = doing.app.bundles.resolve(definition_key=doing.order.definition_key)
    moved = migrate_in(
        doing.app,
        doing.work,
        doing.me,
        key=doing.case,
        new=new,
        mapping=doing.order.mapping or {},
        words=doing.words,
        facts=doing.facts,
    )
    return "" if moved else tell("已经在所选的版本上")


def _modify(doing: _Doing) -> str:
    there = {at.element_id for at in case_positions_in(doing.app, doing.work, doing.case)}
    moves = tuple(
        Shift(source=source, element_id=target)
        for source, target in doing.order.moves
        if source in there
    )
    if not moves:
        return tell("已不在要移动的环节")
    modify_in(
        doing.app,
        doing.work,
        doing.me,
        key=doing.case,
        modification=Modification(move=moves),
        words=doing.words,
        facts=doing.facts,
    )
    return ""


def _cancel(doing: _Doing) -> str:
    end_in(
        doing.app,
        doing.work,
        doing.me,
        key=doing.case,
        reason=doing.words,
        facts=doing.facts,
    )
    return ""


def _turn(to: InstanceState, already: str) -> _Do:
    def turn(doing: _Doing) -> str:
        (standing,) = moving.standing(doing.work, [doing.case])
        if standing.state is to:
            return already
        turn_in(
            doing.app,
            doing.work,
            doing.me,
            key=doing.case,
            to=to,
            words=doing.words,
            facts=doing.facts,
        )
        return ""

    return turn


def _resolve(doing: _Doing) -> str:
    waiting = incidents.active_of(doing.work, doing.case)
    for key in waiting:
        if key in incidents.active_of(doing.work, doing.case):
            resolve_in(doing.app, doing.work, doing.me, key=key, facts=doing.facts)
    return "" if waiting else tell("异常已经处理")


_KINDS: Mapping[BatchKind, _Do] = {
    BatchKind.MIGRATE: _migrate,
    BatchKind.MODIFY: _modify,
    BatchKind.CANCEL: _cancel,
    BatchKind.SUSPEND: _turn(InstanceState.SUSPENDED, tell("已经暂停")),
    BatchKind.RESUME: _turn(InstanceState.ACTIVE, tell("并未暂停")),
    BatchKind.RESOLVE_INCIDENT: _resolve,
}
