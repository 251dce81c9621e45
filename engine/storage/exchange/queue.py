"""Hands work to the background over the caller's own connection (Procrastinate).

A task that is deferred here becomes visible with the caller's commit, and vanishes with his
rollback. It carries keys only; what is to be done stands in our own tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import procrastinate
from procrastinate.types import JSONValue

from engine.storage.database import Database, UnitOfWork

#: The tasks that the worker knows, by name (``engine.jobs`` defines them).
RUN_JOB: Final = "banshi.run_job"
DELIVER: Final = "banshi.deliver"
SEND: Final = "banshi.send"
MAKE_LETTERS: Final = "banshi.make_letters"
RUN_BATCH: Final = "banshi.run_batch"
RECOUNT: Final = "banshi.recount"

#: The queue that banshi's workers listen to.
QUEUE: Final = "banshi"


class JobQueue:
    """The deferring side; it never opens a connection of its own."""

    def __init__(self, database: Database) -> None:
        connector = procrastinate.SyncPsycopgConnector(conninfo=database.conninfo)
        self._app = procrastinate.App(connector=connector)

    def defer(
        self, work: UnitOfWork, task: str, arguments: Sequence[Mapping[str, JSONValue]]
    ) -> None:
        """Defer the task once for each set of arguments; costs nothing where there are none."""
        if not arguments:
            return
        deferrer = self._app.configure_task(task, queue=QUEUE, connection=work.driver)
        if len(arguments) == 1:
            deferrer.defer(**arguments[0])
        else:
            deferrer.batch_defer(*(dict(each) for each in arguments))
