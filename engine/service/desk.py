"""What the badges of every page count, and the lists behind them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.actor import Actor
from engine.service.acting import as_of_now
from engine.service.app import App
from engine.service.inbox import worker_of
from engine.storage import inbox as lists
from engine.storage import notices
from engine.storage.inbox import Narrowing


@dataclass(frozen=True, kw_only=True)
class DeskCounts:
    """Each is exact up to 100, and 100 means “99+”. ``notices``: unread ones."""

    todo: int
    claimable: int
    notices: int


def desk_counts(app: App, actor: Actor) -> DeskCounts:
    """As of now, with the rights that the actor has now; raises NotAuthenticated where his session
    has ended."""
    with app.database.unit_of_work() as work:
        me = as_of_now(app, work, actor)
        worker = worker_of(me)
        return DeskCounts(
            todo=lists.count(work, worker, Narrowing(), own=True, claimable=True),
            claimable=lists.count(work, worker, Narrowing(), own=False, claimable=True),
            notices=notices.count_unread(work, person=me.key),
        )
