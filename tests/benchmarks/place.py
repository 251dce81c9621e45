"""Where the figures are taken: a durable PostgreSQL of its own (fsync on, as ``make run`` has it),
a small bureau, and a diagram that goes round and round."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from engine import bootstrap
from engine.config import Settings
from engine.model.actor import SYSTEM
from engine.model.keys import Key
from engine.service.access.change_password import reset_password
from engine.service.app import App
from engine.service.cases.start_case import start_case
from engine.storage import schema
from engine.storage.database import Database
from engine.storage.embedded import EmbeddedPostgres
from tests.service import diagrams
from tests.world import World, furnish

PASSWORD = "Chang-e 2025 yueliang"

#: Each completion closes the task, passes a gateway, and opens the next one.
ROUND = diagrams.process(
    "round",
    diagrams.start(),
    diagrams.user_task("work", "办理", deadline="5", deadlineUnit="working-day"),
    '<bpmn:exclusiveGateway id="again" default="again-work"/>',
    diagrams.end("done", "办结"),
    diagrams.flow("start", "work"),
    diagrams.flow("work", "again"),
    diagrams.flow("again", "work"),
    diagrams.flow("again", "done", 'outcome = "end"'),
    lanes=(("clerk", "city", ("work",)),),
    series="BM",
)


@dataclass(frozen=True)
class Place:
    app: App
    world: World
    url: str
    home: Path

    def cases(self, count: int) -> list[Key]:
        """The open tasks of so many new cases."""
        opened = [
            start_case(self.app, self.world.zhangsan, process_id="round", submission={"n": n}).key
            for n in range(count)
        ]
        with self.app.database.unit_of_work() as work:
            rows = work.hot(
                """select key from user_task where state = 'CREATED'
                   and instance_key = any(%s::bigint[]) order by key""",
                [opened],
            ).fetchall()
        return [Key(row[0]) for row in rows]


@contextmanager
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="banshi-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder) / "home"
        with EmbeddedPostgres(Path(folder) / "postgresql") as server:
            url = server.url("postgres")
            database = Database(url)
            schema.create_all(database)
            settings = Settings(home=home, database_url=url)
            app = bootstrap.build(settings, database=database)
            world = furnish(app)
            reset_password(app, SYSTEM, person_key=world.lisi.key, new=PASSWORD)
            diagrams.put(app, ROUND)
            try:
                yield Place(app, world, url, home)
            finally:
                database.close()


@contextmanager
def served(at: Place, processes: int) -> Iterator[int]:
    """The program's own server on a free port of this machine, with so many processes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": at.url,
        "BANSHI_HOME": str(at.home),
        "PORT": str(port),
    }
    command = [sys.executable, "-m", "engine.cli", "serve", "--workers", str(processes)]
    server = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        _wait(f"http://127.0.0.1:{port}/health", server)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.1)
    raise TimeoutError(url)


def settle(at: Place, *statements: str) -> None:
    """What the server would do by itself in a quiet minute, so that it is not measured."""
    with psycopg.connect(at.app.database.conninfo, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def timed(call: Callable[[], object], times: int, *, warm: int = 5) -> float:
    """The median duration of a call, in milliseconds."""
    return in_turn({"": call}, times, warm=warm)[""]


#: So many calls of one kind follow each other: what is idle for long wakes up slowly.
_BLOCK = 25


def in_turn(
    calls: Mapping[str, Callable[[], object]], times: int, *, warm: int = 20
) -> dict[str, float]:
    """The median duration of each call in milliseconds.

    The calls take turns, block by block, so that whatever else the machine does meanwhile falls
    on all of them alike.
    """
    spent: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():
        for _ in range(warm):
            call()
    for begin in range(0, times, _BLOCK):
        for name, call in calls.items():
            for _ in range(min(_BLOCK, times - begin)):
                begun = time.perf_counter()
                call()
                spent[name].append(time.perf_counter() - begun)
    return {name: statistics.median(values) * 1000 for name, values in spent.items()}


def line(label: str, value: float, unit: str, *, aim: str = "") -> None:
    """One figure."""
    print(f"{label:<64}{value:>12,.2f} {unit:<6}{f'  (aim {aim})' if aim else ''}", flush=True)
