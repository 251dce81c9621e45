"""Whether the database answers."""

from __future__ import annotations

from engine.service.app import App


def is_healthy(app: App) -> bool:
    return app.database.answers()
