"""驳回到任意节点: back to a user task already passed, across parallel branches and subprocesses.

What stems from the target is taken back; effects that are outside already (money paid, a letter
served, a notice published) are barriers. The target goes to whoever did it, if he is still there.
"""

from __future__ import annotations

from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import Forbidden, InvalidInput
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.ledger import Past
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.refusals import note_refusal
from engine.service.repeats import Request, request
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now, open_task, task_facts
from engine.service.stepping import Act
from engine.service.tasks.get_task import load_task
from engine.service.tasks.taking_back import (
    History,
    barrier_before,
    go_back,
    history,
    passed_before,
)
from engine.storage.commands import ledger as rows
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.text import tell


def return_to_node(
    app: App,
    actor: Actor,
    *,
    key: Key,
    target: str,
    reason: str,
    idempotency_key: str | None = None,
) -> UserTask:
    """Return the case from this open task to an earlier node; the task is canceled.

    ``target``: the id of the node (its latest visit), or the key of a visit of it. Raises
    Forbidden (not the holder; a barrier in between), InvalidInput (no such node before this one;
    no reason), AlreadyHandled, NotFound.
    """
    words = checked_reason(reason, what=tell("退回原因"))
    asked = request("return-task", idempotency_key, key, {"target": target, "reason": words})
    try:
        with app.database.unit_of_work() as work:
            returned = _return(app, work, actor, key=key, target=target, words=words, asked=asked)
            work.commit()
    except Forbidden as refusal:
        note_refusal(app, actor, refusal, task_key=key)
        raise
    return returned


def _return(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    *,
    key: Key,
    target: str,
    words: str,
    asked: Request | None,
) -> UserTask:
    now = app.now()
    instance_key = keys.instance_of(key)
    locked = lock(
        work,
        instance_key=instance_key,
        element_key=key,
        actor=actor,
        now=now,
        task=True,
        position=False,
    )
    me = as_of_now(actor, locked)
    if asked is not None and asked.answered(work, me) is not None:
        return load_task(app, work, key)
    task = open_task(locked)
    require(me, Action.RETURN_TASK, task_facts(me, locked, task))
    found = history(app, work, locked)
    to = _target(found, key, target)
    go_back(
        app,
        work,
        me=me,
        locked=locked,
        found=found,
        target=to,
        act=Act(
            kind="return",
            element_key=key,
            element_id=task.element_id,
            facts={"outcome": "return", "node": to.element_id, "visit": str(to.key)},
            said=(say("words", {"reason": words}),),
        ),
        now=now,
        to=to.handler if not to.seated else None,
        remembered=asked.remembered(me, {"key": str(key)}) if asked else None,
    )
    rows.note_returned(work, instance_key=instance_key, task_key=key, by=me.natural, now=now)
    return load_task(app, work, key)


def _target(found: History, current: Key, target: str) -> Past:
    before = passed_before(found, current)
    wanted = [row for row in before if target in {row.element_id, str(row.key)}]
    if not wanted:
        message = tell("该环节不在此任务之前的已办环节之中，请重新选择退回的环节。")
        raise InvalidInput(problems=(Problem(element_id="target", rule="target", message=message),))
    stands = barrier_before(found, wanted[0])
    if stands is not None:
        raise Forbidden(
            action=tell("退回到“{found}”", found=found.name(wanted[0])),
            reason=tell("“{found}”已经对外生效，不能退回到它之前。", found=found.name(stands)),
        )
    return wanted[0]
