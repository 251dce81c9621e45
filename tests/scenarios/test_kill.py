"""The server and the worker are killed (SIGKILL) again and again under load.

Afterwards every case stands where its journal says, no completion that was answered is lost, and
none is done twice.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from engine import bootstrap
from engine.config import Settings
from engine.jobs import run_due_jobs
from engine.model.actor import SYSTEM
from engine.model.keys import Key
from engine.service.access.change_password import reset_password
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.service.exchange.sweep import sweep
from engine.service.history.record import verify_record
from engine.storage.database import Database
from engine.storage.embedded import EmbeddedPostgres
from tests.benchmarks.http_client import Client
from tests.conftest import Resettable, _administer
from tests.service import diagrams
from tests.service.positions import require_consistent
from tests.storage.changes import count
from tests.world import World

PASSWORD = "Chang-e 2025 yueliang"
CASES, CLIENTS, KILLS, ROUND_SECONDS = 12, 4, 2, 1.5

#: Each completion goes round through a job that is done inside.
ROUND = diagrams.process(
    "round",
    diagrams.start(),
    diagrams.user_task("work", "办理", groups="clerk@weifang"),
    '<bpmn:serviceTask id="tell" name="告知">'
    + diagrams.extension(
        '<zeebe:taskDefinition type="banshi.notify" retries="3"/>',
        '<zeebe:taskHeaders><zeebe:header key="to" value="applicant"/></zeebe:taskHeaders>',
        '<zeebe:ioMapping><zeebe:input source="=&quot;第&quot; + string(n) + &quot;次&quot;" target="message"/></zeebe:ioMapping>',
    )
    + "</bpmn:serviceTask>",
    '<bpmn:exclusiveGateway id="again" default="again-work"/>',
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "tell"),
    diagrams.flow("tell", "again"),
    diagrams.flow("again", "work"),
    diagrams.flow("again", "done", "n < 0"),
)


class Programs:
    """The server (two processes) and the worker, as the command line starts them."""

    def __init__(self, url: str, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._environment = {
            **os.environ,
            "DATABASE_URL": url,
            "BANSHI_HOME": str(home),
            "PORT": str(self.port),
        }
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        for arguments in (["serve", "--workers", "2"], ["worker"]):
            self._running.append(
                subprocess.Popen(
                    [sys.executable, "-W", "ignore", "-m", "engine.cli", *arguments],
                    env=self._environment,
                    start_new_session=True,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            client = Client(self.port)
            try:
                client.get("/health")
            except (OSError, HTTPException, RuntimeError):
                time.sleep(0.1)
            else:
                return
            finally:
                client.close()
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        for program in self._running:
            os.killpg(program.pid, signal.SIGKILL)
            program.wait()
        self._running.clear()


class Load(threading.Thread):
    """A clerk who completes the open tasks of some cases, one after the other, until told to stop.

    A request that was not answered is sent again with the same idempotency key.
    """

    def __init__(
        self, programs: Programs, app: App, cases: list[Key], stop: threading.Event
    ) -> None:
        super().__init__(daemon=True)
        self._programs, self._app, self._cases, self._stop_asked = programs, app, cases, stop
        self._client: Client | None = None
        self.answered: set[Key] = set()
        self.surprises: list[str] = []

    def run(self) -> None:
        number = 0
        while not self._stop_asked.is_set():
            number += 1
            task = self._open_task(self._cases[number % len(self._cases)])
            if task is None:
                time.sleep(0.005)
            else:
                self._complete(task, number)
        self._hang_up()

    def _complete(self, task: Key, number: int) -> None:
        """Until it is answered."""
        while not self._stop_asked.is_set():
            try:
                self._client = self._client or self._logged_in()
                self._client.post(
                    f"/v2/user-tasks/{task}/completion",
                    {"variables": {"n": number}},
                    {"Idempotency-Key": f"task-{task}"},
                )
            except (OSError, HTTPException):  # killed: again, on a new connection
                self._hang_up()
                time.sleep(0.05)
            except RuntimeError as error:
                if not str(error).startswith("503"):
                    self.surprises.append(str(error))
                    return
                time.sleep(0.05)
            else:
                self.answered.add(task)
                return

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def _open_task(self, case: Key) -> Key | None:
        with self._app.database.unit_of_work() as work:
            row = work.hot(
                "select key from user_task where instance_key = %s and state = 'CREATED'", [case]
            ).fetchone()
        return Key(row[0]) if row else None

    def _logged_in(self) -> Client:
        client = Client(self._programs.port)
        try:
            client.log_in("lisi", PASSWORD)
        except BaseException:
            client.close()
            raise
        return client


@pytest.fixture
def here(
    postgres: EmbeddedPostgres, _bureau: tuple[Resettable, World], tmp_path: Path
) -> Iterator[tuple[App, World, Programs]]:
    """A database of its own, since the programs stay connected to it."""
    _administer(postgres, "create database banshi_kill template banshi_bureau_template")
    url = postgres.url("banshi_kill")
    database = Database(url)
    app = bootstrap.build(Settings(home=tmp_path, database_url=url), database=database)
    programs = Programs(url, tmp_path)
    try:
        yield app, _bureau[1], programs
    finally:
        programs.kill()
        database.close()
        _administer(postgres, "drop database banshi_kill with (force)")


@pytest.mark.slow
def test_after_kill_9_every_case_is_where_its_journal_says(
    here: tuple[App, World, Programs],
) -> None:
    app, world, programs = here
    reset_password(app, SYSTEM, person_key=world.lisi.key, new=PASSWORD)
    diagrams.put(app, ROUND)
    cases = [
        start_case(app, world.zhangsan, process_id="round", submission={"n": 0}).key
        for _ in range(CASES)
    ]
    stop = threading.Event()
    loads = [Load(programs, app, cases[n::CLIENTS], stop) for n in range(CLIENTS)]
    programs.start()
    for load in loads:
        load.start()
    for _ in range(KILLS):
        time.sleep(ROUND_SECONDS)
        programs.kill()
        programs.start()
    time.sleep(ROUND_SECONDS)
    stop.set()
    for load in loads:
        load.join(30)
        assert not load.is_alive()
    programs.kill()
    assert [load.surprises for load in loads] == [[]] * CLIENTS
    answered = set().union(*(load.answered for load in loads))
    assert len(answered) > CASES, "the load was a load"
    finish_interrupted_jobs(app)
    nothing_lost_or_doubled(app, answered)
    for case in cases:
        stands_where_its_journal_says(app, world, case)


def finish_interrupted_jobs(app: App) -> None:
    """What a worker had leased when it was killed is opened again when the lease runs out."""
    with app.database.unit_of_work() as work:
        work.hot("update job set deadline = now() - interval '1 s' where state = 'ACTIVATED'")
        work.commit()
    for _ in range(5):
        sweep(app)
        run_due_jobs(app)
    assert count(app.database, "select count(*) from job where state <> 'COMPLETED'") == 0


def nothing_lost_or_doubled(app: App, answered: set[Key]) -> None:
    with app.database.unit_of_work() as work:
        completed = [
            row[0]
            for row in work.hot(
                "select element_key from journal where kind = 'complete'"
            ).fetchall()
        ]
        told = work.hot("select cause from notice join job on job.key = notice.cause").fetchall()
        done = work.hot("select key from job").fetchall()
        doubled = work.hot(
            "select element_key from journal where kind = 'job' group by 1 having count(*) > 1"
        ).fetchall()
    assert len(completed) == len(set(completed)), "a task was completed twice"
    assert answered <= set(completed), "an answered completion is lost"
    assert sorted(told) == sorted(done), "each job told the applicant once"
    assert doubled == []


def stands_where_its_journal_says(app: App, world: World, case: Key) -> None:
    require_consistent(app.database, case)
    assert verify_record(app, world.guanli, key=case) == ()
