"""Every operation of administrators on cases: in every state, by everybody, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from engine.model.actor import Actor
from engine.model.errors import (
    BanshiError,
    Forbidden,
    IdempotencyMismatch,
    NotFound,
)
from engine.model.keys import Key
from engine.model.states import InstanceState
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.modify_case import (
    Modification,
    Shift,
    modify_case,
)
from engine.service.administration.suspend_case import resume_case, suspend_case
from engine.service.app import App
from engine.service.cases.end_case import cancel_case, withdraw_case
from tests.service import diagrams
from tests.service.administration.line_cases import (
    begin,
    done,
    facts,
    latest,
    line,
    sound,
)
from tests.world import World

OPERATIONS: Mapping[str, Callable[[App, Actor, Key, Key], Any]] = {
    "modify": lambda app, actor, case, _: modify_case(
        app,
        actor,
        key=case,
        modification=Modification(move=(Shift(source="a", element_id="b"),)),
        reason="改",
    ),
    "migrate": lambda app, actor, case, target: migrate_case(
        app, actor, key=case, definition_key=target, reason="改"
    ),
    "suspend": lambda app, actor, case, _: suspend_case(app, actor, key=case, reason="停"),
    "resume": lambda app, actor, case, _: resume_case(app, actor, key=case, reason="续"),
}
ALLOWED = {
    "modify": {InstanceState.ACTIVE},
    "migrate": {InstanceState.ACTIVE, InstanceState.SUSPENDED},
    "suspend": {InstanceState.ACTIVE},
    "resume": {InstanceState.SUSPENDED},
}


def bring(app: App, world: World, case: Key, state: InstanceState) -> None:
    if state is InstanceState.SUSPENDED:
        suspend_case(app, world.guanli, key=case, reason="停")
    elif state is InstanceState.TERMINATED:
        cancel_case(app, world.guanli, key=case, reason="终止")
    elif state is InstanceState.COMPLETED:
        done(app, world, "a", "b")


@pytest.mark.parametrize("state", InstanceState)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_in_every_state(
    app: App, world: World, operation: str, state: InstanceState
) -> None:
    case = begin(app, world, "line", line("a", "b"))
    diagrams.put(app, line("a", "b", "c"))
    target = latest(app, world, "line")
    bring(app, world, case, state)
    act = OPERATIONS[operation]
    with pytest.raises(Forbidden):
        act(app, world.lisi, case, target)
    with pytest.raises(Forbidden):
        act(app, world.zhangsan, case, target)
    with pytest.raises(NotFound):
        act(app, world.guanli, Key(case + (1 << 22) * 1000), target)
    before = facts(app, case)
    if state in ALLOWED[operation]:
        act(app, world.guanli, case, target)
        assert len(facts(app, case)) == len(before) + 1
    else:
        with pytest.raises(BanshiError):
            act(app, world.guanli, case, target)
        assert facts(app, case) == before
    sound(app, world, case)


@pytest.mark.parametrize("operation", ["modify", "migrate", "suspend"])
def test_a_repeated_request_is_answered_once(app: App, world: World, operation: str) -> None:
    case = begin(app, world, "line", line("a", "b"))
    diagrams.put(app, line("a", "b", "c"))
    target = latest(app, world, "line")
    change = Modification(move=(Shift(source="a", element_id="b"),))
    ask: Mapping[str, Callable[[str], Any]] = {
        "modify": lambda reason: modify_case(
            app, world.guanli, key=case, modification=change, reason=reason, idempotency_key="k"
        ),
        "migrate": lambda reason: migrate_case(
            app,
            world.guanli,
            key=case,
            definition_key=target,
            reason=reason,
            idempotency_key="k",
        ),
        "suspend": lambda reason: suspend_case(
            app, world.guanli, key=case, reason=reason, idempotency_key="k"
        ),
    }
    ask[operation]("改")
    count = len(facts(app, case))
    ask[operation]("改")
    assert len(facts(app, case)) == count
    with pytest.raises(IdempotencyMismatch):
        ask[operation]("另一个原因")
    sound(app, world, case)


def test_a_suspended_case_can_be_withdrawn(app: App, world: World) -> None:
    case = begin(app, world, "line", line("a", "b"))
    suspend_case(app, world.guanli, key=case, reason="停")
    withdraw_case(app, world.zhangsan, key=case, reason="不办了")
    sound(app, world, case)
