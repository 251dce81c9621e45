"""What follows from a change of seats: the task stays open, or its outcome is fixed and it ends.

Where the outcome is fixed, the open seats are canceled with that reason and the case moves on with
``outcome``, ``votes`` and ``opinions``, all in the same statement.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.feel.values import from_host
from engine.model import counting, keys, seats
from engine.model.actor import Actor
from engine.model.commands import Complete
from engine.model.counting import Decided, Plan
from engine.model.errors import Forbidden
from engine.model.execution import Locked, OpenTask
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.outcomes import outcome_field
from engine.model.permissions import Action, require
from engine.model.records import UserTask
from engine.model.seats import Ended, Seat, Seats, SeatState
from engine.service.app import App
from engine.service.refusals import note_refusal
from engine.service.repeats import Request
from engine.service.seats.own_seat import plan
from engine.service.standing import as_of_now, handled, open_task
from engine.service.stepping import Act, advance, record
from engine.service.tasks.asking import told
from engine.service.tasks.get_task import load_task
from engine.service.tasks.task_standing import Situation, opened_for, seat_rows, seated
from engine.storage.commands.changes import Remembered, TaskEnd, UsedDraft
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork


@dataclass(frozen=True, kw_only=True)
class SeatChange:
    """All seats as they stand from now on, and what the journal says of it."""

    seats: Seats
    facts: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)


def change_seats(
    app: App,
    actor: Actor,
    *,
    key: Key,
    action: Action,
    kind: str,
    decide: Callable[[Situation], SeatChange],
    subject: Callable[[Actor, Locked, OpenTask], Any],
    asked: Request | None = None,
) -> UserTask:
    """Lock, check, decide, settle, journal, commit; for commands that may end the task."""
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
            )
            me = as_of_now(actor, locked)
            if asked is not None and asked.answered(work, me) is not None:
                return load_task(app, work, key)
            task = open_task(locked)
            require(me, action, subject(me, locked, task))
            change = decide(Situation(app=app, work=work, me=me, locked=locked, task=task, now=now))
            act = Act(
                kind=kind,
                element_key=key,
                element_id=task.element_id,
                facts=change.facts,
                said=(say("words", change.said),) if change.said else (),
            )
            settle(
                app,
                work,
                locked=locked,
                task=task,
                me=me,
                found=change.seats,
                act=act,
                now=now,
                remembered=asked.remembered(me, {"key": str(key)}) if asked else None,
            )
            changed = load_task(app, work, key)
            work.commit()
    except Forbidden as refusal:
        note_refusal(app, actor, refusal, task_key=key)
        raise
    return changed


def settle(
    app: App,
    work: UnitOfWork,
    *,
    locked: Locked,
    task: OpenTask,
    me: Actor,
    found: Seats,
    act: Act,
    now: datetime,
    remembered: Remembered | None = None,
    draft: UsedDraft | None = None,
) -> Decided | None:
    """Write the seats; where that fixes the outcome, end the task. Raises AlreadyHandled."""
    how = plan(task)
    decided = counting.decide(how, found)
    if decided is None:
        written = record(
            work,
            head=locked.head,
            act=act,
            actor=me,
            gate=seated(task, found).patch,
            now=now,
            seats=seat_rows(task, found),
            remembered=remembered,
            draft=draft,
            tell=opened_for(task.seats, found, me),
        )
    else:
        final = seats.closed(found, reason=Ended.DECIDED, now=now)
        pinned = app.bundles.of_instance(work, locked.head.bundle_key)
        written = advance(
            app,
            work,
            at=locked.head,
            state=locked.state,
            pinned=pinned,
            command=Complete(
                element_key=task.key,
                variables=_variables(task, how, final, decided),
                task=told(pinned, task),
            ),
            act=_closing(act, found, final, decided),
            actor=me,
            gate=TaskEnd(
                key=task.key,
                by=_last(final).actor or me.natural,
                on_behalf_of=_last(final).on_behalf_of,
                outcome=decided.outcome,
            ),
            now=now,
            remembered=remembered,
            draft=draft,
            seats=seat_rows(task, final),
        )
    if written is None:
        raise handled(task)
    return decided


def _closing(act: Act, found: Seats, final: Seats, decided: Decided) -> Act:
    canceled = [str(s.key) for s, now in zip(found, final, strict=True) if s.state != now.state]
    facts: dict[str, Any] = {
        **act.facts,
        "decided": decided.result.value,
        "votes": votes(decided),
    }
    if decided.outcome is not None:
        facts["outcome"] = decided.outcome
    if canceled:
        facts["canceled"] = canceled
    return Act(
        kind=act.kind,
        element_key=act.element_key,
        element_id=act.element_id,
        facts=facts,
        said=act.said,
    )


def votes(decided: Decided) -> dict[str, int]:
    counts = decided.tally
    return {
        "yes": counts.yes,
        "no": counts.no,
        "abstain": counts.abstain,
        "total": counts.total,
    }


def _variables(task: OpenTask, how: Plan, final: Seats, decided: Decided) -> Mapping[str, Any]:
    """What the task gives back: of a plain task with added people, its holder's form."""
    deciding = _last(final) if how.ruled else _first(final)
    variables: dict[str, Any] = dict(deciding.submission)
    if len(final) == 1 and not how.ruled:
        return variables
    if decided.outcome is not None:
        variables[outcome_field(task.properties)] = decided.outcome
    told = {"votes": votes(decided), "opinions": counting.opinions(final)}
    return {**variables, **dict(from_host(told))}


def _last(final: Seats) -> Seat:
    """The seat that spoke last."""
    return max((s for s in final if s.state is SeatState.DONE), key=lambda s: s.cast)


def _first(final: Seats) -> Seat:
    """The first seat of a task that is done: whose task it is."""
    return next(s for s in final if s.state is SeatState.DONE and s.counts)
