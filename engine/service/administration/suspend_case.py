"""暂停 and 恢复: while a case stands still nothing in it moves; what came meanwhile happens after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.model.actor import Actor
from engine.model.errors import Conflict
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.records import Instance
from engine.model.states import INSTANCE_TRANSITIONS, InstanceState
from engine.service.app import App
from engine.service.cases.get_case import load_case
from engine.service.repeats import Request, request
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now, case_facts
from engine.service.stepping import Act, record, require_written
from engine.storage.commands import moving
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.exchange.queue import DELIVER
from engine.text import tell

_WORDS = {InstanceState.SUSPENDED: "suspend", InstanceState.ACTIVE: "resume"}


def suspend_case(
    app: App, actor: Actor, *, key: Key, reason: str, idempotency_key: str | None = None
) -> Instance:
    """Let the case stand still: timers, jobs, messages and tasks wait.

    Administrators only, with a reason. It can still be withdrawn, ended, corrected and migrated.
    Raises Forbidden, NotFound, Conflict (suspended already).
    """
    words = checked_reason(reason, what=tell("暂停原因"))
    asked = request("suspend-case", idempotency_key, key, {"reason": words})
    return _turn(app, actor, key=key, words=words, to=InstanceState.SUSPENDED, asked=asked)


def resume_case(
    app: App, actor: Actor, *, key: Key, reason: str, idempotency_key: str | None = None
) -> Instance:
    """Let it go on: what fell due meanwhile happens now. Raises as ``suspend_case`` does."""
    words = checked_reason(reason, what=tell("恢复原因"))
    asked = request("resume-case", idempotency_key, key, {"reason": words})
    return _turn(app, actor, key=key, words=words, to=InstanceState.ACTIVE, asked=asked)


def _turn(
    app: App, actor: Actor, *, key: Key, words: str, to: InstanceState, asked: Request | None
) -> Instance:
    with app.database.unit_of_work() as work:
        turn_in(app, work, actor, key=key, to=to, words=words, asked=asked)
        case = load_case(app, work, key)
        work.commit()
    return case


def turn_in(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    *,
    key: Key,
    to: InstanceState,
    words: str,
    asked: Request | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """The same in the caller's transaction."""
    now = app.now()
    locked = lock(work, instance_key=key, element_key=key, actor=actor, now=now, position=False)
    me = as_of_now(actor, locked)
    if asked is not None and asked.answered(work, me) is not None:
        return
    require(me, Action.CHANGE_CASE, case_facts(me, locked))
    if to not in INSTANCE_TRANSITIONS[locked.head.state]:
        is_now = tell("已经暂停") if to is InstanceState.SUSPENDED else tell("并未暂停")
        raise Conflict(what=tell("此事项"), reason=is_now)
    require_written(
        record(
            work,
            head=locked.head,
            act=Act(
                kind=_WORDS[to],
                facts={"state": str(to), **(facts or {})},
                said=(say("reason", words),),
            ),
            actor=me,
            gate=None,
            now=now,
            state=to,
            remembered=asked.remembered(me, {"key": str(key)}) if asked else None,
        )
    )
    if to is InstanceState.ACTIVE and moving.hasten_deliveries(work, key, now=now):
        app.queue.defer(work, DELIVER, [{}])
