"""Throw away what was uploaded and never sent."""

from __future__ import annotations

from datetime import timedelta

from engine.service.app import App
from engine.storage.identity import sessions
from engine.storage.papers import documents
from engine.storage.worklists import drafts


def sweep_documents(app: App, *, limit: int = 100) -> int:
    """Delete staged files older than a day (``document_stage_hours``); how many there were.

    The rows go first: a file that outlives them for a crash is unreachable.
    """
    before = app.now() - timedelta(hours=app.settings.document_stage_hours)
    with app.database.unit_of_work() as work:
        names = documents.take_orphans(work, before=before, limit=limit)
        work.commit()
    for name in names:
        app.files.delete(name)
    return len(names)


def sweep_traces(app: App) -> int:
    """Delete old sessions, log-in attempts and forgotten drafts; how many rows went."""
    now, settings = app.now(), app.settings
    with app.database.unit_of_work() as work:
        count = sessions.sweep(
            work, now=now, attempts_kept=timedelta(minutes=settings.log_in_window_minutes)
        )
        count += drafts.sweep(work, before=now - timedelta(days=settings.draft_days))
        work.commit()
    return count
