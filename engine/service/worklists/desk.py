"""What the badges of every page count."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.actor import Actor
from engine.service.acting import as_of_now
from engine.service.app import App
from engine.service.worklists.inbox import worker_of
from engine.storage.database import UnitOfWork
from engine.storage.instances import copies
from engine.storage.worklists import notices
from engine.storage.worklists.desk import Count, counts
from engine.storage.worklists.inbox import Worker


@dataclass(frozen=True, kw_only=True)
class DeskCounts:
    """Each is exact up to 100, and 100 means “99+”. ``copies`` and ``notices``: unread ones."""

    todo: int
    claimable: int
    copies: int
    notices: int


def desk_counts(app: App, actor: Actor, *, worker: Worker | None = None) -> DeskCounts:
    """With the rights of the actor's token. ``worker``: see ``inbox``."""
    with app.database.unit_of_work() as work:
        return _counts(work, actor, worker or worker_of(work, actor))


def badges(app: App, actor: Actor) -> tuple[int, int]:
    """What waits for the actor and how many notices he has not read: the top bar of every page."""
    with app.database.unit_of_work() as work:
        todo, unread = counts(work, worker_of(work, actor), (Count(),), reader=actor.key)
    return todo, unread


def live_counts(app: App, actor: Actor) -> DeskCounts:
    """With the rights that the actor has now; raises NotAuthenticated where his session has ended."""
    with app.database.unit_of_work() as work:
        me = as_of_now(app, work, actor)
        return _counts(work, me, worker_of(work, me))


def _counts(work: UnitOfWork, actor: Actor, worker: Worker) -> DeskCounts:
    todo, claimable = counts(work, worker, (Count(), Count(own=False)))
    return DeskCounts(
        todo=todo,
        claimable=claimable,
        copies=copies.unread_of(work, actor.username),
        notices=notices.count_unread(work, person=actor.key),
    )
