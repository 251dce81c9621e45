"""Who calls, and what each route asks of him. Every route depends on one of the guards below.

Programs send ``Authorization: Bearer``. Browsers have two HttpOnly cookies, an access token and
the refresh token that renews it; whoever is known by cookie must send the session's CSRF secret
with whatever changes something (header ``X-CSRF-Token`` or form field ``csrf_token``), from a
page of this very host.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from engine.model.actor import Actor
from engine.model.errors import Forbidden, NotAuthenticated
from engine.model.people import LogIn
from engine.service.access import session as sessions
from engine.service.access.authenticate import authenticate, recognise
from engine.service.access.refresh import refresh
from engine.service.app import App
from engine.text import tell

ACCESS_COOKIE = "banshi_access"
REFRESH_COOKIE = "banshi_refresh"
LOGIN_COOKIE = "banshi_login"
CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf_token"

_SAFE = {"GET", "HEAD", "OPTIONS"}
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Access(StrEnum):
    """What a route asks of whoever calls it."""

    PUBLIC = "public"
    LOGGED_IN = "logged-in"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, kw_only=True)
class PageSession:
    """Who looks at a page, and the secret that its forms must carry."""

    actor: Actor
    csrf: str


@dataclass(frozen=True, kw_only=True)
class Caller:
    """``by_cookie``: known by a cookie, which a browser sends by itself."""

    actor: Actor
    by_cookie: bool


async def public(request: Request) -> None:
    """Anybody; nobody is looked for."""


async def caller(request: Request) -> Actor:
    """Whoever is logged in (JSON routes)."""
    return (await _guarded(request)).actor


async def administrator(request: Request) -> Actor:
    """An administrator (JSON routes). The service looks at the rights once more for a write."""
    return _administrator((await _guarded(request)).actor)


async def page_session(request: Request) -> PageSession:
    """Whoever is logged in (pages)."""
    return _page_session(request, (await _guarded(request)).actor)


async def administrator_session(request: Request) -> PageSession:
    """An administrator (pages)."""
    return _page_session(request, _administrator((await _guarded(request)).actor))


#: The same guard under the name that routes which change something read better with.
checked_session = page_session


def optional_session(request: Request) -> PageSession | None:
    """Anybody; the session, if there is one."""
    known = _identify(request)
    return _page_session(request, known.actor) if known else None


async def check_login_csrf(request: Request) -> None:
    """Anybody, from the log-in page of this host (double submit: field and cookie)."""
    _same_origin(request)
    expected = request.cookies.get(LOGIN_COOKIE, "")
    if not expected or not _equal(await _sent_secret(request), expected):
        raise _stale_page()


#: What each guard asks; a route without one of them is not served.
GUARDS: Mapping[Callable[..., Any], Access] = {
    public: Access.PUBLIC,
    optional_session: Access.PUBLIC,
    check_login_csrf: Access.PUBLIC,
    caller: Access.LOGGED_IN,
    page_session: Access.LOGGED_IN,
    administrator: Access.ADMINISTRATOR,
    administrator_session: Access.ADMINISTRATOR,
}


def application(request: Request) -> App:
    found: App = request.app.state.app
    return found


def login_csrf(request: Request) -> str:
    """The secret for the log-in form; its cookie leaves with the response."""
    known: str = request.cookies.get(LOGIN_COOKIE, "")
    if not known.isalnum() or len(known) != 64:
        known = secrets.token_hex(32)
    request.state.login_secret = known
    return known


def actor_of(app: App, granted: LogIn) -> Actor:
    """The actor of a session that was just opened."""
    return authenticate(app, token=granted.access_token)


def client_address(request: Request) -> str:
    """Where the request comes from (the proxy's word for it, if uvicorn trusts the proxy)."""
    return request.client.host if request.client else ""


def set_session(response: Response, granted: LogIn) -> None:
    """Give the browser the session, until it is closed. ``Secure`` is added on the way out."""
    for name, value in (
        (ACCESS_COOKIE, granted.access_token),
        (REFRESH_COOKIE, granted.refresh_token),
    ):
        response.set_cookie(name, value, httponly=True, samesite="lax", path="/")
    response.delete_cookie(LOGIN_COOKIE, path="/")


def clear_session(response: Response) -> None:
    for name in (ACCESS_COOKIE, REFRESH_COOKIE):
        response.delete_cookie(name, httponly=True, samesite="lax", path="/")


def has_late_cookies(request: Request) -> bool:
    """Whether there is anything for :func:`late_cookies` to do."""
    state = request.scope["state"]
    return "granted" in state or "login_secret" in state


def late_cookies(request: Request, response: Response) -> None:
    """Cookies that came about before there was a response to put them on."""
    granted: LogIn | None = getattr(request.state, "granted", None)
    if granted is not None:
        set_session(response, granted)
    secret: str | None = getattr(request.state, "login_secret", None)
    if secret is not None:
        response.set_cookie(LOGIN_COOKIE, secret, httponly=True, samesite="lax", path="/")


async def _guarded(request: Request) -> Caller:
    known = _by_token_alone(request) or await run_in_threadpool(_identify, request)
    if known is None:
        raise NotAuthenticated
    if known.by_cookie and request.method not in _SAFE:
        await _check_csrf(request, known.actor)
    return known


def _by_token_alone(request: Request) -> Caller | None:
    """The caller, where his token says it all and nothing has to be asked."""
    token, by_cookie = _token(request)
    try:
        actor = recognise(application(request), token=token) if token else None
    except NotAuthenticated:
        if not by_cookie:
            raise
        return None
    return Caller(actor=actor, by_cookie=by_cookie) if actor else None


def _identify(request: Request) -> Caller | None:
    """The caller by all means there are; asked again, the same answer."""
    if not hasattr(request.state, "caller"):
        request.state.caller = _looked_up(request)
    found: Caller | None = request.state.caller
    return found


def _looked_up(request: Request) -> Caller | None:
    app = application(request)
    token, by_cookie = _token(request)
    try:
        if token:
            return Caller(actor=authenticate(app, token=token), by_cookie=by_cookie)
    except NotAuthenticated:
        if not by_cookie:
            return None
    refresh_token = request.cookies.get(REFRESH_COOKIE)
    if not by_cookie or not refresh_token:
        return None
    try:
        granted = refresh(app, refresh_token=refresh_token)
    except NotAuthenticated:
        return None
    request.state.granted = granted
    return Caller(actor=actor_of(app, granted), by_cookie=True)


def _token(request: Request) -> tuple[str, bool]:
    """The access token, and whether it is a cookie. A header of any kind rules cookies out."""
    header = request.headers.get("authorization")
    if header is None:
        return request.cookies.get(ACCESS_COOKIE, ""), True
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotAuthenticated(reason=tell("Authorization 请求头应为“Bearer 访问令牌”。"))
    return token.strip(), False


async def _check_csrf(request: Request, actor: Actor) -> None:
    _same_origin(request)
    app = application(request)
    if actor.session is None or not _equal(
        await _sent_secret(request), sessions.csrf(app, actor.session)
    ):
        raise _stale_page()


async def _sent_secret(request: Request) -> str:
    header = request.headers.get(CSRF_HEADER)
    if header is not None:
        return header
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _FORMS:
        return ""
    field = (await request.form()).get(CSRF_FIELD)
    return field if isinstance(field, str) else ""


def _same_origin(request: Request) -> None:
    """Browsers say where a form was sent from; what says another host is refused."""
    origin = request.headers.get("origin")
    if origin is None:
        foreign = request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}
    else:
        foreign = urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign:
        raise Forbidden(
            action=tell("从其他网站提交此请求"), reason=tell("请在本系统的页面上操作。")
        )


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))


def _administrator(actor: Actor) -> Actor:
    if not actor.administrator:
        raise Forbidden(action=tell("使用管理功能"), reason=tell("此功能仅限管理员。"))
    return actor


def _page_session(request: Request, actor: Actor) -> PageSession:
    secret = sessions.csrf(application(request), actor.session) if actor.session else ""
    return PageSession(actor=actor, csrf=secret)


def _stale_page() -> Forbidden:
    return Forbidden(action=tell("提交此表单"), reason=tell("页面已过期，请刷新后重试。"))
