"""Nothing half-written: whatever fails, wherever, the case is as it was, and goes on afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.model.errors import BanshiError, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.records import UserTask
from engine.service import stepping
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.tasks import complete_task as completing
from engine.service.tasks.claim_task import claim_task
from engine.service.tasks.complete_task import complete_task
from engine.service.worklists.inbox import inbox
from engine.storage.database import UnitOfWork
from engine.storage.exchange.queue import JobQueue
from tests.service import diagrams
from tests.world import World

#: Completing the task creates a job, so that the queue is part of the transaction too.
WITH_JOB = diagrams.process(
    "with-job",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    '<bpmn:serviceTask id="tell" name="告知">'
    + diagrams.extension(
        '<zeebe:taskDefinition type="banshi.notify" retries="3"/>',
        '<zeebe:taskHeaders><zeebe:header key="to" value="applicant"/></zeebe:taskHeaders>',
        '<zeebe:ioMapping><zeebe:input source="=&quot;已受理&quot;" target="message"/></zeebe:ioMapping>',
    )
    + "</bpmn:serviceTask>",
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "tell"),
    diagrams.flow("tell", "done"),
)


class Broken(Exception):
    """What the tests throw in."""


@pytest.fixture
def task(app: App, world: World) -> UserTask:
    diagrams.put(app, WITH_JOB)
    start_case(app, world.zhangsan, process_id="with-job", submission={})
    (found,) = inbox(app, world.lisi).items
    return found


def everything(app: App) -> list[Any]:
    with app.database.unit_of_work() as work:
        tables = [
            name
            for (name,) in work.hot(
                """select tablename from pg_tables where schemaname = 'public'
                   and tablename not in ('act', 'alembic_version') order by 1"""
            )
        ]
        return [
            (table, work.hot(f'select t::text from "{table}" t order by 1').fetchall())
            for table in tables
        ]


def _raise(*_: object, **__: object) -> Any:
    raise Broken


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (completing, "lock"),
        (completing, "as_of_now"),
        (completing, "open_task"),
        (completing, "require"),
        (completing.forms, "unchecked"),
        (stepping, "step"),
        (stepping.Projection, "apply"),
        (stepping, "enter"),
        (stepping, "write"),
        (JobQueue, "defer"),
        (completing.documents, "bind"),
        (completing, "task_record"),
        (UnitOfWork, "commit"),
    ],
)
def test_a_failure_at_each_point_leaves_everything_as_it_was(
    app: App,
    world: World,
    task: UserTask,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
) -> None:
    before = everything(app)
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, _raise)
        with pytest.raises(Broken):
            complete_task(app, world.lisi, key=task.key, submission={"x": 1})
    assert everything(app) == before
    complete_task(app, world.lisi, key=task.key, submission={"x": 1})
    assert everything(app) != before


@pytest.mark.parametrize("point", ["write", "defer"])
def test_a_failure_after_the_write_takes_the_write_back(
    app: App, world: World, task: UserTask, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """The statement has run, the job is deferred; then the process dies before the commit."""
    before = everything(app)
    owner: Any = stepping if point == "write" else JobQueue
    real: Callable[..., Any] = getattr(owner, point)

    def then_break(*arguments: Any, **named: Any) -> Any:
        real(*arguments, **named)
        raise Broken

    with monkeypatch.context() as patch:
        patch.setattr(owner, point, then_break)
        with pytest.raises(Broken):
            complete_task(app, world.lisi, key=task.key, submission={})
    assert everything(app) == before


NAUGHTY = [
    "",
    " ",
    "\u0000",
    "a\u0000b",
    "\ud800",
    "\ufeff\u202e\u2066",
    "𠮷野家👩‍👩‍👧‍👦",
    "'; drop table instance; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "%s %(x)s %%",
    "\\u0000",
    "Ω" * 100_000,
    "=1/0",
]


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_strings_are_kept_as_they_are(
    app: App, world: World, task: UserTask, text: str
) -> None:
    complete_task(app, world.lisi, key=task.key, submission={"text": text, "list": [{text: text}]})
    with app.database.unit_of_work() as work:
        from engine.storage.commands.loading import load_variables  # noqa: PLC0415

        found = load_variables(work, task.instance_key, [task.instance_key])
    assert found[task.instance_key]["text"] == text
    assert found[task.instance_key]["list"] == [{text: text}]


@pytest.mark.parametrize("value", [1.5, float("nan"), object(), {1: 2}, b"bytes"])
def test_what_is_no_value_is_refused_by_name(
    app: App, world: World, task: UserTask, value: Any
) -> None:
    before = everything(app)
    with pytest.raises(InvalidInput, match="x"):
        complete_task(app, world.lisi, key=task.key, submission={"x": value})
    assert everything(app) == before


@pytest.mark.parametrize("key", [0, 1, 1 << 62, 12345])
def test_keys_of_nothing(app: App, world: World, task: UserTask, key: int) -> None:
    for act in (complete_task, claim_task):
        arguments: dict[str, Any] = {"submission": {}} if act is complete_task else {}
        with pytest.raises(NotFound):
            act(app, world.lisi, key=Key(key), **arguments)


def test_an_idempotency_key_with_another_body(app: App, world: World, task: UserTask) -> None:
    complete_task(app, world.lisi, key=task.key, submission={"a": 1}, idempotency_key="k")
    before = everything(app)
    with pytest.raises(BanshiError, match="另一份内容"):
        complete_task(app, world.lisi, key=task.key, submission={"a": 2}, idempotency_key="k")
    with pytest.raises(InvalidInput):
        complete_task(app, world.lisi, key=task.key, submission={}, idempotency_key="x" * 500)
    assert everything(app) == before
