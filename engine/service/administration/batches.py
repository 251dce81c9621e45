"""Look at batches, hold them up, let them go on, stop them, and try again what failed."""

from __future__ import annotations

from collections.abc import Collection

from engine.model.actor import Actor
from engine.model.batches import BATCH_TRANSITIONS, Batch, BatchItem, BatchState
from engine.model.case_rules import CaseFacts
from engine.model.errors import Conflict, NotFound
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.permissions import Action, require
from engine.model.search import Query
from engine.service.acting import acting
from engine.service.app import App
from engine.storage.exchange.queue import RUN_BATCH
from engine.storage.history import acts
from engine.storage.instances import batches
from engine.text import tell


def get_batch(app: App, actor: Actor, *, key: Key) -> Batch:
    """A batch with its counts; administrators only. Raises NotFound."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        found = batches.get(work, key)
    if found is None:
        raise NotFound(what=tell("批量处理"), key=str(key))
    return found


def search_batches(app: App, actor: Actor, *, query: Query) -> Page[Batch]:
    """Batches by conditions, the latest first; administrators only."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        return batches.search(work, query)


def search_batch_items(app: App, actor: Actor, *, query: Query) -> Page[BatchItem]:
    """Cases of batches by conditions; administrators only."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        return batches.search_items(work, query)


def suspend_batch(app: App, actor: Actor, *, key: Key) -> None:
    """Hold it up after the case that is being done. Raises NotFound, Conflict, Forbidden."""
    _turn(app, actor, key=key, to=BatchState.SUSPENDED, when=_before(BatchState.SUSPENDED))


def resume_batch(app: App, actor: Actor, *, key: Key) -> None:
    """Let it go on. Raises as ``suspend_batch`` does."""
    _turn(app, actor, key=key, to=BatchState.ACTIVE, when=(BatchState.SUSPENDED,))


def cancel_batch(app: App, actor: Actor, *, key: Key) -> None:
    """Leave out the cases that are not done yet; what is done stays."""
    _turn(app, actor, key=key, to=BatchState.CANCELED, when=_before(BatchState.CANCELED))


def retry_batch(app: App, actor: Actor, *, key: Key) -> None:
    """Try again the cases that failed. Raises as ``suspend_batch`` does."""
    _turn(
        app,
        actor,
        key=key,
        to=BatchState.ACTIVE,
        when=(BatchState.PARTIALLY_COMPLETED, BatchState.ACTIVE),
        failed=True,
    )


def _before(to: BatchState) -> tuple[BatchState, ...]:
    return tuple(state for state, following in BATCH_TRANSITIONS.items() if to in following)


def _turn(
    app: App,
    actor: Actor,
    *,
    key: Key,
    to: BatchState,
    when: Collection[BatchState],
    failed: bool = False,
) -> None:
    now = app.now()
    with acting(app, actor) as (work, me):
        require(me, Action.CHANGE_CASE, CaseFacts())
        if batches.plan_of(work, key) is None:
            raise NotFound(what=tell("批量处理"), key=str(key))
        if not batches.turn(work, key, to=to, when=when, now=now):
            raise Conflict(what=tell("此批量处理"), reason=tell("它已不在可以这样操作的状态"))
        if failed and not batches.open_failed(work, key):
            raise Conflict(what=tell("此批量处理"), reason=tell("没有失败的事项"))
        kind = "retry" if failed else str(to).lower()
        acts.record(work, stream="batches", actor=me, kind=kind, facts={"batch": str(key)}, at=now)
        if to is BatchState.ACTIVE:
            app.queue.defer(work, RUN_BATCH, [{}])
        work.commit()
