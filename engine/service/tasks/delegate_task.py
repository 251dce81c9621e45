"""委派: somebody else handles it and gives it back. Delegations nest as a stack."""

from __future__ import annotations

from engine.model import seats
from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.permissions import Action
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.repeats import request
from engine.service.said import reason as checked_reason
from engine.service.seats.own_seat import fit_person, own_seat
from engine.service.tasks.task_standing import Decision, Situation, change_standing, seated
from engine.text import tell


def delegate_task(
    app: App,
    actor: Actor,
    *,
    key: Key,
    to: str,
    reason: str = "",
    idempotency_key: str | None = None,
) -> UserTask:
    """Hand the actor's seat to a colleague, who gives it back by ``resolve_task``.

    Raises Forbidden (not the holder; the other is the applicant, barred by four eyes, or has a
    seat here already), InvalidInput, AlreadyHandled, NotFound.
    """
    words = checked_reason(reason, what=tell("委派说明")) if reason.strip() else ""

    def decide(at: Situation) -> Decision:
        fit_person(at, to, verb=tell("将此任务委派给"))
        own = own_seat(at)
        return seated(
            at.task,
            seats.delegated(own.seats, own.seat.key, to=to),
            keys_taken=own.taken,
            facts={"seat": str(own.seat.key), "from": at.me.username, "to": to},
            said={"reason": words} if words else {},
        )

    return change_standing(
        app,
        actor,
        key=key,
        action=Action.DELEGATE_TASK,
        kind="delegate",
        decide=decide,
        asked=request("delegate-task", idempotency_key, key, {"to": to, "reason": words}),
    )
