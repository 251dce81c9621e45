"""Commands that change who has a user task, or when it is due, and move no token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Any

from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import Forbidden
from engine.model.execution import Locked, OpenTask
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.notifications import Announcement
from engine.model.permissions import Action, require
from engine.model.records import UserTask
from engine.model.seats import Seats, SeatState, shown_groups
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.refusals import note_refusal
from engine.service.repeats import Request
from engine.service.standing import as_of_now, handled, open_task, task_facts
from engine.service.stepping import Act, advance, record
from engine.service.tasks import asking
from engine.service.tasks.get_task import load_task
from engine.storage.commands.changes import (
    Changes,
    Remembered,
    Seating,
    SeatRows,
    TaskAsk,
    TaskPatch,
)
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork


class Keep(Enum):
    """Leave as it is (None means: none)."""

    KEEP = "keep"


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

    ``staffed``: the task has somebody to take it now, which ends an incident of nobody. ``seats``:
    all of them as they stand from now on, where it has rows of them; ``keys_taken`` of them new;
    ``due_at``: the deadline they get. ``telling``: what is to be told beside whose turn it is.
    """

    patch: TaskPatch | Seating
    seats: Seats = ()
    keys_taken: int = 0
    due_at: datetime | Keep | None = Keep.KEEP
    facts: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    staffed: bool = False
    telling: tuple[Announcement, ...] = ()


def change_standing(
    app: App,
    actor: Actor,
    *,
    key: Key,
    action: Action,
    kind: str,
    decide: Callable[[Situation], Decision],
    asked: Request | None = None,
    subject: Callable[[Actor, Locked, OpenTask], Any] = task_facts,
) -> UserTask:
    """Lock, check the right to ``action``, decide, write, journal, commit.

    ``subject``: what the rule is asked about; ``asked``: an answer that was given is given again.
    """
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
            if asked is not None and asked.answered(work, me) is not None:
                return load_task(app, work, key)
            task = open_task(locked)
            require(me, action, subject(me, locked, task))
            situation = Situation(app=app, work=work, me=me, locked=locked, task=task, now=now)
            decision = decide(situation)
            written = _write(situation, kind, decision, asked)
            if written is None:
                raise handled(task)
            changed = load_task(app, work, key)
            work.commit()
    except Forbidden as refusal:
        note_refusal(app, actor, refusal, task_key=key)
        raise
    return changed


def _write(at: Situation, kind: str, decision: Decision, asked: Request | None) -> Changes | None:
    """The decision itself, or, where the task has listeners for it, that it is asked for."""
    task = at.task
    act = Act(
        kind=kind,
        element_key=task.key,
        element_id=task.element_id,
        facts=decision.facts,
        said=(say("words", decision.said),) if decision.said else (),
    )
    remembered = asked.remembered(at.me, {"key": str(task.key)}) if asked else None
    if kind in asking.ASKED:
        pinned = at.app.bundles.of_instance(at.work, at.locked.head.bundle_key)
        if asking.listens(pinned, task.element_id, asking.ASKED[kind][0]):
            return _ask(at, kind, decision, pinned, act, remembered)
    return record(
        at.work,
        head=at.locked.head,
        act=act,
        actor=at.me,
        gate=decision.patch,
        now=at.now,
        incidents_resolved_of=[task.key] if decision.staffed else [],
        seats=_rows(task, decision),
        keys_taken=decision.keys_taken,
        tell=opened_for(task.seats, decision.seats, at.me),
        also=decision.telling,
        remembered=remembered,
    )


def _ask(  # noqa: PLR0917
    at: Situation,
    kind: str,
    decision: Decision,
    pinned: Pinned,
    act: Act,
    remembered: Remembered | None,
) -> Changes | None:
    """Have the task's listeners asked; what was decided is written when they have agreed."""
    located = asking.positioned(at.work, at.locked, at.task, at.me, at.now)
    command = asking.command(at.task, kind, decision, at.me)
    counter = located.state.counter + decision.keys_taken
    return advance(
        at.app,
        at.work,
        at=located.head,
        state=replace(located.state, counter=counter),
        pinned=pinned,
        command=command,
        act=replace(act, facts={**act.facts, "pending": command.event}),
        actor=at.me,
        gate=TaskAsk(key=at.task.key, event=command.event),
        now=at.now,
        remembered=remembered,
        task=at.task,
    )


def _rows(task: OpenTask, decision: Decision) -> SeatRows | None:
    if not decision.seats:
        return None
    rows = seat_rows(task, decision.seats)
    return rows if isinstance(decision.due_at, Keep) else replace(rows, due_at=decision.due_at)


def opened_for(before: Seats, after: Seats, actor: Actor) -> tuple[str, ...]:
    """Whose turn it is now and was not before; the actor need not be told."""
    had = {(s.key, s.holder) for s in before if s.state is SeatState.OPEN}
    has = (s for s in after if s.state is SeatState.OPEN and (s.key, s.holder) not in had)
    people = {s.holder for s in has if s.holder and s.holder != actor.username}
    return tuple(sorted(people))


def seat_rows(task: OpenTask, seats: Seats) -> SeatRows:
    return SeatRows(task_key=task.key, process_id=task.process_id, due_at=task.due_at, seats=seats)


def seated(task: OpenTask, seats: Seats, **told: Any) -> Decision:
    """The task with these seats."""
    patch = Seating(
        key=task.key,
        process_id=task.process_id,
        due_at=task.due_at,
        groups=shown_groups(seats),
    )
    return Decision(patch=patch, seats=seats, **told)


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
