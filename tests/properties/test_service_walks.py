"""Random structured diagrams with random people, on PostgreSQL: after every command the tables
agree with one another and with the journal, and the chain holds at the end."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.model.states import InstanceState
from engine.service.administration.set_variables import set_variables
from engine.service.app import App
from engine.service.cases.end_case import withdraw_case
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.sweep import sweep
from engine.service.history.record import verify_record
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.release_task import release_task
from engine.service.worklists.inbox import inbox
from tests.conftest import SettableClock
from tests.properties.test_runtime_walks import sketch
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.world import World

_ASSIGNED = '<zeebe:userTask /><zeebe:assignmentDefinition candidateGroups="clerk@weifang" />'
_STARTERS = (
    "<extensionElements><zeebe:properties>"
    '<zeebe:property name="banshi:starters" value="*" />'
    "</zeebe:properties></extensionElements>"
)
_MOST_COMMANDS = 150


def diagram(seed: int, depth: int) -> bytes:
    text = sketch(seed, depth).replace("<zeebe:userTask />", _ASSIGNED)
    head, tag, rest = text.partition('isExecutable="true">')
    return (head + tag + _STARTERS + rest).encode()


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), depth=st.integers(1, 3))
def test_every_walk_leaves_the_tables_in_agreement(
    app: App, world: World, clock: SettableClock, seed: int, depth: int
) -> None:
    random = Random(seed)
    diagrams.put(app, diagram(seed, depth))
    submission = {"pick": random.randint(0, 3), "again": False, "items": [1, 2]}
    case = start_case(app, world.zhangsan, process_id="p", submission=submission).key
    for _ in range(_MOST_COMMANDS):
        require_consistent(app.database, case)
        if get_case(app, world.guanli, key=case).state is not InstanceState.ACTIVE:
            break
        something(app, world, clock, random, case)
    else:
        withdraw_case(app, world.zhangsan, key=case, reason="太久了")
        require_consistent(app.database, case)
    assert verify_record(app, world.guanli, key=case) == ()


def something(app: App, world: World, clock: SettableClock, random: Random, case: Key) -> None:
    """One random thing that somebody does, or time that goes by."""
    dice = random.random()
    tasks = [t for t in inbox(app, world.lisi, limit=100).items if t.instance_key == case]
    if not tasks or dice < 0.15:
        clock.advance(timedelta(hours=2))
        sweep(app)
        return
    task = random.choice(tasks)
    clerk = random.choice([world.lisi, world.wangwu])
    submission = {"pick": random.randint(0, 3), "again": random.random() < 0.3}
    try:
        if dice < 0.2:
            claim_task(app, clerk, key=task.key)
        elif dice < 0.25:
            release_task(app, clerk, key=task.key)
        elif dice < 0.3:
            set_variables(app, world.guanli, scope_key=case, variables={"pick": 1}, reason="更正")
        elif dice < 0.32:
            withdraw_case(app, world.zhangsan, key=case, reason="不办了")
        else:
            complete_task(app, clerk, key=task.key, submission=submission)
    except BanshiError:
        pass  # refused: the invariants are looked at all the same


@pytest.mark.parametrize("count", [3, 40])
def test_many_at_once_in_one_node(app: App, world: World, count: int) -> None:
    """Parallel instances of one subprocess, completed in random order, one then withdrawn."""
    seed = next(s for s in range(10**6) if b"multiInstance" in diagram(s, 1))
    diagrams.put(app, diagram(seed, 1))
    submission = {"pick": 0, "again": False, "items": list(range(count))}
    case = start_case(app, world.zhangsan, process_id="p", submission=submission).key
    random = Random(count)
    for _ in range(count // 2):
        tasks = [t for t in inbox(app, world.lisi, limit=100).items if t.instance_key == case]
        if not tasks:
            break
        complete_task(app, world.lisi, key=random.choice(tasks).key, submission={})
    require_consistent(app.database, case)
    if get_case(app, world.guanli, key=case).state is InstanceState.ACTIVE:
        withdraw_case(app, world.zhangsan, key=case, reason="不办了")
    require_consistent(app.database, case)
    assert verify_record(app, world.guanli, key=case) == ()
