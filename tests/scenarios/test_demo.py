"""``banshi demo``, as ``make run`` calls it: starts from nothing, ends by Ctrl-C, goes on again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_PATIENCE = 120.0


@pytest.fixture
def home() -> Iterator[Path]:
    """Not below pytest's own folder, which every run of pytest closes to other users."""
    with tempfile.TemporaryDirectory(prefix="banshi-home-", ignore_cleanup_errors=True) as made:
        yield Path(made) / "home"


@contextmanager
def demo(home: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The running program and its address; killed if the test did not end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"}
    environment |= {
        "BANSHI_HOME": str(home),
        "PORT": str(port),
        "BANSHI_DEMO_PASSWORD": "Yuandu-2025-demo",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "engine.cli", "demo"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(address, process)
        yield address, process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def wait_for(address: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.3)
    raise AssertionError("the server does not answer")


def call(address: str, path: str, body: dict[str, Any], token: str = "") -> Any:
    request = urllib.request.Request(
        address + path,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or b"null")


def token_of(address: str, username: str) -> str:
    session = call(address, "/v2/session", {"username": username, "password": "Yuandu-2025-demo"})
    return str(session["accessToken"])


def numbers(address: str) -> list[str]:
    """The numbers of the cases that the administrator finds."""
    token = token_of(address, "guanli")
    found = call(address, "/v2/process-instances/search", {}, token)
    return [item["processInstanceKey"] for item in found["items"]]


@pytest.mark.slow
def test_it_starts_from_nothing_ends_by_ctrl_c_and_goes_on_with_its_data(home: Path) -> None:
    with demo(home) as (address, process):
        assert numbers(address) == []
        call(
            address,
            "/v2/process-instances",
            {
                "processDefinitionId": "marriage-booking",
                "variables": {
                    "service": "marriage", "nationality": "hmt", "office": "kuiwen",
                    "bookingDate": time.strftime("%Y-%m-%d", time.localtime(time.time() + 864000)),
                    "slot": "09:00-10:30", "groomName": "李明", "groomId": "370702200005200011",
                    "groomPhone": "13853600003", "brideName": "张丽",
                    "brideId": "370703200207080026", "bridePhone": "13853600004",
                    "maritalStatus": "single", "ceremony": "yes", "declared": True,
                },
            },
            token_of(address, "qunzhong"),
        )  # fmt: skip
        opened = numbers(address)
        assert len(opened) == 1
        os.kill(process.pid, signal.SIGINT)
        assert process.wait(60) == 0
        said = process.stdout.read() if process.stdout else ""
        assert "guanli" in said
        assert "已停止，数据已保留" in said
        assert "Traceback" not in said
    with demo(home) as (address, _):
        assert numbers(address) == opened
