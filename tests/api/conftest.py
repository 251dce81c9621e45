"""A real server on the real database, and people who call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from engine.model.actor import SYSTEM
from engine.service.access.change_password import reset_password
from engine.service.app import App
from engine.service.identity.list_people import get_person
from tests.api.browsing import Browser
from tests.api.grants import put
from tests.conftest import SettableClock
from tests.driver import Driver
from tests.service.people import PASSWORD, furnish, logged_in, person

Client = Callable[[str], TestClient]
Browse = Callable[[str], Browser]


@pytest.fixture
def home(app: App) -> App:
    """Units, roles, and a citizen, a clerk and two administrators."""
    furnish(app)
    person(app, "qunzhong", "citizen@kuiwen")
    person(app, "jiedao", "street-clerk@weicheng-xiguan")
    person(app, "guanli", administrator=True)
    person(app, "guanli2", administrator=True)
    return app


@pytest.fixture
def server(home: App) -> FastAPI:
    return create_app(home, pages=False)


@pytest.fixture
def anonymous(server: FastAPI) -> Iterator[TestClient]:
    """Nobody in particular."""
    with TestClient(server) as client:
        yield client


@pytest.fixture
def as_(home: App, server: FastAPI) -> Iterator[Client]:
    """``as_("jiedao")``: a client with that person's token."""
    opened: list[TestClient] = []

    def client(username: str) -> TestClient:
        token = logged_in(home, username).access_token
        made = TestClient(server, headers={"Authorization": f"Bearer {token}"})
        opened.append(made)
        return made

    yield client
    for made in opened:
        made.close()


@pytest.fixture
def deployed(as_: Client) -> TestClient:
    """An administrator who has deployed the services."""
    client = as_("guanli")
    response = put(client)
    assert response.status_code == 200, response.text
    return client


@pytest.fixture
def site(shipped: App) -> FastAPI:
    """The pages, with the shipped services behind them."""
    return create_app(shipped)


@pytest.fixture
def driver(shipped: App, clock: SettableClock) -> Driver:
    """Moves cases on where a test is about something else."""
    return Driver(shipped, clock)


@pytest.fixture
def browse(shipped: App, site: FastAPI) -> Iterator[Browse]:
    """``browse("zuzhi")``: that person's browser (without scripts), logged in."""
    opened: list[Browser] = []
    known: set[str] = set()

    def browser(username: str) -> Browser:
        if username not in known:
            found = get_person(shipped, SYSTEM, username=username)
            reset_password(shipped, SYSTEM, person_key=found.key, new=PASSWORD)
            known.add(username)
        made = Browser(site)
        opened.append(made)
        return made.log_in(username, PASSWORD)

    yield browser
    for made in opened:
        made.client.close()


@pytest.fixture
def administrator(browse: Browse) -> Browser:
    return browse("guanli")
