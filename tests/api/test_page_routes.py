"""The pages keep to the same rule as the JSON API: every route says who may call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import access_of_routes, create_app
from api.auth import ACCESS_COOKIE, CSRF_FIELD, Access
from engine.service.app import App
from tests.api.test_routes import PUBLIC, filled
from tests.service.people import logged_in

#: Pages that anybody may see; to be entered here by whoever adds one.
PUBLIC_PAGES = {
    ("GET", "/login"),
    ("POST", "/login"),
    ("GET", "/verify"),
    ("GET", "/verify/{code}"),
    ("POST", "/verify/{code}"),
    ("GET", "/verify-record"),
    ("POST", "/verify-record"),
}

#: What administrators alone may do outside of ``/admin``.
ADMINISTRATORS = {("POST", "/cases/{key}/cancel"), ("POST", "/recusals/{key}/lift")}

#: Ends the session that the walk goes on with.
LAST = ("POST", "/logout")

Browser = Callable[[str], TestClient]


@pytest.fixture
def server(home: App) -> FastAPI:
    return create_app(home)


@pytest.fixture
def browser(home: App, server: FastAPI) -> Iterator[Browser]:
    """``browser("jiedao")``: one in which that person has logged in; ``client.csrf`` his secret."""
    opened: list[TestClient] = []

    def client(username: str) -> TestClient:
        made = TestClient(server, follow_redirects=False)
        opened.append(made)
        if username:
            granted = logged_in(home, username)
            made.cookies.set(ACCESS_COOKIE, granted.access_token)
            made.headers["X-Test-Secret"] = granted.csrf
        return made

    yield client
    for made in opened:
        made.close()


def pages(server: FastAPI, *asked: Access) -> list[tuple[str, str]]:
    found = [
        (method, path)
        for (method, path), access in access_of_routes(server).items()
        if access in asked and not path.startswith("/v2")
    ]
    return sorted(found, key=lambda route: (route == LAST, route))


def test_the_public_pages_are_these(server: FastAPI) -> None:
    everything = {
        route for route, access in access_of_routes(server).items() if access is Access.PUBLIC
    }
    assert everything == PUBLIC | PUBLIC_PAGES


def test_the_administrators_pages_are_these(server: FastAPI) -> None:
    everything = {(method, path) for method, path in pages(server, *Access)}
    below = {(method, path) for method, path in everything if path.startswith("/admin")}
    assert len(below) > 60
    assert set(pages(server, Access.ADMINISTRATOR)) == below | ADMINISTRATORS


def test_a_stranger_is_sent_to_log_in(server: FastAPI, browser: Browser) -> None:
    client = browser("")
    walked = pages(server, Access.LOGGED_IN, Access.ADMINISTRATOR)
    assert len(walked) > 40
    for method, path in walked:
        response = client.request(method, filled(path))
        if method == "GET":
            assert response.status_code == 303, path
            assert response.headers["location"].startswith("/login?next="), path
        else:
            assert response.status_code == 401, (method, path)


def test_administrators_pages_refuse_everybody_else(server: FastAPI, browser: Browser) -> None:
    for username in ("qunzhong", "jiedao"):
        client = browser(username)
        secret = client.headers["X-Test-Secret"]
        for method, path in pages(server, Access.ADMINISTRATOR):
            response = client.request(method, filled(path), headers={"X-CSRF-Token": secret})
            assert response.status_code == 403, (method, path)


def test_nothing_is_done_without_the_sessions_secret(server: FastAPI, browser: Browser) -> None:
    """Every route that changes something, for a person with all rights."""
    client = browser("guanli")
    for method, path in pages(server, Access.LOGGED_IN, Access.ADMINISTRATOR):
        if method != "GET":
            for data in ({}, {CSRF_FIELD: "0" * 64}):
                response = client.request(method, filled(path), data=data)
                assert response.status_code == 403, (method, path)


def test_the_right_rights_get_through(server: FastAPI, browser: Browser) -> None:
    """Neither sent to log in, nor refused, nor met with a fault of the program."""
    client = browser("guanli")
    secret = client.headers["X-Test-Secret"]
    for method, path in pages(server, Access.LOGGED_IN, Access.ADMINISTRATOR):
        response = client.request(method, filled(path), headers={"X-CSRF-Token": secret})
        assert response.status_code not in {401, 403}, (method, path)
        assert response.status_code < 500, (method, path)
        assert not response.headers.get("location", "").startswith("/login?"), (method, path)


def test_a_citizen_is_never_met_with_a_fault_of_the_program(
    server: FastAPI, browser: Browser
) -> None:
    client = browser("qunzhong")
    for method, path in pages(server, Access.LOGGED_IN):
        if method == "GET":
            assert client.get(filled(path)).status_code < 500, path


def test_pages_are_not_kept_by_browsers_and_static_files_may_be(browser: Browser) -> None:
    client = browser("guanli")
    assert client.get("/").headers["cache-control"] == "no-store"
    assert client.get("/static/pages.css").headers.get("cache-control") != "no-store"
