"""修改位置: an administrator moves, adds or cancels tokens of a running case (Camunda 8 “modify”).

The preview is the modification itself, rolled back: it tells nothing that would not happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.model.actor import Actor
from engine.model.commands import Activation, Modify
from engine.model.errors import CannotMove, Conflict, InvalidInput
from engine.model.execution import Locked
from engine.model.journal import say
from engine.model.keys import Key
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.model.records import Instance, UserTask
from engine.model.states import InstanceState
from engine.model.step import State, VisitRow
from engine.runtime import Position, positions
from engine.service.app import App
from engine.service.bundles import Pinned
from engine.service.cases.get_case import load_case
from engine.service.papers import forms
from engine.service.repeats import Request, request
from engine.service.said import reason as checked_reason
from engine.service.standing import as_of_now, case_facts
from engine.service.stepping import Act, advance, require_written
from engine.storage.commands import moving
from engine.storage.commands.locking import lock
from engine.storage.database import UnitOfWork
from engine.storage.instances import incidents
from engine.storage.worklists import tasks
from engine.text import tell


@dataclass(frozen=True, kw_only=True)
class Activate:
    """A token to add at a node. ``ancestor``: the scope to add it in (None: the case's own)."""

    element_id: str
    ancestor: Key | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Tokens to move: ``source`` is an element instance's key, or an element id: all that are there."""

    source: Key | str
    element_id: str
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Modification:
    """What is to be done. ``terminate``: keys, or element ids (all that are there);
    ``variables``: of the case itself, written first."""

    activate: tuple[Activate, ...] = ()
    move: tuple[Shift, ...] = ()
    terminate: tuple[Key | str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """All of it as one value, for telling requests apart."""
        return {
            "activate": [
                [a.element_id, str(a.ancestor or ""), dict(a.variables)] for a in self.activate
            ],
            "move": [[str(m.source), m.element_id, dict(m.variables)] for m in self.move],
            "terminate": [str(t) for t in self.terminate],
            "variables": dict(self.variables),
        }


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What a modification would do. ``canceled``, ``opened``: user tasks; ``left``, ``entered``:
    tokens; ``incidents``: what would stand still at once; ``ended``: the case would end."""

    canceled: tuple[UserTask, ...]
    opened: tuple[UserTask, ...]
    left: tuple[Position, ...]
    entered: tuple[Position, ...]
    incidents: tuple[str, ...]
    ended: bool


def modify_case(
    app: App,
    actor: Actor,
    *,
    key: Key,
    modification: Modification,
    reason: str,
    idempotency_key: str | None = None,
) -> Instance:
    """Move tokens, with a reason that goes on record. Administrators only.

    Raises Forbidden, NotFound, InvalidInput (nothing asked, nothing there), CannotMove (the engine
    can't), Conflict (suspended).
    """
    words = checked_reason(reason, what=tell("修改原因"))
    asked = request("modify-case", idempotency_key, key, {**modification.body(), "reason": words})
    with app.database.unit_of_work() as work:
        modify_in(app, work, actor, key=key, modification=modification, words=words, asked=asked)
        case = load_case(app, work, key)
        work.commit()
    return case


def preview_modification(
    app: App, actor: Actor, *, key: Key, modification: Modification
) -> Preview:
    """Do it, look, and roll it back. Raises as ``modify_case`` does."""
    with app.database.unit_of_work() as work:
        before = tasks.open_tasks_of(work, key)
        stood = case_positions_in(app, work, key)
        known = incidents.active_of(work, key)
        modify_in(app, work, actor, key=key, modification=modification, words=tell("预览"))
        after = tasks.open_tasks_of(work, key)
        stands = case_positions_in(app, work, key)
        raised = incidents.active_of(work, key)
        case = load_case(app, work, key)
    return Preview(
        canceled=_without(before, after),
        opened=_without(after, before),
        left=_without(stood, stands),
        entered=_without(stands, stood),
        incidents=tuple(message for one, message in raised.items() if one not in known),
        ended=case.ended_at is not None,
    )


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a token of a case stands, for a page."""

    key: Key
    element_id: str
    name: str
    type: str
    waits_to_join: bool
    holds_others: bool


def standings(found: Iterable[Position]) -> tuple[Standing, ...]:
    """Positions as a page has them."""
    return tuple(
        Standing(
            key=at.key,
            element_id=at.element_id,
            name=at.name or at.element_id,
            type=at.type,
            waits_to_join=at.waits_to_join,
            holds_others=at.holds_others,
        )
        for at in found
    )


def case_positions(app: App, actor: Actor, *, key: Key) -> tuple[Position, ...]:
    """Where the tokens of a running case stand; administrators only."""
    require(actor, Action.READ_OPERATIONS)
    with app.database.unit_of_work() as work:
        return case_positions_in(app, work, key)


def case_positions_in(app: App, work: UnitOfWork, key: Key) -> tuple[Position, ...]:
    """The same in the caller's transaction, with no question of who asks."""
    found = moving.standing(work, [key])
    if not found:
        return ()
    pinned = app.bundles.of_instance(work, found[0].bundle_key)
    return positions(pinned.bundle, found[0].scopes)


def modify_in(
    app: App,
    work: UnitOfWork,
    actor: Actor,
    *,
    key: Key,
    modification: Modification,
    words: str,
    asked: Request | None = None,
    facts: Mapping[str, Any] | None = None,
) -> bool:
    """The same in the caller's transaction; whether it was not done before."""
    now = app.now()
    locked = lock(work, instance_key=key, element_key=key, actor=actor, now=now)
    me = as_of_now(actor, locked)
    if asked is not None and asked.answered(work, me) is not None:
        return False
    require(me, Action.CHANGE_CASE, case_facts(me, locked))
    if locked.head.state is InstanceState.SUSPENDED:
        raise Conflict(what=tell("此事项"), reason=tell("已暂停，请先恢复办理再修改位置"))
    pinned = app.bundles.of_instance(work, locked.head.bundle_key)
    command, state, told = _command(work, locked, pinned, modification)
    try:
        changes = advance(
            app,
            work,
            at=locked.head,
            state=state,
            pinned=pinned,
            command=command,
            act=Act(
                kind="modify",
                facts={**told, **(facts or {})},
                said=(
                    say("reason", words),
                    say("variables", forms.unchecked(dict(modification.variables)).variables),
                ),
            ),
            actor=me,
            now=now,
            remembered=asked.remembered(me, {"key": str(key)}) if asked else None,
        )
    except Conflict as refused:
        raise CannotMove(reason=refused.reason) from None
    require_written(changes)
    return True


def _command(
    work: UnitOfWork, locked: Locked, pinned: Pinned, modification: Modification
) -> tuple[Modify, State, dict[str, Any]]:
    """The step's command, with rows for tokens that the ledger does not know, and the facts."""
    standing = moving.standing(work, [locked.head.key])
    there = positions(pinned.bundle, standing[0].scopes) if standing else ()
    activate = [
        Activation(
            element_id=each.element_id,
            scope_key=each.ancestor,
            variables=forms.unchecked(each.variables).variables,
        )
        for each in modification.activate
    ]
    doomed: dict[Key, Position] = {}
    for shift in modification.move:
        for at in _found(there, shift.source, pinned):
            doomed[at.key] = at
            activate.append(
                Activation(
                    element_id=shift.element_id,
                    near=at.key,
                    variables=forms.unchecked(shift.variables).variables,
                )
            )
    for target in modification.terminate:
        doomed |= {at.key: at for at in _found(there, target, pinned)}
    if not activate and not doomed:
        raise _wrong("instructions", tell("请至少选择一处要移动、新增或取消的环节。"))
    command = Modify(
        terminate=tuple(sorted(doomed)),
        activate=tuple(activate),
        variables=forms.unchecked(dict(modification.variables)).variables,
    )
    told = {
        "canceled": [at.element_id for at in doomed.values()],
        "activated": [each.element_id for each in activate],
    }
    return command, _state(locked.state, doomed.values()), told


def _state(state: State, doomed: Iterable[Position]) -> State:
    """With a row for each token that waits at a join: it has none in the ledger yet."""
    rows = tuple(
        VisitRow(
            key=at.key,
            scope_key=at.scope_key,
            element_id=at.element_id,
            parents=(),
            state="ACTIVE",
        )
        for at in doomed
        if at.waits_to_join
    )
    return replace(state, visits=rows)


def _found(there: tuple[Position, ...], source: Key | str, pinned: Pinned) -> tuple[Position, ...]:
    """The tokens that are meant; raises InvalidInput where there are none."""
    found = tuple(at for at in there if source in {at.key, at.element_id})
    if not found:
        shown = pinned.element_name(source) if isinstance(source, str) else str(source)
        raise _wrong(
            "source",
            tell(
                "此事项现在没有停在“{shown}”，它可能刚刚办结；多实例中的单个实例请改选整个环节。",
                shown=shown,
            ),
        )
    return found


def _without(these: tuple[Any, ...], those: tuple[Any, ...]) -> tuple[Any, ...]:
    keys = {each.key for each in those}
    return tuple(each for each in these if each.key not in keys)


def _wrong(field_name: str, message: str) -> InvalidInput:
    return InvalidInput(
        problems=(Problem(element_id=field_name, rule=field_name, message=message),)
    )
