"""Refusals that must leave a trace: somebody tried to decide a case of his own, or twice."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.errors import Forbidden
from engine.model.keys import Key
from engine.service.app import App
from engine.storage.history import acts


def note_refusal(app: App, actor: Actor, refusal: Forbidden, *, task_key: Key) -> None:
    """Record it in the stream of refusals, in a transaction of its own."""
    with app.database.unit_of_work() as work:
        acts.record(
            work,
            stream="refusals",
            actor=actor,
            kind="refused",
            facts={"task": str(task_key), "action": refusal.action, "reason": refusal.reason},
            at=app.now(),
        )
        work.commit()
