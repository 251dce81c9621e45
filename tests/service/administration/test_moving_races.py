"""Administrators and clerks at one case at once, staged on PostgreSQL: the second waits for the
first and finds the case as the first left it. Nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from engine.model.batches import BatchKind
from engine.model.errors import (
    AlreadyHandled,
    CannotMove,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
)
from engine.model.keys import Key
from engine.model.search import Condition
from engine.model.states import InstanceState
from engine.service.administration.migrate_case import migrate_case
from engine.service.administration.modify_case import (
    Modification,
    Shift,
    case_positions,
    modify_case,
)
from engine.service.administration.run_batches import run_batches
from engine.service.administration.set_variables import set_variables
from engine.service.administration.start_batch import Order, start_batch
from engine.service.administration.suspend_case import resume_case, suspend_case
from engine.service.app import App
from engine.service.cases.end_case import cancel_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.sweep import sweep
from engine.service.history.record import verify_record
from engine.service.tasks.complete_task import complete_task
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.administration.line_cases import latest, task_of
from tests.service.diagrams import flow, user_task
from tests.service.positions import require_consistent
from tests.service.staging import race
from tests.world import World

CLERK = "clerk@weifang"
REFUSALS = (AlreadyHandled, Conflict, Forbidden, InvalidInput, CannotMove, NotFound)


def version(name: str) -> bytes:
    """A task with a timer on it, then another one."""
    return diagrams.process(
        "met",
        diagrams.start(),
        user_task(name, "办理", groups=CLERK),
        '<bpmn:boundaryEvent id="late" attachedToRef="' + name + '"><bpmn:timerEventDefinition>'
        '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>'
        "</bpmn:timerEventDefinition></bpmn:boundaryEvent>",
        user_task("next", "下一步", groups=CLERK),
        user_task("urged", "催办", groups=CLERK),
        diagrams.end("e1"),
        diagrams.end("e2"),
        flow("start", name),
        flow(name, "next"),
        flow("late", "urged"),
        flow("next", "e1"),
        flow("urged", "e2"),
    )


class Meeting:
    """A case whose timer is due, with a newer version of its process."""

    def __init__(self, app: App, world: World, clock: SettableClock) -> None:
        self.app, self.world = app, world
        diagrams.put(app, version("first"))
        self.case: Key = start_case(app, world.zhangsan, process_id="met", submission={}).key
        self.task = task_of(app, world, "first")
        diagrams.put(app, version("renamed"))
        self.target = latest(app, world, "met")
        app.bundles.resolve(definition_key=self.target)  # pinned before anybody meets
        self.batch = start_batch(
            app,
            world.guanli,
            order=Order(
                kind=BatchKind.MIGRATE,
                definition_key=self.target,
                mapping={"first": "renamed"},
            ),
            conditions=(Condition(field="processDefinitionId", value="met"),),
            reason="统一",
        )
        clock.advance(timedelta(hours=2))


Act = Callable[[Meeting], Any]

ACTS: Mapping[str, Act] = {
    "complete": lambda m: complete_task(m.app, m.world.lisi, key=m.task, submission={}),
    "timer": lambda m: sweep(m.app),
    "migrate": lambda m: migrate_case(
        m.app,
        m.world.guanli,
        key=m.case,
        definition_key=m.target,
        mapping={"first": "renamed"},
        reason="新版",
    ),
    "batch": lambda m: run_batches(m.app),
    "modify": lambda m: modify_case(
        m.app,
        m.world.guanli,
        key=m.case,
        modification=Modification(move=(Shift(source=m.task, element_id="next"),)),
        reason="改",
    ),
    "suspend": lambda m: suspend_case(m.app, m.world.guanli, key=m.case, reason="停"),
    "cancel": lambda m: cancel_case(m.app, m.world.guanli, key=m.case, reason="终止"),
    "correct": lambda m: set_variables(
        m.app, m.world.guanli, scope_key=m.case, variables={"x": 1}, reason="更正"
    ),
}


@pytest.fixture
def meeting(app: App, world: World, clock: SettableClock) -> Meeting:
    return Meeting(app, world, clock)


#: Of two that are none of these, ``test_races`` tells.
OURS = {"migrate", "batch", "modify", "suspend"}


@pytest.mark.parametrize(
    ("first", "second"), [pair for pair in permutations(ACTS, 2) if OURS & {*pair}]
)
def test_any_two_that_meet(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch, first: str, second: str
) -> None:
    m = meeting
    winner, loser = race(
        monkeypatch, m.app.database, lambda: ACTS[first](m), lambda: ACTS[second](m)
    )
    assert winner.error is None, winner.error
    assert loser.error is None or isinstance(loser.error, REFUSALS), loser.error
    require_consistent(m.app.database, m.case)
    assert verify_record(m.app, m.world.guanli, key=m.case) == ()
    to_the_end(m)


def to_the_end(m: Meeting) -> None:
    """Whatever came of it, the case goes on to its end, and is done once."""
    guanli = m.world.guanli
    if get_case(m.app, guanli, key=m.case).state is InstanceState.SUSPENDED:
        before = case_positions(m.app, guanli, key=m.case)
        sweep(m.app)
        assert case_positions(m.app, guanli, key=m.case) == before, "it stands still"
        resume_case(m.app, guanli, key=m.case, reason="续")
    run_batches(m.app)
    sweep(m.app)
    for _ in range(4):
        require_consistent(m.app.database, m.case)
        there = case_positions(m.app, guanli, key=m.case)
        if not there:
            break
        assert len(there) == 1, "one token, never two"
        complete_task(m.app, m.world.lisi, key=there[0].key, submission={})
    assert get_case(m.app, guanli, key=m.case).ended_at is not None
    require_consistent(m.app.database, m.case)
    assert verify_record(m.app, guanli, key=m.case) == ()
