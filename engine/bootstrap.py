"""Puts a banshi together out of its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from engine.config import Settings, load_secrets
from engine.feel import Registry
from engine.service.app import App, wall_clock
from engine.service.bundles import Bundles
from engine.service.clock.calendars import Calendars
from engine.service.directory import Directory
from engine.service.exchange.feel_functions import registry
from engine.service.exchange.handlers import OWN
from engine.storage.database import Database
from engine.storage.exchange.queue import JobQueue
from engine.storage.papers.files import FileStore


def build(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Callable[[], datetime] = wall_clock,
) -> App:
    """An application on ``settings.database_url`` (or on the database given by a test).

    The embedded PostgreSQL is started by the command line, which then passes its URL.
    """
    database = database or Database(
        settings.database_url,
        pool_size=settings.pool_size,
        pool_overflow=settings.pool_overflow,
    )
    database.tell_time_by(lambda: clock().astimezone(settings.timezone))
    calendars = Calendars(database)
    functions = registry(lambda: calendars.current)
    return App(
        settings=settings,
        secrets=load_secrets(settings),
        database=database,
        files=FileStore(settings.document_url, home=settings.home),
        functions=functions,
        calendars=calendars,
        directory=Directory(),
        bundles=Bundles(database, functions),
        queue=JobQueue(database),
        handlers=OWN,
        clock=clock,
    )


def feel_functions() -> Registry:
    """What FEEL can call, by the calendar that comes with the program: for the command line."""
    calendars = Calendars()
    return registry(lambda: calendars.current)
