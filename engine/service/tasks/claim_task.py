"""签收: a candidate takes an unassigned task for himself."""

from __future__ import annotations

from engine.model import seats
from engine.model.actor import Actor
from engine.model.errors import Conflict
from engine.model.keys import Key
from engine.model.permissions import Action
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.tasks.task_standing import (
    Decision,
    Situation,
    change_standing,
    patch_of,
    seated,
)
from engine.text import tell


def claim_task(app: App, actor: Actor, *, key: Key) -> UserTask:
    """Of two who claim at once, one wins. Raises Forbidden, AlreadyHandled, NotFound."""

    def decide(at: Situation) -> Decision:
        if at.task.seated:
            empty = seats.vacant(at.task.seats, [str(m) for m in at.me.memberships])
            if empty is None:
                raise Conflict(what=tell("此席位"), reason=tell("已由他人签收"))
            return seated(
                at.task,
                seats.taken(at.task.seats, empty.key, by=at.me.username),
                facts={"seat": str(empty.key)},
            )
        return Decision(patch=patch_of(at.task, assignee=at.me.username), staffed=True)

    return change_standing(
        app, actor, key=key, action=Action.CLAIM_TASK, kind="claim", decide=decide
    )
