"""What could not be delivered, for administrators to look at and to try again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from engine.model.actor import Actor
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.notices import Dispatch
from engine.model.notifications import DispatchState
from engine.model.page import Page
from engine.model.permissions import Action, require
from engine.service.acting import acting
from engine.service.app import App
from engine.service.notifications.waking import wake_sending
from engine.storage.history import acts
from engine.storage.notifications import dispatches, reminders
from engine.text import tell

#: What was sent is kept for so long.
KEPT = timedelta(days=90)


def list_dispatches(
    app: App,
    actor: Actor,
    *,
    states: Collection[DispatchState] = (DispatchState.DEAD,),
    limit: int = 50,
    before: Key | None = None,
) -> Page[Dispatch]:
    """Dispatches in these states, the newest first; administrators only."""
    require(actor, Action.MANAGE_OUTGOING)
    with app.database.unit_of_work() as work:
        return dispatches.search(work, states=states, limit=max(1, min(limit, 200)), before=before)


def retry_dispatch(app: App, actor: Actor, *, key: Key) -> None:
    """Send one that was given up again, from the first attempt. Raises :class:`Conflict`."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_OUTGOING)
        if not dispatches.revive(work, key, now=app.now()):
            raise Conflict(what=tell("此消息"), reason=tell("不在未送达之列，或已有他人重新发送"))
        acts.record(
            work,
            stream="outgoing",
            actor=me,
            kind="retry",
            facts={"dispatch": str(key)},
            at=app.now(),
        )
        wake_sending(app, work)
        work.commit()


def sweep_told(app: App, *, limit: int = 5_000) -> int:
    """Delete old dispatches that were sent, and reminders of tasks that are done."""
    with app.database.unit_of_work() as work:
        count = dispatches.sweep(work, before=app.now() - KEPT, limit=limit)
        count += reminders.sweep(work, limit=limit)
        work.commit()
    return count
