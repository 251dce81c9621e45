"""Pages that say what went wrong, in plain words, and how to go on. Never a traceback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.auth import optional_session
from api.language import gettext as _
from api.pages import login
from api.pages.frame import Frame, Visitor, frame, here
from api.pages.kept import kept_of
from api.pages.rendering import respond
from api.pages.visit import stranger
from api.pages.words import Trouble, troubles
from engine.model.errors import BanshiError, Throttled
from engine.model.problems import Problem


@dataclass(frozen=True, kw_only=True)
class ErrorPage:
    """``advice``: what the reader can do; ``error_id``: what to tell the administrator, or ""."""

    template: ClassVar[str] = "error.html"

    frame: Frame
    icon: str
    heading: str
    message: str
    advice: str
    problems: tuple[Trouble, ...]
    error_id: str
    back: str
    home: str


#: How :mod:`api.auth` names what it refuses for a form of an older session.
STALE = "提交此表单"


@dataclass(frozen=True, kw_only=True)
class StalePage:
    """A form of an older session was sent; what was typed into it can be had back."""

    template: ClassVar[str] = "stale.html"

    frame: Frame
    kept: str


def error_page(
    request: Request,
    *,
    status: int,
    message: str,
    problems: tuple[Problem, ...] = (),
    error_id: str | None = None,
    error: BanshiError | None = None,
) -> Response:
    """The page for a fault. Somebody not logged in is sent to log in, and back afterwards."""
    if status == 401 and request.method in {"GET", "HEAD"} and not _is_script(request):
        return RedirectResponse(f"/login?{urlencode({'next': here(request)})}", status_code=303)
    kept = kept_of(request)
    sealed = kept.seal() if kept else ""
    if status == 401 and kept and sealed:
        # The form's own address is no use as the next page: drafts are shown by GET.
        asked = login.Asked(next_page=kept.page, kept=sealed)
        return respond(request, login.log_in_page(request, asked), status=401)
    visitor = _visitor(request)
    if sealed and visitor.csrf and getattr(error, "action", "") == STALE:
        stale = StalePage(frame=frame(request, visitor, title=_("页面已过期")), kept=sealed)
        return respond(request, stale, status=403)
    heading, icon, advice = _words(status, error)
    page = ErrorPage(
        frame=frame(request, visitor, title=heading),
        icon=icon,
        heading=heading,
        message=message,
        advice=advice,
        problems=troubles(problems, {}),
        error_id=error_id or "",
        back=_referrer(request),
        home="/" if visitor.name else "/login",
    )
    return respond(request, page, status=status)


def _visitor(request: Request) -> Visitor:
    """Who looks, without asking the database for counts: it may be what has failed."""
    try:
        session = optional_session(request)
    except BanshiError:
        session = None
    if session is None:
        return stranger(request)
    return Visitor(
        name=session.actor.name,
        administrator=session.actor.administrator,
        csrf=session.csrf,
        demo=stranger(request).demo,
    )


def _is_script(request: Request) -> bool:
    """Whether a script of ours asks: it gets the status, not the log-in page as its answer."""
    return "HX-Request" in request.headers or "json" in request.headers.get("accept", "")


def _referrer(request: Request) -> str:
    """The page one came from, when it is ours and another one."""
    given = request.headers.get("referer", "")
    base = str(request.base_url)
    if not given.startswith(base):
        return ""
    path = "/" + given[len(base) :]
    return "" if path == here(request) else path


def _words(status: int, error: BanshiError | None) -> tuple[str, str, str]:
    """Heading, icon and advice for a status."""
    if isinstance(error, Throttled):
        return (_("请稍等一会儿"), "hourglass", _("为了保护账户安全，系统暂停了您的操作。"))
    listed = {
        400: (_("请求有误"), "alert-circle", _("请返回上一页，检查后重新操作。")),
        401: (_("请先登录"), "login", _("您的登录已过期，请重新登录后再试一次。")),
        403: (
            _("您没有权限"),
            "lock",
            _("如果这项工作应由您办理，请联系本单位的系统管理员调整岗位。"),
        ),
        404: (_("没有找到"), "search", _("请核对网址或编号；内容也可能已被删除，或您无权查看。")),
        405: (_("不支持这种操作"), "alert-circle", _("请从页面上的按钮重新操作。")),
        409: (
            _("情况刚刚有变化"),
            "refresh",
            _("可能是别人先办理了，或您在别的窗口操作过。请刷新页面查看最新情况。"),
        ),
        413: (_("内容太大"), "cloud-off", _("请压缩文件或减少内容后重新提交。")),
        422: (_("填写的内容需要修改"), "pencil", _("请返回上一页，按下面的说明修改后重新提交。")),
        429: (_("请稍等一会儿"), "hourglass", _("操作太频繁，请过一会儿再试。")),
        503: (_("系统正忙"), "clock", _("请过一两分钟再试，已填写的草稿不会丢失。")),
    }
    return listed.get(
        status,
        (
            _("系统出错了"),
            "tool",
            _(
                "这不是您的问题，已填写的草稿不会丢失。请稍后再试；如果一直这样，请把错误编号告诉管理员。"
            ),
        ),
    )
