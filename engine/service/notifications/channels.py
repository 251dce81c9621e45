"""The bureau's ways out: mail server, endpoints, and the hosts that webhooks may go to."""

from __future__ import annotations

import base64
import re
import secrets as chance
from collections.abc import Collection
from dataclasses import dataclass, replace
from email.headerregistry import Address

from engine.model.actor import Actor
from engine.model.errors import Conflict, InvalidInput, NotFound
from engine.model.keys import Key
from engine.model.notices import Endpoint, MailServer
from engine.model.notifications import Channel, NoticeKind
from engine.model.permissions import Action, require
from engine.model.problems import Problem
from engine.service.acting import acting
from engine.service.app import App
from engine.service.notifications import secrets
from engine.service.notifications.failures import NotSent
from engine.service.notifications.mail import Mail, send_mail
from engine.service.notifications.services import hidden
from engine.service.notifications.webhook import checked_url
from engine.storage.database import UnitOfWork
from engine.storage.history import acts
from engine.storage.notifications import outgoing
from engine.text import several, tell

_HOST = re.compile(
    r"(?=.{1,253}(?::|$))(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)"
    r"(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*(?::[0-9]{1,5})?"
)
_LONGEST_NAME = 100


@dataclass(frozen=True, kw_only=True)
class Ways:
    """All that is set."""

    mail_server: MailServer | None
    endpoints: tuple[Endpoint, ...]
    hosts: tuple[str, ...]


def ways_out(app: App, actor: Actor) -> Ways:
    """Administrators only; no secrets in it."""
    require(actor, Action.MANAGE_OUTGOING)
    with app.database.unit_of_work() as work:
        server = outgoing.mail_server(work)
        return Ways(
            mail_server=server[0] if server else None,
            endpoints=outgoing.endpoints(work),
            hosts=tuple(sorted(outgoing.allowed_hosts(work))),
        )


def set_mail_server(app: App, actor: Actor, *, server: MailServer, password: str | None) -> None:
    """``password`` None keeps the one there is; "" takes it away. Raises :class:`InvalidInput`."""
    _raise([*_mail_problems(server)])
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_OUTGOING)
        before = outgoing.mail_server(work)
        sealed = before[1] if before and password is None else None
        if password:
            sealed = secrets.closed(app, password, secrets.MAIL)
        if before and password is None and before[0].host != server.host:
            sealed = None  # a password is never shown to another host than it was given for
        outgoing.set_mail_server(work, server, password=sealed, by=me.name, now=app.now())
        _note(app, work, me, "mail-server", host=server.host, active=str(server.active))
        work.commit()


def try_mail_server(app: App, actor: Actor, *, to: str) -> None:
    """Send a mail now. Raises :class:`NotSent`, with the server's own words."""
    require(actor, Action.MANAGE_OUTGOING)
    with app.database.unit_of_work() as work:
        found = outgoing.mail_server(work)
    if found is None:
        raise NotSent(tell("还没有设置邮件服务器。"))
    server, sealed = found
    send_mail(
        server,
        secrets.opened(app, sealed, secrets.MAIL) if sealed is not None else "",
        Mail(
            id=f"test-{chance.token_hex(8)}",
            to=to,
            subject="【办事】邮件服务器测试",
            body="收到此邮件，说明办事系统的邮件服务器设置可用。",
            at=app.local_now(),
        ),
    )


def set_allowed_hosts(app: App, actor: Actor, *, hosts: Collection[str]) -> None:
    """The hosts that webhooks may go to, with the port where it is not 80 or 443."""
    wanted = {host.strip().lower() for host in hosts} - {""}
    wrong = sorted(host for host in wanted if not _HOST.fullmatch(host))
    if wrong:
        _raise(
            [
                _problem(
                    "hosts",
                    tell(
                        "“{wrong}”不是主机名，请写成 oa.example.gov.cn 或 10.1.2.3:8080。",
                        wrong=several(wrong),
                    ),
                )
            ]
        )
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_OUTGOING)
        added, gone = outgoing.set_allowed_hosts(work, wanted, by=me.name, now=app.now())
        if added or gone:
            _note(app, work, me, "hosts", added=sorted(added), removed=sorted(gone))
        work.commit()


def add_endpoint(
    app: App,
    actor: Actor,
    *,
    channel: Channel,
    name: str,
    url: str,
    kinds: Collection[NoticeKind],
    with_recipients: bool = False,
) -> tuple[Endpoint, str]:
    """A system to be told of these kinds of events; and the secret that signs webhooks, shown once.

    Raises :class:`InvalidInput` (a host that is not allowed, an unknown service) and
    :class:`Conflict` for a name that is taken.
    """
    name, url = name.strip(), url.strip()
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_OUTGOING)
        shown = _shown(work, channel, url)
        _raise([*_endpoint_problems(name, kinds)])
        key = outgoing.new_endpoint_key(work)
        secret = new_secret() if channel is Channel.WEBHOOK else ""
        endpoint = Endpoint(
            key=key,
            channel=channel,
            name=name,
            shown_url=shown,
            kinds=frozenset(kinds),
            with_recipients=with_recipients,
            active=True,
        )
        added = outgoing.add_endpoint(
            work,
            endpoint,
            url=secrets.closed(app, url, secrets.url_of(key)),
            secret=secrets.closed(app, secret, secrets.secret_of(key)) if secret else None,
            by=me.name,
            now=app.now(),
        )
        if not added:
            raise Conflict(
                what=tell("外发地址“{name}”", name=name), reason=tell("已有同名的外发地址")
            )
        _note(app, work, me, "endpoint-added", name=name, url=shown)
        work.commit()
    return endpoint, secret


