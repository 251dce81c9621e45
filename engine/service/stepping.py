"""The one way to move an instance: step, turn effects into changes, journal, write.

Every command that moves tokens goes through ``advance``; every command that does not (claiming,
assigning) through ``record``. Both write one statement in the caller's transaction; the caller
commits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.model.actor import Actor
from engine.model.commands import Command, SetVariables, Terminate
from engine.model.effects import IncidentRaised, SubscriptionKind, SubscriptionOpened
from engine.model.errors import Conflict
from engine.model.execution import Head, OpenTask
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.notifications import Announcement
from engine.model.states import InstanceState, TaskState
from engine.model.step import NeedMore, State, Stepped
from engine.runtime import step
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.cases.copying import copy_by_rule
from engine.service.cases.searchable import found_by
from engine.service.clock.task_deadlines import BESIDE, may_stand_in
from engine.service.journalling import Act, enter
from engine.service.letters.binding import issue_bound
from engine.service.notifications.announcing import announcements_of
from engine.service.projection import Projection
from engine.service.tasks.assignment import Case
from engine.storage.commands import ledger
from engine.storage.commands.changes import (
    Changes,
    Gate,
    NewCopy,
    NewInstance,
    NewUrge,
    Remembered,
    SeatRows,
    TaskEnd,
    UsedDraft,
)
from engine.storage.commands.loading import load_more
from engine.storage.commands.writing import write
from engine.storage.database import UnitOfWork
from engine.storage.exchange import messages
from engine.storage.exchange.queue import DELIVER, RUN_JOB
from engine.text import tell

__all__ = [
    "Act",
    "Opening",
    "advance",
    "lock_messages",
    "offer_messages",
    "record",
    "require_written",
]

_MESSAGE = SubscriptionKind.MESSAGE

#: How often a step may ask for further rows before something must be wrong with it.
_MOST_ROUNDS = 40


@dataclass(frozen=True, kw_only=True)
class Opening:
    """An instance that starts: its row, and who must keep away from it (username → key)."""

    key: Key
    row: NewInstance
    barred: Mapping[str, Key] = field(default_factory=dict)

    @property
    def case(self) -> Case:
        row = self.row
        return Case(
            unit=row.unit,
            applicant=row.applicant,
            applicant_key=row.applicant_key,
            barred=self.barred,
        )


def advance(
    app: App,
    work: UnitOfWork,
    *,
    at: Head | Opening,
    state: State,
    pinned: Pinned,
    command: Command,
    act: Act,
    actor: Actor,
    gate: Gate = None,
    now: datetime,
    remembered: Remembered | None = None,
    draft: UsedDraft | None = None,
    delivery: Key | None = None,
    result: str | None = None,
    seats: SeatRows | None = None,
    given_to: Mapping[str, str] | None = None,
    task: OpenTask | None = None,
) -> Changes | None:
    """Step and write everything; None where the gate was shut or the instance had moved on.

    ``result``: how the case ends if this ends it and no end event says otherwise. ``seats``: those
    of the task that this ends; ``given_to``: element → whose it is if it opens; ``task``: the task
    whose listeners this concerns. Raises Conflict where the command no longer fits the instance's
    position, or the instance stands still.
    """
    _require_running(at, command)
    kept = _kept(act, actor, result=result, given_to=given_to)
    state, stepped = _step(app, work, state, pinned, command, kept)
    opening = at if isinstance(at, Opening) else None
    head = at if isinstance(at, Head) else None
    changes = Changes(
        instance_key=at.key,
        now=now,
        head=head,
        opens=opening.row if opening else None,
        gate=gate,
        state=head.state if head else InstanceState.ACTIVE,
        result=result,
        remembered=remembered,
        draft=draft,
        delivery_done=delivery,
        seats=[seats] if seats else [],
        incidents_resolved_of=_over(pinned, act, gate, seats),
    )
    projection = Projection(
        app=app,
        work=work,
        pinned=pinned,
        case=opening.case if opening else Case.of(head) if head else _no_case(),
        state=state,
        changes=changes,
        given_to=given_to or {},
        task=task,
    )
    projection.apply(stepped)
    if projection.held:
        act = replace(act, facts={**act.facts, "pending": "canceling"})
    if projection.denied:
        act = replace(act, kind="job-denied", said=(say("reason", projection.denied),))
    _refind(app, work, changes, pinned=pinned, state=state, stepped=stepped)
    if changes.state is InstanceState.TERMINATED and at.key not in changes.terminated:
        changes.terminated.append(at.key)
    told = announcements_of(changes, act=act.kind, actor=actor)
    changes.announcements = [*told, *projection.told]
    letters = issue_bound(
        app,
        work,
        changes=changes,
        pinned=pinned,
        state=state,
        command=command,
        element_id=act.element_id,
    )
    if letters:
        act = replace(act, facts={**act.facts, "letters": list(letters)})
    copied = copy_by_rule(
        app,
        work,
        changes=changes,
        pinned=pinned,
        case=projection.case,
        state=state,
        command=command,
        element_id=act.element_id,
    )
    if copied:
        act = replace(act, facts={**act.facts, "copied": list(copied)})
    enter(changes, act, actor, projection.decisions)
    lock_messages(work, changes.subscriptions)
    if not write(work, changes):
        return None
    if projection.returned:
        key, by = projection.returned
        ledger.note_returned(work, instance_key=at.key, task_key=key, by=by, now=now)
    offer_messages(app, work, changes)
    _hand_over(app, work, changes)
    return changes


def _kept(
    act: Act, actor: Actor, *, result: str | None, given_to: Mapping[str, str] | None
) -> dict[str, Any]:
    """What goes with a command that has to wait for canceling listeners."""
    returned = [act.element_key, actor.natural] if act.kind == "return" else None
    return {"result": result, "given_to": dict(given_to or {}), "returned": returned}


def lock_messages(work: UnitOfWork, opened: Iterable[SubscriptionOpened]) -> None:
    """Hold off whoever publishes what is waited for from now on; before it is written."""
    awaited = {(w.name, w.correlation_key or "") for w in opened if w.kind is _MESSAGE}
    for name in sorted(awaited):
        messages.lock_name(work, *name)


def offer_messages(app: App, work: UnitOfWork, changes: Changes) -> None:
    """Deliver the messages that are still kept for the subscriptions just written."""
    awaited = [w.key for w in changes.subscriptions if w.kind is _MESSAGE]
    if awaited and messages.offer_kept_messages(
        work, awaited, instance_key=changes.instance_key, now=changes.now
    ):
        app.queue.defer(work, DELIVER, [{}])


def record(
    work: UnitOfWork,
    *,
    head: Head,
    act: Act,
    actor: Actor,
    gate: Gate,
    now: datetime,
    state: InstanceState | None = None,
    incidents_resolved_of: list[Key] | None = None,
    incidents: list[IncidentRaised] | None = None,
    seats: SeatRows | None = None,
    keys_taken: int = 0,
    tell: Collection[str] = (),
    also: Collection[Announcement] = (),
    copies: Collection[NewCopy] = (),
    urges: Collection[NewUrge] = (),
    remembered: Remembered | None = None,
    draft: UsedDraft | None = None,
    adapt: Callable[[Changes], None] | None = None,
) -> Changes | None:
    """Write a command that moves no token; None where its gate was shut.

    New incidents carry the next part keys of the instance, in order; ``keys_taken``: how many
    new seats and urges do. ``tell``: whose turn it is now; ``also``: what else is to be told;
    ``adapt`` adds further changes (the clock's).
    """
    raised = incidents or []
    changes = Changes(
        instance_key=head.key,
        now=now,
        head=head,
        gate=gate,
        counter=head.counter + len(raised) + keys_taken,
        state=state or head.state,
        incidents=raised,
        incidents_resolved_of=incidents_resolved_of or [],
        incidents_kept=BESIDE,
        seats=[seats] if seats else [],
        copies=list(copies),
        urges=list(urges),
        remembered=remembered,
        draft=draft,
    )
    if adapt is not None:
        adapt(changes)
    told = announcements_of(changes, act=act.kind, actor=actor, tell=tell)
    changes.announcements = [*told, *also]
    enter(changes, act, actor, ())
    return changes if write(work, changes) else None


def _refind(
    app: App, work: UnitOfWork, changes: Changes, *, pinned: Pinned, state: State, stepped: Stepped
) -> None:
    """Let the case be found by the data that it has after the step, where its diagram wants that."""
    head, opens = changes.head, changes.opens
    base = opens.search if opens else ""
    if head is not None:
        base = " ".join((head.number, head.title, head.applicant_name, pinned.process.name))
    text = found_by(app, work, pinned, head=head, base=base, state=state, changed=stepped.variables)
    if text is None:
        return
    if opens is not None:
        changes.opens = replace(opens, search=text)
    else:
        changes.search = text


def _over(pinned: Pinned, act: Act, gate: Gate, seats: SeatRows | None) -> list[Key]:
    """The task that ends, where it may stand in an incident that the diagram does not know of."""
    if seats is not None:
        return [seats.task_key]
    if not isinstance(gate, TaskEnd) or gate.state is not TaskState.COMPLETED:
        return []
    return [gate.key] if gate.unclaimed or may_stand_in(pinned, act.element_id) else []


def require_written(changes: Changes | None) -> Changes:
    """Raise Conflict where nothing was written and there is nobody to name."""
    if changes is None:
        raise Conflict(what=tell("此事项"), reason=tell("已有他人先行办理"))
    return changes


def _require_running(at: Head | Opening, command: Command) -> None:
    """A suspended instance can be ended and corrected, and does nothing else."""
    if isinstance(at, Opening) or at.state is InstanceState.ACTIVE:
        return
    if at.state is InstanceState.SUSPENDED and isinstance(command, Terminate | SetVariables):
        return
    raise Conflict(what=tell("此事项"), reason=tell("已暂停或已办结"))


def _hand_over(app: App, work: UnitOfWork, changes: Changes) -> None:
    """Wake the background for what it has to do; nothing is deferred where there is nothing."""
    jobs = [{"key": str(job.key)} for job in changes.jobs if job.type in app.handlers]
    app.queue.defer(work, RUN_JOB, jobs)
    if changes.deliveries:
        app.queue.defer(work, DELIVER, [{}])


def _step(  # noqa: PLR0917
    app: App,
    work: UnitOfWork,
    state: State,
    pinned: Pinned,
    command: Command,
    kept: Mapping[str, Any],
) -> tuple[State, Stepped]:
    surroundings = app.environment()
    for _ in range(_MOST_ROUNDS):
        try:
            return state, step(pinned.bundle, state, command, surroundings, kept)
        except NeedMore as need:
            state = load_more(work, state, need)
    raise Conflict(what=tell("此事项"), reason=tell("办理所需的数据未能读全"))


def _no_case() -> Case:
    raise AssertionError("an instance is either open or opens now")
