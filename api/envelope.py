"""What surrounds every request: the host it is for, how large it may be, and the headers and
cookies that leave with every response, faults of the program included."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import auth, errors, language
from engine.config import Settings
from engine.text import tell

#: Styles may be inline: bpmn-js and Swagger UI set them on their elements.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "frame-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

#: The same as they are sent.
_ALWAYS = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())

#: What may be kept by browsers; everything else is about somebody.
_CACHEABLE = ("/static/", "/docs/assets/")

#: What multipart adds around a file.
_OVERHEAD = 1024 * 1024


class Envelope:
    """The outermost layer of ours."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._hosts = tuple(host.lower() for host in settings.trusted_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        request = Request(scope)
        language.use(language.wanted(request))
        outgoing = _Outgoing(request, send, always_secure=self._settings.secure_cookies)
        refused = self._refused(request)
        if refused is not None:
            await refused(scope, receive, outgoing.send)
            return
        limited = _limited(receive, request, self._limit(request))
        try:
            await self._app(scope, limited, outgoing.send)
        except Exception as error:  # noqa: BLE001 - the last place that can still answer
            response = errors.unforeseen(request, error)
            if not outgoing.started:
                await response(scope, receive, outgoing.send)

    def _refused(self, request: Request) -> Response | None:
        """Requests that no route should see."""
        if not self._is_our_host(request.headers.get("host", "")):
            return errors.refuse(request, 421)
        if "\x00" in request.scope["path"] or b"%00" in request.scope.get("query_string", b""):
            return errors.refuse(request, 400, tell("网址中含有非法字符。"))
        return None

    def _is_our_host(self, header: str) -> bool:
        if "*" in self._hosts:
            return True
        host = header.lower()
        host = host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host
        host = host if host.startswith("[") else host.partition(":")[0]
        return any(
            host == known or (known.startswith("*.") and host.endswith(known[1:]))
            for known in self._hosts
        )

    def _limit(self, request: Request) -> int:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data":
            return self._settings.document_limit_mb * 1024 * 1024 + _OVERHEAD
        return self._settings.request_limit_kb * 1024


class _Outgoing:
    """Puts headers and cookies on the response as it starts."""

    def __init__(self, request: Request, send: Send, *, always_secure: bool) -> None:
        self._request = request
        self._send = send
        self._strict = always_secure
        self._secure = always_secure or request.scope.get("scheme") == "https"
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self._dress(message)
        await self._send(message)

    def _dress(self, message: MutableMapping[str, Any]) -> None:
        raw = message["headers"] = list(message["headers"])
        said = {name for name, _ in raw}
        raw.extend(line for line in _ALWAYS if line[0] not in said)
        headers = MutableHeaders(scope=message)
        if not self._request.scope["path"].startswith(_CACHEABLE):
            headers.setdefault("Cache-Control", "no-store")
        if self._strict:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        self._set_cookies(headers)

    def _set_cookies(self, headers: MutableHeaders) -> None:
        if auth.has_late_cookies(self._request):
            late = Response()
            auth.late_cookies(self._request, late)
            set_by_route = {_cookie_name(value) for value in headers.getlist("set-cookie")}
            for value in late.headers.getlist("set-cookie"):
                if _cookie_name(value) not in set_by_route:
                    headers.append("set-cookie", value)
        if self._secure:
            cookies = headers.getlist("set-cookie")
            del headers["set-cookie"]
            for value in cookies:
                headers.append("set-cookie", value if "; Secure" in value else f"{value}; Secure")


def _cookie_name(header: str) -> str:
    return header.partition("=")[0]


def _limited(receive: Receive, request: Request, limit: int) -> Receive:
    """The same body, or a fault as soon as it is too long: by its own word, or by counting."""
    declared = request.headers.get("content-length", "")
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        if declared.isdecimal() and int(declared) > limit:
            raise HTTPException(413)
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413)
        return message

    return limited
