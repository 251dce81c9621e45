"""The beginning of every use case that writes: one unit of work, and who acts as of now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from engine.model.actor import SYSTEM, Actor
from engine.model.errors import NotAuthenticated
from engine.service.app import App
from engine.storage.database import UnitOfWork
from engine.storage.identity import sessions
from engine.text import tell


@contextmanager
def acting(app: App, actor: Actor) -> Iterator[tuple[UnitOfWork, Actor]]:
    """A unit of work, and the actor with the rights he has now, not those of his token.

    Raises :class:`NotAuthenticated` where the session was closed or the person left.
    """
    with app.database.unit_of_work() as work:
        yield work, as_of_now(app, work, actor)


def as_of_now(app: App, work: UnitOfWork, actor: Actor) -> Actor:
    if actor.key == SYSTEM.key:
        return actor
    live = sessions.live_actor(work, person=actor.key, session=actor.session, now=app.now())
    if live is None:
        raise NotAuthenticated(reason=tell("登录已失效（已退出、过期或账号停用），请重新登录。"))
    return live
