"""Tells the worker that there is something to send; the rows are what it goes by."""

from __future__ import annotations

from engine.service.app import App
from engine.storage.database import UnitOfWork
from engine.storage.exchange.queue import SEND


def wake_sending(app: App, work: UnitOfWork) -> None:
    """With the caller's commit. What nobody was woken for, the periodic round finds."""
    app.queue.defer(work, SEND, [{}])
