"""暂缓销毁: nothing of a case is destroyed as long as it is under a hold (诉讼、审计、信访 …)."""

from __future__ import annotations

from engine.model.actor import Actor
from engine.model.errors import Conflict, NotFound
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.retention import LegalHold
from engine.service.app import App
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now
from engine.service.stepping import Act, record, require_written
from engine.storage.archive import legal_holds, retention
from engine.storage.commands.locking import lock
from engine.text import tell


def place_hold(app: App, actor: Actor, *, key: Key, reason: str) -> LegalHold:
    """Raises Conflict where there is one, Forbidden, InvalidInput, NotFound."""
    return _change(app, actor, key, reason, kind="hold")


def lift_hold(app: App, actor: Actor, *, key: Key, reason: str) -> LegalHold:
    """Raises Conflict where there is none, Forbidden, InvalidInput, NotFound."""
    return _change(app, actor, key, reason, kind="lift-hold")


def list_holds(app: App, actor: Actor) -> tuple[LegalHold, ...]:
    """The holds there are now, the newest first; administrators only."""
    require(actor, Action.MANAGE_DISPOSAL)
    with app.database.unit_of_work() as work:
        return legal_holds.holds(work)


def case_of_number(app: App, actor: Actor, *, number: str) -> Key:
    """The case with this number; raises NotFound; administrators only."""
    require(actor, Action.MANAGE_DISPOSAL)
    with app.database.unit_of_work() as work:
        found = retention.key_of_number(work, number.strip())
    if found is None:
        raise NotFound(what=tell("事项"), key=number.strip()[:100])
    return found


def _change(app: App, actor: Actor, key: Key, reason: str, *, kind: str) -> LegalHold:
    words = checked_reason(
        reason, what=tell("暂缓销毁的原因") if kind == "hold" else tell("解除的原因")
    )
    now = app.now()
    with app.database.unit_of_work() as work:
        locked = lock(work, instance_key=key, element_key=key, actor=actor, now=now, position=False)
        me = as_of_now(actor, locked)
        require(me, Action.MANAGE_DISPOSAL)
        live = legal_holds.holds(work, instance_key=key)
        if kind == "hold":
            if live:
                raise Conflict(what=tell("此事项"), reason=tell("已在暂缓销毁之列"))
            legal_holds.place_hold(work, instance_key=key, reason=words, by=me.name, now=now)
        elif not legal_holds.lift_hold(work, instance_key=key, by=me.name, now=now):
            raise Conflict(what=tell("此事项"), reason=tell("不在暂缓销毁之列"))
        act = Act(kind=kind, said=(say("reason", words),))
        require_written(record(work, head=locked.head, act=act, actor=me, gate=None, now=now))
        (changed, *_) = legal_holds.holds(work, instance_key=key, live=False)
        work.commit()
    return changed
