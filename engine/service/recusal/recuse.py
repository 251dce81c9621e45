"""回避: declare one's own recusal from a case, or ask for somebody else's."""

from __future__ import annotations

from engine.model import keys
from engine.model.actor import SYSTEM, Actor
from engine.model.errors import InvalidInput
from engine.model.execution import Locked
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.recusals import Recusal, RecusalFacts, RecusalKind, RecusalState
from engine.model.states import InstanceState
from engine.service.app import App
from engine.service.cases.case_access import viewer
from engine.service.recusal.standing_aside import stand_aside
from engine.service.repeats import Request, request
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now
from engine.service.stepping import Act, record, require_written
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.instances import cases
from engine.storage.instances.cases import Relation
from engine.storage.recusal import recusals
from engine.text import tell


def declare_recusal(
    app: App, actor: Actor, *, key: Key, reason: str, idempotency_key: str | None = None
) -> Recusal:
    """The actor keeps away from the case from now on: his tasks go back to the candidates.

    Takes effect at once. Raises Forbidden (has nothing to do with it, is recused already),
    InvalidInput (no reason), NotFound.
    """
    words = checked_reason(reason, what=tell("回避原因"))
    asked = request("declare-recusal", idempotency_key, key, {"reason": words})
    with app.database.unit_of_work() as work:
        locked = lock_case(app, work, actor, key)
        if (given := _given(work, actor, asked)) is not None:
            return given
        me = as_of_now(actor, locked)
        require(me, Action.DECLARE_RECUSAL, facts_of(app, work, me, locked, me.username))
        pending = recusals.asked_of(work, key, me.username)
        recusal = _new(app, locked, me.username, RecusalKind.DECLARED, by=me.username, words=words)
        if pending is not None:  # he agrees to what was asked
            granted = pending.moved(
                RecusalState.IN_FORCE, by=me.username, at=app.now(), note=tell("本人同意回避")
            )
            recusals.move(work, granted, before=RecusalState.ASKED)
            recusal = granted
        put_in_force(app, work, me, locked, recusal, new=pending is None, asked=asked)
        found = recusals.get(work, recusal.key)
        work.commit()
    return found or recusal


def ask_recusal(
    app: App,
    actor: Actor,
    *,
    key: Key,
    username: str,
    reason: str,
    idempotency_key: str | None = None,
) -> Recusal:
    """Ask that somebody keeps away: an administrator or a leader decides.

    Raises Forbidden, InvalidInput (no reason, somebody who has nothing to do with the case),
    NotFound.
    """
    words = checked_reason(reason, what=tell("申请回避的理由"))
    asked = request("ask-recusal", idempotency_key, key, {"username": username, "reason": words})
    with app.database.unit_of_work() as work:
        locked = lock_case(app, work, actor, key)
        me = as_of_now(actor, locked)
        if (given := _given(work, me, asked)) is not None:
            return given
        require(me, Action.ASK_RECUSAL, facts_of(app, work, me, locked, username))
        _require_concerned(work, key, username)
        recusal = _new(app, locked, username, RecusalKind.ASKED, by=me.username, words=words)
        require_written(
            record(
                work,
                head=locked.head,
                act=Act(
                    kind="ask-recusal",
                    facts={"recusal": str(recusal.key), "people": [username]},
                    said=(say("words", {"reason": words}),),
                ),
                actor=me,
                gate=None,
                now=app.now(),
                keys_taken=1,
                remembered=asked.remembered(me, {"key": str(recusal.key)}) if asked else None,
            )
        )
        recusals.add(work, recusal)
        found = recusals.get(work, recusal.key)
        work.commit()
    return found or recusal


