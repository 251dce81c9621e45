"""The embedded PostgreSQL: one server for whoever uses the folder, gone with the last of them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from engine.storage.embedded import SETTINGS, EmbeddedPostgres


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not below pytest's own folder, which every run of pytest closes to other users."""
    with tempfile.TemporaryDirectory(prefix="banshi-pg-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def ask(server: EmbeddedPostgres, query: str) -> str:
    url = server.url("postgres").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return str(row[0])


def runs(folder: Path) -> bool:
    return (folder / "data" / "postmaster.pid").exists()


def test_it_is_durable_and_listens_on_a_private_socket_only(folder: Path) -> None:
    with EmbeddedPostgres(folder) as server:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert ask(server, f"show {setting}") == "on"
        assert ask(server, "show listen_addresses") == ""
        assert ask(server, "show timezone") == SETTINGS["timezone"]
        assert ask(server, "show server_version_num").startswith("18")
        mode = stat.S_IMODE((folder / "data").stat().st_mode)
        assert mode & 0o077 == 0, "nobody else gets at the socket"
    assert not runs(folder)


def test_the_data_stay_and_the_last_to_leave_stops_it(folder: Path) -> None:
    with EmbeddedPostgres(folder) as second:
        with psycopg.connect(second.url("postgres").replace("+psycopg", "")) as connection:
            connection.execute("create sequence s")
        with EmbeddedPostgres(folder) as first:
            ask(first, "select setval('s', 7)")
            first.stop()
            first.stop()
        assert runs(folder)
        assert ask(second, "select last_value from s") == "7"
    assert not runs(folder)
    with EmbeddedPostgres(folder) as again:
        assert ask(again, "select last_value from s") == "7"


def test_a_killed_user_holds_nobody_up(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from engine.storage.embedded import EmbeddedPostgres\n"
        "EmbeddedPostgres(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)\n"
    )
    user = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", program, str(folder)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert user.stdout is not None
    assert user.stdout.readline() == b"up\n"
    user.kill()
    user.wait()
    user.stdout.close()
    with EmbeddedPostgres(folder) as server:
        assert ask(server, "select 1") == "1"
    for _ in range(50):
        if not runs(folder):
            break
        time.sleep(0.1)
    assert not runs(folder)


def test_where_data_live_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.config import default_home  # noqa: PLC0415

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_home() == Path("/var/lib/banshi")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_home().name == "banshi"
    assert default_home() != Path("/var/lib/banshi")
