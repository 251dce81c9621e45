"""How faults are shown: one table of HTTP statuses, problem documents (RFC 9457) and error pages."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import Enum
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from api import validation
from api.exact import ExactResponse
from api.language import said, tag
from engine.model import errors
from engine.model.codec import Unstorable
from engine.model.errors import BanshiError
from engine.model.problems import Problem
from engine.text import Text, several, tell

_LOG = logging.getLogger("banshi.http")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How a class of faults is shown: status, ASCII name (stable), Chinese title."""

    status: int
    name: str
    title: str


#: The one table. A class that is not listed is shown as the nearest listed class above it.
KINDS: Mapping[type[BanshiError], Kind] = {
    errors.InvalidKey: Kind(status=400, name="invalid-key", title=tell("编号无效")),
    errors.NotFound: Kind(status=404, name="not-found", title=tell("没有找到")),
    errors.Forbidden: Kind(status=403, name="forbidden", title=tell("没有权限")),
    errors.NotAuthenticated: Kind(status=401, name="not-authenticated", title=tell("未登录")),
    errors.WrongCredentials: Kind(status=401, name="wrong-credentials", title=tell("登录失败")),
    errors.Conflict: Kind(status=409, name="conflict", title=tell("内容已变化")),
    errors.CannotMove: Kind(status=409, name="cannot-move", title=tell("不能这样改动")),
    errors.CannotMigrate: Kind(status=409, name="cannot-migrate", title=tell("不能迁移")),
    errors.AlreadyHandled: Kind(status=409, name="already-handled", title=tell("已办理")),
    errors.InvalidInput: Kind(status=422, name="invalid-input", title=tell("内容需要修改")),
    errors.Refused: Kind(status=422, name="refused", title=tell("不能部署")),
    errors.TooLarge: Kind(status=413, name="too-large", title=tell("内容过大")),
    errors.UnsupportedMedia: Kind(
        status=415, name="unsupported-media", title=tell("文件类型不支持")
    ),
    errors.Throttled: Kind(status=429, name="throttled", title=tell("操作过于频繁")),
    errors.TooSoon: Kind(status=429, name="too-soon", title=tell("催办过于频繁")),
    errors.IdempotencyMismatch: Kind(
        status=422, name="idempotency-mismatch", title=tell("幂等键冲突")
    ),
    errors.SnapshotUnreadable: Kind(status=500, name="snapshot-unreadable", title=tell("系统错误")),
    errors.Unreadable: Kind(status=500, name="unreadable", title=tell("系统错误")),
    Unstorable: Kind(status=422, name="unstorable", title=tell("内容不能保存")),
    errors.LetterFault: Kind(status=409, name="letter-not-issued", title=tell("文书不能出具")),
    errors.Unavailable: Kind(status=503, name="unavailable", title=tell("系统正忙")),
    BanshiError: Kind(status=500, name="internal", title=tell("系统错误")),
}

#: What Starlette and the server refuse by themselves, in words that help.
_STATUS_WORDS: Mapping[int, str] = {
    400: tell("请求无法识别，请检查格式后重试。"),
    404: tell("没有这个地址，请检查网址。"),
    405: tell("此地址不支持这种请求方式。"),
    406: tell("无法以所要求的格式答复。"),
    413: tell("请求内容超过上限，请减小后再提交。"),
    415: tell("请求内容的类型不支持。"),
    421: tell("请求的主机名不属于本系统。"),
    503: tell("系统正忙，请稍后重试。"),
}

UNFORESEEN = tell("系统出错，未能完成操作。请稍后重试；如仍不行，请把错误编号 {id} 告诉管理员。")


def kind_of(error: BanshiError) -> Kind:
    return next(KINDS[cls] for cls in type(error).__mro__ if cls in KINDS)


def install(server: FastAPI) -> None:
    """Show every fault as a problem document or a page."""
    handlers: Mapping[type[Exception], Any] = {
        BanshiError: _banshi,
        HTTPException: _http,
        RequestValidationError: _malformed,
    }
    for fault, handler in handlers.items():
        server.add_exception_handler(fault, handler)


def unforeseen(request: Request, error: Exception) -> Response:
    """A fault of the program: its trace goes to the log, an id of it to the reader."""
    error_id = secrets.token_hex(6)
    _LOG.error("%s %s: %s", request.method, request.url.path, error_id, exc_info=error)
    message = Text(UNFORESEEN, {"id": error_id})
    if is_json(request):
        return problem(
            request,
            status=500,
            name="internal",
            title=tell("系统错误"),
            detail=message,
            members={"errorId": error_id},
        )
    return _page(request, status=500, message=message, error_id=error_id)


