"""查看完整信息: have the masks taken off a case for a while, for a stated purpose.

个人信息保护法 第 6 条 (目的明确), 第 51 条 (操作权限、去标识化), 第 55–56 条; 数据安全法 第 27 条:
access is bound to a purpose, limited in time, and leaves a trace.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from engine.forms import Kind
from engine.model.actor import Actor
from engine.model.errors import InvalidInput, NotFound
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.page import Page
from engine.model.permissions import Action, may, require
from engine.model.privacy import UnmaskFacts, Unmasking
from engine.model.problems import Problem
from engine.model.search import Condition, Query
from engine.service.app import App
from engine.service.cases.case_access import may_see_case, viewer
from engine.service.said import reason as checked_text
from engine.service.standing import as_of_now
from engine.service.stepping import Act, record, require_written
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.history import privacy
from engine.storage.history.privacy import NewUnmasking
from engine.storage.instances import cases
from engine.text import several, tell


def unmask(
    app: App,
    actor: Actor,
    *,
    key: Key,
    purpose: str,
    note: str,
    kinds: Collection[str] = (),
) -> Unmasking:
    """Show the case's data of these kinds (none named: all) in clear to this person for a while.

    ``purpose``: one of the settings' purposes; ``note``: what for, in words. Works on cases that
    are over as well. Raises Forbidden, InvalidInput, NotFound (also where the case is none of the
    actor's business).
    """
    words = checked_text(note, what=tell("查看的事由"))
    wanted = _checked(app, purpose, kinds)
    now = app.now()
    until = now + timedelta(minutes=app.settings.unmask_minutes)
    with app.database.unit_of_work() as work:
        locked = lock(work, instance_key=key, element_key=key, actor=actor, now=now, position=False)
        me = as_of_now(actor, locked)
        if not may_see_case(work, me, key):
            raise NotFound(what=tell("事项"), key=str(key))
        require(me, Action.UNMASK, UnmaskFacts(handles=cases.handles(work, viewer(work, me), key)))
        audit = privacy.add_unmasking(
            work,
            NewUnmasking(
                instance_key=key,
                person_key=me.key,
                username=me.username,
                purpose=purpose,
                note=words,
                kinds=tuple(wanted),
                at=now,
                until=until,
            ),
        )
        facts = {"kinds": wanted, "purpose": purpose, "until": until.isoformat()}
        act = Act(kind="unmask", facts=facts, said=(say("reason", words),))
        require_written(record(work, head=locked.head, act=act, actor=me, gate=None, now=now))
        work.commit()
    return Unmasking(
        key=audit,
        instance_key=key,
        case_number=locked.head.number,
        username=me.username,
        name=me.name,
        purpose=purpose,
        note=words,
        kinds=tuple(wanted),
        at=now,
        until=until,
    )


def search_unmaskings(app: App, actor: Actor, *, query: Query) -> Page[Unmasking]:
    """Who looked at what, why and when; administrators only."""
    require(actor, Action.READ_UNMASKINGS)
    with app.database.unit_of_work() as work:
        return privacy.search_unmaskings(work, query)


def unmaskings_of(app: App, actor: Actor, *, key: Key) -> Page[Unmasking]:
    """Those of one case, also for its applicant (个人信息保护法 第 44 条: 知情权). NotFound."""
    with app.database.unit_of_work() as work:
        if not may_see_case(work, actor, key):
            raise NotFound(what=tell("事项"), key=str(key))
        own = cases.get_case(work, key)
        allowed = may(actor, Action.READ_UNMASKINGS) or (
            own is not None and own.applicant_key == actor.key
        )
        if not allowed:
            raise NotFound(what=tell("事项"), key=str(key))
        return unmaskings_in(work, key)


def unmaskings_in(work: UnitOfWork, key: Key) -> Page[Unmasking]:
    """Those of one case, with no question of who asks."""
    query = Query(conditions=(Condition(field="processInstanceKey", value=key),))
    return privacy.search_unmaskings(work, query)


def _checked(app: App, purpose: str, kinds: Collection[str]) -> list[str]:
    problems: list[Problem] = []
    if purpose not in app.settings.unmask_purposes:
        listed = "、".join(app.settings.unmask_purposes)
        problems.append(
            Problem(
                element_id="purpose",
                rule="purpose",
                message=tell("请选择查看的目的：{listed}。", listed=listed),
            )
        )
    known = [kind.value for kind in Kind]
    for kind in kinds:
        if kind not in known:
            message = tell(
                "没有“{kind}”这类信息；可用：{known}。", kind=kind[:40], known=several(known)
            )
            problems.append(Problem(element_id="kinds", rule="kinds", message=message))
    if problems:
        raise InvalidInput(problems=tuple(problems))
    return [kind for kind in known if not kinds or kind in kinds]
