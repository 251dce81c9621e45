"""Every state of every machine against every command: what the tables of ``states`` do not allow
is refused and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from engine.model.actor import SYSTEM
from engine.model.errors import BanshiError
from engine.model.keys import Key
from engine.model.states import (
    INSTANCE_TRANSITIONS,
    JOB_TRANSITIONS,
    TASK_TRANSITIONS,
    InstanceState,
    JobState,
    TaskState,
)
from engine.service.administration.set_variables import set_variables
from engine.service.app import App
from engine.service.cases.end_case import cancel_case, withdraw_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.work_jobs import activate_jobs, complete_job, fail_job, throw_job_error
from engine.service.tasks.assign_task import assign_task
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.tasks.release_task import release_task
from engine.service.tasks.update_task import update_task
from engine.service.worklists.inbox import inbox
from engine.storage.database import Database
from tests.service import diagrams
from tests.world import World

BOTH = diagrams.process(
    "both",
    diagrams.start(),
    '<bpmn:parallelGateway id="fork"/>',
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    '<bpmn:serviceTask id="job" name="系统办理">'
    + diagrams.extension('<zeebe:taskDefinition type="test.work" retries="3"/>')
    + "</bpmn:serviceTask>",
    diagrams.end("worked"),
    diagrams.end("jobbed"),
    diagrams.flow("start", "fork"),
    diagrams.flow("fork", "work"),
    diagrams.flow("fork", "job"),
    diagrams.flow("work", "worked"),
    diagrams.flow("job", "jobbed"),
)


class Running:
    """A case with one open user task and one open job."""

    def __init__(self, app: App, world: World) -> None:
        diagrams.put(app, BOTH)
        self.app, self.world = app, world
        self.case = start_case(app, world.zhangsan, process_id="both", submission={}).key
        self.task = inbox(app, world.lisi).items[0].key
        self.job = value(app.database, "select key from job")

    def put(self, table: str, state: str, extra: str = "") -> None:
        with self.app.database.unit_of_work() as work:
            work.hot(f"update {table} set state = %s {extra}", [state])
            work.commit()

    def everything(self) -> Any:
        """All that a command could have changed."""
        with self.app.database.unit_of_work() as work:
            return [
                work.hot(f"select * from {table} order by 1, 2").fetchall()
                for table in ("instance", "user_task", "job", "journal", "variable", "scope")
            ]


def value(database: Database, query: str) -> Any:
    with database.unit_of_work() as work:
        return work.hot(query).fetchone()[0]


@pytest.fixture
def running(app: App, world: World) -> Running:
    return Running(app, world)


#: Command → (the state it leads to, None = stays open; what it does).
TASK_COMMANDS: Mapping[str, tuple[TaskState | None, Callable[[Running], Any]]] = {
    "complete": (
        TaskState.COMPLETED,
        lambda r: complete_task(r.app, r.world.lisi, key=r.task, submission={}),
    ),
    "claim": (None, lambda r: claim_task(r.app, r.world.lisi, key=r.task)),
    "release": (None, lambda r: release_task(r.app, r.world.guanli, key=r.task)),
    "assign": (None, lambda r: assign_task(r.app, r.world.guanli, key=r.task, assignee="wangwu")),
    "update": (None, lambda r: update_task(r.app, r.world.guanli, key=r.task, priority=7)),
}


@pytest.mark.parametrize("command", TASK_COMMANDS)
@pytest.mark.parametrize("state", TaskState)
def test_user_task(running: Running, state: TaskState, command: str) -> None:
    assignee = "'lisi'" if command == "release" else "null"
    ended = "null" if state is TaskState.CREATED else "now()"
    running.put("user_task", state, f", assignee = {assignee}, ended_at = {ended}")
    to, act = TASK_COMMANDS[command]
    # what is being checked by a listener is ended by it, by nobody else
    legal = state is TaskState.CREATED and (to is None or to in TASK_TRANSITIONS[state])
    attempt(running, act, legal=legal)
    after = value(running.app.database, "select state from user_task")
    assert after == (to or state if legal else state)


def _activated(r: Running) -> None:
    leased = activate_jobs(
        r.app, SYSTEM, type="test.work", worker="w", timeout=timedelta(minutes=1), max_jobs=5
    )
    if not leased:
        raise BanshiError


JOB_COMMANDS: Mapping[str, tuple[JobState, Callable[[Running], Any]]] = {
    "activate": (JobState.ACTIVATED, _activated),
    "complete": (
        JobState.COMPLETED,
        lambda r: complete_job(r.app, SYSTEM, key=r.job, variables={}),
    ),
    "throw": (
        JobState.ERROR_THROWN,
        lambda r: throw_job_error(r.app, SYSTEM, key=r.job, code="E"),
    ),
    "fail": (JobState.FAILED, lambda r: fail_job(r.app, SYSTEM, key=r.job, retries=0, message="x")),
    "fail with retries": (
        JobState.CREATED,
        lambda r: fail_job(r.app, SYSTEM, key=r.job, retries=2, message="x"),
    ),
}


@pytest.mark.parametrize("command", JOB_COMMANDS)
@pytest.mark.parametrize("state", JobState)
def test_job(running: Running, state: JobState, command: str) -> None:
    deadline = "now() + interval '1 hour'" if state is JobState.ACTIVATED else "null"
    running.put("job", state, f", deadline = {deadline}")
    to, act = JOB_COMMANDS[command]
    # workers end what they hold; a job is only put back by hand out of FAILED
    legal = (
        state is JobState.CREATED
        if to is JobState.ACTIVATED
        else state is JobState.ACTIVATED and to in JOB_TRANSITIONS[state]
    )
    attempt(running, act, legal=legal)
    assert value(running.app.database, "select state from job") == (to if legal else state)


@pytest.mark.parametrize("command", ["complete", "throw"])
def test_a_job_of_a_suspended_case_waits(running: Running, command: str) -> None:
    running.put("job", JobState.ACTIVATED, ", deadline = now() + interval '1 hour'")
    running.put("instance", InstanceState.SUSPENDED)
    attempt(running, JOB_COMMANDS[command][1], legal=False)
    running.put("instance", InstanceState.ACTIVE)
    attempt(running, JOB_COMMANDS["complete"][1], legal=True)


INSTANCE_COMMANDS: Mapping[str, tuple[InstanceState | None, Callable[[Running], Any]]] = {
    "withdraw": (
        InstanceState.TERMINATED,
        lambda r: withdraw_case(r.app, r.world.zhangsan, key=r.case, reason="不办了"),
    ),
    "cancel": (
        InstanceState.TERMINATED,
        lambda r: cancel_case(r.app, r.world.guanli, key=r.case, reason="重复"),
    ),
    "complete a task": (
        None,
        lambda r: complete_task(r.app, r.world.lisi, key=r.task, submission={}),
    ),
    "set variables": (
        None,
        lambda r: set_variables(
            r.app, r.world.guanli, scope_key=r.case, variables={"x": 1}, reason="更正"
        ),
    ),
}


@pytest.mark.parametrize("command", INSTANCE_COMMANDS)
@pytest.mark.parametrize("state", InstanceState)
def test_instance(running: Running, state: InstanceState, command: str) -> None:
    ended = "null" if state in {InstanceState.ACTIVE, InstanceState.SUSPENDED} else "now()"
    running.put("instance", state, f", ended_at = {ended}")
    to, act = INSTANCE_COMMANDS[command]
    if to is not None:
        legal = to in INSTANCE_TRANSITIONS[state]
    elif command == "set variables":
        legal = state in {InstanceState.ACTIVE, InstanceState.SUSPENDED}
    else:
        legal = state is InstanceState.ACTIVE
    attempt(running, act, legal=legal)
    after = value(running.app.database, "select state from instance")
    assert after == (to or state if legal else state)


def attempt(running: Running, act: Callable[[Running], Any], *, legal: bool) -> None:
    before = running.everything()
    if legal:
        act(running)
        assert running.everything() != before
    else:
        with pytest.raises(BanshiError):
            act(running)
        assert running.everything() == before


def test_the_ends_are_ends() -> None:
    ends: set[Any] = {
        InstanceState.COMPLETED,
        InstanceState.TERMINATED,
        TaskState.COMPLETED,
        TaskState.CANCELED,
        JobState.COMPLETED,
        JobState.ERROR_THROWN,
        JobState.CANCELED,
    }
    tables: list[Mapping[Any, frozenset[Any]]] = [
        INSTANCE_TRANSITIONS,
        TASK_TRANSITIONS,
        JOB_TRANSITIONS,
    ]
    for table in tables:
        for state, following in table.items():
            assert (not following) == (state in ends)
            assert following <= table.keys()


def test_keys_tell_their_instance(running: Running) -> None:
    assert Key(running.task - running.task % (1 << 22)) == running.case
