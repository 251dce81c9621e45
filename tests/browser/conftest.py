"""A real server on loopback with the real database, and people with a real Chromium each."""

from __future__ import annotations

import importlib.util
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from api import auth
from api.app import create_app
from engine.model.actor import SYSTEM
from engine.service.access.change_password import reset_password
from engine.service.access.log_in import log_in
from engine.service.app import App
from engine.service.identity.list_people import get_person
from tests.conftest import SettableClock
from tests.driver import Driver
from tests.service.people import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


#: Milliseconds that a busy machine may take for what a person would not notice.
PATIENCE = 40_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def built() -> None:
    """The bundles, built if they are out of date."""
    path = ROOT / "web/build.py"
    spec = importlib.util.spec_from_file_location("banshi_web_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    module.build()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the run."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "没有 Chromium：请运行 make browser"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@dataclass(kw_only=True)
class Site:
    """The server; ``open("zuzhi")`` gives that person's browser window, logged in.

    ``complaints``: whatever any window's console had to complain of; empty at the end of a test.
    """

    app: App
    driver: Driver
    address: str
    chromium: Browser
    complaints: list[str] = field(default_factory=list)
    _pages: list[Page] = field(default_factory=list)
    _known: set[str] = field(default_factory=set)

    def know(self, username: str) -> None:
        """Let the person log in with ``PASSWORD``."""
        if username not in self._known:
            person = get_person(self.app, SYSTEM, username=username)
            reset_password(self.app, SYSTEM, person_key=person.key, new=PASSWORD)
            self._known.add(username)

    def open(self, username: str | None, path: str = "/", width: int = 1280) -> Page:
        """A window of this person's at a page (None: of nobody's)."""
        context = self.chromium.new_context(
            base_url=self.address,
            viewport={"width": width, "height": 900 if width > 600 else 800},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        if username is not None:
            self.know(username)
            granted = log_in(self.app, username=username, password=PASSWORD, address="127.0.0.1")
            context.add_cookies(
                [
                    {"name": name, "value": value, "url": self.address, "httpOnly": True}
                    for name, value in (
                        (auth.ACCESS_COOKIE, granted.access_token),
                        (auth.REFRESH_COOKIE, granted.refresh_token),
                    )
                ]
            )
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self._pages.append(page)
        page.goto(path)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        # The browser reports every 4xx as an error; tests of refusals read the page instead.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)

    def close(self) -> None:
        for page in self._pages:
            page.context.close()


@pytest.fixture
def site(built: None, chromium: Browser, shipped: App, clock: SettableClock) -> Iterator[Site]:
    """The shipped services, served."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(shipped), host="127.0.0.1", port=0, log_level="error")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started, "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    opened = Site(
        app=shipped,
        driver=Driver(shipped, clock),
        address=f"http://127.0.0.1:{port}",
        chromium=chromium,
    )
    try:
        yield opened
        assert opened.complaints == []
    finally:
        opened.close()
        server.should_exit = True
        thread.join(timeout=20)
