"""A server that is told to end does not wait for the pages that people have open."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from api.auth import ACCESS_COOKIE
from engine.model.actor import SYSTEM
from engine.service.access.change_password import reset_password
from engine.service.access.log_in import log_in
from engine.service.app import App
from engine.service.identity.list_people import get_person
from tests.conftest import SettableClock
from tests.service.people import PASSWORD

ROOT = Path(__file__).parents[2]

#: Seconds in which any machine ends; streams that do not end by themselves are cut off after 15.
PATIENCE = 120
#: What uvicorn complains of when it has to cut off a stream.
CUT_OFF = "timeout graceful shutdown exceeded"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_do_not_hold_up_the_end(
    shipped: App, clock: SettableClock, number: signal.Signals, tmp_path: Path
) -> None:
    """given an open stream, when the server gets a signal, then both end by themselves."""
    clock.set(datetime.now(UTC))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    person = get_person(shipped, SYSTEM, username="cishan")
    reset_password(shipped, SYSTEM, person_key=person.key, new=PASSWORD)
    granted = log_in(shipped, username="cishan", password=PASSWORD, address="127.0.0.1")
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "serve", "--port", str(port), "--workers", "1"],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": shipped.database.url.render_as_string(hide_password=False),
                "BANSHI_HOME": str(shipped.settings.home),
            },
            start_new_session=True,
            stderr=log,
        )
    try:
        with httpx2.Client(timeout=30, trust_env=False) as client:
            _await_health(client, port, server)
            cookies = {ACCESS_COOKIE: granted.access_token}
            address = f"http://127.0.0.1:{port}/events"
            with client.stream("GET", address, cookies=cookies) as response:
                assert response.status_code == 200
                lines = response.iter_lines()
                assert any(line.startswith("data: ") for line in lines)
                server.send_signal(number)
                assert all(line in {"", ":"} for line in lines)
            server.wait(PATIENCE)
        assert CUT_OFF not in (tmp_path / "log").read_text()
    finally:
        if server.poll() is None:
            server.kill()
            server.wait()


def _await_health(client: httpx2.Client, port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        try:
            client.get(f"http://127.0.0.1:{port}/health")
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server did not come up: {server.poll()}")
