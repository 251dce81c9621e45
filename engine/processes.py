"""Starts and ends what a banshi on one machine consists of: database, servers, worker.

The command line stands above this module; nothing else imports it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import FrameType

import uvicorn
from rich.console import Console
from rich.panel import Panel

from engine.bootstrap import build
from engine.config import Settings
from engine.jobs import run_worker
from engine.model.actor import SYSTEM
from engine.service.app import App
from engine.service.demo import demo_accounts, seed_demo
from engine.service.letters.shipped import SUFFIX as LETTER_SUFFIX
from engine.service.letters.shipped import seed_templates
from engine.service.publishing.deploy import Resource, deploy
from engine.storage.embedded import EmbeddedPostgres
from engine.storage.migrate import upgrade

#: What can be deployed.
SUFFIXES = frozenset({".bpmn", ".dmn", ".form"})

#: The diagrams, decisions and forms that come with banshi.
SHIPPED = Path(__file__).parent.parent

#: How long the processes get to finish what they are doing after Ctrl-C, in seconds.
GRACE = 15.0


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of the database: the operator's, or the embedded server's while this lasts."""
    if settings.database_url:
        yield settings.database_url
        return
    with EmbeddedPostgres(settings.home / "postgresql") as server:
        url = server.url("postgres")
        os.environ["DATABASE_URL"] = url  # for the processes started from here
        yield url


def migrate(app: App) -> str:
    """Bring the database to this version's structure; returns the revision it has then."""
    return upgrade(app.database)


def serve(host: str, port: int, workers: int) -> None:
    """Serve pages and API until a signal ends it."""
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers if workers > 1 else None,
        log_level="warning",
        access_log=False,
        proxy_headers=True,
        timeout_graceful_shutdown=int(GRACE),
        timeout_worker_healthcheck=60,  # one that still starts on a busy machine is not dead
    )


def work(app: App) -> None:
    """Do background work until a signal ends it."""
    run_worker(app)


def local_clock(settings: Settings) -> Callable[[], datetime]:
    """A clock in the zone of business dates, for trying out expressions."""
    return lambda: datetime.now(settings.timezone)


def prepare_demo(url: str, console: Console) -> None:
    """Migrate, seed units and accounts, deploy what is shipped. Harmless when done again."""
    app = build(Settings(database_url=url))
    try:
        with console.status("正在准备数据库……"):
            upgrade(app.database)
        with console.status("正在建立示例单位、账号，部署自带的流程……"):
            prepare(app)
    finally:
        app.database.close()


def prepare(app: App) -> None:
    """Seed the demonstration and deploy what is shipped, in a database that is migrated."""
    seed_demo(app)
    seed_templates(app, shipped_letters())
    deploy(app, SYSTEM, resources=shipped_resources())


def shipped_resources() -> list[Resource]:
    """The diagrams, decisions and forms that come with banshi."""
    return [
        Resource(name=path.name, content=path.read_bytes())
        for folder in ("bpmn", "forms")
        for path in sorted((SHIPPED / folder).rglob("*"))
        if path.suffix in SUFFIXES
    ]


def shipped_letters() -> list[Path]:
    """The letter templates that come with banshi, beside the forms of their service."""
    return sorted((SHIPPED / "forms").rglob(f"*{LETTER_SUFFIX}"))


def run_all(host: str, port: int, workers: int, console: Console) -> None:
    """Servers and a worker side by side until Ctrl-C; all of it ends together."""
    command = [sys.executable, "-m", "engine.cli"]
    children = [
        subprocess.Popen(  # noqa: S603 - our own program
            [*command, "serve", "--host", host, "--port", str(port), "--workers", str(workers)],
            start_new_session=True,
        ),
        subprocess.Popen([*command, "worker"], start_new_session=True),  # noqa: S603 - idem
    ]
    stop = _Stop()
    try:
        if _answers(f"http://{host}:{port}/health", children, stop):
            _greet(host, port, console)
        while not stop.asked and all(child.poll() is None for child in children):
            time.sleep(0.2)
    finally:
        _end(children)
    if not stop.asked:
        console.print("[red]服务意外结束，请查看上面的信息。[/]")
        sys.exit(1)
    console.print("已停止，数据已保留。")


class _Stop:
    """Whether Ctrl-C or a termination signal has come."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def _answers(url: str, children: list[subprocess.Popen[bytes]], stop: _Stop) -> bool:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not stop.asked:
        if any(child.poll() is not None for child in children):
            return False
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                return True
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            time.sleep(0.2)
    return False


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE + 5
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def _greet(host: str, port: int, console: Console) -> None:
    app = build(Settings())
    try:
        accounts = demo_accounts(app)
    finally:
        app.database.close()
    lines = [
        f"网址  http://{host}:{port}/",
        "",
        "示例账号（密码均为 [bold]" + accounts[0].password + "[/]）：",
    ]
    lines += [f"  {a.username:<14}{a.name}  {a.role_text}" for a in accounts]
    lines += ["", "按 Ctrl-C 结束；数据会保留，下次接着用。"]
    console.print(Panel("\n".join(lines), title="办事 已启动", expand=False))