def refuse(request: Request, status: int, message: str | None = None) -> Response:
    """An answer to a request that no route was asked about."""
    words = message or _STATUS_WORDS.get(status) or HTTPStatus(status).phrase
    if is_json(request):
        return problem(
            request, status=status, name=_name(status), title=_title(status), detail=words
        )
    return _page(request, status=status, message=words)


def is_json(request: Request) -> bool:
    path = request.url.path
    if path == "/v2" or path.startswith("/v2/"):
        return True
    return "application/problem+json" in request.headers.get("accept", "")


def problem(
    request: Request,
    *,
    status: int,
    name: str,
    title: str,
    detail: str,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """An RFC 9457 problem document in the language of the request; ``members`` are the fault's
    own fields."""
    return ExactResponse(
        {
            "type": f"urn:banshi:problem:{name}",
            "title": said(title),
            "status": status,
            "detail": said(detail),
            "instance": request.url.path,
            **(members or {}),
        },
        status_code=status,
        headers={"Content-Language": tag()},
        media_type="application/problem+json",
    )


async def _banshi(request: Request, error: BanshiError) -> Response:
    kind = kind_of(error)
    if kind.status == 503:
        _LOG.warning("%s %s: %s", request.method, request.url.path, error.__cause__)
        return refuse(request, 503, error.message)
    if kind.status >= 500:
        return unforeseen(request, error)
    if is_json(request):
        response = problem(
            request,
            status=kind.status,
            name=kind.name,
            title=kind.title,
            detail=error.message,
            members=_members(error),
        )
    else:
        response = _page(
            request,
            status=kind.status,
            message=error.message,
            problems=getattr(error, "problems", ()),
            error=error,
        )
    if isinstance(error, errors.NotAuthenticated):
        response.headers.setdefault("WWW-Authenticate", 'Bearer realm="banshi"')
    if isinstance(error, errors.Throttled):
        response.headers.setdefault("Retry-After", str(error.seconds))
    return response


async def _http(request: Request, error: HTTPException) -> Response:
    response = refuse(request, error.status_code)
    for name, value in (error.headers or {}).items():
        response.headers.setdefault(name, value)
    return response


async def _malformed(request: Request, error: RequestValidationError) -> Response:
    problems = validation.problems(error)
    message = several((p.message for p in problems[:5]), "；")
    if is_json(request):
        return problem(
            request,
            status=400,
            name="malformed",
            title=tell("请求格式有误"),
            detail=message,
            members={"problems": [_problem(p) for p in problems]},
        )
    return _page(request, status=422, message=message, problems=problems)


def _page(request: Request, *, status: int, message: str, **more: Any) -> Response:
    """The error page, where this server has pages."""
    draw: Callable[..., Response] | None = getattr(request.app.state, "error_page", None)
    if draw is None:
        return problem(
            request, status=status, name=_name(status), title=_title(status), detail=message
        )
    return draw(request, status=status, message=message, **more)


def _members(error: BanshiError) -> dict[str, Any]:
    """The fault's own fields, as JSON; names that the document itself uses are left to it."""
    taken = {"type", "title", "status", "detail", "instance"}
    return {
        validation.camel(field.name): _plain(getattr(error, field.name))
        for field in fields(error)
        if field.name not in taken
    }


def _plain(value: Any) -> Any:
    match value:
        case Problem():
            return _problem(value)
        case dict():
            return {str(k): _plain(v) for k, v in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(v) for v in value]
        case datetime():
            return value.isoformat()
    if isinstance(value, Enum):
        value = value.value
    return value if value is None or isinstance(value, bool | int) else said(str(value))


def _problem(value: Problem) -> dict[str, Any]:
    return {
        "severity": value.severity.value,
        "path": value.element_id,
        "rule": value.rule,
        "message": said(value.message),
        **({"line": value.line} if value.line is not None else {}),
        **({"column": value.column} if value.column is not None else {}),
    }


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.lower().replace(" ", "-")


def _title(status: int) -> str:
    return {
        400: tell("请求有误"),
        404: tell("没有找到"),
        405: tell("方法不支持"),
        413: tell("内容过大"),
        415: tell("类型不支持"),
        421: tell("主机名不符"),
        503: tell("系统正忙"),
    }.get(status, tell("请求未成功"))