def recuse_by_rule(app: App, work: UnitOfWork, *, key: Key, username: str, words: str) -> None:
    """A relation to the applicant was found while the person has to do with the case: on record,
    and his tasks go back. Does nothing where he has no part in it or is recused, or it is over."""
    locked = lock_case(app, work, SYSTEM, key)
    if not recusals.tasks_of(work, key, username):
        return
    standing = recusals.standing(work, key, username)
    if locked.head.state not in _RUNNING or (
        standing is not None and standing.state is RecusalState.IN_FORCE
    ):
        return
    recusal = _new(app, locked, username, RecusalKind.RULE, by=SYSTEM.username, words=words)
    put_in_force(app, work, SYSTEM, locked, recusal, new=True)


def put_in_force(
    app: App,
    work: UnitOfWork,
    me: Actor,
    locked: Locked,
    recusal: Recusal,
    *,
    new: bool,
    asked: Request | None = None,
) -> None:
    """Journal it, write it where it is ``new``, and give the person's tasks back."""
    said = {"reason": recusal.reason}
    if recusal.note:
        said["note"] = recusal.note
    require_written(
        record(
            work,
            head=locked.head,
            act=Act(
                kind="recuse",
                facts={
                    "recusal": str(recusal.key),
                    "people": [recusal.username],
                    "by": recusal.kind.value,
                },
                said=(say("words", said),),
            ),
            actor=me,
            gate=None,
            now=app.now(),
            keys_taken=1 if new else 0,
            remembered=asked.remembered(me, {"key": str(recusal.key)}) if asked else None,
        )
    )
    if new:
        recusals.add(work, recusal)
    stand_aside(app, work, me, instance_key=locked.head.key, username=recusal.username)


def lock_case(app: App, work: UnitOfWork, actor: Actor, key: Key) -> Locked:
    return lock(work, instance_key=key, element_key=key, actor=actor, now=app.now(), position=False)


def facts_of(
    app: App,
    work: UnitOfWork,
    me: Actor,
    locked: Locked,
    username: str,
    *,
    related: Relation | None = None,
) -> RecusalFacts:
    """What the rules ask about a recusal of ``username`` from the case; ``related``: what the
    actor has to do with it, where the caller has asked that."""
    key = locked.head.key
    if related is None:
        related = cases.relation(work, viewer(work, me), key)
    standing = recusals.standing(work, key, username)
    return RecusalFacts(
        running=locked.head.state in _RUNNING,
        person=username,
        applicant=username == locked.head.applicant,
        takes_part=related.handles or locked.head.applicant_key == me.key,
        copied=related.copied,
        leads=leads(app, work, me, locked.head.unit),
        standing=standing.state if standing else None,
    )


def leads(app: App, work: UnitOfWork, me: Actor, unit: str) -> bool:
    """Whether the actor is a leader (setting ``recusal_deciders``) at the unit or above it."""
    above = {each.key for each in app.directory.ancestors(work, unit)}
    return any(m.role in app.settings.recusal_deciders and m.unit in above for m in me.memberships)


_RUNNING = frozenset({InstanceState.ACTIVE, InstanceState.SUSPENDED})


def _given(work: UnitOfWork, actor: Actor, asked: Request | None) -> Recusal | None:
    answer = asked.answered(work, actor) if asked is not None else None
    return recusals.get(work, Key(int(answer["key"]))) if answer is not None else None


def _new(
    app: App, locked: Locked, username: str, kind: RecusalKind, *, by: str, words: str
) -> Recusal:
    return Recusal(
        instance_key=locked.head.key,
        key=keys.part(locked.head.key, locked.head.counter + 1),
        username=username,
        kind=kind,
        state=RecusalState.ASKED if kind is RecusalKind.ASKED else RecusalState.IN_FORCE,
        asked_by=by,
        asked_at=app.now(),
        reason=words,
    )


def _require_concerned(work: UnitOfWork, key: Key, username: str) -> None:
    people = {person.username for person in recusals.concerned(work, key, named=False)}
    if username not in people:
        message = tell("“{username}”没有参与办理此事项，请从办理人员中选择。", username=username)
        raise InvalidInput(
            problems=(Problem(element_id="username", rule="person", message=message),)
        )
