"""The background: what is deferred in a transaction runs after its commit, and only then."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from engine.jobs import worker_app
from engine.model.actor import SYSTEM
from engine.service.app import App
from engine.service.cases import start_case as starting
from engine.service.cases.get_case import get_case
from engine.service.cases.start_case import start_case
from engine.service.exchange.publish_message import publish_message
from engine.service.worklists.notices import list_notices
from engine.storage.exchange.queue import DELIVER, QUEUE, RUN_JOB
from tests.service.diagrams import put
from tests.service.exchange.test_jobs import job_diagram
from tests.service.exchange.test_messages import HOUR, OPENED
from tests.service.test_halves import WITH_JOB
from tests.storage.changes import count
from tests.world import World


def work_off(app: App) -> None:
    """A real worker, until there is nothing left to do.

    In a thread of its own: the browser tests keep an event loop in the main one.
    """
    queue = worker_app(app)

    async def work() -> None:
        async with queue.open_async():
            await queue.run_worker_async(
                queues=[QUEUE],
                wait=False,
                delete_jobs="successful",
                install_signal_handlers=False,
                listen_notify=False,
            )

    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, work()).result()


def deferred(app: App, task: str) -> int:
    return count(
        app.database, f"select count(*) from procrastinate_jobs where task_name = '{task}'"
    )


def test_a_job_runs_after_the_commit_that_created_it(app: App, world: World) -> None:
    put(app, job_diagram("banshi.notify"))
    case = start_case(app, world.zhangsan, process_id="worked", submission={"amount": 1})
    assert deferred(app, RUN_JOB) == 1
    assert not list_notices(app, world.zhangsan)
    work_off(app)
    assert get_case(app, world.guanli, key=case.key).result == "核验通过"
    assert [notice.text for notice in list_notices(app, world.zhangsan)][-1:] == ["已受理"]
    assert deferred(app, RUN_JOB) == 0


def test_a_rollback_takes_the_job_back(
    app: App, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(app, WITH_JOB, job_diagram("banshi.notify"))
    with monkeypatch.context() as patch:
        patch.setattr(starting, "load_case", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            start_case(app, world.zhangsan, process_id="worked", submission={"amount": 1})
    assert deferred(app, RUN_JOB) == 0
    assert count(app.database, "select count(*) from job") == 0


def test_a_message_is_delivered_by_the_worker(app: App, world: World) -> None:
    put(app, OPENED)
    publish_message(app, SYSTEM, name="opened", ttl=HOUR)
    assert deferred(app, DELIVER) == 1
    work_off(app)
    assert count(app.database, "select count(*) from instance") == 1


def test_a_task_that_comes_twice_finds_nothing_to_do(app: App, world: World) -> None:
    put(app, job_diagram("banshi.notify"))
    start_case(app, world.zhangsan, process_id="worked", submission={"amount": 1})
    with app.database.unit_of_work() as work:
        key = work.hot("select key::text from job").fetchone()[0]
        app.queue.defer(work, RUN_JOB, [{"key": key}, {"key": key}])
        work.commit()
    work_off(app)
    assert count(app.database, "select count(*) from journal where kind = 'job'") == 1


def test_nothing_is_deferred_where_there_is_nothing_to_do(app: App, world: World) -> None:
    put(app, job_diagram("outside"))
    start_case(app, world.zhangsan, process_id="worked", submission={"amount": 1})
    assert deferred(app, RUN_JOB) == 0, "a worker outside fetches it"
