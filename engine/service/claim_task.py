"""签收: a candidate takes an unassigned task for himself."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.keys import Key
from engine.model.permissions import Action
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.task_standing import Decision, Situation, change_standing, patch_of


def claim_task(app: App, actor: Actor, *, key: Key) -> UserTask:
    """Of two who claim at once, one wins. Raises Forbidden, AlreadyHandled, NotFound."""

    def decide(at: Situation) -> Decision:
        return Decision(patch=patch_of(at.task, assignee=at.me.username), staffed=True)

    return change_standing(
        app, actor, key=key, action=Action.CLAIM_TASK, kind="claim", decide=decide
    )
