"""Log out: the session ends for all its tokens."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.service.app import App
from engine.storage.identity import sessions


def log_out(app: App, actor: Actor) -> None:
    """Close the actor's session; harmless where it is closed already."""
    if actor.session is None:
        return
    with app.database.unit_of_work() as work:
        sessions.close_session(work, actor.session, now=app.now(), because="logged-out")
        work.commit()
