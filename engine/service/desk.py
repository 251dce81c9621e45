"""What the badges of every page count."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.actor import Actor
from engine.service.acting import as_of_now
from engine.service.app import App
from engine.service.inbox import worker_of
from engine.storage import copies, notices
from engine.storage import inbox as lists
from engine.storage.database import UnitOfWork
from engine.storage.inbox import Narrowing


@dataclass(frozen=True, kw_only=True)
class DeskCounts:
    """Each is exact up to 100, and 100 means “99+”. ``copies`` and ``notices``: unread ones."""

    todo: int
    claimable: int
    copies: int
    notices: int


def desk_counts(app: App, actor: Actor) -> DeskCounts:
    """With the rights of the actor's token."""
    with app.database.unit_of_work() as work:
        return _counts(work, actor)


def live_counts(app: App, actor: Actor) -> DeskCounts:
    """With the rights that the actor has now; raises NotAuthenticated where his session has ended."""
    with app.database.unit_of_work() as work:
        return _counts(work, as_of_now(app, work, actor))


def _counts(work: UnitOfWork, actor: Actor) -> DeskCounts:
    worker = worker_of(work, actor)
    return DeskCounts(
        todo=lists.count(work, worker, Narrowing(), own=True, claimable=True),
        claimable=lists.count(work, worker, Narrowing(), own=False, claimable=True),
        copies=copies.unread_of(work, actor.username),
        notices=notices.count_unread(work, person=actor.key),
    )
