"""Decide on a recusal that was asked for, or lift one (回避的决定与解除)."""

from __future__ import annotations

from dataclasses import replace

from engine.model import keys
from engine.model.actor import Actor
from engine.model.errors import AlreadyHandled, Conflict, NotFound
from engine.model.execution import Locked
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.recusals import Recusal, RecusalState
from engine.service.app import App
from engine.service.recusal.recuse import facts_of, lock_case, put_in_force
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now
from engine.service.stepping import Act, record, require_written
from engine.storage.database import UnitOfWork
from engine.storage.recusal import recusals, relations
from engine.text import tell

_STATES = {RecusalState.IN_FORCE: tell("已决定回避"), RecusalState.REFUSED: tell("已驳回")}


def decide_recusal(app: App, actor: Actor, *, key: Key, grant: bool, note: str) -> Recusal:
    """By an administrator or a leader of the case; never by whom it concerns.

    ``note``: why, which whoever asked is told. Raises Forbidden, AlreadyHandled, InvalidInput,
    NotFound.
    """
    words = checked_reason(note, what=tell("决定的理由"))
    with app.database.unit_of_work() as work:
        locked = lock_case(app, work, actor, keys.instance_of(key))
        me = as_of_now(actor, locked)
        asked = _recusal(work, key)
        if asked.state in _STATES and asked.decided_at is not None:
            raise AlreadyHandled(
                by=asked.decided_by_name, at=asked.decided_at, state=_STATES[asked.state]
            )
        facts = facts_of(app, work, me, locked, asked.username)
        require(me, Action.DECIDE_RECUSAL, replace(facts, standing=asked.state))
        state = RecusalState.IN_FORCE if grant else RecusalState.REFUSED
        decided = asked.moved(state, by=me.username, at=app.now(), note=words)
        _move(work, decided, before=RecusalState.ASKED)
        if grant:
            put_in_force(app, work, me, locked, decided, new=False)
        else:
            _on_record(app, work, me, locked, asked, "refuse-recusal", words)
        found = _recusal(work, key)
        work.commit()
    return found


def lift_recusal(app: App, actor: Actor, *, key: Key, reason: str) -> Recusal:
    """By an administrator, with a reason; not while a relation that asks for it still counts.

    Raises Forbidden, InvalidInput, NotFound.
    """
    words = checked_reason(reason, what=tell("解除回避的理由"))
    with app.database.unit_of_work() as work:
        locked = lock_case(app, work, actor, keys.instance_of(key))
        me = as_of_now(actor, locked)
        standing = _recusal(work, key)
        facts = facts_of(app, work, me, locked, standing.username)
        related = relations.related(work, standing.username, locked.head.applicant)
        require(me, Action.LIFT_RECUSAL, replace(facts, standing=standing.state, by_rule=related))
        lifted = standing.moved(RecusalState.LIFTED, by=me.username, at=app.now(), note=words)
        _move(work, lifted, before=RecusalState.IN_FORCE)
        _on_record(app, work, me, locked, standing, "lift-recusal", words)
        found = _recusal(work, key)
        work.commit()
    return found


def _on_record(  # noqa: PLR0917 - the two decisions above
    app: App, work: UnitOfWork, me: Actor, locked: Locked, about: Recusal, kind: str, words: str
) -> None:
    act = Act(
        kind=kind,
        facts={"recusal": str(about.key), "people": [about.username]},
        said=(say("words", {"reason": words}),),
    )
    require_written(record(work, head=locked.head, act=act, actor=me, gate=None, now=app.now()))


def _recusal(work: UnitOfWork, key: Key) -> Recusal:
    found = recusals.get(work, key)
    if found is None:
        raise NotFound(what=tell("回避"), key=str(key))
    return found


def _move(work: UnitOfWork, recusal: Recusal, *, before: RecusalState) -> None:
    if not recusals.move(work, recusal, before=before):
        raise Conflict(what=tell("此回避"), reason=tell("已经有结论"))
