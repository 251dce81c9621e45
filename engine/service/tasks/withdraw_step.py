"""撤回: one's own last completed step, while nothing downstream of it was finished."""

from __future__ import annotations

from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import Forbidden, NotFound
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.ledger import Past
from engine.model.permissions import Action, require
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.refusals import note_refusal
from engine.service.repeats import Request, request
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now
from engine.service.stepping import Act
from engine.service.tasks.get_task import load_task
from engine.service.tasks.taking_back import go_back, history, step_facts
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.text import tell


def withdraw_step(
    app: App, actor: Actor, *, key: Key, reason: str = "", idempotency_key: str | None = None
) -> UserTask:
    """Take the completed task back: it opens again, under a new key, for whose it was.

    A step that a proxy did is his principal's too: either takes it back, and both are on record.
    Raises Forbidden (not his own; something downstream is finished, or outside already), NotFound.
    """
    words = checked_reason(reason, what=tell("撤回原因")) if reason.strip() else ""
    asked = request("withdraw-step", idempotency_key, key, {"reason": words})
    try:
        with app.database.unit_of_work() as work:
            withdrawn = _withdraw(app, work, actor, key=key, words=words, asked=asked)
            work.commit()
    except Forbidden as refusal:
        note_refusal(app, actor, refusal, task_key=key)
        raise
    return withdrawn


def _withdraw(
    app: App, work: UnitOfWork, actor: Actor, *, key: Key, words: str, asked: Request | None
) -> UserTask:
    now = app.now()
    locked = lock(
        work,
        instance_key=keys.instance_of(key),
        element_key=key,
        actor=actor,
        now=now,
        task=True,
        position=False,
    )
    me = as_of_now(actor, locked)
    if asked is not None and asked.answered(work, me) is not None:
        return load_task(app, work, key)
    task = locked.task
    found = history(app, work, locked)
    visit = found.visit(key)
    if task is None or visit is None:
        raise NotFound(what=tell("任务"), key=str(key))
    require(me, Action.WITHDRAW_STEP, step_facts(locked, found))
    go_back(
        app,
        work,
        me=me,
        locked=locked,
        found=found,
        target=visit,
        act=Act(
            kind="withdraw-step",
            element_key=key,
            element_id=task.element_id,
            facts=_both(me, visit),
            said=(say("words", {"reason": words}),) if words else (),
        ),
        now=now,
        to=visit.handler or me.username,
        remembered=asked.remembered(me, {"key": str(key)}) if asked else None,
    )
    return load_task(app, work, key)


def _both(me: Actor, visit: Past) -> dict[str, Any]:
    """The other natural person, where a proxy did the step: who did it, or in whose seat."""
    if visit.by is None or visit.on_behalf_of is None:
        return {}
    if me.natural == visit.by:
        return {"on_behalf_of": visit.on_behalf_of}
    return {"people": [visit.by]}
