"""Counts over server-sent events: what two people see of each other, and how streams end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from api import auth
from api.app import create_app
from api.pages import events
from engine.model.actor import SYSTEM
from engine.service.access.change_password import reset_password
from engine.service.access.log_in import log_in
from engine.service.access.log_out import log_out
from engine.service.app import App
from engine.service.identity.list_people import get_person
from engine.service.tasks.claim_task import claim_task
from tests.api.conftest import Browse
from tests.driver import Case, Driver
from tests.filled import filled
from tests.service.people import PASSWORD


@pytest.fixture
def served(shipped: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, FastAPI]]:
    """A real server; streams look by themselves so seldom that only a signal can wake them."""
    monkeypatch.setattr(events, "HEARTBEAT", 60.0)
    monkeypatch.setattr(events, "QUIET", 0.1)
    monkeypatch.setattr(events, "SPREAD", 0.1)
    application = create_app(shipped)
    config = uvicorn.Config(application, host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}", application
    server.should_exit = True
    thread.join(timeout=20)
    assert not thread.is_alive(), "the server waits for something"


class Stream:
    """One page's stream."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()

    def counts(self) -> dict[str, int]:
        """The next ones."""
        for line in self._lines:
            if line.startswith("data: "):
                found: dict[str, int] = json.loads(line.removeprefix("data: "))
                return found
        raise AssertionError("the stream has ended")

    def ends(self) -> bool:
        return all(line in {"", ":"} for line in self._lines)


def cookies(app: App, username: str) -> tuple[Any, dict[str, str]]:
    person = get_person(app, SYSTEM, username=username)
    reset_password(app, SYSTEM, person_key=person.key, new=PASSWORD)
    granted = log_in(app, username=username, password=PASSWORD, address="127.0.0.1")
    return granted, {auth.ACCESS_COOKIE: granted.access_token}


@contextmanager
def stream(address: str, sent: dict[str, str]) -> Iterator[Stream]:
    with (
        httpx2.Client(timeout=20, trust_env=False) as client,
        client.stream("GET", f"{address}/events", cookies=sent) as response,
    ):
        yield Stream(response)


def filed(driver: Driver) -> Case:
    return driver.start("venture-grants", as_="zuzhi", form=filled("venture-application"))


def test_counts_change_while_a_page_is_open(
    shipped: App, driver: Driver, served: tuple[str, FastAPI]
) -> None:
    """given a clerk's open page, when somebody applies, a colleague claims and a notice comes, then
    the counts are sent without being asked for."""
    address, _ = served
    _, sent = cookies(shipped, "cishan")
    with stream(address, sent) as opened:
        assert opened.response.headers["content-type"].startswith("text/event-stream")
        assert opened.response.headers["cache-control"] == "no-store"
        assert "content-encoding" not in opened.response.headers
        first = opened.counts()
        assert first["inbox"] == 0
        case = filed(driver)
        second = opened.counts()
        while second["inbox"] == 0:
            second = opened.counts()
        assert (second["inbox"], second["claimable"]) == (1, 1)
        key = case.task_for("formal-review", "cishan").key
        claim_task(shipped, driver.person("cishan"), key=key)
        third = opened.counts()
        while third["claimable"]:
            third = opened.counts()
        assert third["inbox"] == 1


def test_a_stream_ends_with_the_session(
    shipped: App, driver: Driver, served: tuple[str, FastAPI]
) -> None:
    """given an open stream, when the person logs out and something happens, then it ends."""
    address, _ = served
    granted, sent = cookies(shipped, "cishan")
    with stream(address, sent) as opened:
        opened.counts()
        actor = auth.actor_of(shipped, granted)
        log_out(shipped, actor)
        filed(driver)
        assert opened.ends()


def test_streams_are_few_for_each_person(shipped: App, served: tuple[str, FastAPI]) -> None:
    """given as many streams as one may have, when one more is asked for, then it is refused, and
    there is room again when one is closed."""
    address, _ = served
    _, sent = cookies(shipped, "cishan")
    _, others = cookies(shipped, "yanglao")
    with ExitStack() as windows:
        opened = [
            windows.enter_context(stream(address, sent)) for _ in range(events.MOST_PER_PERSON)
        ]
        for each in opened:
            each.counts()
        with stream(address, sent) as refused:
            assert refused.response.status_code == 429
            assert refused.response.headers["retry-after"] == "60"
        with stream(address, others) as another:
            another.counts()
    deadline = time.monotonic() + 10
    while True:
        with stream(address, sent) as again:
            if again.response.status_code == 200:
                break
        assert time.monotonic() < deadline, "a closed stream still counts"
        time.sleep(0.05)


def test_streams_end_when_the_server_does(shipped: App, served: tuple[str, FastAPI]) -> None:
    """given an open stream, when the server is told to end, then it does not wait for the browser."""
    address, application = served
    _, sent = cookies(shipped, "cishan")
    with stream(address, sent) as opened:
        opened.counts()
        bells = application.state.bells
        bells._loop.call_soon_threadsafe(bells.end)
        assert opened.ends()


def test_the_same_counts_can_be_asked_for(browse: Browse, driver: Driver) -> None:
    filed(driver)
    browser = browse("cishan")
    found = browser.client.get("/events/counts")
    assert found.json() == {"inbox": 1, "claimable": 1, "copies": 0, "notices": 0}
    assert found.headers["cache-control"] == "no-store"
