"""What becomes of a recused person's tasks: given back, or an incident where nobody is left.

Nothing is ever approved by the system (approval.md, “Who may not act”).
"""

from __future__ import annotations

from typing import Any

from engine.model import keys, seats
from engine.model.actor import Actor
from engine.model.effects import IncidentRaised
from engine.model.errors import Conflict
from engine.model.execution import Locked, OpenTask
from engine.model.keys import Key
from engine.model.notifications import Announcement, NoticeKind
from engine.model.seats import Seats
from engine.service.app import App
from engine.service.seats.own_seat import filled, not_eligible, plan
from engine.service.stepping import Act, record
from engine.service.tasks.assignment import NOBODY
from engine.service.tasks.task_standing import (
    Decision,
    Situation,
    opened_for,
    pairs,
    patch_of,
    seat_rows,
    seated,
)
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.instances import incidents
from engine.storage.recusal import recusals
from engine.text import tell


def stand_aside(app: App, work: UnitOfWork, me: Actor, *, instance_key: Key, username: str) -> None:
    """Take the person out of every open task of the case, one journal row each.

    The recusal is in force already, in the same transaction.
    """
    for task_key in recusals.tasks_of(work, instance_key, username):
        locked = lock(
            work,
            instance_key=instance_key,
            element_key=task_key,
            actor=me,
            now=app.now(),
            task=True,
            position=False,
        )
        if locked.task is not None:
            at = Situation(
                app=app, work=work, me=me, locked=locked, task=locked.task, now=app.now()
            )
            _give_back(at, username)


def _give_back(at: Situation, username: str) -> None:
    task = at.task
    decision = _decision(at, username)
    after = decision.seats if decision else task.seats
    staffed = filled(at, after) if task.seated else _somebody(at)
    known = incidents.active_on(at.work, instance_key=at.locked.head.key, element_key=task.key)
    raised = [] if staffed or NOBODY in known else [_nobody(at.locked, task)]
    if decision is None and not raised:
        return
    written = record(
        at.work,
        head=at.locked.head,
        act=Act(
            kind="stand-aside",
            element_key=task.key,
            element_id=task.element_id,
            facts={"people": [username], **_moved(task, after)},
        ),
        actor=at.me,
        gate=decision.patch if decision else None,
        now=at.now,
        incidents=raised,
        seats=seat_rows(task, after) if decision and task.seated else None,
        tell=opened_for(task.seats, after, at.me),
        also=_claimable(at) if decision and staffed and not task.seated else (),
    )
    if written is None:
        raise Conflict(what=tell("此事项"), reason=tell("已有他人先行办理"))


def _moved(task: OpenTask, after: Seats) -> dict[str, Any]:
    """The seats that changed hands: seat → who has it now ("" = its group)."""
    changed = (now for was, now in zip(task.seats, after, strict=True) if was != now)
    moved = {str(seat.key): seat.holder or "" for seat in changed}
    return {"seats": moved} if moved else {}


def _decision(at: Situation, username: str) -> Decision | None:
    """The task without the person; None where he only could have taken it."""
    if at.task.seated:
        after = seats.without(at.task.seats, username, candidates=_candidates(at))
        return seated(at.task, after) if after != at.task.seats else None
    if at.task.assignee != username:
        return None
    return Decision(patch=patch_of(at.task, assignee=None))


def _candidates(at: Situation) -> tuple[str, str] | None:
    """The task's group to which its own seat falls back: the first with somebody eligible; a seat
    by rule is its person's own (``banshi:seats``)."""
    if plan(at.task).ruled:
        return None
    besides = not_eligible(at)
    groups = pairs(at.task.candidate_groups)
    staffed = (g for g in groups if at.app.directory.held(at.work, *g, besides=besides))
    return next(staffed, None)


def _somebody(at: Situation) -> bool:
    """Whether anybody is left who has the plain task or may take it."""
    besides = not_eligible(at)
    if at.task.assignee and at.task.assignee not in at.locked.head.barred:
        return True
    people = at.app.directory.active(at.work, at.task.candidate_users).values()
    return any(key not in besides for key in people) or any(
        at.app.directory.held(at.work, role, unit, besides=besides)
        for role, unit in pairs(at.task.candidate_groups)
    )


def _nobody(locked: Locked, task: OpenTask) -> IncidentRaised:
    return IncidentRaised(
        key=keys.part(locked.head.key, locked.head.counter + 1),
        element_key=task.key,
        element_id=task.element_id,
        kind=NOBODY,
        message=tell(
            "“{task}”无人办理：办理人须回避，没有其他可以办理的人员，请转办。", task=task.name
        ),
    )


def _claimable(at: Situation) -> tuple[Announcement, ...]:
    return (
        Announcement(
            kind=NoticeKind.TASK_CLAIMABLE,
            instance_key=at.locked.head.key,
            task_key=at.task.key,
            skip=at.me.key,
        ),
    )
