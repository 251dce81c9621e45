"""Commands that change who has a user task, or when it is due, and move no token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import Forbidden
from engine.model.execution import Locked, OpenTask
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.records import UserTask
from engine.service.app import App
from engine.service.get_task import load_task
from engine.service.refusals import note_refusal
from engine.service.standing import as_of_now, handled, open_task, task_facts
from engine.service.stepping import Act, record
from engine.storage.changes import TaskPatch
from engine.storage.database import UnitOfWork
from engine.storage.locking import lock


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What a decision is made of; ``work`` is for questions only."""

    app: App
    work: UnitOfWork
    me: Actor
    locked: Locked
    task: OpenTask
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The task's columns from now on, and what the journal says of it.

    ``staffed``: the task has somebody to take it now, which ends an incident of nobody.
    """

    patch: TaskPatch
    facts: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    staffed: bool = False


def change_standing(
    app: App,
    actor: Actor,
    *,
    key: Key,
    action: Action,
    kind: str,
    decide: Callable[[Situation], Decision],
) -> UserTask:
    """Lock, check the right to ``action``, decide, write, journal, commit."""
    now = app.now()
    try:
        with app.database.unit_of_work() as work:
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
            task = open_task(locked)
            require(me, action, task_facts(me, locked, task))
            situation = Situation(app=app, work=work, me=me, locked=locked, task=task, now=now)
            decision = decide(situation)
            written = record(
                work,
                head=locked.head,
                act=Act(
                    kind=kind,
                    element_key=key,
                    element_id=task.element_id,
                    facts=decision.facts,
                    said=(say("words", decision.said),) if decision.said else (),
                ),
                actor=me,
                gate=decision.patch,
                now=now,
                incidents_resolved_of=[key] if decision.staffed else [],
            )
            if written is None:
                raise handled(task)
            changed = load_task(app, work, key)
            work.commit()
    except Forbidden as refusal:
        note_refusal(app, actor, refusal, task_key=key)
        raise
    return changed


def patch_of(task: OpenTask, **changed: Any) -> TaskPatch:
    """The task's columns as they are, but for those given."""
    values: dict[str, Any] = {
        "assignee": task.assignee,
        "groups": pairs(task.candidate_groups),
        "users": task.candidate_users,
        "priority": task.priority,
        "due_at": task.due_at,
        "due_pending": task.due_pending,
        "follow_up_at": task.follow_up_at,
    }
    return TaskPatch(key=task.key, process_id=task.process_id, **{**values, **changed})


def pairs(groups: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """``role@unit`` texts as (role, unit)."""
    return tuple((role, unit) for role, _, unit in (text.partition("@") for text in groups))
