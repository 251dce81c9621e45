"""收回委派: the delegator takes back what he delegated, before it is given back to him."""

from __future__ import annotations

from engine.model import seats
from engine.model.actor import Actor
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.notifications import Announcement, NoticeKind
from engine.model.permissions import Action
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.repeats import request
from engine.service.said import reason as checked_reason
from engine.service.tasks.task_standing import Decision, Situation, change_standing, seated
from engine.text import tell


def call_back_task(
    app: App, actor: Actor, *, key: Key, reason: str = "", idempotency_key: str | None = None
) -> UserTask:
    """The actor has his seat again; whoever it was handed on to since loses it and is told.

    Raises Forbidden (he delegated nothing that is still out), AlreadyHandled, NotFound.
    """
    words = checked_reason(reason, what=tell("收回原因")) if reason.strip() else ""

    def decide(at: Situation) -> Decision:
        seat = seats.lent_by(at.task.seats, at.me.username)
        if seat is None:
            raise Conflict(what=tell("此委派"), reason=tell("已经归还"))
        after = seats.called_back(at.task.seats, seat.key, by=at.me.username)
        return seated(
            at.task,
            after,
            facts={
                "seat": str(seat.key),
                "from": seat.holder or "",
                "to": at.me.username,
                "past": list(seat.stack[seat.stack.index(at.me.username) + 1 :]),
            },
            said={"reason": words} if words else {},
            telling=_loser(at, seat.holder),
        )

    return change_standing(
        app,
        actor,
        key=key,
        action=Action.CALL_BACK_TASK,
        kind="call-back",
        decide=decide,
        asked=request("call-back-task", idempotency_key, key, {"reason": words}),
    )


def _loser(at: Situation, holder: str | None) -> tuple[Announcement, ...]:
    """Whoever had it need not work on it any more."""
    if holder is None:
        return ()
    return (
        Announcement(
            kind=NoticeKind.TASK_CALLED_BACK,
            instance_key=at.locked.head.key,
            task_key=at.task.key,
            facts={"to": holder},
        ),
    )
