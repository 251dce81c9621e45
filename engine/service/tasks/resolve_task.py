"""办理归还: what was delegated goes back, with what the delegate has to say, to whoever gave it."""

from __future__ import annotations

from engine.model import seats
from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.permissions import Action
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.repeats import request
from engine.service.said import reason as checked_text
from engine.service.seats.own_seat import own_seat
from engine.service.tasks.task_standing import Decision, Situation, change_standing, seated
from engine.text import tell


def resolve_task(
    app: App, actor: Actor, *, key: Key, opinion: str = "", idempotency_key: str | None = None
) -> UserTask:
    """Give the seat back to the last delegator. Raises Forbidden, AlreadyHandled, NotFound."""
    words = checked_text(opinion, what=tell("办理意见"), longest=2000) if opinion.strip() else ""

    def decide(at: Situation) -> Decision:
        own = own_seat(at)
        after = seats.resolved(own.seats, own.seat.key)
        return seated(
            at.task,
            after,
            facts={
                "seat": str(own.seat.key),
                "from": at.me.username,
                "to": own.seat.stack[-1],
            },
            said={"opinion": words} if words else {},
        )

    return change_standing(
        app,
        actor,
        key=key,
        action=Action.RESOLVE_TASK,
        kind="resolve",
        decide=decide,
        asked=request("resolve-task", idempotency_key, key, {"opinion": words}),
    )
