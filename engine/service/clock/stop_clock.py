"""中止计时 and 恢复计时 by hand: a holder or an administrator, with a reason, told to the applicant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from engine.model import keys
from engine.model.actor import Actor
from engine.model.clock import ClockStop, StopKind, Turn, Turned
from engine.model.clock_rules import ClockFacts
from engine.model.errors import Conflict, Forbidden, InvalidInput
from engine.model.execution import Locked
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.clock.clock_turns import turn_clock
from engine.service.refusals import note_refusal
from engine.service.repeats import Request, request
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now
from engine.service.stepping import Act, record, require_written
from engine.storage.clock import clocks
from engine.storage.commands.changes import Changes
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.papers import documents
from engine.text import tell

#: What is asked for under the lock, and what comes of it.
Decide = Callable[[UnitOfWork, Locked, Actor, datetime], Turned]


def stop_clock(
    app: App,
    actor: Actor,
    *,
    key: Key,
    kind: StopKind,
    reason: str,
    document: Key | None = None,
    idempotency_key: str | None = None,
) -> ClockStop:
    """Let the case's clock stand still from now on. ``document``: the written notice, if any.

    Raises Forbidden (neither holder nor administrator; stopped already), InvalidInput, NotFound.
    """
    words = checked_reason(reason, what=tell("中止原因"))
    body = {"kind": str(kind), "reason": words, "document": str(document or "")}

    def decide(work: UnitOfWork, locked: Locked, me: Actor, now: datetime) -> Turned:
        if document is not None and document not in {
            filed.key for filed in documents.of_instance(work, key)
        }:
            raise _wrong("document", tell("书面告知应是本事项的材料或附件，请重新选择。"))
        began = ClockStop(
            key=keys.part(key, locked.head.counter + 1),
            kind=kind,
            reason=words,
            by=me.username,
            stopped_at=now,
            manual=True,
            document=document,
        )
        return Turned(turn=Turn.STOP, stop=began)

    asked = request("stop-clock", idempotency_key, key, body)
    return _turn(app, actor, key, Action.STOP_CLOCK, words, decide, asked)


def resume_clock(
    app: App, actor: Actor, *, key: Key, reason: str, idempotency_key: str | None = None
) -> ClockStop:
    """Let the clock go on: what was left counts from tomorrow. Raises as ``stop_clock`` does."""
    words = checked_reason(reason, what=tell("恢复原因"))

    def decide(work: UnitOfWork, _locked: Locked, me: Actor, now: datetime) -> Turned:
        stop = next(stop for stop in clocks.stops_of(work, key) if stop.open)
        over = replace(stop, holders=(), resumed_at=now, resumed_by=me.username)
        return Turned(turn=Turn.RESUME, stop=over)

    asked = request("resume-clock", idempotency_key, key, {"reason": words})
    return _turn(app, actor, key, Action.RESUME_CLOCK, words, decide, asked)


def clock_facts(locked: Locked, me: Actor, *, holds: bool) -> ClockFacts:
    """What the rules ask of this actor, who ``holds`` an open task of the case or does not."""
    head = locked.head
    return ClockFacts(
        running=head.state is InstanceState.ACTIVE,
        holds=holds,
        applicant=head.applicant_key == me.key,
        stopped=head.clock_stopped_at is not None,
    )


def _turn(  # noqa: PLR0917 - the two commands above
    app: App,
    actor: Actor,
    key: Key,
    action: Action,
    words: str,
    decide: Decide,
    asked: Request | None,
) -> ClockStop:
    now = app.now()
    try:
        with app.database.unit_of_work() as work:
            locked = lock(
                work, instance_key=key, element_key=key, actor=actor, now=now, position=False
            )
            me = as_of_now(actor, locked)
            if asked is not None and (before := asked.answered(work, me)) is not None:
                return _stop_of(work, key, Key(int(before["stop"])))
            holds = clocks.holds(work, key, me.username)
            require(me, action, clock_facts(locked, me, holds=holds))
            done = decide(work, locked, me, now)
            _write(app, work, locked, me, done, words, asked)
            work.commit()
    except Forbidden as refusal:
        note_refusal(app, actor, refusal, task_key=key)
        raise
    return done.stop


def _write(  # noqa: PLR0917 - what was decided
    app: App,
    work: UnitOfWork,
    locked: Locked,
    me: Actor,
    done: Turned,
    words: str,
    asked: Request | None,
) -> None:
    pinned = app.bundles.of_instance(work, locked.head.bundle_key)

    def adapt(changes: Changes) -> None:
        turn_clock(app, work, pinned, changes, done)

    stopping = done.turn is Turn.STOP
    require_written(
        record(
            work,
            head=locked.head,
            act=Act(
                kind="stop-clock" if stopping else "resume-clock",
                facts={"why": str(done.stop.kind)},
                said=(say("reason", words),),
            ),
            actor=me,
            gate=None,
            now=done.stop.stopped_at if stopping else done.stop.resumed_at or app.now(),
            keys_taken=1 if stopping else 0,
            remembered=asked.remembered(me, {"stop": str(done.stop.key)}) if asked else None,
            adapt=adapt,
        )
    )


def _stop_of(work: UnitOfWork, key: Key, stop_key: Key) -> ClockStop:
    found = next((s for s in clocks.stops_of(work, key) if s.key == stop_key), None)
    if found is None:
        raise Conflict(what=tell("计时"), reason=tell("记录已不存在"))
    return found


def _wrong(field: str, message: str) -> InvalidInput:
    return InvalidInput(problems=(Problem(element_id=field, rule=field, message=message),))
