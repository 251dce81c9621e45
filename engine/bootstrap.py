"""Puts a banshi together out of its parts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from engine.config import Settings, load_secrets
from engine.service.app import App, wall_clock
from engine.storage.database import Database
from engine.storage.files import FileStore


def build(
    settings: Settings,
    *,
    database: Database | None = None,
    clock: Callable[[], datetime] = wall_clock,
) -> App:
    """An application on ``settings.database_url`` (or on the database given by a test).

    The embedded PostgreSQL is started by the command line, which then passes its URL.
    """
    return App(
        settings=settings,
        secrets=load_secrets(settings),
        database=database
        or Database(
            settings.database_url,
            pool_size=settings.pool_size,
            pool_overflow=settings.pool_overflow,
        ),
        files=FileStore(settings.document_url, home=settings.home),
        clock=clock,
    )