def set_endpoint_active(app: App, actor: Actor, *, key: Key, active: bool) -> Endpoint:
    """Stop telling a system, or begin again."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_OUTGOING)
        found = _endpoint(work, key)
        outgoing.update_endpoint(work, key, active=active)
        _note(app, work, me, "endpoint-active", name=found.name, active=str(active))
        work.commit()
    return replace(found, active=active)


def renew_secret(app: App, actor: Actor, *, key: Key) -> tuple[Endpoint, str]:
    """A new secret, from the next attempt on; the old one is of no use any more."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_OUTGOING)
        found = _endpoint(work, key)
        if found.channel is not Channel.WEBHOOK:
            raise Conflict(
                what=tell("外发地址“{found}”", found=found.name),
                reason=tell("只有 Webhook 有签名密钥"),
            )
        secret = new_secret()
        sealed = secrets.closed(app, secret, secrets.secret_of(key))
        outgoing.update_endpoint(work, key, secret=sealed)
        _note(app, work, me, "endpoint-secret", name=found.name)
        work.commit()
    return found, secret


def delete_endpoint(app: App, actor: Actor, *, key: Key) -> Endpoint:
    """What still waits for it ends among what could not be delivered."""
    with acting(app, actor) as (work, me):
        require(me, Action.MANAGE_OUTGOING)
        found = _endpoint(work, key)
        outgoing.delete_endpoint(work, key)
        _note(app, work, me, "endpoint-deleted", name=found.name)
        work.commit()
    return found


def new_secret() -> str:
    """As Standard Webhooks writes them: 32 bytes by chance."""
    return "whsec_" + base64.b64encode(chance.token_bytes(32)).decode()


def _endpoint(work: UnitOfWork, key: Key) -> Endpoint:
    found = outgoing.sealed_endpoint(work, key)
    if found is None:
        raise NotFound(what=tell("外发地址"), key=str(key))
    return found.endpoint


def _shown(work: UnitOfWork, channel: Channel, url: str) -> str:
    try:
        if channel is Channel.SERVICE:
            return hidden(url)
        parts = checked_url(url, allowed=outgoing.allowed_hosts(work))
    except NotSent as wrong:
        raise InvalidInput(problems=(_problem("url", wrong.message),)) from wrong
    return parts._replace(query="…" if parts.query else "", fragment="").geturl()


def _endpoint_problems(name: str, kinds: Collection[NoticeKind]) -> list[Problem]:
    found = []
    if not 0 < len(name) <= _LONGEST_NAME:
        found.append(
            _problem(
                "name", tell("名称请填写，不超过 {longest_name} 个字。", longest_name=_LONGEST_NAME)
            )
        )
    if not kinds:
        found.append(_problem("kinds", tell("请至少选择一种要告知的事件。")))
    return found


def _mail_problems(server: MailServer) -> list[Problem]:
    found = []
    if not _HOST.fullmatch(server.host.lower()) or ":" in server.host:
        found.append(_problem("host", tell("邮件服务器应为主机名，例如 smtp.example.gov.cn。")))
    if not 1 <= server.port <= 65535:
        found.append(
            _problem("port", tell("端口应在 1 至 65535 之间，常用 465（TLS）、587（STARTTLS）。"))
        )
    if server.security not in {"none", "starttls", "tls"}:
        found.append(_problem("security", tell("加密方式应为 tls、starttls 或 none。")))
    try:
        Address(server.sender_name, addr_spec=server.sender)
        named = bool(server.sender.rpartition("@")[2]) and server.sender.isascii()
    except Exception:  # noqa: BLE001 - the parser raises errors of many kinds
        named = False
    if not named or "@" not in server.sender:
        found.append(_problem("sender", tell("发件地址应为电子邮箱，例如 banshi@example.gov.cn。")))
    return found


def _note(app: App, work: UnitOfWork, actor: Actor, kind: str, **facts: object) -> None:
    acts.record(work, stream="outgoing", actor=actor, kind=kind, facts=facts, at=app.now())


def _problem(field: str, message: str) -> Problem:
    return Problem(element_id=field, rule=field, message=message)


def _raise(problems: list[Problem]) -> None:
    if problems:
        raise InvalidInput(problems=tuple(problems))
