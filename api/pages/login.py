"""Logging in and out. Fields typed before the session ran out come back with the log-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import auth
from api.auth import PageSession
from api.language import gettext as _
from api.pages import flash
from api.pages.frame import Frame, frame, local
from api.pages.kept import Kept
from api.pages.rendering import respond
from api.pages.visit import Checked, application, stranger
from engine.model.errors import Throttled, WrongCredentials
from engine.service.access.log_in import log_in
from engine.service.access.log_out import log_out
from engine.service.demo import demo_accounts

router = APIRouter()


@dataclass(frozen=True, kw_only=True)
class DemoLogIn:
    """An account of the demonstration, offered as a button."""

    username: str
    password: str
    name: str
    role: str


@dataclass(frozen=True, kw_only=True)
class LogInPage:
    """``kept``: fields of a form that was sent after the session had run out, sealed."""

    template: ClassVar[str] = "login.html"

    frame: Frame
    username: str
    next: str
    kept: str
    error: str
    wait: bool
    demo_accounts: tuple[DemoLogIn, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody who logs in has typed, wants to see next, and has kept."""

    username: str = ""
    next_page: str = "/"
    kept: str = ""


def log_in_page(
    request: Request, asked: Asked, *, error: str = "", wait: bool = False
) -> LogInPage:
    """The form, with what was typed and why it did not work."""
    app = application(request)
    return LogInPage(
        frame=frame(request, stranger(request, auth.login_csrf(request)), title=_("登录")),
        username=asked.username,
        next=asked.next_page,
        kept=asked.kept,
        error=error,
        wait=wait,
        demo_accounts=tuple(
            DemoLogIn(
                username=account.username,
                password=account.password,
                name=account.name,
                role=account.role_text,
            )
            for account in demo_accounts(app)
        ),
    )


@router.get("/login")
def show(
    request: Request,
    session: Annotated[PageSession | None, Depends(auth.optional_session)],
    next: str = "/",  # noqa: A002 — the name in the address
) -> Response:
    """The log-in form; who is logged in already goes on."""
    if session is not None:
        return RedirectResponse(local(next), status_code=303)
    return respond(request, log_in_page(request, Asked(next_page=local(next))))


@router.post("/login", dependencies=[Depends(auth.check_login_csrf)])
def enter(
    request: Request,
    username: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 — the name in the form
    kept: Annotated[str, Form()] = "",
) -> Response:
    """Log in, put kept fields into a draft of the person's, and go on to the page asked for."""
    app = application(request)
    address = auth.client_address(request)
    again = Asked(username=username.strip(), next_page=local(next), kept=kept)
    if not username.strip() or not password:
        page = log_in_page(request, again, error=_("请输入用户名和密码。"))
        return respond(request, page, status=422)
    try:
        entered = log_in(app, username=username.strip(), password=password, address=address)
    except WrongCredentials as refused:
        page = log_in_page(request, again, error=refused.message)
        return respond(request, page, status=401)
    except Throttled as refused:
        page = log_in_page(request, again, error=_wait(refused.seconds), wait=True)
        return respond(request, page, status=429)
    held = Kept.unseal(kept)
    target = held.page if held else local(next)
    response = RedirectResponse(target, status_code=303)
    auth.set_session(response, entered)
    if held:
        saved = held.save(app, auth.actor_of(app, entered))
        flash.say(response, "kept" if saved else "not-kept")
    return response


def _wait(seconds: int) -> str:
    minutes = max(1, -(-seconds // 60))
    return _("登录失败次数过多，请在 {minutes} 分钟后再试。").format(minutes=minutes)


@router.post("/kept")
def restore(
    request: Request,
    session: Checked,
    kept: Annotated[str, Form()] = "",
) -> Response:
    """Put the fields of a form of an older session into a draft of mine."""
    held = Kept.unseal(kept)
    saved = held.save(application(request), session.actor) if held else False
    response = RedirectResponse(held.page if held else "/", status_code=303)
    flash.say(response, "kept" if saved else "not-kept")
    return response


@router.post("/logout")
def leave(request: Request, session: Checked) -> Response:
    """End the session everywhere it is held."""
    log_out(application(request), session.actor)
    response = RedirectResponse("/login", status_code=303)
    auth.clear_session(response)
    flash.say(response, "logged-out")
    return response
