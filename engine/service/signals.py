"""What changed in other processes, for the faces: see ``engine.storage.exchange.signals``."""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine.model.actor import Actor
from engine.service.app import App
from engine.storage.exchange.signals import (
    EVERYBODY,
    Listener,
    group_topic,
    job_topic,
    person_topic,
    user_topic,
)

__all__ = [
    "EVERYBODY",
    "Listener",
    "job_topic",
    "listen",
    "start_telling",
    "stop_telling",
    "work_topics",
]


def start_telling(app: App) -> None:
    """From now on other processes hear of what this one changes (servers and workers do this)."""
    app.database.signals.start()


def stop_telling(app: App) -> None:
    """Tell what is left, and no more."""
    app.database.signals.stop()


def listen(app: App, heard: Callable[[frozenset[str]], None]) -> Listener:
    """A thread with a connection of its own, started; ``heard`` is called in it."""
    listener = Listener(app.database.conninfo, heard)
    listener.start()
    return listener


def work_topics(actor: Actor) -> Collection[str]:
    """What changes somebody's lists and notices."""
    groups = (group_topic(str(membership)) for membership in actor.memberships)
    return frozenset({person_topic(actor.key), user_topic(actor.username), *groups})
