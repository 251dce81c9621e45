"""Webhooks, signed as https://www.standardwebhooks.com describes.

``webhook-id`` is the same for every attempt, ``webhook-timestamp`` the second of this attempt, and
``webhook-signature`` is ``v1,`` and the base64 of HMAC-SHA256 over ``id.timestamp.body``. Receivers
drop what is older than :data:`REPLAY_WINDOW`, and ids that they have seen within it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from engine.service.notifications.failures import NotSent
from engine.text import tell

#: What receivers should accept between the timestamp and their own clock.
REPLAY_WINDOW = timedelta(minutes=5)

#: Seconds for the connection and for each answer, and for the whole exchange.
TIMEOUT = 10.0
DEADLINE = 30.0

_ANSWER = 64 * 1024
_PREFIX = "whsec_"
_PORTS = {"http": 80, "https": 443}
#: Answers that say that trying again is useless.
_GONE = frozenset({404, 405, 410})


@dataclass(frozen=True, kw_only=True)
class Call:
    """``url``: http or https; ``secret``: as the receiver has it, ``whsec_…``."""

    id: str
    url: str
    secret: str
    body: bytes
    timestamp: int


def send_webhook(call: Call, *, allowed: frozenset[str]) -> None:
    """POST it to an allowed host; no redirect is followed. Raises :class:`NotSent`."""
    parts = checked_url(call.url, allowed=allowed)
    connection = _connection(parts)
    expired = threading.Event()
    timer = threading.Timer(DEADLINE, _cut, args=(connection, expired))
    timer.daemon = True
    timer.start()
    try:
        connection.request("POST", _target(parts), body=call.body, headers=headers(call))
        answer = connection.getresponse()
        status, said = answer.status, answer.read(_ANSWER)
    except ssl.SSLError as error:
        raise NotSent(tell("与对方的加密连接失败：{error}", error=error)) from error
    except (OSError, http.client.HTTPException) as error:
        why = tell("对方应答超过 30 秒") if expired.is_set() else f"{type(error).__name__}: {error}"
        raise NotSent(tell("发送不出去：{why}", why=why)) from error
    finally:
        timer.cancel()
        connection.close()
    _judge(status, said)


def headers(call: Call) -> dict[str, str]:
    """The headers of an attempt, with its signature."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "banshi-webhook/1",
        "webhook-id": call.id,
        "webhook-timestamp": str(call.timestamp),
        "webhook-signature": f"v1,{signature(call)}",
    }


def signature(call: Call) -> str:
    signed = f"{call.id}.{call.timestamp}.".encode() + call.body
    mac = hmac.new(secret_bytes(call.secret), signed, hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()


def secret_bytes(secret: str) -> bytes:
    """The key in a secret; raises ValueError where it is none (24 to 64 bytes in base64)."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(tell("密钥应为 whsec_ 加 base64 文本。")) from error
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise ValueError(tell("密钥应为 whsec_ 加 24 至 64 字节的 base64 文本。"))
    return key


def checked_url(url: str, *, allowed: frozenset[str]) -> SplitResult:
    """The parts of an address that may be called; raises :class:`NotSent`."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise NotSent(tell("地址无效：{error}", error=error), for_good=True) from error
    host = parts.hostname or ""
    if port is None or not host or parts.username is not None or not _printable(url):
        raise NotSent(tell("地址应为 http 或 https，且不含用户名和密码。"), for_good=True)
    names = {f"{host}:{port}"} | ({host} if port == _PORTS[parts.scheme] else set())
    if not names & allowed:
        raise NotSent(
            tell("主机“{host}:{port}”不在允许外发的名单里。", host=host, port=port), for_good=True
        )
    if _link_local(host):
        raise NotSent(tell("不允许发往本机链路地址（169.254.0.0/16、fe80::/10）。"), for_good=True)
    return parts


def _judge(status: int, said: bytes) -> None:
    if 200 <= status < 300:
        return
    words = " ".join(said.decode(errors="replace").split())[:200]
    if 300 <= status < 400:
        raise NotSent(
            tell("对方要求转到别处（{status}），不予跟随。", status=status), for_good=True
        )
    raise NotSent(
        tell("对方应答 {status}：{words}", status=status, words=words), for_good=status in _GONE
    )


def _connection(parts: SplitResult) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)


def _cut(connection: http.client.HTTPConnection, expired: threading.Event) -> None:
    """An answer that drips in byte by byte must not hold the worker."""
    expired.set()
    if connection.sock is not None:
        try:
            connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def _target(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _printable(url: str) -> bool:
    return url.isascii() and all(0x20 < ord(c) < 0x7F for c in url)


def _link_local(host: str) -> bool:
    """Whether the host is, or resolves to, an address that only machines' own services have."""
    try:
        found = {info[4][0] for info in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return any(ipaddress.ip_address(str(a).partition("%")[0]).is_link_local for a in found)
