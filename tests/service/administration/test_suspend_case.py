"""Administrators pause running cases: nothing moves until they go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine.model.actor import SYSTEM
from engine.model.errors import (
    BanshiError,
    Conflict,
)
from engine.model.states import InstanceState
from engine.service.administration.suspend_case import resume_case, suspend_case
from engine.service.app import App
from engine.service.cases.get_case import get_case
from engine.service.exchange.publish_message import correlate_message, publish_message
from engine.service.exchange.sweep import run_waiting_jobs, sweep
from engine.service.exchange.work_jobs import activate_jobs, complete_job, fail_job
from engine.service.notifications.reminding import remind
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.update_task import update_task
from tests.conftest import SettableClock
from tests.service import diagrams
from tests.service.administration.line_cases import (
    CLERK,
    at,
    begin,
    line,
    sound,
    task_of,
)
from tests.service.diagrams import flow, user_task
from tests.world import World

EVERYTHING = diagrams.process(
    "everything",
    diagrams.start(),
    '<bpmn:parallelGateway id="split"/>',
    user_task("task", "办理", groups=CLERK),
    '<bpmn:serviceTask id="job" name="系统办理">'
    + diagrams.extension('<zeebe:taskDefinition type="test.work" retries="3"/>')
    + "</bpmn:serviceTask>",
    '<bpmn:intermediateCatchEvent id="timer"><bpmn:timerEventDefinition>'
    '<bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>'
    "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
    '<bpmn:intermediateCatchEvent id="message"><bpmn:messageEventDefinition messageRef="m"/>'
    "</bpmn:intermediateCatchEvent>",
    diagrams.end("e1"),
    diagrams.end("e2"),
    diagrams.end("e3"),
    diagrams.end("e4"),
    flow("start", "split"),
    flow("split", "task"),
    flow("split", "job"),
    flow("split", "timer"),
    flow("split", "message"),
    flow("task", "e1"),
    flow("job", "e2"),
    flow("timer", "e3"),
    flow("message", "e4"),
    extra='<bpmn:message id="m" name="付款"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=n"/></bpmn:extensionElements></bpmn:message>',
)


def test_nothing_moves_while_suspended_and_all_of_it_after(
    app: App, world: World, clock: SettableClock
) -> None:
    case = begin(app, world, "everything", EVERYTHING)
    lease = timedelta(hours=3)
    take: Callable[[], Any] = lambda: activate_jobs(  # noqa: E731
        app, SYSTEM, type="test.work", worker="w", timeout=lease, max_jobs=5
    )
    (leased,) = take()
    task = task_of(app, world, "task")
    suspend_case(app, world.guanli, key=case, reason="核查中")
    assert get_case(app, world.guanli, key=case).state is InstanceState.SUSPENDED
    with pytest.raises(BanshiError):
        complete_task(app, world.lisi, key=task, submission={})
    with pytest.raises(BanshiError):
        claim_task(app, world.lisi, key=task)
    for act in (
        lambda: complete_job(app, SYSTEM, key=leased.key),
        lambda: fail_job(app, SYSTEM, key=leased.key, retries=0, message="坏了"),
    ):
        with pytest.raises(Conflict):
            act()
    clock.advance(timedelta(hours=4))
    publish_message(app, SYSTEM, name="付款", correlation_key="1", ttl=timedelta(0))
    with pytest.raises(Conflict):
        correlate_message(app, SYSTEM, name="付款", correlation_key="1")
    for _ in range(3):
        sweep(app)
        run_waiting_jobs(app, limit=10)
        clock.advance(timedelta(minutes=1))
    assert take() == ()
    assert at(app, world, case) == ["job", "message", "task", "timer"]
    sound(app, world, case)

    resume_case(app, world.guanli, key=case, reason="核查完毕")
    sweep(app)
    assert at(app, world, case) == ["job", "task"]
    (leased,) = take()
    complete_job(app, SYSTEM, key=leased.key)
    complete_task(app, world.lisi, key=task, submission={})
    assert get_case(app, world.guanli, key=case).state is InstanceState.COMPLETED
    sound(app, world, case)


def test_nobody_is_reminded_of_a_case_that_stands_still(
    app: App, world: World, clock: SettableClock
) -> None:
    case = begin(app, world, "line", line("a"))
    due = app.now() + timedelta(hours=1)
    update_task(app, world.guanli, key=task_of(app, world, "a"), due_at=due)
    suspend_case(app, world.guanli, key=case, reason="停")
    clock.advance(timedelta(hours=2))
    assert remind(app) == 0
    assert remind(app, thorough=True) == 0
    resume_case(app, world.guanli, key=case, reason="续")
    assert remind(app) == 1


def test_a_failed_job_leaves_its_variables_to_the_next_worker(app: App, world: World) -> None:
    case = begin(app, world, "everything", EVERYTHING)
    take: Callable[[], Any] = lambda: activate_jobs(  # noqa: E731
        app, SYSTEM, type="test.work", worker="w", timeout=timedelta(hours=1), max_jobs=5
    )
    (leased,) = take()
    fail_job(app, SYSTEM, key=leased.key, retries=1, variables={"page": 3})
    sound(app, world, case)
    (again,) = take()
    assert again.variables["page"] == 3
    assert again.retries == 1
    complete_job(app, SYSTEM, key=again.key)
    sound(app, world, case)
