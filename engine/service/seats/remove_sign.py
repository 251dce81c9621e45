"""减签: an added seat goes, and what was added to it with it.

Taking a seat away can fix the outcome of what is left: then the task ends, as if the last of the
others had just spoken.
"""

from __future__ import annotations

from engine.model import seats
from engine.model.actor import Actor
from engine.model.execution import Locked, OpenTask
from engine.model.keys import Key
from engine.model.permissions import Action
from engine.model.records import UserTask
from engine.model.seat_rules import RemovalFacts
from engine.model.seats import Seat
from engine.service.app import App
from engine.service.repeats import request
from engine.service.said import reason as checked_reason
from engine.service.seats.deciding import SeatChange, change_seats
from engine.service.seats.own_seat import arranged
from engine.service.standing import task_facts
from engine.service.tasks.task_standing import Situation
from engine.text import tell


def remove_sign(
    app: App,
    actor: Actor,
    *,
    key: Key,
    seat: Key,
    reason: str = "",
    idempotency_key: str | None = None,
) -> UserTask:
    """By whoever added the seat, or an administrator with a reason; only what is still open.

    Raises Forbidden, AlreadyHandled, NotFound.
    """
    words = checked_reason(reason, what=tell("减签原因")) if reason.strip() else ""

    def facts(me: Actor, locked: Locked, task: OpenTask) -> RemovalFacts:
        found = seats.seat_of(task.seats, seat)
        return removal_facts(me, locked, task, found, given=bool(words))

    def decide(at: Situation) -> SeatChange:
        left = seats.removed(at.task.seats, seat, now=at.now)
        gone = [s for s, before in zip(left, at.task.seats, strict=True) if s != before]
        return SeatChange(
            seats=arranged(at.task, left, at.now),
            facts={
                "seat": str(seat),
                "removed": [str(s.key) for s in gone],
                "people": [s.holder for s in gone if s.holder],
            },
            said={"reason": words} if words else {},
        )

    return change_seats(
        app,
        actor,
        key=key,
        action=Action.REMOVE_SIGN,
        kind="remove-sign",
        decide=decide,
        subject=facts,
        asked=request("remove-sign", idempotency_key, key, {"seat": str(seat), "reason": words}),
    )


def removal_facts(
    me: Actor, locked: Locked, task: OpenTask, seat: Seat | None, *, given: bool
) -> RemovalFacts:
    return RemovalFacts(
        task=task_facts(me, locked, task),
        added_by=seat.added_by if seat else None,
        live=seat.live if seat else False,
        given=given,
    )
