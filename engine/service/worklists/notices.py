"""A person's notices: list, count, tick off."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.notices import Notice
from engine.service.app import App
from engine.storage.worklists import notices


def list_notices(
    app: App, actor: Actor, *, limit: int = 50, before: Key | None = None, unread: bool = False
) -> tuple[Notice, ...]:
    """One's own notices, newest first; at most 200 at a time."""
    with app.database.unit_of_work() as work:
        return notices.list_notices(
            work,
            person=actor.key,
            limit=max(1, min(limit, 200)),
            before=before,
            unread=unread,
        )


def unread_notices(app: App, actor: Actor) -> int:
    """How many of one's own are unread, counted up to 100 (shown as 99+)."""
    with app.database.unit_of_work() as work:
        return notices.count_unread(work, person=actor.key)


def read_notices(app: App, actor: Actor, *, up_to: Key) -> int:
    """Tick off one's own notices up to this one; returns how many became read."""
    with app.database.unit_of_work() as work:
        count = notices.mark_read(work, person=actor.key, up_to=up_to, now=app.now())
        work.commit()
    return count


def read_notice(app: App, actor: Actor, *, key: Key) -> bool:
    """Tick off one of one's own notices; False where there was nothing to tick off."""
    with app.database.unit_of_work() as work:
        done = notices.mark_one_read(work, person=actor.key, key=key, now=app.now())
        work.commit()
    return done
