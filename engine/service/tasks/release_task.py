"""退签: an assigned task goes back to its candidates."""

from __future__ import annotations

from engine.model import seats
from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.permissions import Action
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.seats.own_seat import own_seat
from engine.service.tasks.task_standing import (
    Decision,
    Situation,
    change_standing,
    patch_of,
    seated,
)


def release_task(app: App, actor: Actor, *, key: Key) -> UserTask:
    """By whoever has it, or an administrator. Raises Forbidden, AlreadyHandled, NotFound."""

    def decide(at: Situation) -> Decision:
        if at.task.seated:
            own = own_seat(at)
            return seated(
                at.task,
                seats.released(own.seats, own.seat.key),
                facts={"seat": str(own.seat.key), "from": at.me.username},
            )
        return Decision(
            patch=patch_of(at.task, assignee=None), facts={"from": at.task.assignee or ""}
        )

    return change_standing(
        app, actor, key=key, action=Action.RELEASE_TASK, kind="release", decide=decide
    )
