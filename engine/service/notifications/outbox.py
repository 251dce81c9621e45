"""The worker's round: work out what was announced, then send what is due."""

from __future__ import annotations

from engine.service.app import App
from engine.service.notifications.fan_out import fan_out
from engine.service.notifications.sending import send_due


def work_off(app: App, *, limit: int = 500) -> int:
    """How many announcements and dispatches there were."""
    return fan_out(app, limit=limit) + send_due(app, limit=limit)
