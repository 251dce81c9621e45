"""Logging in over HTTP: tokens for programs, cookies and CSRF for browsers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

import pytest
from fastapi import Depends, FastAPI, Form, Request
from fastapi.responses import JSONResponse, Response
from fastapi.testclient import TestClient

from api import auth
from api.app import create_app
from api.auth import PageSession
from engine.service.access.log_in import log_in
from engine.service.app import App
from tests.api.conftest import Client
from tests.conftest import SettableClock
from tests.service.people import PASSWORD


def enter(client: TestClient, username: str = "jiedao", password: str = PASSWORD) -> Response:
    return client.post("/v2/session", json={"username": username, "password": password})  # type: ignore[return-value]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_from_log_in_to_log_out(anonymous: TestClient) -> None:
    opened = enter(anonymous).json()
    assert opened["tokenType"] == "Bearer"
    assert opened["expiresIn"] == 600
    assert opened["sessionKey"].isdigit()
    me = anonymous.get("/v2/authentication/me", headers=bearer(opened["accessToken"]))
    assert me.status_code == 200
    assert me.json()["username"] == "jiedao"
    assert me.json()["groups"] == ["street-clerk@weicheng-xiguan"]
    assert me.json()["administrator"] is False
    assert anonymous.delete("/v2/session", headers=bearer(opened["accessToken"])).status_code == 204
    gone = anonymous.get("/v2/authentication/me", headers=bearer(opened["accessToken"]))
    assert gone.status_code == 401
    assert gone.headers["www-authenticate"].startswith("Bearer")
    again = anonymous.post("/v2/session/refresh", json={"refreshToken": opened["refreshToken"]})
    assert again.status_code == 401


def test_refresh(anonymous: TestClient, clock: SettableClock) -> None:
    opened = enter(anonymous).json()
    clock.advance(timedelta(minutes=10))
    old = anonymous.get("/v2/authentication/me", headers=bearer(opened["accessToken"]))
    assert old.status_code == 401
    renewed = anonymous.post("/v2/session/refresh", json={"refreshToken": opened["refreshToken"]})
    assert renewed.status_code == 200
    assert renewed.json()["sessionKey"] == opened["sessionKey"]
    me = anonymous.get("/v2/authentication/me", headers=bearer(renewed.json()["accessToken"]))
    assert me.status_code == 200


def test_wrong_passwords_and_the_throttle(anonymous: TestClient) -> None:
    for _ in range(5):
        refused = enter(anonymous, password="wrong")
        assert refused.status_code == 401
        assert refused.json()["detail"] == "用户名或密码不正确。"  # type: ignore[attr-defined]
    waiting = enter(anonymous)
    assert waiting.status_code == 429
    assert 0 < int(waiting.headers["retry-after"]) <= 15 * 60 + 1


MALFORMED: tuple[object, ...] = (
    {},
    {"username": "jiedao"},
    {"username": None, "password": None},
    {"username": ["jiedao"], "password": PASSWORD},
    {"username": "jiedao", "password": 1},
    {"username": "jiedao", "password": PASSWORD, "extra": 1},
    {"username": "jie\x00dao", "password": PASSWORD},
    {"username": "x" * 100_000, "password": PASSWORD},
    [],
    "jiedao",
    None,
)


def test_malformed_log_ins(anonymous: TestClient) -> None:
    for body in MALFORMED:
        refused = anonymous.post("/v2/session", json=body)
        assert refused.status_code == 400, str(body)[:80]
        assert refused.headers["content-type"] == "application/problem+json"


@pytest.fixture
def pages(home: App) -> FastAPI:
    """The server with two page-like routes, to try cookies on."""
    server = create_app(home, pages=False)

    @server.get("/page")
    def page(session: Annotated[PageSession, Depends(auth.page_session)]) -> Response:
        return JSONResponse({"name": session.actor.username, "csrf": session.csrf})

    @server.post("/page")
    def act(
        session: Annotated[PageSession, Depends(auth.checked_session)],
        what: Annotated[str, Form()] = "",
    ) -> Response:
        return JSONResponse({"name": session.actor.username, "what": what})

    @server.get("/enter", dependencies=[Depends(auth.public)])
    def enter_page(request: Request) -> Response:
        return JSONResponse({"csrf": auth.login_csrf(request)})

    @server.post("/enter", dependencies=[Depends(auth.check_login_csrf)])
    def enter_now(
        request: Request, username: Annotated[str, Form()], password: Annotated[str, Form()]
    ) -> Response:
        response = JSONResponse({})
        granted = log_in(home, username=username, password=password, address="")
        auth.set_session(response, granted)
        return response

    @server.post("/leave")
    def leave(session: Annotated[PageSession, Depends(auth.checked_session)]) -> Response:
        response = JSONResponse({})
        auth.clear_session(response)
        return response

    return server


@pytest.fixture
def browser(pages: FastAPI) -> Iterator[TestClient]:
    """A browser in which the clerk has logged in by the form."""
    with TestClient(pages) as client:
        secret = client.get("/enter").json()["csrf"]
        form = {"username": "jiedao", "password": PASSWORD, "csrf_token": secret}
        assert client.post("/enter", data=form).status_code == 200
        yield client


def test_cookies_are_for_the_server_alone(pages: FastAPI) -> None:
    with TestClient(pages) as client:
        secret = client.get("/enter").json()["csrf"]
        form = {"username": "jiedao", "password": PASSWORD, "csrf_token": secret}
        response = client.post("/enter", data=form)
    cookies = response.headers.get_list("set-cookie")
    session = [c for c in cookies if c.startswith(("banshi_access=", "banshi_refresh="))]
    assert len(session) == 2
    for cookie in session:
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Path=/" in cookie
        assert "Secure" not in cookie
        assert "expires" not in cookie.lower(), "closing the browser ends it"


def test_behind_tls_every_cookie_is_secure(home: App) -> None:
    secured = replace(home, settings=home.settings.model_copy(update={"secure_cookies": True}))
    server = create_app(secured, pages=False)

    @server.get("/enter", dependencies=[Depends(auth.public)])
    def enter_page(request: Request) -> Response:
        response = JSONResponse({"csrf": auth.login_csrf(request)})
        response.set_cookie("other", "1")
        return response

    with TestClient(server, base_url="https://testserver") as client:
        response = client.get("/enter")
    cookies = response.headers.get_list("set-cookie")
    assert len(cookies) == 2
    assert all(cookie.endswith("; Secure") for cookie in cookies)
    assert "max-age" in response.headers["strict-transport-security"]


def test_over_tls_cookies_are_secure_without_being_told(pages: FastAPI) -> None:
    with TestClient(pages, base_url="https://testserver") as client:
        (cookie,) = client.get("/enter").headers.get_list("set-cookie")
    assert cookie.endswith("; Secure")


def test_a_form_needs_the_sessions_secret(browser: TestClient) -> None:
    secret = browser.get("/page").json()["csrf"]
    assert len(secret) == 64
    sent = browser.post("/page", data={"what": "x", "csrf_token": secret})
    assert sent.json() == {"name": "jiedao", "what": "x"}
    by_header = browser.post("/page", data={"what": "y"}, headers={"X-CSRF-Token": secret})
    assert by_header.json()["what"] == "y"
    multipart = browser.post(
        "/page", data={"what": "z", "csrf_token": secret}, files={"f": ("a.txt", b"a")}
    )
    assert multipart.json()["what"] == "z"


def test_without_the_secret_nothing_happens(browser: TestClient) -> None:
    for secret in ("", "0" * 64, "密", None):
        data = {"what": "x"} | ({"csrf_token": secret} if secret is not None else {})
        refused = browser.post("/page", data=data)
        assert refused.status_code == 403, secret
        assert "页面已过期" in refused.json()["detail"]


def test_another_sessions_secret_does_not_do(
    browser: TestClient, pages: FastAPI, home: App
) -> None:
    other = log_in(home, username="guanli", password=PASSWORD, address="")
    assert browser.post("/page", data={"csrf_token": other.csrf}).status_code == 403


def test_other_sites_cannot_send_forms(browser: TestClient) -> None:
    form = {"csrf_token": browser.get("/page").json()["csrf"]}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver:81"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert browser.post("/page", data=form, headers=headers).status_code == 403, headers
    own = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert browser.post("/page", data=form, headers=own).status_code == 200


def test_the_api_by_cookie_needs_the_secret_too(browser: TestClient) -> None:
    secret = browser.get("/page").json()["csrf"]
    assert browser.get("/v2/authentication/me").status_code == 200
    assert browser.post("/v2/process-definitions/search", json={}).status_code == 403
    with_secret = browser.post(
        "/v2/process-definitions/search", json={}, headers={"X-CSRF-Token": secret}
    )
    assert with_secret.status_code == 200


def test_a_bad_header_is_not_mended_by_a_cookie(browser: TestClient) -> None:
    assert browser.get("/page", headers=bearer("nonsense")).status_code == 401


def test_the_page_goes_on_when_the_token_has_run_out(
    browser: TestClient, clock: SettableClock
) -> None:
    """The refresh cookie renews both cookies on the way, also for a form that is sent."""
    secret = browser.get("/page").json()["csrf"]
    before = browser.cookies["banshi_access"]
    clock.advance(timedelta(minutes=11))
    assert browser.get("/page").status_code == 200
    assert browser.cookies["banshi_access"] != before
    clock.advance(timedelta(minutes=11))
    assert browser.post("/page", data={"what": "x", "csrf_token": secret}).status_code == 200
    clock.advance(timedelta(hours=13))
    assert browser.get("/page").status_code == 401


def test_without_the_refresh_cookie_it_ends(browser: TestClient, clock: SettableClock) -> None:
    del browser.cookies["banshi_refresh"]
    clock.advance(timedelta(minutes=11))
    assert browser.get("/page").status_code == 401


def test_leaving_clears_the_cookies(browser: TestClient) -> None:
    secret = browser.get("/page").json()["csrf"]
    assert browser.post("/leave", data={"csrf_token": secret}).status_code == 200
    assert browser.get("/page").status_code == 401


def test_the_log_in_form_needs_its_own_secret(pages: FastAPI) -> None:
    """A foreign site cannot log a visitor in as somebody else."""
    form = {"username": "jiedao", "password": PASSWORD}
    with TestClient(pages) as client:
        assert client.post("/enter", data=form).status_code == 403
        secret = client.get("/enter").json()["csrf"]
        assert client.get("/enter").json()["csrf"] == secret
        wrong = {**form, "csrf_token": "0" * 64}
        assert client.post("/enter", data=wrong).status_code == 403
        right = {**form, "csrf_token": secret}
        foreign = {"Origin": "https://evil.example"}
        assert client.post("/enter", data=right, headers=foreign).status_code == 403
        assert client.post("/enter", data=right).status_code == 200


def test_rights_that_were_taken_are_gone_with_the_next_write(as_: Client) -> None:
    """The clerk's token lives on, the administrator's rights do not."""
    first, second = as_("guanli"), as_("guanli2")
    assert second.put("/v2/users/guanli", json={"administrator": False}).status_code == 200
    refused = first.put("/v2/users/jiedao", json={"name": "刘"})
    assert refused.status_code == 403
    assert first.get("/v2/authentication/me").json()["administrator"] is False
