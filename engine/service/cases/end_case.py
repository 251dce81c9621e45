"""End a case before its time: withdrawn by the applicant, or cancelled by an administrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.model.actor import Actor
from engine.model.commands import Terminate
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.records import Instance
from engine.service.app import App
from engine.service.cases.case_standing import decided
from engine.service.cases.get_case import load_case
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now, case_facts
from engine.service.stepping import Act, advance, require_written
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.text import tell


def withdraw_case(app: App, actor: Actor, *, key: Key, reason: str) -> Instance:
    """撤销申请, by the applicant, until it is decided. Raises Forbidden, NotFound.

    Decided: a node that the diagram marks with ``banshi:decision`` was completed, and not returned;
    without any such node: until the case ends.
    """
    words = checked_reason(reason, what=tell("撤销原因"))
    return _end(app, actor, key, words, action=Action.WITHDRAW_CASE, kind="withdraw")


def cancel_case(app: App, actor: Actor, *, key: Key, reason: str) -> Instance:
    """终止, by an administrator, with a reason. Raises Forbidden, NotFound."""
    words = checked_reason(reason, what=tell("终止原因"))
    return _end(app, actor, key, words, action=Action.CANCEL_CASE, kind="cancel")


_RESULTS = {"withdraw": "申请人已撤销", "cancel": "已终止"}


def _end(app: App, actor: Actor, key: Key, reason: str, *, action: Action, kind: str) -> Instance:
    with app.database.unit_of_work() as work:
        end_in(app, work, actor, key=key, reason=reason, action=action, kind=kind)
        case = load_case(app, work, key)
        work.commit()
    return case


def end_in(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    *,
    key: Key,
    reason: str,
    action: Action = Action.CANCEL_CASE,
    kind: str = "cancel",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """The same in the caller's transaction; ``facts``: what else the journal says of it."""
    now = app.now()
    locked = lock(work, instance_key=key, element_key=key, actor=actor, now=now)
    me = as_of_now(actor, locked)
    pinned = app.bundles.of_instance(work, locked.head.bundle_key)
    standing = case_facts(me, locked)
    if action is Action.WITHDRAW_CASE:
        standing = replace(standing, decided=decided(work, pinned, key))
    require(me, action, standing)
    require_written(
        advance(
            app,
            work,
            at=locked.head,
            state=locked.state,
            pinned=pinned,
            command=Terminate(reason=reason),
            act=Act(kind=kind, facts=facts or {}, said=(say("reason", reason),)),
            actor=me,
            now=now,
            result=_RESULTS[kind],
        )
    )
