"""The worker: does what was handed to the background, and the periodic round.

Our own tables are the truth (``job``, ``timer``, ``delivery``); Procrastinate only wakes us. A
task that comes twice, or too late, finds nothing to do.
"""

from __future__ import annotations

import asyncio

import procrastinate

from engine.model.keys import parse
from engine.service.administration.run_batches import run_batches
from engine.service.app import App
from engine.service.archive.disposal import carry_out_disposals, propose_disposal
from engine.service.clock.recount import recount_waiting
from engine.service.exchange.deliver import deliver
from engine.service.exchange.run_job import run_job
from engine.service.exchange.sweep import run_waiting_jobs, sweep
from engine.service.history.checkpoints import make_checkpoint
from engine.service.letters.making import make_letters
from engine.service.notifications.dead_letters import sweep_told
from engine.service.notifications.outbox import work_off
from engine.service.notifications.reminding import remind
from engine.service.papers.sweep_documents import sweep_documents, sweep_traces
from engine.service.signals import start_telling, stop_telling
from engine.storage.exchange.queue import (
    DELIVER,
    MAKE_LETTERS,
    QUEUE,
    RECOUNT,
    RUN_BATCH,
    RUN_JOB,
    SEND,
)

#: How many pieces of work one worker does at once.
CONCURRENCY = 4

#: Every two seconds, with seconds as cron's sixth field.
SWEEP_CRON = "* * * * * */2"
HOUSEKEEPING_CRON = "17 * * * *"

#: Procrastinate keeps the history of its own tasks for so long.
_KEPT_HOURS = 24


def run_due_jobs(app: App, *, limit: int = 200) -> int:
    """Do internal jobs whose time has come, here and now; returns how many were done."""
    return run_waiting_jobs(app, limit=limit)


def worker_app(app: App) -> procrastinate.App:
    """The queue as the worker sees it, with its tasks defined on this application."""
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=app.database.conninfo)
    )

    @queue.task(name=RUN_JOB, queue=QUEUE)
    def _run_job(key: str) -> None:
        run_job(app, parse(key))

    @queue.task(name=DELIVER, queue=QUEUE)
    def _deliver() -> None:
        deliver(app)

    @queue.task(name=SEND, queue=QUEUE)
    def _send() -> None:
        work_off(app)

    @queue.task(name=MAKE_LETTERS, queue=QUEUE)
    def _make_letters() -> None:
        make_letters(app)

    @queue.task(name=RUN_BATCH, queue=QUEUE)
    def _run_batch() -> None:
        run_batches(app)

    @queue.periodic(cron=SWEEP_CRON)
    @queue.task(name="banshi.batches", queue=QUEUE, queueing_lock="banshi.batches")
    def _batches(timestamp: int) -> None:  # noqa: ARG001 - given by the periodic task
        run_batches(app)

    @queue.task(name=RECOUNT, queue=QUEUE)
    def _recount() -> None:
        recount_waiting(app)

    @queue.periodic(cron=SWEEP_CRON)
    @queue.task(name="banshi.outbox", queue=QUEUE, queueing_lock="banshi.outbox")
    def _outbox(timestamp: int) -> None:  # noqa: ARG001 - given by the periodic task
        make_letters(app)
        work_off(app)

    @queue.periodic(cron="* * * * *")
    @queue.task(name="banshi.remind", queue=QUEUE, queueing_lock="banshi.remind")
    def _remind(timestamp: int) -> None:  # noqa: ARG001 - given by the periodic task
        remind(app)

    @queue.periodic(cron=SWEEP_CRON)
    @queue.task(name="banshi.sweep", queue=QUEUE, queueing_lock="banshi.sweep")
    def _sweep(timestamp: int) -> None:  # noqa: ARG001 - given by the periodic task
        sweep(app)
        run_waiting_jobs(app, limit=200)

    @queue.periodic(cron="* * * * *")
    @queue.task(name="banshi.checkpoint", queue=QUEUE, queueing_lock="banshi.checkpoint")
    def _checkpoint(timestamp: int) -> None:  # noqa: ARG001 - given by the periodic task
        make_checkpoint(app)

    @queue.periodic(cron=HOUSEKEEPING_CRON)
    @queue.task(name="banshi.housekeeping", queue=QUEUE, queueing_lock="banshi.housekeeping")
    def _housekeeping(timestamp: int) -> None:  # noqa: ARG001 - given by the periodic task
        sweep_documents(app)
        sweep_traces(app)
        sweep_told(app)
        remind(app, thorough=True)
        propose_disposal(app)
        carry_out_disposals(app)
        recount_waiting(app)

    @queue.periodic(cron="43 * * * *")
    @queue.task(name="banshi.forget_tasks", queue=QUEUE, pass_context=True)
    async def _forget(context: procrastinate.JobContext, timestamp: int) -> None:  # noqa: ARG001
        await queue.job_manager.delete_old_jobs(nb_hours=_KEPT_HOURS, include_failed=True)

    return queue


def run_worker(app: App, *, concurrency: int = CONCURRENCY) -> None:
    """Work until a signal (SIGINT, SIGTERM) ends it; what was begun is finished first."""
    queue = worker_app(app)

    async def work() -> None:
        start_telling(app)
        async with queue.open_async():
            await queue.run_worker_async(
                queues=[QUEUE],
                concurrency=concurrency,
                delete_jobs="successful",
                shutdown_graceful_timeout=20,
            )

    try:
        asyncio.run(work())
    finally:
        stop_telling(app)
